"""Drafts that are changed, and those that begin as a copy or an edit of an invoice that Xero has."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema, Status
from pydantic import Field

from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.draft_lines import DraftLineIn, read_lines
from counterfoil.api.resources.drafts import WholeDraft, find_draft, require_contact, router, tell_whole
from counterfoil.api.shapes import Currency, Day, XeroId
from counterfoil.domain.totals import AmountsAre
from counterfoil.features.access.tokens import Caller
from counterfoil.features.invoicing import drafting
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Invoice
from counterfoil.sync.outbox.rules import get_rules

# What is read and what is posted at one address belongs to one router, which is that of reading.
__all__ = ["router"]
_HOME = "organisations/{int:organisation_id}"
_WORKING = needs(Permission.WORK)
_EMPTIED = {"due_date"}  # what null takes away


class DraftChange(Schema):
    """What is to be otherwise about a draft; what is not sent stays, and lines come all or not at all."""

    contact_id: XeroId | None = None
    number: str | None = Field(default=None, max_length=255)
    reference: str | None = Field(default=None, max_length=255)
    date: Day | None = None
    due_date: Day | None = None
    currency: Currency | None = Field(default=None, description="Of an invoice that Xero has it stays")
    amounts_are: AmountsAre | None = None
    decimals: Literal[2, 4] | None = Field(default=None, description="Of prices")
    branding_theme_id: str | None = Field(default=None, max_length=36)
    approves: bool | None = Field(
        default=None,
        description="Whether Xero gets it approved. Whoever may not approve makes it a draft by any change.",
    )
    lines: Annotated[list[DraftLineIn], Field(min_length=1, max_length=200)] | None = None


@router.post(_HOME + "/drafts/{int:draft_id}", response=WholeDraft, **_WORKING)
def change_draft(request: HttpRequest, organisation_id: int, draft_id: int, given: DraftChange) -> WholeDraft:
    """Change a draft that is not on its way. Nothing is sent."""
    place = find_place(request, organisation_id)
    draft = find_draft(place, draft_id)
    fields, lines = _read(request, place, draft, given), list(draft.lines.all())
    if given.lines is not None:
        lines = read_lines(given.lines, known={one.line_item_id for one in lines})
    if given.contact_id is not None and given.contact_id != draft.contact_id:
        require_contact(place, given.contact_id)
        drafting.change_contact(draft, contact_id=given.contact_id, now=place.now)
    drafting.save_draft(draft, fields=fields, lines=lines, now=place.now)
    return tell_whole(place, find_draft(place, draft_id))


@router.post(_HOME + "/invoices/{str:xero_id}/copy", response={201: WholeDraft}, **_WORKING)
def copy_invoice(request: HttpRequest, organisation_id: int, xero_id: str) -> Status[WholeDraft]:
    """Begin a new invoice with the contact and lines of an earlier one, dated today."""
    place = find_place(request, organisation_id)
    earlier = _find_invoice(place, xero_id)
    draft = drafting.copy_invoice(place.organisation, earlier, by=who(request), now=place.now)
    return Status(201, tell_whole(place, find_draft(place, draft.pk)))


@router.post(_HOME + "/invoices/{str:xero_id}/edit", response=WholeDraft, **_WORKING)
def edit_invoice(request: HttpRequest, organisation_id: int, xero_id: str) -> WholeDraft:
    """Begin an edit of an invoice that Xero has; one that somebody began already is gone on with."""
    place = find_place(request, organisation_id)
    theirs = _find_invoice(place, xero_id)
    draft = drafting.edit_invoice(place.organisation, theirs, by=who(request), now=place.now)
    return tell_whole(place, find_draft(place, draft.pk))


def _read(request: HttpRequest, place: Where, draft: InvoiceDraft, given: DraftChange) -> dict[str, Any]:
    sent = given.dict(exclude_unset=True, exclude={"contact_id", "lines", "approves"})
    fields = {name: value for name, value in sent.items() if value is not None or name in _EMPTIED}
    if "amounts_are" in fields:
        fields["amounts_are"] = fields["amounts_are"].value
    if draft.xero_id and fields.get("currency", draft.currency) != draft.currency:
        raise ApiProblem(Problem.NOT_POSSIBLE_NOW, "An invoice that Xero has keeps its currency.")
    may_approve = _may_approve(request, place)
    if given.approves and not may_approve:
        raise ApiProblem(
            Problem.NOT_POSSIBLE_NOW,
            "Approved invoices need the firm's choice for this organisation, and the scope “approve” of a"
            " token whose person may approve.",
        )
    approves = draft.approves if given.approves is None else given.approves
    return fields | {"approves": approves and may_approve}


def _may_approve(request: HttpRequest, place: Where) -> bool:
    caller: Caller = request.caller  # type: ignore[attr-defined]  # set by the middleware
    return caller.may(Permission.APPROVE) and get_rules(place.organisation).raises_approved


def _find_invoice(place: Where, xero_id: str) -> Invoice:
    mine = Invoice.objects.filter(organisation=place.organisation, kind="ACCREC")
    found = mine.filter(xero_id=xero_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such sales invoice.")
    return found
