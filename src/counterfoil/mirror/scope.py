"""
Whose rows a transaction may see: the database itself keeps workspaces apart.

Every table with a workspace carries a row-level policy that compares it with the setting made here,
for one transaction. Without a scope no row is visible and none can be written: forgetting is safe.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

SETTING = "counterfoil.workspace"
EVERY_WORKSPACE = "*"


@contextmanager
def in_workspace(workspace_id: int, *, must_last: bool = True) -> Iterator[None]:
    """
    Open a transaction that sees and writes the rows of one workspace.

    `must_last=False` is for what may be lost when the database's machine loses power, such as
    counters: the transaction does not wait for the disk.
    """
    with _scope(str(workspace_id), must_last=must_last):
        yield


@contextmanager
def across_workspaces() -> Iterator[None]:
    """Open a transaction that sees all rows: for the installation's own jobs, never for a request."""
    with _scope(EVERY_WORKSPACE):
        yield


@contextmanager
def _scope(value: str, *, must_last: bool = True) -> Iterator[None]:
    is_inner = connection.in_atomic_block
    with transaction.atomic():
        outer = _set(value, must_last=must_last or is_inner)
        yield
        # What surrounds this block gets its own scope back; after a failure the rollback does that.
        if is_inner:
            _set(outer)


def _set(value: str, *, must_last: bool = True) -> str:
    commit = "current_setting('synchronous_commit')" if must_last else "'off'"
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting(%s, true), set_config(%s, %s, true),"
            f" set_config('synchronous_commit', {commit}, true)",
            [SETTING, SETTING, value],
        )
        row = cursor.fetchone()
    return str(row[0] or "")
