"""
Changes the key that tokens and secrets are encrypted with.

The new key is put in front and the old one stays until everything is encrypted anew, so that whoever stops
this at any moment can begin it again: what is done already is seen by its key.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from counterfoil.config.environment import read_keys
from counterfoil.config.home import write_encryption_keys
from counterfoil.features.operating.alone import require_alone
from counterfoil.mirror.encryption import EncryptedTextField, forget_keys
from counterfoil.mirror.scope import across_workspaces

_ROWS_AT_ONCE = 500


class OneKeyOnly(Exception):
    """The keys are named in the environment, and there is no new one among them."""

    def __init__(self) -> None:
        super().__init__(
            "COUNTERFOIL_ENCRYPTION_KEYS names one key only. Put a new one in front of it, with a comma"
            " between, start the pages and the workers of every machine again, and run this again. Make one"
            ' with: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
        )


@dataclass(frozen=True)
class Rotation:
    """
    How many secrets were encrypted anew, and how many no key opens.

    With `is_named` the old key is in the environment, for a person to drop.
    """

    renewed: int
    lost: int
    is_named: bool


@dataclass(frozen=True)
class _Column:
    table: str
    key: str
    name: str


def rotate() -> Rotation:
    """
    Encrypt every secret with a new key and drop the old ones from the installation's own file.

    A rotation that was cut off is finished. Keys that the environment names are left to whoever named
    them. Raises OneKeyOnly, and DatabaseInUse while processes run that would not know the new key.
    """
    keys = list(settings.COUNTERFOIL_ENCRYPTION_KEYS)
    is_named = bool(read_keys("COUNTERFOIL_ENCRYPTION_KEYS"))
    if is_named and len(keys) == 1:
        raise OneKeyOnly
    if not is_named:
        require_alone()
        if len(keys) == 1:
            keys.insert(0, Fernet.generate_key().decode())
            _use(keys)
    renewed, lost = _renew_all(keys)
    if not is_named and not lost:
        _use(keys[:1])
    return Rotation(renewed, lost, is_named)


def count_unreadable() -> int:
    """Return how many secrets none of the keys opens."""
    cipher = MultiFernet([Fernet(key) for key in settings.COUNTERFOIL_ENCRYPTION_KEYS])
    with across_workspaces():
        return sum(1 for text in _list_texts() if not _opens(cipher, text))


def _use(keys: list[str]) -> None:
    write_encryption_keys(settings.COUNTERFOIL_HOME, keys)
    settings.COUNTERFOIL_ENCRYPTION_KEYS = list(keys)
    forget_keys()


def _renew_all(keys: list[str]) -> tuple[int, int]:
    first, every = Fernet(keys[0]), MultiFernet([Fernet(key) for key in keys])
    renewed = lost = 0

    def renew(text: str) -> str:
        nonlocal renewed, lost
        if _opens(first, text):
            return text
        try:
            new = every.rotate(text.encode()).decode()
        except InvalidToken:
            lost += 1
            return text
        renewed += 1
        return new

    for column in _list_columns():
        _renew_column(column, renew)
    _renew_second_factors(renew)
    return renewed, lost


def _list_columns() -> Iterator[_Column]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                key = model._meta.pk
                assert key is not None
                yield _Column(model._meta.db_table, str(key.column), str(field.column))


def _renew_column(column: _Column, renew: Callable[[str], str]) -> None:
    """Go through the table in the order of its keys; each piece is a transaction, and may be done twice."""
    after = -1
    while True:
        with across_workspaces():
            rows = _fetch(column, after, is_held=True)
            for key, text in rows:
                if (new := renew(text)) != text:
                    _store(column, key, new)
        if not rows:
            return
        after = rows[-1][0]


def _fetch(column: _Column, after: int, *, is_held: bool = False) -> list[tuple[int, str]]:
    """Return the next rows; held, none of them is renewed meanwhile and overwritten by the old one."""
    names = {"table": sql.Identifier(column.table), "key": sql.Identifier(column.key)}
    statement = sql.SQL(
        "select {key}, {name} from {table} where {key} > %s and {name} <> ''"
        " order by {key} limit %s {holding}"
    ).format(**names, name=sql.Identifier(column.name), holding=sql.SQL("for update" if is_held else ""))
    with connection.cursor() as cursor:
        cursor.execute(statement, [after, _ROWS_AT_ONCE])
        return list(cursor.fetchall())


def _store(column: _Column, key: int, text: str) -> None:
    statement = sql.SQL("update {table} set {name} = %s where {key} = %s").format(
        table=sql.Identifier(column.table), name=sql.Identifier(column.name), key=sql.Identifier(column.key)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [text, key])


def _renew_second_factors(renew: Callable[[str], str]) -> None:
    """Renew what people's second factors hold; it lies within a document."""
    for key in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=key).first()
            if row is not None and (new := _renew_within(row.data, renew)) != row.data:
                row.data = new
                row.save(update_fields=["data"])


def _renew_within(value: Any, renew: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _renew_within(inner, renew) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renew_within(inner, renew) for inner in value]
    return renew(value) if _looks_encrypted(value) else value


def _looks_encrypted(value: object) -> bool:
    # Source: the Fernet specification: a version byte 0x80 and a time of eight bytes come first.
    return isinstance(value, str) and value.startswith("gAAAA")


def _list_texts() -> Iterator[str]:
    for column in _list_columns():
        after = -1
        while rows := _fetch(column, after):
            yield from (text for _, text in rows)
            after = rows[-1][0]
    for data in Authenticator.objects.values_list("data", flat=True):
        yield from _list_within(data)


def _list_within(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _list_within(inner)
    elif _looks_encrypted(value):
        yield value


def _opens(cipher: Fernet | MultiFernet, text: str) -> bool:
    try:
        cipher.decrypt(text.encode())
    except InvalidToken:
        return False
    return True
