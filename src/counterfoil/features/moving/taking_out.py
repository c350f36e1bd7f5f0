"""Writes everything of a firm into one file, as it stands at one moment, without a secret."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import connection, transaction
from psycopg import sql

from counterfoil import __version__
from counterfoil.config.files import appearing_whole
from counterfoil.features.moving.archives import PEOPLE, Manifest, write_page, write_part
from counterfoil.features.moving.opt_outs import find_addresses, say_which_key
from counterfoil.features.moving.tables import LEDGER, Column, Table, Way, list_tables
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Workspace
from counterfoil.mirror.scope import in_workspace

_CHUNK = 2000
_ABOUT_PEOPLE = ("id", "email", "first_name", "last_name")


def take_out(
    path: Path,
    *,
    workspace: Workspace,
    now: datetime,
    who: User | None = None,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Manifest:
    """
    Write the firm's export and return what is in it; a file of that name is replaced once this one is whole.

    `tell` hears how many of how many tables are written.
    """
    sees_one_moment = connection.in_atomic_block  # what surrounds us has looked already
    with transaction.atomic(), appearing_whole(path.absolute()) as draft:
        if not sees_one_moment:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read")
        with in_workspace(workspace.pk), ZipFile(draft, "w", ZIP_DEFLATED) as archive:
            manifest = _write(archive, workspace, now=now, tell=tell)
    with in_workspace(workspace.pk):
        what = f"{manifest.rows:,} rows"
        record(workspace_id=workspace.pk, act=Act.FIRM_TAKEN_OUT, who=who, what=what, now=now)
    return manifest


def _write(
    archive: ZipFile, workspace: Workspace, *, now: datetime, tell: Callable[[int, int], None]
) -> Manifest:
    tables, parts = list_tables(), {}
    seen: set[int] = set()
    for place, table in enumerate(tables):
        tell(place, len(tables))
        rows = _read(table, workspace.pk, seen)
        if table.name == LEDGER:
            rows = _with_addresses(rows)
        names = [column.name for column in table.written]
        parts[table.name] = write_part(archive, table.name, names, rows)
    people = User.objects.filter(pk__in=seen).order_by("pk").values(*_ABOUT_PEOPLE)
    parts[PEOPLE] = write_part(archive, PEOPLE, list(_ABOUT_PEOPLE), iter(people))
    tell(len(tables), len(tables))
    manifest = Manifest(
        made_at=now.isoformat(),
        counterfoil=__version__,
        firm=workspace.name,
        ledger=say_which_key(now=now),
        parts=parts,
    )
    write_page(archive, manifest)
    return manifest


def _read(table: Table, workspace_id: int, seen: set[int]) -> Iterator[dict[str, Any]]:
    """Yield the rows, numbers and yes or no as themselves and everything else as PostgreSQL writes it."""
    columns = table.written
    order = ["id"] if table.is_numbered else ["organisation_id", "xero_id"]
    query = sql.SQL("select {} from {} where workspace_id = {} order by {}").format(
        sql.SQL(", ").join(_select(column) for column in columns),
        sql.Identifier(table.name),
        sql.Literal(workspace_id),
        sql.SQL(", ").join(map(sql.Identifier, order)),
    )
    people = [column.name for column in columns if column.way is Way.PERSON]
    with connection.connection.cursor(name="moving") as cursor:
        cursor.itersize = _CHUNK
        cursor.execute(query)
        for values in cursor:
            row = {column.name: value for column, value in zip(columns, values, strict=True)}
            seen.update(row[name] for name in people if row[name] is not None)
            yield row


def _select(column: Column) -> sql.Composed:
    name = sql.Identifier(column.name)
    return sql.SQL("{}").format(name) if column.is_native else sql.SQL("{}::text").format(name)


def _with_addresses(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A digest says nothing where the key is another: whose it is goes along, where the firm knows it."""
    known = find_addresses()
    for row in rows:
        yield row | {"address": known.get(row["digest"], "")}
