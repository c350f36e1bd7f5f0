"""What is posted under one key is done once: by two at the same moment, by one that is killed on the way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from counterfoil.api import middleware
from counterfoil.features.access.answers import begin
from counterfoil.features.billing.models import TimeEntry
from counterfoil.features.clients.models import Client
from tests.integration.api.conftest import Program, make_program
from tests.integration.web.firms import NOW, Firm, make_firm

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[3]


def start() -> tuple[Firm, Program, dict[str, Any]]:
    firm = make_firm()
    with firm.inside():
        client = Client.objects.create(workspace=firm.workspace, name="Kōwhai", created_at=NOW)
    return (
        firm,
        make_program(firm),
        {"client_id": client.pk, "day": "2026-06-01", "who": "Ana", "hours": "1.5"},
    )


def count_hours(firm: Firm) -> int:
    with firm.inside():
        return TimeEntry.objects.count()


def test_two_requests_at_once_with_one_key_do_it_once_and_are_answered_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    firm, program, hours = start()
    both_ask = Barrier(2, timeout=60)
    monkeypatch.setattr(middleware, "begin", _after(both_ask, begin))
    answers = []

    def post() -> None:
        try:
            caller = Program(program.secret)
            answers.append(caller.post("time", hours, key="one"))
        finally:
            connection.close()

    threads = [Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert sorted("Idempotency-Replayed" in one.headers for one in answers) == [False, True]
    assert count_hours(firm) == 1


def _after(barrier: Barrier, take: Callable[..., Any]) -> Callable[..., Any]:
    """Let nobody take the key before both want it."""

    def wait_and_begin(*args: Any, **given: Any) -> Any:
        barrier.wait()
        return take(*args, **given)

    return wait_and_begin


@pytest.mark.parametrize(
    ("kill_at", "done_before"),
    [("keep", 0), ("_find_etag", 1)],
    ids=["done but not kept", "kept but not answered"],
)
def test_a_process_killed_on_the_way_is_asked_again_with_the_same_key(kill_at: str, done_before: int) -> None:
    firm, program, hours = start()
    order = {
        "kill_at": kill_at, "path": "/api/v1/time", "secret": program.secret, "key": "one", "body": hours,
    }  # fmt: skip

    killed = _run(order)
    found = count_hours(firm)
    again = program.post("time", hours, key="one")

    assert killed == -signal.SIGKILL
    assert found == done_before
    assert again.status_code == 201
    assert ("Idempotency-Replayed" in again.headers) == bool(done_before)
    assert count_hours(firm) == 1


def _run(order: dict[str, Any]) -> int:
    database = connection.settings_dict
    host, passwords = quote(str(database["HOST"]), safe=""), database["OPTIONS"]["passfile"]
    address = f"postgresql://{database['USER']}@/{database['NAME']}?host={host}&passfile={passwords}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.api.killed_program", json.dumps(order)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address},
        capture_output=True,
        check=False,
    )
    return done.returncode
