"""Whether the copy is right: comparisons with Xero's own figures, and asking for one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.shapes import Page
from counterfoil.domain.proof import Finding
from counterfoil.features.connections.verifying import request_verification
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Verification
from counterfoil.sync import verdicts

router = Router()
_HOME = "organisations/{int:organisation_id}/verifications"


@dataclass(frozen=True)
class Place:
    """The comparison after which a page begins, the latest first."""

    pk: int


class VerificationOut(Schema):
    """One comparison of the copy with Xero."""

    id: int
    state: str
    reason: str
    asked_at: datetime
    finished_at: datetime | None
    verdict: str = Field(description="Empty until it is done")
    sentence: str
    next_step: str


class CauseOut(Schema):
    """What accounts for a part of a difference, and how many records are behind it."""

    reason: str
    meaning: str
    amount: str
    records: int


class FindingOut(Schema):
    """One figure that differs; without a currency, records were counted."""

    part: str
    title: str
    currency: str
    here: str
    xero: str
    causes: list[CauseOut]


class WholeVerification(VerificationOut):
    """A comparison with how many figures were compared, and those that differ."""

    compared: int
    different: list[FindingOut]


@router.get(_HOME, response=Page[VerificationOut], **needs(Permission.READ))
def list_verifications(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List the comparisons, the latest first; those that wait or run as well."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    rows, last = verdicts.list_page(place.organisation, before=after.pk if after else None)
    following = Place(last) if last is not None else None
    return {
        "data": [VerificationOut(**_tell(one)) for one in rows],
        "next_cursor": write_cursor(request, following),
    }


@router.get(_HOME + "/{int:verification_id}", response=WholeVerification, **needs(Permission.READ))
def show_verification(request: HttpRequest, organisation_id: int, verification_id: int) -> WholeVerification:
    """Show one comparison with every figure that differs, and why."""
    place = find_place(request, organisation_id)
    found = Verification.objects.filter(organisation=place.organisation, pk=verification_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no comparison with this number.")
    findings = verdicts.read_proof(found).findings if found.state == Verification.State.DONE else ()
    return WholeVerification(
        **_tell(found),
        compared=len(findings),
        different=[_tell_finding(one) for one in findings if not one.is_equal],
    )


@router.post(_HOME, response={202: VerificationOut}, **needs(Permission.WORK))
def start_verification(request: HttpRequest, organisation_id: int) -> Status[VerificationOut]:
    """Have the copy compared with Xero in the background; one that waits or runs already is answered."""
    place = find_place(request, organisation_id)
    asked = request_verification(place.organisation, asked_by=who(request).email, now=place.now)
    return Status(202, VerificationOut(**_tell(asked)))


def _tell(one: Verification) -> dict[str, Any]:
    return {
        "id": one.pk,
        "state": one.state,
        "reason": one.reason,
        "asked_at": one.asked_at,
        "finished_at": one.finished_at,
        "verdict": one.verdict,
        "sentence": one.sentence,
        "next_step": one.next_step,
    }


def _tell_finding(one: Finding) -> FindingOut:
    return FindingOut(
        part=one.part,
        title=one.title,
        currency=one.currency,
        here=str(one.here),
        xero=str(one.xero),
        causes=[
            CauseOut(
                reason=cause.reason.value,
                meaning=cause.reason.meaning,
                amount=str(cause.amount),
                records=cause.count,
            )
            for cause in one.causes
        ],
    )
