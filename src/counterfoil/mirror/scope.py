"""
Whose rows a transaction may see: the database itself keeps workspaces apart.

Every table with a workspace carries a row-level policy that compares it with the setting made here,
for one transaction. Without a scope no row is visible and none can be written: forgetting is safe.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_SETTING = "counterfoil.workspace"
EVERY_WORKSPACE = "*"


@contextmanager
def in_workspace(workspace_id: int) -> Iterator[None]:
    """Open a transaction that sees and writes the rows of one workspace."""
    with _scope(str(workspace_id)):
        yield


@contextmanager
def across_workspaces() -> Iterator[None]:
    """Open a transaction that sees all rows: for the installation's own jobs, never for a request."""
    with _scope(EVERY_WORKSPACE):
        yield


@contextmanager
def _scope(value: str) -> Iterator[None]:
    with transaction.atomic():
        outer = _set(value)
        yield
        # Whatever surrounds this block gets its own scope back; after a failure the rollback does that.
        _set(outer)


def _set(value: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting(%s, true), set_config(%s, %s, true)", [_SETTING, _SETTING, value]
        )
        row = cursor.fetchone()
    return str(row[0] or "")
