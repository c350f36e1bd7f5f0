"""The installation as a whole: its database up, its tables made, its parts found."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from counterfoil.config.database import is_embedded
from counterfoil.config.postgres import EmbeddedPostgres
from counterfoil.config.postgres_keeping import kept_running

_MIGRATION_LOCK = 0x5E91


class OtherVersion(Exception):
    """The database was last used by a version that has tables of which this one knows nothing."""

    def __init__(self, steps: list[str]) -> None:
        more = f" and {len(steps) - 1} more" if steps[1:] else ""
        super().__init__(
            "The database was made or renewed by another version of Counterfoil; this one does not know its"
            f" step “{steps[0]}”{more}. Nothing was changed. Use that version, or restore a backup of this"
            " one; a demo begins anew with: counterfoil demo --fresh"
        )


@contextmanager
def database_running() -> Iterator[None]:
    """Hold the embedded database for the length of a block; yours is taken as it is."""
    if not is_embedded():
        yield
        return
    with EmbeddedPostgres(settings.COUNTERFOIL_HOME).running():
        try:
            yield
        finally:
            connection.close()


@contextmanager
def database_kept_running() -> Iterator[None]:
    """Start the embedded database again should it die within the block; yours is looked after by others."""
    if not is_embedded():
        yield
        return
    with kept_running(EmbeddedPostgres(settings.COUNTERFOIL_HOME)):
        yield


def migrate() -> None:
    """Make the tables, one process at a time. Raises OtherVersion."""
    if unknown := _list_unknown(MigrationExecutor(connection)):
        raise OtherVersion(unknown)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_MIGRATION_LOCK])


def is_migrated() -> bool:
    """Say whether the tables are those that this version needs."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not waiting and not _list_unknown(executor)


def list_unknown_steps(taken: Iterable[tuple[str, str]]) -> list[str]:
    """Return those of the steps that are about our own tables and that this version lacks."""
    return _list_lacking(MigrationLoader(None, ignore_no_migrations=True), taken)


def _list_unknown(executor: MigrationExecutor) -> list[str]:
    return _list_lacking(executor.loader, executor.loader.applied_migrations)


def _list_lacking(loader: MigrationLoader, taken: Iterable[tuple[str, str]]) -> list[str]:
    known = loader.graph.nodes
    ours = {app for app, _ in known}
    return sorted(f"{app} {name}" for app, name in taken if app in ours and (app, name) not in known)
