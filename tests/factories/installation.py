"""A whole installation in processes of its own: its database, web servers and workers, started and killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from counterfoil.config.postgres import EmbeddedPostgres

_SOURCE = Path(__file__).resolve().parents[2] / "src"
_NOT_INHERITED = ("COUNTERFOIL_", "XERO_", "DATABASE_URL", "DJANGO_")


class DidNotHappen(Exception):
    """What was waited for did not come in time."""


def wait_until(happened: Callable[[], object], within_s: float = 60) -> None:
    """Look ten times a second until something is so. Raises DidNotHappen."""
    deadline = time.monotonic() + within_s
    while not happened():
        if time.monotonic() > deadline:
            raise DidNotHappen(f"not within {within_s:.0f} s")
        time.sleep(0.1)


def find_free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def temporary_home(prefix: str = "counterfoil-home-") -> Iterator[Path]:
    """Make a home that the unprivileged user of the database may enter, and remove it afterwards."""
    home = Path(tempfile.mkdtemp(prefix=prefix))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Installation:
    """One installation on one machine; each process writes into a log of its own name."""

    home: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()  # a command that runs each of ours, as `ip netns exec NAME` does
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://localhost:{self.port}"

    @property
    def database(self) -> EmbeddedPostgres:
        """Its embedded database."""
        return EmbeddedPostgres(self.home)

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told; nothing of ours reaches them."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
        own = {"COUNTERFOIL_HOME": str(self.home), "COUNTERFOIL_URL": self.url, "PYTHONPATH": str(_SOURCE)}
        return {**inherited, **own, **self.settings}

    def run(self, *verb: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            [*self.before, sys.executable, "-m", "counterfoil", *verb],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, name: str, *verb: str, before: tuple[str, ...] = ()) -> "subprocess.Popen[bytes]":
        """Start a command that lasts, under a name of ours."""
        with self.log_of(name).open("ab") as log:
            process = subprocess.Popen(
                [*self.before, *before, sys.executable, "-m", "counterfoil", *verb],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = process
        return process

    def start_web(self, name: str = "web", *, processes: int = 1) -> None:
        """Serve the pages."""
        self.start(name, "serve", "--port", str(self.port), "--processes", str(processes))

    def kill(self, name: str) -> None:
        """Kill one process with SIGKILL, and none of its children."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> None:
        """Ask one process to end, and clear away what is left of it."""
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def count_computing(self, name: str) -> float:
        """Return the seconds that a process and its children have computed; what others do does not count."""
        first = psutil.Process(self.running[name].pid)
        times = [process.cpu_times() for process in [first, *first.children(recursive=True)]]
        return sum(taken.user + taken.system for taken in times)

    def log_of(self, name: str) -> Path:
        """Return the file that the process of this name writes into."""
        return self.home / f"{name}.log"

    def read_log(self, name: str) -> str:
        """Return what it has written."""
        return self.log_of(name).read_text(errors="replace")

    def is_ready(self) -> bool:
        """Say whether the pages and their database answer."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_until_ready(self, within_s: float = 120) -> None:
        """Wait until the pages answer. Raises DidNotHappen with the web server's log."""
        try:
            wait_until(self.is_ready, within_s)
        except DidNotHappen as never:
            raise DidNotHappen(f"{never}\n{self.read_log('web')}") from never

    def connect(self, *, as_owner: bool = False) -> "psycopg.Connection[tuple[Any, ...]]":
        """Open a connection to the embedded database; as the server's owner, for what only that one may."""
        where = self.database.connection_settings()
        user, name = ("postgres", "postgres") if as_owner else (where["USER"], where["NAME"])
        return psycopg.connect(
            host=where["HOST"], user=user, dbname=name, autocommit=True, **where["OPTIONS"]
        )

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the embedded database, and see the rows of every firm."""
        with self.connect() as connection:
            connection.execute("select set_config('counterfoil.workspace', '*', false)")
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def find_server(self) -> psutil.Process | None:
        """Return the running server of the embedded database."""
        data = str(self.database.data)
        for process in psutil.process_iter(["cmdline"]):
            command = process.info["cmdline"] or [""]
            if command[0].endswith("bin/postgres") and data in command:
                return process
        return None


@contextmanager
def running_installation(
    home: Path, *, web_processes: int = 1, workers: int = 1, **settings: str
) -> Iterator[Installation]:
    """Run one with an embedded database for the length of a block; its home is the caller's."""
    made = Installation(home, find_free_port(), settings)
    try:
        with made.database.running():
            done = made.run("migrate")
            if done.returncode:
                raise DidNotHappen(done.stdout + done.stderr)
            made.start_web(processes=web_processes)
            for number in range(workers):
                made.start("worker" if number == 0 else f"worker{number + 1}", "worker")
            made.wait_until_ready()
            yield made
    finally:
        for name in list(made.running):
            made.stop(name)
