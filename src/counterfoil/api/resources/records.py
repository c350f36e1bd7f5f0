"""One record of Xero, whole: what Xero says of it, where the copy is from, what changed in it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.features.history.naming import list_slugs
from counterfoil.features.history.records import NoSuchRecord, find_stream, get_record
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_SLUGS = dict(list_slugs())


class HappenedOut(Schema):
    """One change of the record."""

    at: datetime
    kind: str
    what: list[str] = Field(description="What changed, in sentences")


class RecordOut(Schema):
    """A record with everything that Xero says of it."""

    id: str = Field(description="Xero's id")
    stream: str
    title: str
    status: str
    members: dict[str, Any] = Field(description="As Xero names them; numbers are digits as text")
    first_seen_at: datetime | None
    changed_here_at: datetime | None
    updated_at: datetime | None = Field(description="When Xero last changed it")
    gone_at: datetime | None
    unreadable: list[str] = Field(description="What of it could not be read, and why")
    history: list[HappenedOut] = Field(description="The latest fifty changes, the newest first")


@router.get(
    "organisations/{int:organisation_id}/records/{str:stream}/{str:xero_id}",
    response=RecordOut,
    **needs(Permission.READ),
)
def show_record(request: HttpRequest, organisation_id: int, stream: str, xero_id: str) -> RecordOut:
    """Show one record whole; `stream` is as events and the change log say it, such as `Payments`."""
    place, found = find_place(request, organisation_id), find_stream(stream, _SLUGS)
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, f"Kinds of records are: {', '.join(sorted(_SLUGS))}.")
    try:
        page = get_record(place.organisation, found, xero_id, base_currency=place.base_currency)
    except NoSuchRecord as nothing:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such record.") from nothing
    described, trace = page.described, page.provenance
    return RecordOut(
        id=xero_id,
        stream=found.name,
        title=described.title if described else "",
        status=described.status if described else "",
        members=dict(described.members) if described else {},
        first_seen_at=trace.first_seen_at if trace else None,
        changed_here_at=trace.changed_here_at if trace else None,
        updated_at=trace.updated_at if trace else None,
        gone_at=trace.gone_at if trace else None,
        unreadable=[one.problem for one in page.quarantined],
        history=[
            HappenedOut(at=one.at, kind=one.kind, what=[each.text for each in one.sentences])
            for one in page.history.events
        ],
    )
