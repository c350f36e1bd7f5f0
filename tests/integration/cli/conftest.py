"""The command as a person types it: a process of its own, on the test's database, beside a stand-in Xero."""

import json
import os
import pty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from counterfoil.mirror.models import Organisation, Run, Workspace
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.custom import connect_custom
from counterfoil.sync.engine import sync_organisation
from tests.factories.forked_command import run_command
from tests.factories.sandbox import (
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    FORKS,
    RunningSandbox,
    running_sandbox,
)
from tests.integration.sync.conftest import point_at


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode()

    @property
    def json(self) -> Any:
        """Standard output as the one JSON object that it must be."""
        return json.loads(self.out)


@dataclass
class Shell:
    """Runs the command."""

    sandbox: RunningSandbox
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> Said:
        """Run the command with what it says in files."""
        with TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            code = _wait_for(_start(arguments, self.environment, out, err))
            return Said(code, out.read_bytes(), err.read_text())

    def watch(self, *arguments: str) -> Said:
        """Run the command with its standard error on a terminal, where a person looks on."""
        ours, theirs = pty.openpty()
        environment = self.environment | {"TERM": "xterm", "COLUMNS": "120"}
        with TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            process = _start(arguments, environment, out, Path(os.ttyname(theirs)))
            shown = b""
            while (says := select([ours], [], [], 0.05)[0]) or process.is_alive():
                shown += os.read(ours, 4096) if says else b""
            os.close(theirs)
            os.close(ours)
            return Said(_wait_for(process), out.read_bytes(), shown.decode())


def _start(
    arguments: tuple[str, ...], environment: dict[str, str], out: Path, err: Path
) -> ForkServerProcess:
    process = FORKS.Process(target=run_command, args=([*arguments], environment, str(out), str(err)))
    process.start()
    return process


def _wait_for(process: ForkServerProcess) -> int:
    """Return the code that the command left with."""
    process.join(timeout=120)
    if process.exitcode is None:
        process.kill()
        pytest.fail("The command did not end within two minutes.")
    return process.exitcode


@pytest.fixture(scope="session")
def xero() -> Iterator[RunningSandbox]:
    """One small stand-in for all tests of commands."""
    with running_sandbox(invoices=300, contacts=40, minute_calls=10_000, tier="advanced") as running:
        yield running


@pytest.fixture
def shell(transactional_db: None, xero: RunningSandbox) -> Iterator[Shell]:
    """A shell in which the stand-in is Xero and its custom connection is the app."""
    yield _open_shell(xero)
    xero.clear_faults()


@pytest.fixture
def connected(shell: Shell, settings: Settings) -> Shell:
    """A shell in which the organisation is connected."""
    point_at(settings, shell.sandbox)
    connect_custom(workspace=Workspace.objects.create(name="My firm"), now=timezone.now())
    return shell


@pytest.fixture
def synced(connected: Shell) -> Shell:
    """A shell in which the organisation's first copy is there."""
    with across_workspaces():
        organisation_id = Organisation.objects.get().pk
    sync_organisation(organisation_id, kind=Run.Kind.DELTA, reason="by hand", now=timezone.now)
    return connected


@pytest.fixture
def open_shell(transactional_db: None) -> Callable[[RunningSandbox], Shell]:
    """Open a shell beside a stand-in of the test's own."""
    return _open_shell


def _open_shell(sandbox: RunningSandbox) -> Shell:
    database = connection.settings_dict
    host, passwords = quote(str(database["HOST"]), safe=""), database["OPTIONS"]["passfile"]
    where = f"postgresql://{database['USER']}@/{database['NAME']}?host={host}&passfile={passwords}"
    return Shell(
        sandbox,
        {
            **os.environ,
            "DATABASE_URL": where,
            "XERO_CLIENT_ID": CUSTOM_CLIENT_ID,
            "XERO_CLIENT_SECRET": CUSTOM_CLIENT_SECRET,
            **{f"XERO_{name}_URL": sandbox.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
        },
    )
