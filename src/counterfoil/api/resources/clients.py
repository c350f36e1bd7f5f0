"""The firm's clients, the people there, deals, and which contact in Xero is which client."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Amount, Id, Page, XeroId, write_optional
from counterfoil.features.clients import queries
from counterfoil.features.clients.linking import link_contact, unlink_contact
from counterfoil.features.clients.models import Address, Client, Deal, Link, Person
from counterfoil.features.clients.queries import LinkPlace, Place, Show, list_links
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Contact

router = Router()
_OF_FIRM = needs(Permission.READ, of_firm=True)


class Asked(Schema):
    """What is asked of a list by name."""

    show: Show = Show.ACTIVE
    search: str = Field(default="", max_length=200)
    cursor: str = ""


class AskedClients(Asked):
    """The same for clients."""

    tag: str = Field(default="", max_length=50)


class AskedDeals(Asked):
    """The same for deals."""

    stage: str = Field(default="", max_length=10)


class ClientOut(Schema):
    """Someone the firm works for."""

    id: int
    name: str
    number: str = Field(description="What Xero calls ContactNumber")
    email: str
    phone: str
    direct_phone: str
    mobile_phone: str
    fax: str
    owner_id: int | None = Field(description="Who of the firm looks after it")
    tags: list[str]
    notes: str
    created_at: datetime
    archived_at: datetime | None


class AddressOut(Schema):
    """An address in the parts that Xero keeps."""

    attention_to: str
    line_1: str
    line_2: str
    line_3: str
    line_4: str
    city: str
    region: str
    postal_code: str
    country: str


class WholeClient(ClientOut):
    """A client with its addresses."""

    street: AddressOut | None
    postal: AddressOut | None

    @staticmethod
    def resolve_street(client: Client) -> Address | None:
        """Return where it is."""
        return client.addresses.filter(kind=Address.Kind.STREET).first()

    @staticmethod
    def resolve_postal(client: Client) -> Address | None:
        """Return where its letters go."""
        return client.addresses.filter(kind=Address.Kind.POSTAL).first()


class PersonOut(Schema):
    """Someone to speak to at a client."""

    id: int
    client_id: int
    name: str
    position: str
    email: str
    phone: str
    direct_phone: str
    mobile_phone: str
    fax: str
    notes: str
    created_at: datetime
    archived_at: datetime | None


class DealOut(Schema):
    """A piece of work for a client."""

    id: int
    client_id: int
    name: str
    stage: str
    value: Amount | None
    closes_on: date | None
    owner_id: int | None
    notes: str
    created_at: datetime
    archived_at: datetime | None

    @staticmethod
    def resolve_value(deal: Deal) -> Amount | None:
        """Write the value in the deal's currency."""
        return write_optional(deal.value, deal.currency)


class LinkOut(Schema):
    """This contact in Xero is this client: proven by what, and when."""

    id: int
    client_id: int
    person_id: int | None = Field(description="Whose of the client's people the contact is")
    contact_id: str
    proof: str
    made_at: datetime


@router.get("clients", response=Page[ClientOut], **_OF_FIRM)
def list_clients(request: HttpRequest, asked: Query[AskedClients]) -> dict[str, Any]:
    """List the firm's clients by name."""
    after = read_cursor(request, Place, asked.cursor)
    page = queries.list_clients(show=asked.show, search=asked.search.strip(), tag=asked.tag, after=after)
    return {"data": page.rows, "next_cursor": write_cursor(request, page.next_place)}


@router.get("clients/{int:client_id}", response=WholeClient, **_OF_FIRM)
def show_client(request: HttpRequest, client_id: int) -> Client:
    """Show one client."""
    return find_client(client_id)


@router.get("people", response=Page[PersonOut], **_OF_FIRM)
def list_people(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """List the people at clients by name."""
    after = read_cursor(request, Place, asked.cursor)
    page = queries.list_people(show=asked.show, search=asked.search.strip(), after=after)
    return {"data": page.rows, "next_cursor": write_cursor(request, page.next_place)}


@router.get("deals", response=Page[DealOut], **_OF_FIRM)
def list_deals(request: HttpRequest, asked: Query[AskedDeals]) -> dict[str, Any]:
    """List deals by name."""
    after = read_cursor(request, Place, asked.cursor)
    page = queries.list_deals(show=asked.show, stage=asked.stage, search=asked.search.strip(), after=after)
    return {"data": page.rows, "next_cursor": write_cursor(request, page.next_place)}


@router.get("people/{int:person_id}", response=PersonOut, **_OF_FIRM)
def show_person(request: HttpRequest, person_id: int) -> Person:
    """Show one person."""
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no person with this number.")
    return found


@router.get("deals/{int:deal_id}", response=DealOut, **_OF_FIRM)
def show_deal(request: HttpRequest, deal_id: int) -> Deal:
    """Show one deal."""
    found = Deal.objects.filter(pk=deal_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no deal with this number.")
    return found


@router.get("organisations/{int:organisation_id}/links", response=Page[LinkOut], **needs(Permission.READ))
def list_contact_links(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List which contacts of the organisation are which clients, the latest first."""
    place = find_place(request, organisation_id)
    rows, following = list_links(place.organisation, after=read_cursor(request, LinkPlace, cursor))
    return {"data": rows, "next_cursor": write_cursor(request, following)}


def find_client(client_id: int) -> Client:
    """Return a client of the firm. Raises ApiProblem."""
    found = Client.objects.filter(pk=client_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no client with this number.")
    return found


def find_active_client(client_id: int) -> Client:
    """Return a client that the firm works for. Raises ApiProblem."""
    client = find_client(client_id)
    if client.archived_at is not None:
        raise ApiProblem(Problem.NOT_POSSIBLE_NOW, "This client is archived. Restore it first.")
    return client


def find_deal(deal_id: int | None, client: Client) -> Deal | None:
    """Return a deal of this client, or None where none is named. Raises ApiProblem."""
    if deal_id is None:
        return None
    found = Deal.objects.filter(pk=deal_id, client=client).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This client has no deal with this number.")
    return found


class LinkIn(Schema):
    """Which contact is which client."""

    contact_id: XeroId
    client_id: Id


@router.post(
    "organisations/{int:organisation_id}/links",
    response={201: LinkOut},
    **needs(Permission.WORK, of_firm=True),
)
def link(request: HttpRequest, organisation_id: int, given: LinkIn) -> Status[Link]:
    """Say that a contact is a client."""
    place = find_place(request, organisation_id)
    client = find_active_client(given.client_id)
    if not Contact.objects.filter(organisation=place.organisation, xero_id=given.contact_id).exists():
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such contact.")
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    made = link_contact(
        place.organisation, contact_id=given.contact_id, client=client, by=user, now=place.now
    )
    return Status(201, made)


@router.post(
    "organisations/{int:organisation_id}/links/{int:link_id}/unlink",
    response={204: None},
    **needs(Permission.WORK, of_firm=True),
)
def unlink(request: HttpRequest, organisation_id: int, link_id: int) -> Status[None]:
    """Say that a contact is not this client after all; it is asked about again."""
    place = find_place(request, organisation_id)
    found = Link.objects.filter(organisation=place.organisation, pk=link_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such link.")
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    unlink_contact(found, by=user, now=place.now)
    return Status(204, None)
