"""Invoices that are raised here: drafts, what sending them would do, and sending them."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.draft_lines import DraftLineIn, DraftLineOut, read_lines, tell_line
from counterfoil.api.shapes import Amount, Currency, Day, Page, XeroId, write_amount
from counterfoil.domain.totals import AmountsAre
from counterfoil.features.invoicing.drafting import begin_draft, discard_draft, save_draft
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.invoicing.pushing import prepare, push
from counterfoil.features.invoicing.queries import Place, Show, Standing, describe_drafts, list_drafts
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Contact

router = Router()


class DraftIn(Schema):
    """A sales invoice to write; what is left out is as the organisation and the contact have it."""

    contact_id: XeroId
    reference: str = Field(default="", max_length=255)
    date: Day | None = None
    due_date: Day | None = None
    currency: Currency | None = None
    amounts_are: AmountsAre | None = None
    lines: Annotated[list[DraftLineIn], Field(min_length=1, max_length=200)]


class DraftOut(Schema):
    """A draft, where it stands, and what became of it."""

    id: int
    contact_id: str
    contact: str
    reference: str
    date: str
    due_date: str | None
    state: str = Field(description="In the outbox; empty while it is only here")
    operation_id: int | None
    xero_id: str
    status: str = Field(description="Of the invoice in Xero, as people know it")
    total: Amount
    changed_at: datetime


class DraftFindingOut(Schema):
    """Something to know before a draft is sent."""

    field: str = Field(description="What it is about, as `account_code`")
    sentence: str = Field(description="What is wrong, and what to do")
    xero_says: str = Field(description="Xero’s own words for it; empty where they are not known")
    line: int | None = Field(description="Counted from one; null for the draft itself")
    blocks: bool = Field(description="Whether Xero would refuse it")


class WholeDraft(DraftOut):
    """A draft as it would be sent now, and its lines as they are kept."""

    number: str = Field(description="Empty while Xero is to choose it")
    amounts_are: str
    decimals: int = Field(description="Of prices")
    branding_theme_id: str
    approves: bool = Field(description="Whether Xero gets it approved")
    lines: list[DraftLineOut]
    sub_total: Amount
    tax: Amount
    can_be_sent: bool
    why_not: str
    findings: list[DraftFindingOut]


class Sent(Schema):
    """What came of asking for a draft to be sent."""

    operation_id: int
    state: str = Field(description="`waiting` for somebody's approval, or `queued`")


@router.get("organisations/{int:organisation_id}/drafts", response=Page[DraftOut], **needs(Permission.READ))
def list_all(
    request: HttpRequest, organisation_id: int, show: Show = Show.ALL, cursor: str = ""
) -> dict[str, Any]:
    """List drafts, the latest change first."""
    where = find_place(request, organisation_id)
    page = list_drafts(
        [where.organisation],
        today={where.organisation.pk: where.today},
        show=show,
        after=read_cursor(request, Place, cursor),
    )
    rows = [DraftOut(**_tell(one)) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.get(
    "organisations/{int:organisation_id}/drafts/{int:draft_id}", response=WholeDraft, **needs(Permission.READ)
)
def preview(request: HttpRequest, organisation_id: int, draft_id: int) -> WholeDraft:
    """Show a draft as it would be sent now: its totals to the cent, and what Xero would say."""
    where = find_place(request, organisation_id)
    return tell_whole(where, find_draft(where, draft_id))


@router.post(
    "organisations/{int:organisation_id}/drafts", response={201: WholeDraft}, **needs(Permission.WORK)
)
def write_draft(request: HttpRequest, organisation_id: int, given: DraftIn) -> Status[WholeDraft]:
    """Write a draft here. Nothing is sent; in Xero it will be a draft too, for somebody to approve there."""
    where = find_place(request, organisation_id)
    require_contact(where, given.contact_id)
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    draft = begin_draft(where.organisation, contact_id=given.contact_id, by=user, now=where.now)
    named = {
        "reference": given.reference,
        "date": given.date,
        "due_date": given.due_date,
        "currency": given.currency,
        "amounts_are": given.amounts_are.value if given.amounts_are else None,
    }
    fields = {name: value for name, value in named.items() if value is not None}
    save_draft(draft, fields=fields, lines=read_lines(given.lines), now=where.now)
    return Status(201, tell_whole(where, draft))


@router.post(
    "organisations/{int:organisation_id}/drafts/{int:draft_id}/send",
    response={202: Sent},
    **needs(Permission.WORK),
)
def send(request: HttpRequest, organisation_id: int, draft_id: int) -> Status[Sent]:
    """Put a draft into the outbox, where it waits for approval if the rules say so."""
    where = find_place(request, organisation_id)
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    pushed = push([find_draft(where, draft_id)], by=user, now=where.now)
    for _, sentence in pushed.refused:
        raise ApiProblem(Problem.NOT_POSSIBLE_NOW, sentence)
    [operation] = pushed.operations
    return Status(202, Sent(operation_id=operation.pk, state=operation.state))


@router.post(
    "organisations/{int:organisation_id}/drafts/{int:draft_id}/discard",
    response={204: None},
    **needs(Permission.WORK),
)
def discard(request: HttpRequest, organisation_id: int, draft_id: int) -> Status[None]:
    """Throw a draft away that Xero never got."""
    where = find_place(request, organisation_id)
    discard_draft(find_draft(where, draft_id))
    return Status(204, None)


def require_contact(where: Where, contact_id: str) -> None:
    """Raise ApiProblem unless the organisation has the contact."""
    known = Contact.objects.filter(organisation=where.organisation, xero_id=contact_id, gone_at=None)
    if not known.exists():
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such contact.")


def find_draft(where: Where, draft_id: int) -> InvoiceDraft:
    """Return a draft of the organisation. Raises ApiProblem."""
    mine = InvoiceDraft.objects.filter(organisation=where.organisation)
    found = mine.select_related("organisation", "client").filter(pk=draft_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no draft with this number.")
    return found


def tell_whole(where: Where, draft: InvoiceDraft) -> WholeDraft:
    """Return a draft as it would be sent now."""
    [standing] = describe_drafts([draft], today={where.organisation.pk: where.today})
    [prepared] = prepare([draft])
    return WholeDraft(
        **_tell(standing),
        number=draft.number,
        amounts_are=draft.amounts_are,
        decimals=draft.decimals,
        branding_theme_id=draft.branding_theme_id,
        approves=draft.approves,
        lines=[tell_line(one) for one in draft.lines.all()],
        sub_total=write_amount(prepared.totals.sub_total, draft.currency),
        tax=write_amount(prepared.totals.tax, draft.currency),
        can_be_sent=prepared.can_go,
        why_not=prepared.not_two_way,
        findings=[
            DraftFindingOut(
                field=one.field,
                sentence=f"{one.ours} {one.todo}".strip(),
                xero_says=one.theirs,
                line=one.line,
                blocks=one.blocks,
            )
            for one in prepared.findings
        ],
    )


def _tell(standing: Standing) -> dict[str, Any]:
    draft, operation = standing.draft, standing.prepared.operation
    return {
        "id": draft.pk,
        "contact_id": draft.contact_id,
        "contact": standing.contact,
        "reference": draft.reference,
        "date": draft.date.isoformat(),
        "due_date": draft.due_date.isoformat() if draft.due_date else None,
        "state": operation.state if operation else "",
        "operation_id": operation.pk if operation else None,
        "xero_id": standing.in_xero.xero_id if standing.in_xero else "",
        "status": standing.status.value if standing.status else "",
        "total": write_amount(standing.prepared.totals.total, draft.currency),
        "changed_at": draft.changed_at,
    }
