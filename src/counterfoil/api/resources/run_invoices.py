"""The invoices of a month-end run: each beside the last one, and what people decide before they leave."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.billing_runs import find_run
from counterfoil.api.shapes import Amount, Id, Page, write_optional
from counterfoil.features.billing import deciding
from counterfoil.features.billing.models import BillingRun
from counterfoil.features.billing.reviewing import Only, Place, Row, describe_invoices, list_invoices
from counterfoil.features.billing.standing import Stand, with_stand
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_RUN = "organisations/{int:organisation_id}/billing-runs/{int:billingrun_id}"


class RunInvoiceOut(Schema):
    """One invoice of a run, and the one before it for the same agreement."""

    id: int
    client_id: int
    client: str
    date: str
    stands: str
    why_held: str
    draft_id: int | None = Field(description="Its draft, which shows it whole")
    total: Amount | None
    total_before: Amount | None
    differences: list[str] = Field(description="What is not as in the one before")
    problems: list[str]
    repeating: list[str] = Field(description="What Xero bills the same contact by itself")
    is_as_before: bool = Field(description="As the one before, and without a problem")


class ChosenInvoices(Schema):
    """Which invoices of the run are meant."""

    invoices: Annotated[list[Id], Field(min_length=1, max_length=500)]


class HeldInvoices(ChosenInvoices):
    """Which invoices are put on hold, and why."""

    reason: str = Field(min_length=1, max_length=255, pattern=r"\S")


class InvoicesDecided(Schema):
    """How many invoices it was done with; the others stood elsewhere, or have no contact."""

    done: int
    left_alone: int


@router.get(f"{_RUN}/invoices", response=Page[RunInvoiceOut], **needs(Permission.READ))
def list_of_run(
    request: HttpRequest,
    organisation_id: int,
    billingrun_id: int,
    show: Stand = Stand.REVIEW,
    only: Only = Only.ALL,
    cursor: str = "",
) -> dict[str, Any]:
    """List the invoices of a run that stand so, by client."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    run = find_run(place, billingrun_id)
    page = list_invoices(run, today=place.today, stand=show, only=only, after=after)
    rows = [_tell(row) for row in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.post(f"{_RUN}/ready", response=InvoicesDecided, **needs(Permission.WORK))
def mark_ready(
    request: HttpRequest, organisation_id: int, billingrun_id: int, given: ChosenInvoices
) -> InvoicesDecided:
    """Say of reviewed invoices that they may be sent; one without a contact is left alone."""
    return _decide(request, organisation_id, billingrun_id, given, deciding.mark_ready)


@router.post(f"{_RUN}/hold", response=InvoicesDecided, **needs(Permission.WORK))
def hold(
    request: HttpRequest, organisation_id: int, billingrun_id: int, given: HeldInvoices
) -> InvoicesDecided:
    """Put invoices on hold, with the reason; no other run bills them meanwhile."""

    def act(ids: list[int], *, by: str, now: datetime) -> int:
        return deciding.hold(ids, why=given.reason, by=by, now=now)

    return _decide(request, organisation_id, billingrun_id, given, act)


@router.post(f"{_RUN}/reopen", response=InvoicesDecided, **needs(Permission.WORK))
def reopen(
    request: HttpRequest, organisation_id: int, billingrun_id: int, given: ChosenInvoices
) -> InvoicesDecided:
    """Have invoices reviewed again that were ready or on hold."""
    return _decide(request, organisation_id, billingrun_id, given, deciding.reopen)


@router.post(f"{_RUN}/discard", response=InvoicesDecided, **needs(Permission.WORK))
def discard(
    request: HttpRequest, organisation_id: int, billingrun_id: int, given: ChosenInvoices
) -> InvoicesDecided:
    """Let go of what invoices bill that were not sent, so that the next run bills it."""
    return _decide(request, organisation_id, billingrun_id, given, deciding.discard)


@router.post(f"{_RUN}/merge", response=RunInvoiceOut, **needs(Permission.WORK))
def merge(
    request: HttpRequest, organisation_id: int, billingrun_id: int, given: ChosenInvoices
) -> RunInvoiceOut:
    """Make one invoice of several for the same contact and currency; it is reviewed again."""
    place = find_place(request, organisation_id)
    run = find_run(place, billingrun_id)
    kept = deciding.merge(_find_own(run, given), by=who(request).email, now=place.now)
    found = with_stand(run.invoices.filter(pk=kept.pk))
    merged = found.select_related("client", "draft__organisation", "draft__client")
    [row] = describe_invoices(list(merged), today=place.today)
    return _tell(row)


def _decide(
    request: HttpRequest, organisation_id: int, run_id: int, given: ChosenInvoices, act: Callable[..., int]
) -> InvoicesDecided:
    place = find_place(request, organisation_id)
    chosen = _find_own(find_run(place, run_id), given)
    done = act(chosen, by=who(request).email, now=place.now)
    return InvoicesDecided(done=done, left_alone=len(chosen) - done)


def _find_own(run: BillingRun, given: ChosenInvoices) -> list[int]:
    """Return the chosen invoices. Raises ApiProblem when one of them is none of this run's."""
    wanted = set(given.invoices)
    found = list(run.invoices.filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True))
    if missing := wanted - set(found):
        raise ApiProblem(
            Problem.NOT_FOUND,
            f"This run has no invoice with the number {min(missing)}; nothing was changed.",
        )
    return found


def _tell(row: Row) -> RunInvoiceOut:
    one = row.invoice
    return RunInvoiceOut(
        id=one.pk,
        client_id=one.client_id,
        client=one.client.name,
        date=one.date.isoformat(),
        stands=row.stand.value,
        why_held=one.why_held,
        draft_id=one.draft_id,
        total=write_optional(row.total, one.currency),
        total_before=write_optional(row.total_before, one.currency),
        differences=[each.sentence for each in row.comparison.differences],
        problems=list(row.problems),
        repeating=list(row.repeating),
        is_as_before=row.is_plain,
    )
