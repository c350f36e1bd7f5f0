"""Senders in processes of their own, which end with SIGKILL where a test tells them to."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.lease import list_pushed
from counterfoil.sync.outbox.due import list_due
from tests.factories.sandbox import RunningSandbox
from tests.integration.sync.outbox.conftest import Books
from tests.integration.sync.test_killed_worker import environment, wait_until

ROOT = Path(__file__).resolve().parents[4]
KILLED = -signal.SIGKILL
TRY_LATER = 75


@dataclass
class Senders:
    """Processes that send, one after the other, and end where they are told."""

    process: subprocess.Popen[str]

    def send(self, books: Books, kill_at: str = "") -> int:
        """Have one send the outbox; return how it ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {
            "organisation": books.organisation.pk,
            "ahead_s": books.ahead.total_seconds(),
            "kill_at": kill_at,
        }
        ended = TRY_LATER
        while ended == TRY_LATER:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            ended = int(self.process.stdout.readline())
        return ended

    def finish(self, books: Books) -> None:
        """Have others take up what is left; a call that was cut off may reach Xero after the first look."""
        for _ in range(3):
            assert self.send(books) == 0
            books.wait(minutes=8)
            if not is_due(books):
                return


@contextmanager
def running_senders(sandbox: RunningSandbox) -> Iterator[Senders]:
    """Start the process from which they are forked."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.sync.outbox.killed_sender"],
        cwd=ROOT,
        env=environment(sandbox),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        yield Senders(process)
        assert process.stdin is not None
        process.stdin.close()


def is_due(books: Books) -> bool:
    """Say whether the schedule sends for it, once the database has noticed that the sender is dead."""
    with across_workspaces():
        wait_until(lambda: books.organisation.pk not in list_pushed())
        return books.organisation.pk in list_due(now=books.now())
