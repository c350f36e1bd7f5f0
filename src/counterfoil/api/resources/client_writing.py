"""Clients, the people there and deals: added, changed, put away and taken out of the archive."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema, Status
from pydantic import Field

from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.clients import (
    ClientOut,
    DealOut,
    LinkOut,
    PersonOut,
    WholeClient,
    find_active_client,
    find_client,
    router,
    show_client,
    show_deal,
    show_person,
)
from counterfoil.api.shapes import Currency, Day, Digits, Id, XeroId, read_digits
from counterfoil.domain.ownership import name_part
from counterfoil.features.clients import operations
from counterfoil.features.clients.linking import give_to_person, take_from_person
from counterfoil.features.clients.models import Address, Client, Deal, Link, Person
from counterfoil.features.invoices.documents import keep_known
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.features.workspaces.queries import list_colleagues

# What is read and what is posted at one address belongs to one router, which is that of reading.
__all__ = ["router"]
_WORKING = needs(Permission.WORK, of_firm=True)
_EMPTIED = {"owner_id", "value", "closes_on"}  # what null takes away
_Phone = Annotated[str, Field(max_length=100)]
_Tag = Annotated[str, Field(min_length=1, max_length=50, pattern=r"\S")]

Record = TypeVar("Record", Client, Person, Deal)


class AddressChange(Schema):
    """What is to be otherwise about an address; what is not sent stays."""

    attention_to: str | None = Field(default=None, max_length=255)
    line_1: str | None = Field(default=None, max_length=500)
    line_2: str | None = Field(default=None, max_length=500)
    line_3: str | None = Field(default=None, max_length=500)
    line_4: str | None = Field(default=None, max_length=500)
    city: str | None = Field(default=None, max_length=255)
    region: str | None = Field(default=None, max_length=255)
    postal_code: str | None = Field(default=None, max_length=50)
    country: str | None = Field(default=None, max_length=50)


class ReachableChange(Schema):
    """What is to be otherwise about somebody; what is not sent stays."""

    name: str | None = Field(default=None, min_length=1, max_length=255)
    email: str | None = Field(default=None, max_length=255)
    phone: _Phone | None = None
    direct_phone: _Phone | None = None
    mobile_phone: _Phone | None = None
    fax: _Phone | None = None
    notes: str | None = Field(default=None, max_length=10_000)


class ClientChange(ReachableChange):
    """What is to be otherwise about a client; what is not sent stays. Looked after by nobody: null."""

    number: str | None = Field(default=None, max_length=50)
    owner_id: Id | None = Field(default=None, description="Who of the firm looks after it")
    tags: Annotated[list[_Tag], Field(max_length=50)] | None = None
    street: AddressChange | None = None
    postal: AddressChange | None = None


class ClientIn(ClientChange):
    """A new client."""

    name: str = Field(min_length=1, max_length=255)


class PersonChange(ReachableChange):
    """What is to be otherwise about a person; what is not sent stays."""

    position: str | None = Field(default=None, max_length=100)


class PersonIn(PersonChange):
    """Somebody to speak to at a client."""

    client_id: Id
    name: str = Field(min_length=1, max_length=255)


class OwnIn(Schema):
    """Whether a contact in Xero of the client is the person's own."""

    link_id: Id = Field(description="Of `links`: what ties the contact to the client")
    is_theirs: bool


class DealChange(Schema):
    """What is to be otherwise about a deal; what is not sent stays. Null takes a value or a day away."""

    name: str | None = Field(default=None, min_length=1, max_length=255)
    stage: Deal.Stage | None = None
    value: Digits | None = None
    currency: Currency | None = None
    closes_on: Day | None = None
    owner_id: Id | None = None
    notes: str | None = Field(default=None, max_length=10_000)


class DealIn(DealChange):
    """A piece of work for a client."""

    client_id: Id
    name: str = Field(min_length=1, max_length=255)


class DocumentsIn(Schema):
    """Invoices or bills of one organisation."""

    organisation_id: Id
    documents: Annotated[list[XeroId], Field(min_length=1, max_length=200)]


@router.post("clients", response={201: ClientOut}, **_WORKING)
def add_client(request: HttpRequest, given: ClientIn) -> Status[Client]:
    """Add a client; contacts in Xero that are proven to be it are linked."""
    workspace_id: int = request.membership.workspace_id  # type: ignore[attr-defined]  # set by the middleware
    fields = _read(request, given.dict(exclude_unset=True))
    return Status(201, operations.create_client(workspace_id=workspace_id, fields=fields, now=timezone.now()))


@router.post("clients/{int:client_id}", response=WholeClient, **_WORKING)
def change_client(request: HttpRequest, client_id: int, given: ClientChange) -> Client:
    """Change what is known of a client; contacts that it proves now are linked."""
    fields = _read(request, given.dict(exclude_unset=True))
    operations.update_client(_hold(find_client(client_id)), fields=fields)
    return show_client(request, client_id)


