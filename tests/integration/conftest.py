"""What the tests with a database share."""

from collections.abc import Iterator

import pytest

from counterfoil.mirror.scope import across_workspaces


@pytest.fixture
def every_workspace(db: None) -> Iterator[None]:
    """Let the test see and write the rows of all workspaces."""
    with across_workspaces():
        yield
