"""Whether anybody else uses the database, for what must not happen under processes that run."""

from django.db import connection


class DatabaseInUse(Exception):
    """Other processes are connected, and would go on with what they remember."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"The database is in use by {count} other connection{'s' if count > 1 else ''}. Nothing was"
            " changed. Stop the pages and the workers first."
        )


def require_alone() -> None:
    """Raise DatabaseInUse when another process is connected."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
        if others := cursor.fetchone()[0]:
            raise DatabaseInUse(others)
