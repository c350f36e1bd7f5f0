"""Contacts of an organisation, and which of them nobody has decided about."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Amount, Page, write_money
from counterfoil.features.clients.queue import Place as QueuePlace
from counterfoil.features.clients.queue import Queued, Side, list_queue
from counterfoil.features.contacts.queries import Place, Show, list_contacts
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Contact

router = Router()


class Asked(Schema):
    """What is asked of contacts."""

    show: Show = Show.ALL
    search: str = Field(default="", max_length=200, description="In names, e-mail addresses and numbers")
    cursor: str = ""


class ContactOut(Schema):
    """Someone the organisation sells to, buys from, or merely knows."""

    id: str = Field(alias="xero_id", description="Xero's id")
    name: str
    status: str
    first_name: str
    last_name: str
    email: str
    contact_number: str
    account_number: str
    is_customer: bool
    is_supplier: bool
    default_currency: str
    merged_to_id: str
    updated_at: datetime | None = Field(description="When Xero last changed it")
    gone_at: datetime | None = Field(description="When Xero was found to have it no more")


class Unmatched(Schema):
    """A contact with documents about which nobody has decided, and the client that it may be."""

    contact_id: str
    name: str
    email: str
    contact_number: str
    is_archived: bool
    documents: int
    invoiced: list[Amount]
    billed: list[Amount]
    suggested_client_id: int | None


@router.get(
    "organisations/{int:organisation_id}/contacts", response=Page[ContactOut], **needs(Permission.READ)
)
def list_all(request: HttpRequest, organisation_id: int, asked: Query[Asked]) -> dict[str, Any]:
    """List contacts by name."""
    place = find_place(request, organisation_id)
    page = list_contacts(
        place.organisation,
        show=asked.show,
        search=asked.search.strip(),
        after=read_cursor(request, Place, asked.cursor),
    )
    return {"data": page.rows, "next_cursor": write_cursor(request, page.next_place)}


@router.get(
    "organisations/{int:organisation_id}/contacts/{str:xero_id}",
    response=ContactOut,
    **needs(Permission.READ),
)
def show_contact(request: HttpRequest, organisation_id: int, xero_id: str) -> Contact:
    """Show one contact."""
    place = find_place(request, organisation_id)
    found = Contact.objects.filter(organisation=place.organisation, xero_id=xero_id).defer("raw").first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such contact.")
    return found


@router.get(
    "organisations/{int:organisation_id}/unmatched", response=Page[Unmatched], **needs(Permission.READ)
)
def list_unmatched(
    request: HttpRequest, organisation_id: int, side: Side = Side.ALL, cursor: str = ""
) -> dict[str, Any]:
    """List contacts with documents about which nobody has decided, those with the most documents first."""
    place = find_place(request, organisation_id)
    page = list_queue(place.organisation, side=side, after=read_cursor(request, QueuePlace, cursor))
    rows = [_write(one) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


def _write(queued: Queued) -> Unmatched:
    return Unmatched(
        contact_id=queued.contact_id,
        name=queued.name,
        email=queued.email,
        contact_number=queued.number,
        is_archived=queued.is_archived,
        documents=queued.documents,
        invoiced=[write_money(one) for one in queued.invoiced],
        billed=[write_money(one) for one in queued.billed],
        suggested_client_id=int(queued.match.client.key) if queued.match else None,
    )
