"""
Several processes work on the same organisations: nothing is done twice, nothing is left undone (PAIN 1, 5).

What a lock prevents is shown by taking it out: without it the same rivals do what the lock forbids.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from counterfoil.mirror.models import Connection, Grant, Run
from counterfoil.mirror.scope import across_workspaces
from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_killed_worker import environment, pages_done, wait_until
from tests.integration.sync.test_mirror_equals_xero import LISTS, assert_equal

RIVALS = 4
STUMBLED = "it failed"
RACES = [("with", False), pytest.param("without", True, marks=pytest.mark.slow)]
ROOT = Path(__file__).resolve().parents[3]


def let_compete(sandbox: RunningSandbox, act: str, *ids: int, lock: str) -> list[str]:
    """Start rivals in processes of their own, all at one moment, and return what each got."""
    command = [sys.executable, "-m", "tests.integration.sync.rival", act, lock, *map(str, ids)]
    variables = {
        **environment(sandbox),
        "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
    }
    rivals = [
        subprocess.Popen(
            command,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(RIVALS)
    ]
    for rival in rivals:
        assert rival.stdout is not None
        assert rival.stdout.readline() == "ready\n"
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("go\n")
        rival.stdin.flush()
    said = [rival.communicate(timeout=120)[0].strip() for rival in rivals]
    return [words if rival.returncode == 0 else STUMBLED for words, rival in zip(said, rivals, strict=True)]


@pytest.fixture
def due(mirrored: Mirrored, settings: Settings) -> Grant:
    """A consent whose access token is to be renewed now."""
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    tokens = mirrored.sandbox.tokens(mirrored.organisation.tenant_id)
    with across_workspaces():
        grant = Connection.objects.get().grant
        grant.kind, grant.client_id = Grant.Kind.CODE, CLIENT_ID
        grant.access_token, grant.refresh_token = tokens["access_token"], tokens["refresh_token"]
        grant.expires_at = timezone.now() + timedelta(seconds=1)
        grant.save()
    mirrored.sandbox.reset_stats()
    return grant


@pytest.mark.parametrize(("lock", "is_race"), RACES)
def test_a_token_is_renewed_by_one_process_only_and_the_lock_is_why(
    due: Grant, mirrored: Mirrored, lock: str, is_race: bool
) -> None:
    got = let_compete(mirrored.sandbox, "renew", due.pk, due.workspace_id, lock=lock)

    renewals = mirrored.sandbox.stats()["requests"]["token"]
    assert (renewals > 1, len(set(got)) > 1) == (is_race, is_race)


@pytest.mark.parametrize(("lock", "is_race"), RACES)
def test_an_organisation_is_read_by_one_process_only_and_the_lease_is_why(
    mirrored: Mirrored, lock: str, is_race: bool
) -> None:
    mirrored.sync(Run.Kind.FULL)
    mirrored.sandbox.reset_stats()
    mirrored.sandbox.fault("slow", count=40, seconds=0.5)

    said = let_compete(mirrored.sandbox, "sync", mirrored.organisation.pk, lock=lock)

    calls = mirrored.sandbox.stats()["calls_by_tenant"][mirrored.organisation.tenant_id]
    # Without the lease several read at once, or stumble: the database takes no second unfinished run.
    assert (calls > 8 or STUMBLED in said) == is_race
    assert (sorted(said)[1:] == ["already syncing"] * (RIVALS - 1)) == (not is_race)


@contextmanager
def working(sandbox: RunningSandbox) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker as `counterfoil start` does."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "counterfoil", "worker"],
        env=environment(sandbox),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def latest() -> Run | None:
    with across_workspaces():
        return Run.objects.order_by("-pk").first()


@pytest.mark.slow
def test_a_killed_workers_run_is_resumed_by_the_other_within_a_minute(
    connect: Callable[[RunningSandbox], Mirrored],
) -> None:
    with running_sandbox(invoices=9_500, contacts=300, minute_calls=10_000, tier="advanced") as sandbox:
        mirrored = connect(sandbox)
        sandbox.fault("slow", match="Invoices", count=200, seconds=0.5)
        with working(sandbox) as first:
            wait_until(lambda: pages_done("Invoices") >= 2, within_s=60)
            with working(sandbox):
                first.send_signal(signal.SIGKILL)
                first.wait()
                sandbox.clear_faults()
                wait_until(was_resumed, within_s=60)
                wait_until(is_closed, within_s=120)
        with across_workspaces():
            runs = list(Run.objects.order_by("pk").values_list("kind", "resumes", "state"))
        assert runs[:2] == [
            (Run.Kind.FULL, 1, Run.State.SUCCEEDED),
            (Run.Kind.DELTA, 0, Run.State.SUCCEEDED),
        ]
        assert_equal(mirrored, LISTS)


def was_resumed() -> bool:
    run = latest()
    return run is not None and run.resumes == 1


def is_closed() -> bool:
    """Say whether the delta that follows a full copy has ended."""
    with across_workspaces():
        return Run.objects.filter(kind=Run.Kind.DELTA).exclude(finished_at=None).exists()
