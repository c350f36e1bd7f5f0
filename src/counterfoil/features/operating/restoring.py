"""
Puts a backup into the database: all of it in one transaction, or nothing.

What was restored is the past, and the world has gone on since. So nothing is written to Xero and nobody is
reminded until a person has looked: what was sent after the backup would be sent a second time.
"""

import shutil
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from psycopg import sql

from counterfoil.config.environment import read_keys as read_named_keys
from counterfoil.config.home import write_encryption_keys
from counterfoil.config.installation import list_unknown_steps, migrate
from counterfoil.domain.outbox import OutboxState
from counterfoil.features.connections.operations import hold_all_writing
from counterfoil.features.operating.alone import require_alone
from counterfoil.features.operating.archives import Manifest, open_dump, read_keys, read_manifest
from counterfoil.features.operating.backing_up import find_schema, fingerprint, list_tables
from counterfoil.features.operating.dumping import find_server_major, running
from counterfoil.features.reminding.pausing import pause_for_restore
from counterfoil.mirror.encryption import forget_keys
from counterfoil.mirror.models import Operation, Workspace
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.outbox.moves import Step, lock, take_steps

_SENTENCE = (
    "The data was restored from a backup of {moment:%-d %B %Y, %H:%M} UTC, and this may have been sent since."
)
_NEXT_STEP = "Look in Xero for the reference {reference}. Approve this only if it is not there."

# The only statement of newer programs that servers before 17 do not know.
_TOO_NEW = b"SET transaction_timeout = 0;\n"
_FIRST_SERVER_WITH_IT = 17
_PREAMBLE = 2048

_PLAIN = ("--no-owner", "--no-privileges", "--file=-")
"""What is in the schema, and not the schema itself: that is there."""

_DROP_ALL = """
begin;
set local lock_timeout = '20s';
do $$
declare
    one record;
begin
    for one in
        select format('drop %s if exists %I.%I cascade',
                      case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'c' then 'type'
                      else 'table' end,
                      current_schema(), relname) as command
        from pg_class
        where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm', 'c')
    loop execute one.command; end loop;
    for one in
        select format('drop function if exists %s cascade', oid::regprocedure) as command
        from pg_proc where pronamespace = current_schema()::regnamespace
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
    loop execute one.command; end loop;
    for one in
        select format('drop type if exists %I.%I cascade', current_schema(), typname) as command
        from pg_type where typnamespace = current_schema()::regnamespace and typtype = 'e'
    loop execute one.command; end loop;
    for one in
        select format('drop sequence if exists %I.%I', current_schema(), relname) as command
        from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'S'
    loop execute one.command; end loop;
end $$;
"""


class NewerBackup(Exception):
    """The backup was made by a version that has tables of which this one knows nothing."""

    def __init__(self, version: str, steps: list[str]) -> None:
        super().__init__(
            f"The backup was made by Counterfoil {version}, and this version does not know its step"
            f" “{steps[0]}”. Nothing was changed. Install that version, or a later one, and restore then."
        )


class HoldsData(Exception):
    """There is something in the database that the backup would replace."""

    def __init__(self) -> None:
        super().__init__(
            "The database holds data already. Nothing was changed. Add --over to replace everything in it"
            " by the backup; take a backup of it first."
        )


