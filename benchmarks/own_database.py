"""A database of a benchmark's own, which is gone with it; and how a benchmark says what it measured."""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from counterfoil.config.postgres import EmbeddedPostgres


@contextmanager
def own_home() -> Iterator[Path]:
    """Lend a folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # PostgreSQL's unprivileged user has to reach its folder
        yield home


@contextmanager
def own_database() -> Iterator[None]:
    """Run an empty database, and let the settings that are read next name it."""
    with own_home() as home, EmbeddedPostgres(home).running():
        os.environ.update({"COUNTERFOIL_HOME": str(home), "DATABASE_URL": ""})
        yield


def print_lines(lines: Iterable[str]) -> None:
    """Print each line as soon as it is measured."""
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
