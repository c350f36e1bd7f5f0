"""A home of its own for each test, on the road that the server's unprivileged account may walk."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.config.postgres import EmbeddedPostgres


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that anybody may enter; pytest's own are for their owner only."""
    folder = Path(tempfile.mkdtemp(prefix="counterfoil-home-"))
    folder.chmod(0o755)
    yield folder
    if (folder / "postgres" / "data").exists():
        EmbeddedPostgres(folder).destroy()
    shutil.rmtree(folder)
