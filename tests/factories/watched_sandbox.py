"""The command `xero-sandbox` in a process that was forked for it, with every exchange kept in a file."""

import os
import sys
from functools import partial
from pathlib import Path

from tests.factories.recorder import Recorder, write_exchange
from xero_sandbox import main as command
from xero_sandbox.app import create_app
from xero_sandbox.config import SandboxSettings


def run_command(options: list[str], output: str, exchanges: Path | None) -> None:
    """Run the command as it is, but for the application that it serves when exchanges are kept."""
    with Path(output).open("ab", buffering=0) as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    sys.argv = ["xero-sandbox", *options]
    if exchanges is not None:
        create = partial(_create_watched_app, exchanges)
        setattr(command, "create_app", create)  # noqa: B010 -- another type: any application does
    command.main()


def _create_watched_app(exchanges: Path, settings: SandboxSettings) -> Recorder:
    """Return the stand-in inside a recorder."""
    file = exchanges.open("ab", buffering=0)  # lives as long as the process
    return Recorder(create_app(settings), partial(write_exchange, file))
