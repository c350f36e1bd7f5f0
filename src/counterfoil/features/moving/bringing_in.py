"""Brings a firm's export into this installation as a firm of its own: all of it, or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

from django.db import connection, transaction
from psycopg import sql

from counterfoil.features.moving.archives import (
    PEOPLE,
    AlteredExport,
    Manifest,
    OtherTables,
    read_page,
    read_rows,
)
from counterfoil.features.moving.hidden import Mending, Numbers
from counterfoil.features.moving.holding import Held, hold_everything
from counterfoil.features.moving.opt_outs import make_anew, say_which_key
from counterfoil.features.moving.tables import KEYED, LEDGER, Column, Table, Way, list_tables
from counterfoil.features.reminding.ledger import get_ledger_key
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Unposted, Workspace
from counterfoil.mirror.scope import in_workspace

_UNPOSTED = Unposted._meta.db_table


@dataclass(frozen=True)
class Arrived:
    """What was brought in, what waits for a person now, and how many wishes not to be written to got lost."""

    workspace: Workspace
    manifest: Manifest
    held: Held
    lost_wishes: int


def bring_in(path: Path, *, name: str | None, now: datetime) -> Arrived:
    """
    Make a firm of the export, and hold everything that would go outward by itself.

    Raises NotAnExport, AlteredExport and OtherTables with nothing changed.
    """
    manifest = read_page(path)
    _require_same_tables(manifest)
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name or manifest.firm)
        with in_workspace(workspace.pk), ZipFile(path) as archive:
            lost = _Arrival(archive, path, workspace.pk, manifest, now).write_all()
            held = hold_everything(manifest.made_at, now=now)
            what = f"{manifest.firm}, as it was at {manifest.made_at}"
            record(workspace_id=workspace.pk, act=Act.FIRM_BROUGHT_IN, what=what, now=now)
    return Arrived(workspace, manifest, held, lost)


def _require_same_tables(manifest: Manifest) -> None:
    here = {table.name: [column.name for column in table.written] for table in list_tables()}
    there = {name: part.columns for name, part in manifest.parts.items() if name != PEOPLE}
    for name in sorted(here.keys() | there.keys()):
        if here.get(name) != there.get(name):
            raise OtherTables(manifest.counterfoil, name)


class _Arrival:
    """One export on its way in: which number became which."""

    def __init__(
        self, archive: ZipFile, path: Path, workspace_id: int, manifest: Manifest, now: datetime
    ) -> None:
        self._archive = archive
        self._path = path
        self._workspace_id = workspace_id
        self._key = get_ledger_key(now=now)  # nothing can be asked for while rows are on their way
        self._knows_digests = manifest.ledger == say_which_key(now=now)
        self._people: dict[int, int] = {}
        self._numbers: Numbers = {}
        self._mending = Mending(self._numbers)
        self._lost_wishes = 0

    def write_all(self) -> int:
        """Write everything, and return how many wishes could not be taken over."""
        self._find_people()
        tables = list_tables()
        for table in tables:
            if table.is_numbered:
                self._numbers[table.name] = self._take_numbers(table)
        # The database itself notes each document as written: what the export says of that comes after.
        for table in sorted(tables, key=lambda one: one.name == _UNPOSTED):
            if table.name == _UNPOSTED:
                Unposted.objects.filter(workspace_id=self._workspace_id).delete()
            self._write(table)
        return self._lost_wishes

    def _find_people(self) -> None:
        """Know people by their e-mail address; who is new here chooses a password by “forgot password”."""
        for row in read_rows(self._archive, PEOPLE):
            person = User.objects.filter(email__iexact=row["email"]).first()
            if person is None:
                names = {key: row[key] for key in ("first_name", "last_name")}
                person = User.objects.create_user(row["email"], **names)
            self._people[row["id"]] = person.pk

    def _take_numbers(self, table: Table) -> dict[int, int]:
        old = [int(row["id"]) for row in read_rows(self._archive, table.name)]
        with connection.cursor() as cursor:
            cursor.execute(
                "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)",
                [table.name, len(old)],
            )
            new = sorted(number for (number,) in cursor.fetchall())
        return dict(zip(old, new, strict=True))

    def _write(self, table: Table) -> None:
        """Write by COPY beside the table, which takes none itself under row-level security, then move it."""
        name, columns = sql.Identifier(table.name), table.columns
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
        beside = sql.SQL("create temporary table arriving on commit drop as select {} from {} with no data")
        with connection.cursor() as wrapped:
            cursor = wrapped.cursor
            cursor.execute(beside.format(names, name))
            with cursor.copy("copy arriving from stdin") as copy:
                for row in self._read(table):
                    copy.write_row([self._translate(column, row) for column in columns])
            cursor.execute(sql.SQL("insert into {} ({}) select {} from arriving").format(name, names, names))
            cursor.execute("drop table arriving")

    def _read(self, table: Table) -> Iterator[dict[str, Any]]:
        for row in read_rows(self._archive, table.name):
            if not self._knows_digests:
                if table.name == LEDGER:
                    if not row["address"]:
                        self._lost_wishes += 1
                        continue
                    row["digest"] = make_anew(self._key, row["address"])
                elif table.name in KEYED and row[KEYED[table.name]]:
                    row["digest"] = make_anew(self._key, row[KEYED[table.name]])
            yield self._mending.mend(table.name, row)

    def _translate(self, column: Column, row: dict[str, Any]) -> Any:
        match column.way:
            case Way.WORKSPACE:
                return self._workspace_id
            case Way.SECRET:
                return ""
            case Way.NEW_UUID:
                return str(uuid4())
            case Way.NEW_KEY:
                return f"moved-{uuid4()}"
        value = row[column.name]
        if value is None or column.way is Way.AS_IT_IS:
            return value
        known = self._people if column.way is Way.PERSON else self._numbers[column.target]
        if value in known:
            return known[value]
        if column.is_optional:  # whom it named was gone already
            return None
        raise AlteredExport(self._path, column.name)
