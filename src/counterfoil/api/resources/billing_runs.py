"""Billing the month: a run is made, sent and archived; its invoices are in `run_invoices.py`."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place, find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.shapes import Day, Page
from counterfoil.features.billing.archiving import archive
from counterfoil.features.billing.models import BillingRun
from counterfoil.features.billing.reviewing import RunPlace, count_stands, list_run_page, summarise_sent
from counterfoil.features.billing.runs import start_run
from counterfoil.features.billing.tasks import request_making, request_sending
from counterfoil.features.workspaces.permissions import Permission

router = Router()


class RunIn(Schema):
    """Up to which day everything that is due is billed."""

    up_to: Day


class RunOut(Schema):
    """One go of billing."""

    id: int
    organisation_id: int | None
    first_day: str
    last_day: str
    state: str
    doing: str
    done: int
    total: int
    failure: str
    left_out: list[str]
    created_at: datetime


class WholeRun(RunOut):
    """A run and how far it is."""

    invoices: dict[str, int] = Field(description="How many stand where")
    in_outbox: dict[str, int] = Field(description="Of those sent, how many are in which state of the outbox")
    in_xero: dict[str, int] = Field(description="Of those sent, how many have which status in Xero")


@router.get(
    "organisations/{int:organisation_id}/billing-runs", response=Page[RunOut], **needs(Permission.READ)
)
def list_runs(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List the organisation's month-end runs, the latest first."""
    place = find_place(request, organisation_id)
    rows, following = list_run_page(place.organisation, after=read_cursor(request, RunPlace, cursor))
    return {"data": [tell_run(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.get(
    "organisations/{int:organisation_id}/billing-runs/{int:billingrun_id}",
    response=WholeRun,
    **needs(Permission.READ),
)
def show_run(request: HttpRequest, organisation_id: int, billingrun_id: int) -> WholeRun:
    """Show one run, with how many of its invoices stand where and what became of those that were sent."""
    place = find_place(request, organisation_id)
    run = find_run(place, billingrun_id)
    sent = summarise_sent(run, today=place.today)
    return WholeRun(
        **tell_run(run).dict(),
        invoices=dict(count_stands(run)),
        in_outbox={state.value: count for state, count in sent.in_outbox.items()},
        in_xero={status.value: count for status, count in sent.in_xero.items()},
    )


@router.post(
    "organisations/{int:organisation_id}/billing-runs", response={202: RunOut}, **needs(Permission.WORK)
)
def make_run(request: HttpRequest, organisation_id: int, given: RunIn) -> Status[RunOut]:
    """Begin billing what is due up to a day; its invoices are made in the background, and nothing is sent."""
    place = find_place(request, organisation_id)
    first_day = given.up_to.replace(day=1)
    run = start_run(
        place.organisation, first_day=first_day, last_day=given.up_to, by=who(request).email, now=place.now
    )
    request_making(run, now=place.now)
    run.refresh_from_db()
    return Status(202, tell_run(run))


@router.post(
    "organisations/{int:organisation_id}/billing-runs/{int:billingrun_id}/make",
    response={202: RunOut},
    **needs(Permission.WORK),
)
def make_again(request: HttpRequest, organisation_id: int, billingrun_id: int) -> Status[RunOut]:
    """Make what came due, or what can be billed now, since the run's invoices were made."""
    place = find_place(request, organisation_id)
    run = find_run(place, billingrun_id)
    request_making(run, now=place.now)
    run.refresh_from_db()
    return Status(202, tell_run(run))


@router.post(
    "organisations/{int:organisation_id}/billing-runs/{int:billingrun_id}/archive",
    response=RunOut,
    **needs(Permission.APPROVE),
)
def archive_run(request: HttpRequest, organisation_id: int, billingrun_id: int) -> RunOut:
    """Close a run for good, with all it billed as it was sent."""
    place = find_place(request, organisation_id)
    return tell_run(archive(find_run(place, billingrun_id), by=who(request).email, now=place.now))


@router.post(
    "organisations/{int:organisation_id}/billing-runs/{int:billingrun_id}/send",
    response={202: RunOut},
    **needs(Permission.WORK),
)
def send_run(request: HttpRequest, organisation_id: int, billingrun_id: int) -> Status[RunOut]:
    """Put what is ready into the outbox, in the background."""
    place = find_place(request, organisation_id)
    run = find_run(place, billingrun_id)
    request_sending(run, by=who(request), now=place.now)
    run.refresh_from_db()
    return Status(202, tell_run(run))


def find_run(place: Place, run_id: int) -> BillingRun:
    """Return a run of an organisation. Raises ApiProblem."""
    mine = BillingRun.objects.filter(organisation=place.organisation).defer("archive")
    found = mine.select_related("organisation").filter(pk=run_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no run with this number.")
    return found


def tell_run(run: BillingRun) -> RunOut:
    """Return a run as it is answered."""
    return RunOut(
        id=run.pk,
        organisation_id=run.organisation_id,
        first_day=run.first_day.isoformat(),
        last_day=run.last_day.isoformat(),
        state=run.state,
        doing=run.doing,
        done=run.done,
        total=run.total,
        failure=run.failure,
        left_out=[str(one) for one in run.left_out],
        created_at=run.created_at,
    )
