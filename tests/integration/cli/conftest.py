"""The command as a person types it: a process of its own, on the test's database, beside a stand-in Xero."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from tests.factories.sandbox import (
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    RunningSandbox,
    running_sandbox,
)


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
        """Run the command in a pipe."""
        done = subprocess.run(
            [sys.executable, "-m", "counterfoil", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
        )
        return Said(done.returncode, done.stdout, done.stderr.decode())

    def watch(self, *arguments: str) -> Said:
        """Run the command with its standard error on a terminal, where a person looks on."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "counterfoil", *arguments],
            env=self.environment | {"TERM": "xterm", "COLUMNS": "120"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            shown = b""
            while chunk := _read(ours):
                shown += chunk
            assert process.stdout is not None
            out = process.stdout.read()
        os.close(ours)
        return Said(process.returncode, out, shown.decode())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how a terminal says that nobody writes to it any more
        return b""


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
def connected(shell: Shell) -> Shell:
    """A shell in which the organisation is connected."""
    assert shell.run("connect", "--custom").code == 0
    return shell


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
