"""Whoever presses "Sync now" sees what is in Xero at that moment, whatever runs meanwhile."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.features.connections.operations import sync_now
from counterfoil.features.connections.tasks import request_sync, sync
from counterfoil.mirror.models import Run, StreamRun
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync import runs
from counterfoil.sync.lease import hold_lease
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored


@pytest.fixture
def copied(connect: Callable[[RunningSandbox], Mirrored]) -> Iterator[Mirrored]:
    """A small organisation whose first copy is here, and nothing in the queue."""
    with running_sandbox(invoices=20, contacts=6, minute_calls=10_000, tier="advanced") as sandbox:
        mirrored = connect(sandbox)
        mirrored.sync(Run.Kind.FULL)
        with connection.cursor() as cursor:
            cursor.execute("truncate procrastinate_jobs cascade")
        yield mirrored


def press(mirrored: Mirrored) -> bool:
    with in_workspace(mirrored.organisation.workspace_id):
        return sync_now(mirrored.organisation, now=timezone.now())


def list_waiting() -> list[ProcrastinateJob]:
    """Return the syncs that wait, the most urgent first, and last those put off for some seconds."""
    waiting = ProcrastinateJob.objects.filter(status="todo", task_name="sync")
    return list(waiting.order_by(F("scheduled_at").asc(nulls_first=True), "-priority", "id"))


def work_once() -> None:
    """Do what a worker does with the most urgent job."""
    job = list_waiting()[0]
    ProcrastinateJob.objects.filter(pk=job.pk).update(status="succeeded")
    sync(**job.args)


def test_a_press_during_a_run_that_has_passed_the_invoices_is_not_lost(copied: Mirrored) -> None:
    organisation = copied.organisation
    with hold_lease(organisation.pk):
        run = runs.begin_run(organisation, kind=Run.Kind.DELTA, reason="scheduled", now=timezone.now())
        with in_workspace(organisation.workspace_id):
            run.streams.filter(stream="Invoices").update(state=StreamRun.State.DONE)
        raised = copied.sandbox.act(organisation.tenant_id, "invoices", Name="Just Now Ltd", Amount=5)

        must_wait = press(copied)
        work_once()

        assert (must_wait, len(list_waiting())) == (True, 1)
    work_once()  # ends the run that was under way, which has passed the invoices
    assert raised["InvoiceID"] not in copied.copy_of("Invoices")
    work_once()

    assert raised["InvoiceID"] in copied.copy_of("Invoices")
    assert list_waiting() == []


def test_the_copy_after_a_reconnection_is_not_taken_for_the_changes_that_wait(copied: Mirrored) -> None:
    organisation = copied.organisation
    request_sync(organisation_id=organisation.pk, kind=Run.Kind.DELTA, reason="scheduled")
    wish: dict[str, Any] = {
        "organisation_id": organisation.pk,
        "kind": Run.Kind.FULL,
        "reason": "connected",
    }

    for _ in range(2):
        request_sync(**wish, by_person=True)
    with hold_lease(organisation.pk):
        work_once()
    work_once()
    work_once()

    with in_workspace(organisation.workspace_id):
        kinds = list(Run.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["full", "delta", "full"]
    assert list_waiting() == []


def test_a_press_does_not_wait_in_the_place_of_a_scheduled_sync_that_may_give_up(copied: Mirrored) -> None:
    organisation = copied.organisation
    request_sync(organisation_id=organisation.pk, kind=Run.Kind.DELTA, reason="scheduled")

    with hold_lease(organisation.pk):  # a webhook's records are being fetched
        must_wait = press(copied)
        work_once()
        work_once()

    (left,) = list_waiting()
    assert must_wait is True
    assert (left.args["reason"], left.args["by_person"]) == ("by hand", True)
