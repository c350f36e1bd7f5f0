"""Contacts that wait to be known: made clients, linked by exact proof, asked about no more; undoing it."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.clients import LinkOut
from counterfoil.api.shapes import XeroId
from counterfoil.features.clients import linking
from counterfoil.features.clients.models import Link
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Contact

router = Router()
_HOME = "organisations/{int:organisation_id}/unmatched"
_WORKING = needs(Permission.WORK, of_firm=True)


class ContactIn(Schema):
    """One contact."""

    contact_id: XeroId


class ContactsIn(Schema):
    """Some contacts."""

    contacts: Annotated[list[XeroId], Field(min_length=1, max_length=200)]


class Settled(Schema):
    """About how many contacts something was decided."""

    contacts: int


class TakenBack(Schema):
    """Which decision was taken back."""

    act: str


@router.post(f"{_HOME}/create", response={201: LinkOut}, **_WORKING)
def create_client_from_contact(request: HttpRequest, organisation_id: int, given: ContactIn) -> Status[Link]:
    """Make a client of a contact, and link the two."""
    place = find_place(request, organisation_id)
    mine = Contact.objects.filter(organisation=place.organisation, xero_id=given.contact_id)
    contact = mine.defer("raw").first()
    if contact is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such contact.")
    made = linking.create_client_from_contact(
        place.organisation, contact=contact, by=who(request), now=place.now
    )
    return Status(201, made)


@router.post(f"{_HOME}/skip", response=Settled, **_WORKING)
def skip_contacts(request: HttpRequest, organisation_id: int, given: ContactsIn) -> Settled:
    """Ask about contacts no more."""
    place = find_place(request, organisation_id)
    count = linking.skip_contacts(
        place.organisation, contact_ids=given.contacts, by=who(request), now=place.now
    )
    return Settled(contacts=count)


@router.post(f"{_HOME}/link-exact", response=Settled, **_WORKING)
def link_exact_matches(request: HttpRequest, organisation_id: int) -> Settled:
    """Link every contact that is proven to be a client."""
    place = find_place(request, organisation_id)
    return Settled(contacts=linking.link_exact_matches(place.organisation, now=place.now, by=who(request)))


@router.post(f"{_HOME}/undo", response=TakenBack, **_WORKING)
def undo(request: HttpRequest, organisation_id: int) -> TakenBack:
    """Take back the last decision of the token's person about a contact."""
    place = find_place(request, organisation_id)
    return TakenBack(act=linking.undo_last(place.organisation, by=who(request), now=place.now).act)
