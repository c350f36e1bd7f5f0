"""The installation as a whole: its database up, its tables made, its parts found."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from counterfoil.config.database import is_embedded
from counterfoil.config.postgres import EmbeddedPostgres

_MIGRATION_LOCK = 0x5E91


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


def migrate() -> None:
    """Make the tables, one process at a time."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_MIGRATION_LOCK])


def is_migrated() -> bool:
    """Say whether the tables are those that this version needs."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
