"""Writes everything that the database holds into one file, as it stands at one moment, while all goes on."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from counterfoil import __version__
from counterfoil.features.operating.archives import Manifest, writing
from counterfoil.features.operating.dumping import DatabaseProgramFailed, running
from counterfoil.mirror.scope import EVERY_WORKSPACE

# Whoever finds a backup must not be signed in by it; everybody signs in again after a restore.
LEFT_OUT = ("django_session", "usersessions_usersession", "counterfoil_cache")

_SEES_NOTHING = (
    "what stands between here and the server drops a setting that the backup needs, and it would be"
    " empty. Name the server itself in DATABASE_URL, not a pooler"
)


@dataclass(frozen=True)
class Backup:
    """What was written, and where."""

    path: Path
    manifest: Manifest
    size: int


def back_up(path: Path, *, with_keys: bool, now: datetime) -> Backup:
    """
    Write the backup and return what is in it; a file of that name is replaced once this one is whole.

    The keys that open the secrets in it are left out unless asked for. Raises ProgramMissing,
    DatabaseProgramFailed and OSError, and leaves no half file behind.
    """
    keys = settings.COUNTERFOIL_ENCRYPTION_KEYS
    _require_sight()
    with transaction.atomic(), writing(path) as draft:
        snapshot = _take_snapshot()
        described = Manifest(
            made_at=now,
            counterfoil=__version__,
            postgresql=_read_version(),
            steps=sorted(MigrationRecorder(connection).applied_migrations()),
            tables={table: _count(table) for table in list_tables()},
            keys=[fingerprint(key) for key in keys],
            has_keys=with_keys,
        )
        options = [
            "--format=custom", "--no-owner", "--no-privileges", "--enable-row-security",
            f"--snapshot={snapshot}", f"--schema={find_schema()}",
            *(f"--exclude-table-data={table}" for table in LEFT_OUT),
        ]  # fmt: skip
        with running("pg_dump", *options) as process:
            assert process.stdout is not None
            draft.write_dump(process.stdout)
        manifest = draft.close(described, keys=keys if with_keys else [])
    return Backup(path, manifest, path.stat().st_size)


def fingerprint(key: str) -> str:
    """Return by what a key is told from others; from this nobody makes the key."""
    return sha256(key.encode()).hexdigest()[:16]


def list_tables() -> list[str]:
    """Return the tables of the database that is Counterfoil's own."""
    with connection.cursor() as cursor:
        return sorted(
            table.name for table in connection.introspection.get_table_list(cursor) if table.type in "tp"
        )


def _require_sight() -> None:
    """Make sure that the programs see every workspace's rows: what they do not see would be missing."""
    with running("psql", "--no-psqlrc", "--tuples-only", "--command=show counterfoil.workspace") as process:
        assert process.stdout is not None
        seen = process.stdout.read().decode().strip()
    if seen != EVERY_WORKSPACE:
        raise DatabaseProgramFailed("pg_dump", _SEES_NOTHING)


def _take_snapshot() -> str:
    """Hold the database still for this transaction, and return the name by which the dump joins it."""
    with connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        cursor.execute("select set_config('counterfoil.workspace', %s, true)", [EVERY_WORKSPACE])
        cursor.execute("select pg_export_snapshot()")
        return str(cursor.fetchone()[0])


def find_schema() -> str:
    """Return the schema that holds the tables."""
    with connection.cursor() as cursor:
        cursor.execute("select current_schema()")
        return str(cursor.fetchone()[0])


def _read_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        return str(cursor.fetchone()[0])


def _count(table: str) -> int:
    if table in LEFT_OUT:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table)))
        return int(cursor.fetchone()[0])