@router.post("clients/{int:client_id}/archive", response=WholeClient, **_WORKING)
def archive_client(request: HttpRequest, client_id: int) -> Client:
    """Put a client away; its links and documents stay."""
    operations.archive(_hold(find_client(client_id)), now=timezone.now())
    return show_client(request, client_id)


@router.post("clients/{int:client_id}/restore", response=WholeClient, **_WORKING)
def restore_client(request: HttpRequest, client_id: int) -> Client:
    """Take a client out of the archive."""
    operations.restore(_hold(find_client(client_id)))
    return show_client(request, client_id)


@router.post("people", response={201: PersonOut}, **_WORKING)
def add_person(request: HttpRequest, given: PersonIn) -> Status[Person]:
    """Add somebody to speak to at a client."""
    fields = _read(request, given.dict(exclude_unset=True))
    client = find_active_client(fields.pop("client_id"))
    return Status(201, operations.create_person(client, fields=fields, now=timezone.now()))


@router.post("people/{int:person_id}", response=PersonOut, **_WORKING)
def change_person(request: HttpRequest, person_id: int, given: PersonChange) -> Person:
    """Change what is known of a person."""
    fields = _read(request, given.dict(exclude_unset=True))
    operations.update(_hold(show_person(request, person_id)), fields=fields)
    return show_person(request, person_id)


@router.post("people/{int:person_id}/contacts", response=LinkOut, **_WORKING)
def own_contact(request: HttpRequest, person_id: int, given: OwnIn) -> Link:
    """Say that a contact of the client is this person's own, or that it is not; it stays the client's."""
    person = show_person(request, person_id)
    mine = Link.objects.filter(pk=given.link_id, client=person.client_id)
    if (link := mine.first()) is None:
        raise ApiProblem(Problem.NOT_FOUND, "The person's client has no link with this number.")
    act = give_to_person if given.is_theirs else take_from_person
    act(link, person)
    return mine.get()


@router.post("deals", response={201: DealOut}, **_WORKING)
def add_deal(request: HttpRequest, given: DealIn) -> Status[Deal]:
    """Add a piece of work for a client."""
    fields = _read(request, given.dict(exclude_unset=True))
    client = find_active_client(fields.pop("client_id"))
    return Status(201, operations.create_deal(client, fields=fields, now=timezone.now()))


@router.post("deals/{int:deal_id}", response=DealOut, **_WORKING)
def change_deal(request: HttpRequest, deal_id: int, given: DealChange) -> Deal:
    """Change what is known of a deal."""
    fields = _read(request, given.dict(exclude_unset=True))
    operations.update(_hold(show_deal(request, deal_id)), fields=fields)
    return show_deal(request, deal_id)


@router.post("deals/{int:deal_id}/gather", response=DealOut, **_WORKING)
def gather_documents(request: HttpRequest, deal_id: int, given: DocumentsIn) -> Deal:
    """Say that invoices were raised for a deal."""
    deal, place = show_deal(request, deal_id), find_place(request, given.organisation_id)
    known = keep_known(place.organisation, given.documents)
    operations.gather_documents(deal, place.organisation, document_ids=known, by=who(request), now=place.now)
    return deal


@router.post("deals/{int:deal_id}/release", response=DealOut, **_WORKING)
def release_documents(request: HttpRequest, deal_id: int, given: DocumentsIn) -> Deal:
    """Say that invoices do not belong to a deal after all."""
    deal, place = show_deal(request, deal_id), find_place(request, given.organisation_id)
    operations.release_documents(deal, place.organisation, document_ids=given.documents)
    return deal


def _read(request: HttpRequest, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent as the records hold it. Raises ApiProblem for a colleague who is none."""
    fields = {name: value for name, value in sent.items() if value is not None or name in _EMPTIED}
    for kind in Address.Kind.values:
        for part, text in fields.pop(kind, {}).items():
            if text is not None:
                fields[name_part(kind, part)] = text
    if "owner_id" in fields:
        fields["owner"] = _find_colleague(request, fields.pop("owner_id"))
    if "tags" in fields:
        fields["tags"] = list(dict.fromkeys(tag.strip() for tag in fields["tags"]))
    if "value" in fields:
        fields["value"] = read_digits(fields["value"])
    return fields


def _find_colleague(request: HttpRequest, user_id: int | None) -> User | None:
    if user_id is None:
        return None
    workspace_id: int = request.membership.workspace_id  # type: ignore[attr-defined]  # set by the middleware
    found = list_colleagues(workspace_id).filter(pk=user_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "Nobody in the firm has this number.")
    return found


def _hold(record: Record) -> Record:
    """Return a record as it is now; a sync that would change it waits."""
    held: Record = type(record)._default_manager.select_for_update().get(pk=record.pk)
    return held
