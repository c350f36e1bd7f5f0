"""
Roles of the database server that read one firm, and nothing but the views.

Making a role asks more of the server than Counterfoil's own role may. On the embedded server its superuser
does it; on yours, Counterfoil tries, and where it may not, says what an administrator has to run.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction
from psycopg import errors, sql

from counterfoil.config.database import is_embedded
from counterfoil.features.publishing.building import SCHEMA, are_there, write_grants
from counterfoil.features.publishing.models import Reader
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.mirror.models import Workspace

_SUPERUSER = "postgres"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class NameTaken(Exception):
    """The role is there already, and reads another firm or is somebody else's."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is a role {name} already that is not this firm’s reader. Nothing was changed. Name"
            " another one with --name."
        )


class NotAName(Exception):
    """The role's name would have to be quoted everywhere."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} is no name for a role: use small letters, digits and underscores, 63 at most."
        )


class NoSuchReader(Exception):
    """There is no such role of this firm."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is no reader of this firm.")


class NoViews(Exception):
    """There is nothing that a role could read."""

    def __init__(self) -> None:
        super().__init__(
            f"The views are not in the database: it does not let Counterfoil make the schema {SCHEMA}, or"
            " somebody else made one of that name. Allow it (grant create on database …), or rename the other"
            " schema, then run: counterfoil migrate"
        )


@dataclass(frozen=True)
class Made:
    """A role, the password that is shown once, and what an administrator of the server has to run first."""

    name: str
    password: str
    where: str
    to_run: list[str]


def make_reader(*, workspace: Workspace, name: str | None, now: datetime) -> Made:
    """
    Make a role that reads this firm, or give this firm's own a new password; call it in the workspace.

    Raises NotAName, NoViews and NameTaken with everything as it was.
    """
    role = name or f"counterfoil_reader_{workspace.pk}"
    if not _NAME.fullmatch(role):
        raise NotAName(role)
    if not are_there():
        raise NoViews
    is_new = not Reader.objects.filter(workspace=workspace, role_name=role).exists()
    is_there = _is_there(role)
    if is_new and is_there:
        raise NameTaken(role)
    password = secrets.token_urlsafe(24)
    statements = _write_role(role, password, workspace_id=workspace.pk, is_there=is_there)
    if is_new:
        Reader.objects.create(workspace=workspace, role_name=role, made_at=now)
        record(workspace_id=workspace.pk, act=Act.READER_MADE, what=role, now=now)
    return Made(role, password, _say_where(role), _run(statements))


def end_reader(*, workspace: Workspace, name: str, now: datetime) -> list[str]:
    """
    Take the role away, and return what an administrator has to run for that; it sees no row any more.

    Raises NoSuchReader.
    """
    reader = Reader.objects.filter(workspace=workspace, role_name=name).first()
    if reader is None:
        raise NoSuchReader(name)
    reader.delete()
    record(workspace_id=workspace.pk, act=Act.READER_ENDED, what=name, now=now)
    if not _is_there(name):
        return []
    role = sql.Identifier(name)
    return _run([sql.SQL("drop owned by {}").format(role), sql.SQL("drop role {}").format(role)])


def _is_there(role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [role])
        return cursor.fetchone() is not None


def _write_role(role: str, password: str, *, workspace_id: int, is_there: bool) -> list[sql.Composed]:
    database = sql.Identifier(connection.settings_dict["NAME"])
    name = sql.Identifier(role)
    hashed = sql.Literal(_hash(role, password))
    verb = "alter" if is_there else "create"
    wish = sql.SQL(verb + " role {} login noinherit nocreatedb nocreaterole connection limit 10 password {}")
    chosen = {
        "counterfoil.workspace": str(workspace_id),
        "default_transaction_read_only": "on",
        "statement_timeout": "5min",
        "search_path": SCHEMA,
    }
    return [
        wish.format(name, hashed),
        sql.SQL("grant connect on database {} to {}").format(database, name),
        *(
            sql.SQL("alter role {} in database {} set {} = {}").format(
                name,
                database,
                sql.SQL(key),
                sql.Literal(value),
            )
            for key, value in chosen.items()
        ),
        *write_grants(role),
    ]


def _hash(role: str, password: str) -> str:
    """Return the password as the server keeps it, so that neither its log nor a statement shows it."""
    connection.ensure_connection()
    server = connection.connection.pgconn
    hashed: bytes = server.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return hashed.decode()


def _run(statements: Sequence[sql.Composed]) -> list[str]:
    """Run the statements, or return them where the server does not let Counterfoil."""
    try:
        if is_embedded():
            known: dict[str, Any] = connection.get_connection_params()
            wanted = {name: known[name] for name in ("dbname", "host", "passfile")}
            with psycopg.connect(**wanted, user=_SUPERUSER) as server:
                for statement in statements:
                    server.execute(statement)
            return []
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError as refused:
        if not isinstance(refused.__cause__, errors.InsufficientPrivilege):
            raise
        return [one.as_string() for one in statements]
    return []


def _say_where(role: str) -> str:
    known = connection.get_connection_params()
    host = known.get("host") or "localhost"
    port = f" port={known['port']}" if known.get("port") else ""
    return f"host={host}{port} dbname={known['dbname']} user={role}"
