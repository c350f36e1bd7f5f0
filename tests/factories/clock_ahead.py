"""
Runs a command of Python's with a clock that is ahead: `clock_ahead.py SECONDS python -m counterfoil worker`.

What reads the date and the time sees it; pauses and time limits last as long as ever.
"""

import runpy
import sys
import time
from pathlib import Path

import time_machine


def put_clock_ahead(seconds: float) -> tuple[str, ...]:
    """Return what comes before a command to run it so many seconds ahead."""
    return (sys.executable, "-P", str(Path(__file__)), str(seconds))


if __name__ == "__main__":
    seconds, _python, _dash_m, module, *verb = sys.argv[1:]
    sys.argv = [module, *verb]
    with time_machine.travel(time.time() + float(seconds), tick=True):
        runpy.run_module(module, run_name="__main__", alter_sys=True)
