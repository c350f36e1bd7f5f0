"""
A sender killed with SIGKILL anywhere sends nothing twice, and says what is in doubt (PAIN 6). One whose
organisation is removed by another process meanwhile sends nothing more (T35).
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from counterfoil.features.reminding.models import Message
from tests.integration.reminding.conftest import Desk, make_desk
from tests.integration.reminding.test_sending import remove

ROOT = Path(__file__).resolve().parents[3]
KILLED, TRY_LATER = -signal.SIGKILL, 75


@dataclass
class Senders:
    """Processes that send, one after the other, and end where they are told."""

    process: subprocess.Popen[str]
    file: Path

    def send(self, desk: Desk, kill_at: str = "") -> int:
        ended = TRY_LATER
        while ended == TRY_LATER:
            self.begin(desk, kill_at=kill_at)
            ended = self.end()
        return ended

    def begin(self, desk: Desk, *, kill_at: str = "", wait_at: str = "") -> None:
        """Let a process send, and do not wait for its end."""
        assert self.process.stdin is not None
        order = {
            "organisation": desk.organisation.pk,
            "now": desk.now.isoformat(),
            "kill_at": kill_at,
            "wait_at": wait_at,
            "file": str(self.file),
        }
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def end(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def wait_for_it(self) -> None:
        """Wait until the process waits for us."""
        until(Path(f"{self.file}.waits").exists)

    def let_go(self) -> None:
        Path(f"{self.file}.goes").touch()

    def count(self, desk: Desk) -> dict[str, int]:
        """Return how often each message was carried."""
        carried = self.file.read_text().split() if self.file.exists() else []
        return {token: carried.count(token) for token in carried}


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline, "It did not come to that."
        time.sleep(0.01)


@pytest.fixture
def senders(transactional_db: None, tmp_path: Path) -> Iterator[Senders]:
    database = connection.settings_dict
    host, passwords = quote(str(database["HOST"]), safe=""), database["OPTIONS"]["passfile"]
    address = f"postgresql://{database['USER']}@/{database['NAME']}?host={host}&passfile={passwords}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.reminding.killed_sender"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        yield Senders(process, tmp_path / "carried")
        assert process.stdin is not None
        process.stdin.close()


def test_a_sender_killed_at_any_step_sends_nothing_twice(senders: Senders) -> None:
    found = {}

    for kill_at in ("decided", "written down", "held in place", "asked", "answered", "settled", "stored"):
        desk = make_desk()
        desk.invoice(desk.customer())
        desk.campaign()
        desk.plan()
        before = sum(senders.count(desk).values())
        ended = [senders.send(desk, kill_at), senders.send(desk), senders.send(desk)]
        assert ended == [KILLED, 0, 0]
        with desk.firm.inside():
            [state] = Message.objects.values_list("state", flat=True)
        found[kill_at] = (state, sum(senders.count(desk).values()) - before)

    assert found == {
        "decided": ("sent", 1),
        "written down": ("unknown", 0),
        "held in place": ("unknown", 0),
        "asked": ("unknown", 0),
        "answered": ("unknown", 1),
        "settled": ("unknown", 1),
        "stored": ("sent", 1),
    }


def make_two_to_remind() -> Desk:
    desk = make_desk()
    desk.invoice(desk.customer())
    desk.invoice(desk.customer("021 765 4321"))
    desk.campaign()
    desk.plan()
    return desk


def test_removing_the_connection_keeps_a_message_here_that_another_process_wrote_down(
    senders: Senders,
) -> None:
    """T35: a message in flight included."""
    desk = make_two_to_remind()
    senders.begin(desk, wait_at="written down")
    senders.wait_for_it()

    remove(desk)
    senders.let_go()

    assert senders.end() == 0
    assert senders.count(desk) == {}
    assert desk.messages() == [("dropped", "removed")] * 2


def test_removing_the_connection_waits_for_the_message_that_is_leaving_and_none_leaves_after_it(
    senders: Senders,
) -> None:
    """T35: what is being handed over cannot be taken back; the next one is."""
    desk = make_two_to_remind()
    senders.begin(desk, wait_at="asked")
    senders.wait_for_it()
    before = senders.count(desk)
    letting_go = threading.Thread(target=let_go_once_somebody_waits, args=(senders,))
    letting_go.start()

    remove(desk)

    letting_go.join()
    left = senders.count(desk)
    assert senders.end() == 0
    assert (before, list(left.values()), senders.count(desk)) == ({}, [1], left)
    assert desk.messages() == [("sent", "free"), ("dropped", "removed")]


def let_go_once_somebody_waits(senders: Senders) -> None:
    """Let the sender go once the removal waits for a lock of its."""
    try:
        with connection.cursor() as cursor:
            until(lambda: is_somebody_waiting(cursor))
        senders.let_go()
    finally:
        connection.close()


def is_somebody_waiting(cursor: Any) -> bool:
    cursor.execute("select exists (select from pg_locks where not granted)")
    return bool(cursor.fetchone()[0])
