"""A killed process loses nothing: its run is noticed, resumed where it was, and ends right (PAIN 5)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from counterfoil.mirror.models import Run, StreamRun
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.cadence import Due, list_due
from counterfoil.sync.engine import sync_organisation
from counterfoil.sync.lease import AlreadySyncing, is_leased
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_mirror_equals_xero import LISTS, assert_equal


def environment(sandbox: RunningSandbox) -> dict[str, str]:
    """Let a process work on the database of this test."""
    database = connection.settings_dict
    host, passwords = quote(str(database["HOST"]), safe=""), database["OPTIONS"]["passfile"]
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={host}&passfile={passwords}",
        "XERO_CLIENT_ID": settings.XERO_CLIENT_ID,
        "XERO_CLIENT_SECRET": settings.XERO_CLIENT_SECRET,
        **{f"XERO_{name}_URL": sandbox.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
    }


def wait_until(happened: Callable[[], bool], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def pages_done(stream: str) -> int:
    with across_workspaces():
        return sum(StreamRun.objects.filter(stream=stream).values_list("pages_done", flat=True))


@pytest.fixture
def killed(connect: Callable[[RunningSandbox], Mirrored]) -> Iterator[Mirrored]:
    """An organisation whose first copy was killed with SIGKILL in the middle of its invoices."""
    with running_sandbox(invoices=9_500, contacts=300, minute_calls=10_000, tier="advanced") as sandbox:
        mirrored = connect(sandbox)
        sandbox.fault("slow", match="Invoices", count=40, seconds=0.3)
        process = subprocess.Popen(
            [sys.executable, "-m", "counterfoil", "sync", "--full"],
            env=environment(sandbox),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: pages_done("Invoices") >= 3)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        sandbox.clear_faults()
        wait_until(lambda: not is_leased(mirrored.organisation.pk))
        yield mirrored


def test_a_killed_run_is_resumed_and_the_mirror_equals_xero(killed: Mirrored) -> None:
    done_before = pages_done("Invoices")

    run = killed.sync(Run.Kind.DELTA)

    invoices = killed.streams(run)["Invoices"]
    assert (run.kind, run.resumes, run.state) == (Run.Kind.FULL, 1, Run.State.SUCCEEDED)
    assert 3 <= done_before < 10
    # A page or two are read again: those that were under way, and the last one that was kept.
    assert invoices.pages_done <= 10 + 6
    assert_equal(killed, LISTS)


def test_a_killed_run_is_due_at_once(killed: Mirrored) -> None:
    with across_workspaces():
        due = list_due(now=timezone.now())

    assert due == [Due(killed.organisation.pk, Run.Kind.FULL, "resumed")]


def test_two_processes_never_sync_one_organisation_at_once(
    connect: Callable[[RunningSandbox], Mirrored], sandbox: RunningSandbox
) -> None:
    mirrored = connect(sandbox)
    sandbox.fault("slow", match="Contacts", count=10, seconds=1.5)
    other = subprocess.Popen(
        [sys.executable, "-m", "counterfoil", "sync", "--full", "--json"],
        env=environment(sandbox),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: is_leased(mirrored.organisation.pk))

    with pytest.raises(AlreadySyncing):
        sync_organisation(mirrored.organisation.pk, kind=Run.Kind.DELTA, reason="test", now=timezone.now)

    with across_workspaces():
        assert list_due(now=timezone.now()) == []
    assert other.wait(timeout=60) == 0
    with across_workspaces():
        assert Run.objects.count() == 1
