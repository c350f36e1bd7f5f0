"""A sender killed with SIGKILL anywhere sends nothing twice, and says what is in doubt (PAIN 6)."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from counterfoil.features.reminding.models import Message
from tests.integration.reminding.conftest import Desk, make_desk

ROOT = Path(__file__).resolve().parents[3]
KILLED, TRY_LATER = -signal.SIGKILL, 75


@dataclass
class Senders:
    """Processes that send, one after the other, and end where they are told."""

    process: subprocess.Popen[str]
    file: Path

    def send(self, desk: Desk, kill_at: str = "") -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {
            "organisation": desk.organisation.pk,
            "now": desk.now.isoformat(),
            "kill_at": kill_at,
            "file": str(self.file),
        }
        ended = TRY_LATER
        while ended == TRY_LATER:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            ended = int(self.process.stdout.readline())
        return ended

    def count(self, desk: Desk) -> dict[str, int]:
        """Return how often each message was carried."""
        carried = self.file.read_text().split() if self.file.exists() else []
        return {token: carried.count(token) for token in carried}


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
