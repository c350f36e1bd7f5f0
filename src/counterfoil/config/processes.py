"""
Starts several parts as processes of one command, and ends them together, whatever happens to it.

A part runs under a keeper: a small process that holds the other end of a pipe from the command.
When the command is gone, even killed, the pipe closes and the keeper ends the part. Keeper and part
form a process group of their own, so that nothing of them is left behind.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_GRACE_S = 15
_LAST_LINES = 8
# A part that dies is started again, but not one that cannot live.
_DEATHS_AT_MOST, _DEATHS_WITHIN_S = 3, 60.0


class PartEnded(Exception):
    """One of the parts ended by itself, so the command ends too."""

    def __init__(self, name: str, code: int, log: Path) -> None:
        lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        said = "\n".join([f" The last lines of {log}:", *lines]) if lines else ""
        super().__init__(
            f"The part “{name}” ended unexpectedly (exit code {code}); the others were stopped.{said}"
        )


class PartNotReady(Exception):
    """A part did not do in time what was waited for."""


@dataclass
class _Lasting:
    """How a part is started that must not be missing, and when it died."""

    command: Sequence[str]
    environment: Mapping[str, str]
    deaths: list[float] = field(default_factory=list)

    def may_live(self, now: float) -> bool:
        """Note that it died, and say whether it has lived long enough to be started again."""
        self.deaths = [*(death for death in self.deaths if now - death < _DEATHS_WITHIN_S), now]
        return len(self.deaths) <= _DEATHS_AT_MOST


class Parts:
    """The processes of one command; each writes into a log of its own name."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lasting: dict[str, _Lasting] = {}
        self._stopping = threading.Event()

    @property
    def is_stopping(self) -> bool:
        """Whether this process was asked to stop."""
        return self._stopping.is_set()

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, lasts: bool = False
    ) -> None:
        """Start a part that runs until it is told to end; one that lasts is started again when it dies."""
        if self.is_stopping:
            return
        if lasts:
            self._lasting[name] = _Lasting(command, environment)
        self._launch(name, command, environment, mode="wb")

    def _launch(self, name: str, command: Sequence[str], environment: Mapping[str, str], mode: str) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._log(name).open(mode) as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "counterfoil.config.processes", *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C is for us; we end the parts in order
            )

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a part that ends by itself. Raises PartEnded when it, or another, fails."""
        self.start(name, command, environment)
        if (process := self._running.pop(name, None)) is None:
            return
        while process.poll() is None and not self._stopping.wait(0.05):
            self._raise_if_one_ended()
        if process.returncode is None:
            process.terminate()
            _end(process, time.monotonic() + _GRACE_S)
        elif process.returncode:
            raise PartEnded(name, process.returncode, self._log(name))

    def wait(self) -> None:
        """Wait until this process is asked to stop. Raises PartEnded when a part ends before."""
        while not self._stopping.wait(0.2):
            self._raise_if_one_ended()

    def wait_for(self, happened: Callable[[], bool], *, within_s: float) -> None:
        """Wait until something is so, or we are to stop. Raises PartEnded, or PartNotReady."""
        deadline = time.monotonic() + within_s
        while not self.is_stopping and not happened():
            self._raise_if_one_ended()
            if time.monotonic() > deadline:
                raise PartNotReady(f"Not ready within {within_s:.0f} s; the logs are in {self._logs}.")
            self._stopping.wait(0.2)

    def stop(self) -> None:
        """End the parts, the last started first, and kill what does not end in time."""
        for process in reversed(self._running.values()):
            process.terminate()
        deadline = time.monotonic() + _GRACE_S
        for process in reversed(self._running.values()):
            _end(process, deadline)

    def ask_to_stop(self, _signal: int = 0, _frame: object = None) -> None:
        """Make every wait return; this is what a signal calls."""
        self._stopping.set()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _raise_if_one_ended(self) -> None:
        for name, process in list(self._running.items()):
            if (code := process.poll()) is None:
                continue
            part = self._lasting.get(name)
            if part is None or not part.may_live(time.monotonic()):
                raise PartEnded(name, code, self._log(name))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what it has left behind
            with self._log(name).open("a") as log:
                log.write(f"The part “{name}” ended unexpectedly (exit code {code}); it is started again.\n")
            self._launch(name, part.command, part.environment, mode="ab")


@contextmanager
def running_parts(logs: Path) -> Iterator[Parts]:
    """Give a block its parts, and end them with it; Ctrl-C and a polite kill end the wait."""
    parts = Parts(logs)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, parts.ask_to_stop)
    try:
        yield parts
    finally:
        parts.stop()


def end_with_parent() -> None:
    """
    Have this process end when the one that forked it is gone, even killed.

    Else the processes of a killed web server would answer on, with nobody to stop or replace them.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _end(process: "subprocess.Popen[bytes]", deadline: float) -> None:
    """Wait for a part that was asked to end, then clear away what is left of its group."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(0.1, deadline - time.monotonic()))
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _keep(command: Sequence[str]) -> int:
    """Run a command, pass on the wish to end, and clear it away when our standard input closes."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    is_orphaned = threading.Event()

    def end(_signal: int = 0, _frame: object = None) -> None:
        process.terminate()

    def watch() -> None:
        os.read(sys.stdin.fileno(), 1)  # returns when the other end closes; nothing is ever written
        is_orphaned.set()
        end()
        time.sleep(_GRACE_S)
        process.kill()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    threading.Thread(target=watch, daemon=True).start()
    code = process.wait()
    if is_orphaned.is_set():
        os.killpg(0, signal.SIGKILL)  # what the part itself has left behind, and this keeper
    return 0 if code == -signal.SIGTERM else abs(code)


if __name__ == "__main__":
    sys.exit(_keep(sys.argv[1:]))
