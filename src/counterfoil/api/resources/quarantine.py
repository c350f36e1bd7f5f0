"""What could not be read, as Xero sent it, and having it read again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Page
from counterfoil.features.connections.quarantine import list_quarantine, try_again
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Quarantined

router = Router()
_HOME = "organisations/{int:organisation_id}/quarantine"


@dataclass(frozen=True)
class Place:
    """The record after which a page begins, the latest first."""

    pk: int


class QuarantinedOut(Schema):
    """A record that could not be read; it stops nothing else and is never dropped."""

    id: int
    stream: str
    record_id: str = Field(description="Xero's id; empty where not even that could be read")
    problem: str
    seen_at: datetime
    raw: str = Field(description="As Xero sent it")


class AskedAgain(Schema):
    """How many records are being read from Xero again; what can be read then leaves quarantine."""

    records: int


@router.get(_HOME, response=Page[QuarantinedOut], **needs(Permission.READ))
def list_all(
    request: HttpRequest, organisation_id: int, stream: str = "", cursor: str = ""
) -> dict[str, Any]:
    """List what could not be read, of one kind of record or of all, the latest first."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    page = list_quarantine(place.organisation, stream=stream, before=after.pk if after else None)
    following = Place(page.next_before) if page.next_before is not None else None
    return {"data": [_tell(one) for one in page.records], "next_cursor": write_cursor(request, following)}


@router.get(_HOME + "/{int:quarantined_id}", response=QuarantinedOut, **needs(Permission.READ))
def show(request: HttpRequest, organisation_id: int, quarantined_id: int) -> QuarantinedOut:
    """Show one record that could not be read."""
    return _tell(_find(find_place(request, organisation_id), quarantined_id))


@router.post(_HOME + "/read-again", response={202: AskedAgain}, **needs(Permission.WORK))
def read_all_again(request: HttpRequest, organisation_id: int) -> Status[AskedAgain]:
    """Have everything read from Xero again that can be asked for by its id."""
    place = find_place(request, organisation_id)
    return Status(202, AskedAgain(records=try_again(place.organisation)))


@router.post(_HOME + "/{int:quarantined_id}/read-again", response={202: AskedAgain}, **needs(Permission.WORK))
def read_one_again(request: HttpRequest, organisation_id: int, quarantined_id: int) -> Status[AskedAgain]:
    """Have one record read from Xero again."""
    place = find_place(request, organisation_id)
    found = _find(place, quarantined_id)
    if not found.xero_id:
        raise ApiProblem(
            Problem.NOT_POSSIBLE_NOW,
            "Not even its id could be read, so it cannot be asked for alone.",
            next_step="Wait for the next daily check, which reads its list.",
        )
    return Status(202, AskedAgain(records=try_again(place.organisation, record_id=found.pk)))


def _find(place: Where, quarantined_id: int) -> Quarantined:
    waiting = Quarantined.objects.filter(organisation=place.organisation, settled_at=None)
    found = waiting.filter(pk=quarantined_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "Nothing with this number lies in quarantine here.")
    return found


def _tell(one: Quarantined) -> QuarantinedOut:
    return QuarantinedOut(
        id=one.pk,
        stream=one.stream,
        record_id=one.xero_id,
        problem=one.problem,
        seen_at=one.seen_at,
        raw=one.raw,
    )
