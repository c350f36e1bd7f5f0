"""Documents pinned for the whole firm."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from counterfoil.api.entry import find_place, needs
from counterfoil.api.resources.agreements import who
from counterfoil.api.shapes import XeroId
from counterfoil.features.clients import operations
from counterfoil.features.invoices.documents import keep_known
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_HOME = "organisations/{int:organisation_id}/pins"


class PinsIn(Schema):
    """Invoices or bills."""

    documents: Annotated[list[XeroId], Field(min_length=1, max_length=200)]


class Pinned(Schema):
    """How many were not pinned before, or were."""

    documents: int


@router.post(_HOME, response=Pinned, **needs(Permission.WORK))
def pin(request: HttpRequest, organisation_id: int, given: PinsIn) -> Pinned:
    """Pin documents for everybody in the firm; those that are not here are left out."""
    place = find_place(request, organisation_id)
    known = keep_known(place.organisation, given.documents)
    count = operations.pin_documents(place.organisation, document_ids=known, by=who(request), now=place.now)
    return Pinned(documents=count)


@router.post(f"{_HOME}/remove", response=Pinned, **needs(Permission.WORK))
def unpin(request: HttpRequest, organisation_id: int, given: PinsIn) -> Pinned:
    """Take pins away."""
    place = find_place(request, organisation_id)
    return Pinned(documents=operations.unpin_documents(place.organisation, document_ids=given.documents))
