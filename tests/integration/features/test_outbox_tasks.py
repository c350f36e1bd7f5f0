"""The background jobs of the outbox: what is due is sent, once, and nothing is forgotten after a kill."""

from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.outbox.operations import approve
from counterfoil.mirror.models import Attempt, Connection, Operation, Organisation
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.lease import hold_push
from counterfoil.sync.outbox.due import list_due
from tests.integration.sync.outbox.wishing import make_two_way, new_invoice, queue, wish_for
from tests.integration.web.firms import NOW, Firm, make_firm

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def firm(transactional_db: None) -> Firm:
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs cascade")
    return make_firm()


def due() -> list[int]:
    with across_workspaces():
        return list_due(now=LATER)


def attempt(organisation: Organisation, outcome: str, *, ago: timedelta) -> Attempt:
    return Attempt.objects.create(
        organisation=organisation,
        workspace_id=organisation.workspace_id,
        kind="invoice_new",
        key=f"key {outcome} {ago}",
        started_at=LATER - ago,
        finished_at=LATER - ago,
        outcome=outcome,
    )


def test_an_organisation_is_due_when_something_is_queued_and_not_before(firm: Firm) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        operation = wish_for(organisation, new_invoice())
    waiting = due()

    with firm.inside():
        approve([operation.pk], who=firm.user, now=NOW)

    assert waiting == []
    assert due() == [organisation.pk]
    (job,) = ProcrastinateJob.objects.filter(status="todo")
    assert job.args == {"organisation_id": organisation.pk}


def test_what_waits_for_its_time_or_for_another_is_not_due(firm: Firm) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        first = queue(organisation, new_invoice())
        queue(organisation, new_invoice(), "test:2", waits_for=first)
        Operation.objects.filter(pk=first.pk).update(next_try_at=LATER + timedelta(seconds=1))

    assert due() == []


@pytest.mark.parametrize(
    ("state", "next_try_at", "expected"),
    [
        (OutboxState.SENDING, None, True),
        (OutboxState.UNKNOWN, LATER, True),
        (OutboxState.UNKNOWN, None, False),
        (OutboxState.REFUSED, None, False),
    ],
)
def test_what_was_left_behind_is_due_also_when_the_organisation_is_read_only_by_now(
    firm: Firm, state: OutboxState, next_try_at: object, expected: bool
) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        operation = queue(organisation, new_invoice())
        made = attempt(organisation, "no_answer", ago=timedelta(hours=1))
        Operation.objects.filter(pk=operation.pk).update(state=state, next_try_at=next_try_at, attempt=made)
        Connection.objects.update(mode=Connection.Mode.READ_ONLY)

    assert due() == ([organisation.pk] if expected else [])


def test_after_a_call_that_came_to_nothing_the_others_wait_a_minute(firm: Firm) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        queue(organisation, new_invoice())
        spoilt = attempt(organisation, "no_answer", ago=timedelta(seconds=30))
    resting = due()

    with firm.inside():
        Attempt.objects.filter(pk=spoilt.pk).update(finished_at=LATER - timedelta(seconds=61))

    assert resting == []
    assert due() == [organisation.pk]


def test_what_another_process_sends_is_not_due(firm: Firm) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        queue(organisation, new_invoice())

    with hold_push(organisation.pk):
        held = due()

    assert held == []
    assert due() == [organisation.pk]
