"""The command `xero-sandbox` with every exchange written to the file named in `EXCHANGES`."""

import os
from functools import partial
from pathlib import Path

from tests.factories.recorder import Recorder, write_exchange
from xero_sandbox import main as command
from xero_sandbox.app import create_app
from xero_sandbox.config import SandboxSettings

EXCHANGES = "SANDBOX_EXCHANGES"


def create_watched_app(settings: SandboxSettings) -> Recorder:
    """Return the stand-in inside a recorder."""
    file = Path(os.environ[EXCHANGES]).open("ab", buffering=0)  # noqa: SIM115 -- lives as long as the process
    return Recorder(create_app(settings), partial(write_exchange, file))


def main() -> None:
    """Run the command as it is, but for the application that it serves."""
    setattr(command, "create_app", create_watched_app)  # noqa: B010 -- another type: any application does
    command.main()
