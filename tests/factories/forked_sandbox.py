"""The command `xero-sandbox` in a process that was forked for it from one that has imported everything."""

import os
import sys
from pathlib import Path

from xero_sandbox.main import main


def run_command(options: list[str], output: str) -> None:
    """Run the command as it is, with what it prints in a file."""
    with Path(output).open("ab", buffering=0) as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    sys.argv = ["xero-sandbox", *options]
    main()
