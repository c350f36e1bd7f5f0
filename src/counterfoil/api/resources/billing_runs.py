"""Billing the month: runs, their invoices, and what people decide about them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import (
    Day,
    Page,
)
from counterfoil.features.billing.models import (
    BillingRun,
)
from counterfoil.features.billing.reviewing import RunPlace, list_run_page
from counterfoil.features.billing.runs import start_run
from counterfoil.features.billing.tasks import request_making, request_sending
from counterfoil.features.workspaces.models import User
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


@router.get(
    "organisations/{int:organisation_id}/billing-runs", response=Page[RunOut], **needs(Permission.READ)
)
def list_runs(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List the organisation's month-end runs, the latest first."""
    place = find_place(request, organisation_id)
    rows, following = list_run_page(place.organisation, after=read_cursor(request, RunPlace, cursor))
    return {"data": [_tell_run(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.post(
    "organisations/{int:organisation_id}/billing-runs", response={202: RunOut}, **needs(Permission.WORK)
)
def make_run(request: HttpRequest, organisation_id: int, given: RunIn) -> Status[RunOut]:
    """Begin billing what is due up to a day; its invoices are made in the background, and nothing is sent."""
    place = find_place(request, organisation_id)
    first_day = given.up_to.replace(day=1)
    run = start_run(
        place.organisation, first_day=first_day, last_day=given.up_to, by=_who(request).email, now=place.now
    )
    request_making(run, now=place.now)
    run.refresh_from_db()
    return Status(202, _tell_run(run))


@router.post(
    "organisations/{int:organisation_id}/billing-runs/{int:run_id}/send",
    response={202: RunOut},
    **needs(Permission.WORK),
)
def send_run(request: HttpRequest, organisation_id: int, run_id: int) -> Status[RunOut]:
    """Put what is ready into the outbox, in the background."""
    place = find_place(request, organisation_id)
    run = BillingRun.objects.filter(organisation=place.organisation, pk=run_id).first()
    if run is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no run with this number.")
    request_sending(run, by=_who(request), now=place.now)
    run.refresh_from_db()
    return Status(202, _tell_run(run))


def _who(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    return user


def _tell_run(run: BillingRun) -> RunOut:
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
