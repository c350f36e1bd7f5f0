"""
Gives the tests a home and a database of their own, before Django reads its settings.

Loaded by `-p tests.plugin`, earlier than any conftest. The first process makes both and removes
both; the workers of pytest-xdist inherit the folder's name and only use it.
"""

import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

from counterfoil.config.postgres import EmbeddedPostgres
from tests.contract import openapi

# A busy machine is no fault of the code; what a failure needs to be repeated is printed.
hypothesis.settings.register_profile("counterfoil", deadline=None, print_blob=True)
hypothesis.settings.load_profile("counterfoil")

_OWNED = "COUNTERFOIL_TEST_HOME" not in os.environ
if _OWNED:
    # Readable by the unprivileged user who runs the server when the tests run as root.
    _folder = Path(tempfile.mkdtemp(prefix="counterfoil-tests-"))
    _folder.chmod(0o755)
    os.environ["COUNTERFOIL_TEST_HOME"] = str(_folder)
for _name in [name for name in os.environ if name.startswith(("XERO_", "DATABASE_URL"))]:
    del os.environ[_name]
HOME = Path(os.environ["COUNTERFOIL_TEST_HOME"])
os.environ["COUNTERFOIL_HOME"] = str(HOME)
_postgres = EmbeddedPostgres(HOME, options=("fsync=off", "synchronous_commit=off", "max_connections=200"))


def pytest_configure(config: pytest.Config) -> None:
    """Start the database once for the whole run."""
    if _OWNED:
        _postgres.start()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say once when nothing that is said to and by the stand-in can be held against Xero's files."""
    return None if openapi.is_here() else openapi.MISSING


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop it and leave nothing behind."""
    if _OWNED:
        _postgres.release()
        shutil.rmtree(HOME, ignore_errors=True)
