"""
Writes a page of records into a mirror table: one COPY, one upsert, and a log of what changed.

Nothing is written for a record that is already here as it came, and an older state of a record
never overwrites a newer one. The rows lie in a temporary table on the way, because COPY cannot
upsert. Everything happens in the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import connection
from psycopg import sql

from counterfoil.mirror.changes import Difference, find_difference, log_changes
from counterfoil.mirror.echoes import take_echoes
from counterfoil.mirror.models import Change, Mirrored

DIGEST_BYTES = 16


@dataclass(frozen=True)
class Arrival:
    """Where a page of records comes from and whose it is."""

    workspace_id: int
    organisation_id: int
    stream: str
    run_id: int | None
    why: str
    at: datetime
    # The first copy of a stream is no news; what comes after it is.
    is_first_copy: bool = False


@dataclass(frozen=True)
class Incoming:
    """One record on its way in: its promoted values, in the order of the columns, and its raw text."""

    xero_id: str
    values: Sequence[Any]
    raw: bytes


@dataclass(frozen=True)
class Written:
    """How many rows a page made and changed; the others were here already."""

    new: int = 0
    changed: int = 0


def digest_of(raw: bytes) -> bytes:
    """Return the fingerprint by which an unchanged record is recognised."""
    return blake2b(raw, digest_size=DIGEST_BYTES).digest()


def write_records(
    model: type[Mirrored], columns: Sequence[str], records: Iterable[Incoming], arrival: Arrival
) -> Written:
    """
    Bring the table up to these records and log what changed in those that were here before.

    `columns` names the promoted values, `xero_id` among them. A record that comes twice in a page
    counts once, as it came last. Call it inside a workspace's transaction.
    """
    latest = {record.xero_id: record for record in records}
    if not latest:
        return Written()
    statements = _statements(model, tuple(columns))
    with connection.cursor() as cursor:
        cursor.execute(statements.make_staging)
        with cursor.copy(statements.copy) as copy:
            for record in latest.values():
                copy.write_row((*record.values, record.raw.decode(), digest_of(record.raw)))
        cursor.execute(statements.find_changed, [arrival.organisation_id])
        found = cursor.fetchall()
        stamps = {xero_id: stamp for xero_id, was_gone, stamp, *_ in found if not was_gone}
        echoes = take_echoes(arrival.organisation_id, stamps, now=arrival.at)
        differences = [
            Difference(Change.Kind.RETURNED if was_gone else Change.Kind.CHANGED, xero_id, before, after)
            for xero_id, was_gone, _stamp, old, new in found
            if xero_id not in echoes
            for before, after in [find_difference(old, new)]
        ]
        log_changes(differences, arrival)
        cursor.execute(
            statements.upsert,
            {"organisation": arrival.organisation_id, "workspace": arrival.workspace_id, "now": arrival.at},
        )
        changed, new = cursor.fetchone()
        cursor.execute(statements.empty_staging)
    if not arrival.is_first_copy:
        log_changes([Difference(Change.Kind.CREATED, xero_id, {}, {}) for xero_id in new], arrival)
    return Written(new=len(new), changed=changed)


class _Statements(msgspec.Struct, frozen=True):
    make_staging: sql.Composed
    copy: sql.Composed
    find_changed: sql.Composed
    upsert: sql.Composed
    empty_staging: sql.Composed


@cache
def _statements(model: type[Mirrored], columns: tuple[str, ...]) -> _Statements:
    """Compose the statements of one table; the names come from our own models."""
    table = sql.Identifier(model._meta.db_table)
    staging = sql.Identifier(f"arriving_{model._meta.model_name}")
    arriving = [*columns, "raw", "digest"]
    listed = sql.SQL(", ").join(map(sql.Identifier, arriving))
    # Newer or equally new, and not the same text: an equal stamp can hide an edit that moves none.
    differs = sql.SQL(
        "(held.digest is distinct from came.digest or held.gone_at is not null)"
        " and (held.updated_at is null or came.updated_at is null or came.updated_at >= held.updated_at)"
    )
    return _Statements(
        make_staging=sql.SQL(
            "create temporary table if not exists {staging} on commit delete rows as"
            " select {listed} from {table} with no data"
        ).format(staging=staging, listed=listed, table=table),
        copy=sql.SQL("copy {} ({}) from stdin").format(staging, listed),
        # Nobody has counted the temporary table's rows, so a plain join would read the whole mirror
        # table for each page. `offset 0` keeps the planner to one lookup by key for each record.
        find_changed=sql.SQL(
            "select held.xero_id, held.gone_at is not null, came.updated_at, held.raw::text, came.raw::text"
            " from {staging} came cross join lateral ("
            " select * from {table} where organisation_id = %s and xero_id = came.xero_id offset 0) held"
            " where {differs}"
        ).format(table=table, staging=staging, differs=differs),
        upsert=sql.SQL(
            "with written as ("
            " insert into {table} as held"
            " (organisation_id, workspace_id, {listed}, first_seen_at, changed_here_at)"
            " select %(organisation)s, %(workspace)s, {listed}, %(now)s, %(now)s from {staging}"
            " on conflict (organisation_id, xero_id) do update set {assignments},"
            " changed_here_at = %(now)s, gone_at = null"
            " where {differs} returning held.xero_id, (xmax = 0) as is_new)"
            " select count(*) filter (where not is_new),"
            " coalesce(array_agg(xero_id) filter (where is_new), '{{}}') from written"
        ).format(
            table=table,
            staging=staging,
            listed=listed,
            assignments=sql.SQL(", ").join(
                sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
                for name in arriving
                if name != "xero_id"
            ),
            differs=sql.SQL(differs.as_string().replace("came.", "excluded.")),
        ),
        empty_staging=sql.SQL("truncate {}").format(staging),
    )


def mark_gone(
    model: type[Mirrored],
    seen: Iterable[str],
    arrival: Arrival,
    *,
    known_before: datetime,
    among: Mapping[str, str] | None = None,
) -> int:
    """
    Mark the records that a complete reading did not find, and log it. Return how many.

    Only records known before the reading began can have gone; `among` narrows them by columns, where
    the reading was complete for a part only. Nothing is deleted.
    """
    among = among or {}
    narrowed = [sql.SQL(" and {} = %s").format(sql.Identifier(name)) for name in among]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "update {} set gone_at = %s, changed_here_at = %s"
                " where organisation_id = %s and gone_at is null and first_seen_at < %s"
                " and not xero_id = any(%s)"
            ).format(sql.Identifier(model._meta.db_table))
            + sql.Composed(narrowed)
            + sql.SQL(" returning xero_id"),
            [
                arrival.at,
                arrival.at,
                arrival.organisation_id,
                known_before,
                list(seen),
                *among.values(),
            ],
        )
        gone = [row[0] for row in cursor.fetchall()]
    log_changes([Difference(Change.Kind.GONE, xero_id, {}, {}) for xero_id in gone], arrival)
    return len(gone)
