"""Comparisons in the background: after every daily check, and when somebody asks (issue 4, item 7)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.features.connections import verifying
from counterfoil.features.connections.tasks import sync
from counterfoil.mirror.models import GateBudget, Organisation, Run, Verification
from counterfoil.sync import verdicts
from counterfoil.sync.lease import hold_lease
from counterfoil.xero.budget import Budget
from tests.integration.web.firms import Firm, make_firm, make_organisation


@pytest.fixture
def firm(transactional_db: None) -> Firm:
    """A firm, and a queue without the jobs of other tests."""
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs cascade")
    return make_firm()


def finish_run(firm: Firm, organisation: Organisation, kind: str, state: str = Run.State.SUCCEEDED) -> Run:
    with firm.inside():
        return Run.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            kind=kind,
            reason="daily",
            state=state,
            started_at=timezone.now(),
        )


def jobs() -> list[dict[str, Any]]:
    return list(ProcrastinateJob.objects.filter(task_name="verify").values_list("args", flat=True))


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        (Run.Kind.SWEEP, Run.State.SUCCEEDED, "after the daily check"),
        (Run.Kind.FULL, Run.State.PARTIAL, "after a full copy"),
        (Run.Kind.SWEEP, Run.State.FAILED, None),
        (Run.Kind.DELTA, Run.State.SUCCEEDED, None),
    ],
)
def test_a_comparison_follows_what_read_everything(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, kind: str, state: str, reason: str | None
) -> None:
    organisation = make_organisation(firm)
    run = finish_run(firm, organisation, kind, state)
    monkeypatch.setattr("counterfoil.features.connections.tasks.sync_organisation", lambda *_, **__: run)

    sync(organisation_id=organisation.pk, kind=kind, reason="daily")

    with firm.inside():
        wishes = [(wish.pk, wish.run_id, wish.reason) for wish in Verification.objects.all()]
    assert [job["verification_id"] for job in jobs()] == [pk for pk, _, _ in wishes]
    assert [wish[1:] for wish in wishes] == ([(run.pk, reason)] if reason else [])


@pytest.mark.parametrize(("left", "asks"), [(139, False), (141, True), (None, True)])
def test_no_comparison_by_itself_when_the_day_is_short_of_calls(
    firm: Firm, left: int | None, asks: bool
) -> None:
    organisation = make_organisation(firm)
    told = Budget(day_remaining=left, day_told_at=timezone.now())
    with firm.inside():
        GateBudget.objects.create(
            organisation=organisation, workspace=firm.workspace, state=msgspec.to_builtins(told)
        )

    verifying.request_after(finish_run(firm, organisation, Run.Kind.SWEEP), now=timezone.now())

    assert bool(jobs()) is asks


def test_a_comparison_waits_for_a_sync_and_gives_up_after_a_while(firm: Firm) -> None:
    organisation = make_organisation(firm)
    with firm.inside():
        wish = verdicts.ask(organisation, reason="by hand", now=timezone.now())

    with hold_lease(organisation.pk):
        verifying.verify(verification_id=wish.pk, by_person=True)
        (again,) = ProcrastinateJob.objects.filter(task_name="verify")
        with firm.inside():
            Verification.objects.update(asked_at=timezone.now() - timedelta(hours=1))
        verifying.verify(verification_id=wish.pk, by_person=True)

    with firm.inside():
        wish.refresh_from_db()
    assert (again.args["verification_id"], again.scheduled_at is not None) == (wish.pk, True)
    assert len(jobs()) == 1
    assert (wish.state, wish.next_step) == ("failed", "Nothing was compared. Compare again in a while.")


def test_what_was_cut_off_does_not_stay_under_way(firm: Firm) -> None:
    organisation = make_organisation(firm)
    with firm.inside():
        verdicts.ask(organisation, reason="by hand", now=timezone.now())

        soon = verdicts.find_under_way(organisation, now=timezone.now() + timedelta(minutes=5))
        late = verdicts.find_under_way(organisation, now=timezone.now() + timedelta(hours=1))

    assert soon is not None
    assert late is None


def test_the_latest_verdict_is_the_last_that_came_about(firm: Firm) -> None:
    organisation = make_organisation(firm)
    with firm.inside():
        for number, (state, verdict) in enumerate(
            [("done", "explained"), ("done", "unexplained"), ("failed", ""), ("waiting", "")]
        ):
            wish = verdicts.ask(organisation, reason="test", now=timezone.now() + timedelta(minutes=number))
            Verification.objects.filter(pk=wish.pk).update(state=state, verdict=verdict, sentence=verdict)

        found = verdicts.find_unexplained([organisation.pk])

    assert found == {organisation.pk: "unexplained"}
