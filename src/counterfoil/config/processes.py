"""Starts several parts as processes of one command, and ends them together, whatever happens to it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

_GRACE_S = 15


class PartEnded(Exception):
    """One of the parts ended by itself, so the command ends too."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(f"The part “{name}” ended unexpectedly (exit code {code}); the others were stopped.")


class Parts:
    """The processes of one command."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a part. It holds the other end of a pipe: when we are gone, even killed, it ends itself."""
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", "counterfoil.config.processes", *command],
            stdin=subprocess.PIPE,
            env={**os.environ, **environment},
            start_new_session=True,  # Ctrl-C is for us; we end the parts in order
        )

    def wait(self) -> None:
        """Wait until this process is asked to stop. Raises PartEnded when a part ends before."""
        while not self._stopping.wait(0.3):
            for name, process in self._running.items():
                if (code := process.poll()) is not None:
                    raise PartEnded(name, code)

    def stop(self) -> None:
        """End the parts, the last started first, and kill what does not end in time."""
        for process in reversed(self._running.values()):
            process.terminate()
        deadline = time.monotonic() + _GRACE_S
        for process in self._running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ask_to_stop(self, _signal: int = 0, _frame: object = None) -> None:
        """Make `wait` return; this is what a signal calls."""
        self._stopping.set()


@contextmanager
def running_parts() -> Iterator[Parts]:
    """Give a block its parts, and end them with it; Ctrl-C and a polite kill end the wait."""
    parts = Parts()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, parts.ask_to_stop)
    try:
        yield parts
    finally:
        parts.stop()


def _run_until_orphaned(command: Sequence[str]) -> int:
    """Run a command as a child, pass signals on, and end it when our standard input closes."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def end(_signal: int = 0, _frame: object = None) -> None:
        process.terminate()

    def watch() -> None:
        sys.stdin.buffer.read()
        end()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    threading.Thread(target=watch, daemon=True).start()
    code = process.wait()
    return 0 if code == -signal.SIGTERM else abs(code)


if __name__ == "__main__":
    sys.exit(_run_until_orphaned(sys.argv[1:]))
