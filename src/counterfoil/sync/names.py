"""
Gives documents the present name of their contact, as Xero's own answers do.

A rename moves the contact's stamp and none of its documents', so a closed document would keep the old
name until something else changes in it. The text is Xero's but for that one word; no call is made.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from counterfoil.mirror import models
from counterfoil.mirror.models import Mirrored, Run
from counterfoil.mirror.upsert import digest_of
from counterfoil.sync.standing import while_connected

_SHOWING = (
    models.Invoice,
    models.CreditNote,
    models.Prepayment,
    models.Overpayment,
    models.BankTransaction,
    models.RepeatingInvoice,
)

# A payment shows the contact inside the document that it pays.
_PAID: Mapping[str, type[Mirrored]] = {
    "invoice_id": models.Invoice,
    "credit_note_id": models.CreditNote,
    "prepayment_id": models.Prepayment,
    "overpayment_id": models.Overpayment,
}
_HOLDERS = ("Invoice", "CreditNote", "Prepayment", "Overpayment")

_ROWS_AT_ONCE = 500

_read = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def follow_renames(run: Run, *, now: datetime) -> int:
    """
    Write the names of the contacts that a run found renamed into their documents. Return how many changed.

    Asked for when a run ends, however it ends: what it read of the contacts is kept in any case.
    """
    with while_connected(run.workspace_id, run.organisation_id):
        renamed = _find_renamed(run)
        if not renamed:
            return 0
        count = sum(
            _rename(model, _DOCUMENTS, {"held": _table(model)}, run, renamed, now) for model in _SHOWING
        )
        for column, paid in _PAID.items():
            names = {
                "held": _table(models.Payment),
                "paid": _table(paid),
                "column": sql.Identifier(column),
            }
            count += _rename(models.Payment, _PAYMENTS, names, run, renamed, now)
        return count


def rename_contact(text: bytes, contact_id: str, name: str) -> bytes | None:
    """Return a record's text with its contact's present name, or None when it shows that already."""
    members = _read(text)
    shown = [members["Contact"]] if "Contact" in members else []
    shown += [
        inner["Contact"]
        for holder in _HOLDERS
        if holder in members and (inner := _read(members[holder])) and "Contact" in inner
    ]
    renamed = text
    for stub in shown:
        contact = _read(stub)
        is_meant = msgspec.json.decode(contact.get("ContactID", msgspec.Raw(b"null"))) == contact_id
        if is_meant and msgspec.json.decode(contact.get("Name", msgspec.Raw(b"null"))) != name:
            contact["Name"] = msgspec.Raw(msgspec.json.encode(name))
            renamed = renamed.replace(bytes(stub), msgspec.json.encode(contact))
    return None if renamed == text else renamed


def _find_renamed(run: Run) -> list[str]:
    """Return the contacts whose name changed in this run, and those that changed in Xero while it read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct xero_id from mirror_change where organisation_id = %(organisation)s"
            " and stream = 'Contacts' and run_id = %(run)s and after ? 'Name'"
            " union select contact.xero_id from mirror_contact contact join mirror_streamrun part"
            " on part.run_id = %(run)s and part.stream = 'Contacts'"
            " where contact.organisation_id = %(organisation)s"
            " and contact.changed_here_at >= %(begun)s and contact.updated_at >= part.walk_started_at",
            {"organisation": run.organisation_id, "run": run.pk, "begun": run.started_at},
        )
        return [row[0] for row in cursor.fetchall()]


def _table(model: type[Mirrored]) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)


_DOCUMENTS = (
    "select held.xero_id, contact.xero_id, contact.name, held.raw::text from {held} held"
    " join mirror_contact contact on contact.organisation_id = held.organisation_id"
    " and contact.xero_id = held.contact_id where held.organisation_id = %(organisation)s"
    " and held.contact_id = any(%(renamed)s) and held.contact_name <> contact.name"
    " and held.gone_at is null and held.xero_id > %(after)s order by held.xero_id limit %(limit)s"
)
_PAYMENTS = (
    "select held.xero_id, contact.xero_id, contact.name, held.raw::text from {paid} paid"
    " join {held} held on held.organisation_id = paid.organisation_id and held.{column} = paid.xero_id"
    " join mirror_contact contact on contact.organisation_id = paid.organisation_id"
    " and contact.xero_id = paid.contact_id where paid.organisation_id = %(organisation)s"
    " and paid.contact_id = any(%(renamed)s) and held.gone_at is null and held.xero_id > %(after)s"
    " order by held.xero_id limit %(limit)s"
)


def _rename(
    model: type[Mirrored],
    query: str,
    names: Mapping[str, sql.Identifier],
    run: Run,
    renamed: list[str],
    now: datetime,
) -> int:
    """Rename in one table, so many rows at a time."""
    count, after = 0, ""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                sql.SQL(query).format(**names),
                {
                    "organisation": run.organisation_id,
                    "renamed": renamed,
                    "after": after,
                    "limit": _ROWS_AT_ONCE,
                },
            )
            rows = cursor.fetchall()
            if not rows:
                return count
            after = rows[-1][0]
            changed = [
                (xero_id, name, text)
                for xero_id, contact_id, name, old in rows
                if (text := rename_contact(old.encode(), contact_id, name)) is not None
            ]
            _write(cursor, model, run.organisation_id, changed, now)
            count += len(changed)


def _write(
    cursor: CursorWrapper,
    model: type[Mirrored],
    organisation_id: int,
    changed: Sequence[tuple[str, str, bytes]],
    now: datetime,
) -> None:
    shows_name = any(field.name == "contact_name" for field in model._meta.fields)
    cursor.execute(
        sql.SQL(
            "update {table} held set raw = came.raw::json, digest = came.digest, changed_here_at = %s{name}"
            " from unnest(%s::text[], %s::text[], %s::text[], %s::bytea[]) came (xero_id, name, raw, digest)"
            " where held.organisation_id = %s and held.xero_id = came.xero_id"
        ).format(
            table=_table(model),
            name=sql.SQL(", contact_name = came.name" if shows_name else ""),
        ),
        [
            now,
            [xero_id for xero_id, _, _ in changed],
            [name for _, name, _ in changed],
            [text.decode() for _, _, text in changed],
            [digest_of(text) for _, _, text in changed],
            organisation_id,
        ],
    )
