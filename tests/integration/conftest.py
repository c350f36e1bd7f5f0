"""What the tests with a database share."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

from counterfoil.mirror.scope import across_workspaces


@pytest.fixture(scope="session", autouse=True)
def emptied_by_deleting() -> Iterator[None]:
    """Empty the tables after a test by deleting its few rows: to truncate makes a thousand files anew."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DatabaseOperations, "sql_flush", _delete_everything)
        yield


def _delete_everything(
    operations: DatabaseOperations, style: Any, tables: Sequence[str], **options: bool
) -> list[str]:
    """Return what empties the tables, of whatever firm the rows are, once nobody writes to them any more."""
    quoted = [operations.quote_name(table) for table in tables]
    return [
        "set local counterfoil.workspace = '*'",
        "set local counterfoil.forgets_audit = 'on'",
        f"lock table {', '.join(quoted)} in share row exclusive mode",
        *(f"delete from {table}" for table in quoted),
    ]


@pytest.fixture
def every_workspace(db: None) -> Iterator[None]:
    """Let the test see and write the rows of all workspaces."""
    with across_workspaces():
        yield