class HoldsStrangers(Exception):
    """There are tables in the database that are nothing of Counterfoil's."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"The database also holds tables that are not Counterfoil's, such as “{names[0]}”, and a restore"
            " would remove them. Nothing was changed. Give Counterfoil a database of its own."
        )


@dataclass(frozen=True)
class Restored:
    """What was restored, what waits for a person now, and whether the secrets can be read."""

    manifest: Manifest
    rows: int
    held_connections: int
    held_writes: int
    paused_campaigns: int
    opens_secrets: bool


def restore(path: Path, *, over: bool, now: datetime) -> Restored:
    """
    Replace what the database holds by the backup, bring its tables up to this version, and hold all writing.

    Raises NotABackup, DamagedBackup, NewerBackup, HoldsData, HoldsStrangers and DatabaseInUse before
    anything is changed, and DatabaseProgramFailed with everything as it was.
    """
    manifest = read_manifest(path)
    _refuse_what_would_be_lost(manifest, over=over)
    _replace(path, manifest)
    connection.close()
    migrate()
    opens_secrets = _take_keys(path, manifest)
    held_connections, held_writes = _hold_writing(manifest, now=now)
    with across_workspaces():
        paused = pause_for_restore(made_at=manifest.made_at, now=now)
    rows = sum(manifest.tables.values())
    return Restored(manifest, rows, held_connections, held_writes, paused, opens_secrets)


def _refuse_what_would_be_lost(manifest: Manifest, *, over: bool) -> None:
    if unknown := list_unknown_steps(manifest.steps):
        raise NewerBackup(manifest.counterfoil, unknown)
    here = list_tables()
    if strangers := sorted(set(here) - set(manifest.tables) - _list_known_tables()):
        raise HoldsStrangers(strangers)
    if not over and _holds_data(here):
        raise HoldsData
    require_alone()
    connection.close()


def _list_known_tables() -> set[str]:
    models = apps.get_models(include_auto_created=True)
    others = {"django_migrations", "counterfoil_cache", *_list_worn_out()}
    return {model._meta.db_table for model in models} | others


def _list_worn_out() -> Iterable[str]:
    """Return the tables of the jobs: the library has more of them than it has models."""
    return (table for table in list_tables() if table.startswith("procrastinate_"))


def _holds_data(here: list[str]) -> bool:
    """Say whether anybody ever worked here; tables that were only made are nothing to lose."""
    return any(
        model._meta.db_table in here and model._default_manager.exists()
        for model in (get_user_model(), Workspace)
    )


def _replace(path: Path, manifest: Manifest) -> None:
    """Drop what is there, read the dump, and count its rows, in one transaction of the server."""
    is_old = find_server_major() < _FIRST_SERVER_WITH_IT
    options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    with (
        open_dump(path) as dump,
        running("psql", *options, reads=subprocess.PIPE) as psql,
        running(
            "pg_restore", *_PLAIN, f"--schema={find_schema()}", reads=subprocess.PIPE, connects=False
        ) as reader,
    ):
        assert psql.stdin is not None
        assert reader.stdin is not None
        assert reader.stdout is not None
        threading.Thread(target=_feed, args=(dump, reader.stdin), daemon=True).start()
        psql.stdin.write(_DROP_ALL.encode())
        head = reader.stdout.read(_PREAMBLE)
        psql.stdin.write(head.replace(_TOO_NEW, b"") if is_old else head)
        shutil.copyfileobj(reader.stdout, psql.stdin, 1 << 20)
        psql.stdin.write(_write_check(manifest).encode())


def _feed(dump: IO[bytes], target: IO[bytes]) -> None:
    try:
        with target:
            shutil.copyfileobj(dump, target, 1 << 20)
    except BrokenPipeError:
        pass  # the other end says why


def _write_check(manifest: Manifest) -> str:
    """Return the statements that undo everything unless each table holds what it held."""
    lines = []
    for table, rows in manifest.tables.items():
        name = sql.Identifier(table).as_string()
        said = sql.Literal(f"the table {table} does not hold the {rows} rows that it held").as_string()
        lines.append(
            f"if (select count(*) from {name}) <> {int(rows)}"  # noqa: S608 - a name that is quoted
            f" then raise exception using message = {said}; end if;"
        )
    body = "\n".join(lines)
    # Whoever dies before this line has changed nothing: the server takes back what was not committed.
    return f"\nreset search_path;\nset row_security = on;\ndo $check$ begin\n{body}\nend $check$;\ncommit;\n"


def _take_keys(path: Path, manifest: Manifest) -> bool:
    """Add the backup's keys to this installation's own; say whether the secrets can be read now."""
    ours = settings.COUNTERFOIL_ENCRYPTION_KEYS
    missing = [key for key in read_keys(path) if key not in ours]
    if missing and not read_named_keys("COUNTERFOIL_ENCRYPTION_KEYS"):
        write_encryption_keys(settings.COUNTERFOIL_HOME, [*ours, *missing])
        settings.COUNTERFOIL_ENCRYPTION_KEYS = [*ours, *missing]
        forget_keys()
    known = {fingerprint(key) for key in settings.COUNTERFOIL_ENCRYPTION_KEYS}
    return set(manifest.keys) <= known


def _hold_writing(manifest: Manifest, *, now: datetime) -> tuple[int, int]:
    """Make every connection read-only, and let what waited to be sent wait for approval; return how many."""
    why = "restored from a backup"
    with across_workspaces():
        connections = hold_all_writing(why=why, now=now)
        queued = lock(Operation.objects.filter(state=OutboxState.QUEUED))
        sentence = _SENTENCE.format(moment=manifest.made_at)
        steps = [
            Step(one, OutboxState.WAITING, sentence, _NEXT_STEP.format(reference=one.reference))
            for one in queued
        ]
        take_steps(steps, now=now)
    return connections, len(steps)
