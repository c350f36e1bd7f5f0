"""The outbox: what is to be written to Xero, what became of it, and what people decide about it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place, find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Amount, Id, Page, write_optional
from counterfoil.features.outbox import operations
from counterfoil.features.outbox.queries import OutboxPlace, Row, Show, describe_operation, list_operations
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Operation
from counterfoil.sync.outbox.proposing import Result

router = Router()


class OperationOut(Schema):
    """One write to Xero that somebody wishes for, and what became of it."""

    id: int
    kind: str
    reference: str
    state: str
    state_since: datetime
    contact: str
    amount: Amount | None
    xero_id: str = Field(description="The record that it is about, or that came of it")
    sentence: str = Field(description="Why it is where it is")
    next_step: str
    xero_words: list[str] = Field(description="What Xero said of it")
    asked_by: str
    approved_by: str


class OperationStepOut(Schema):
    """One step in the life of a write."""

    at: datetime
    step: str
    who: str
    sentence: str


class WholeOperation(OperationOut):
    """A write with what is sent and what happened to it."""

    payload: str = Field(description="What is sent, in Xero's words")
    steps: list[OperationStepOut]


class ChosenOperations(Schema):
    """Which writes are meant."""

    operations: Annotated[list[Id], Field(min_length=1, max_length=500)]


class HeldOperations(ChosenOperations):
    """Which writes are not to be sent, and why."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


class LookedUp(Schema):
    """What a person who looked in Xero found."""

    is_there: bool


class Moved(Schema):
    """Which writes were moved, and which stood elsewhere already."""

    moved: list[int]
    others: list[int]


@router.get(
    "organisations/{int:organisation_id}/outbox", response=Page[OperationOut], **needs(Permission.READ)
)
def list_outbox(
    request: HttpRequest, organisation_id: int, show: Show = Show.WAITING, cursor: str = ""
) -> dict[str, Any]:
    """List writes in one state, the latest first."""
    place, after = find_place(request, organisation_id), read_cursor(request, OutboxPlace, cursor)
    page = list_operations(place.organisation, show=show, after=after.pk if after else None)
    following = OutboxPlace(page.next_after) if page.next_after else None
    return {
        "data": [OperationOut(**_tell(row)) for row in page.rows],
        "next_cursor": write_cursor(request, following),
    }


@router.get(
    "organisations/{int:organisation_id}/outbox/{int:operation_id}",
    response=WholeOperation,
    **needs(Permission.READ),
)
def show_operation(request: HttpRequest, organisation_id: int, operation_id: int) -> WholeOperation:
    """Show one write: what it sends, and its life so far."""
    place = find_place(request, organisation_id)
    detail = describe_operation(place.organisation, operation_id)
    if detail is None:
        raise ApiProblem(Problem.NOT_FOUND, "There is no such write in this organisation's outbox.")
    steps = [
        OperationStepOut(at=one.at, step=one.step, who=one.who, sentence=one.sentence)
        for one in detail.events
    ]
    return WholeOperation(**_tell(detail.row), payload=detail.row.operation.payload, steps=steps)


@router.post(
    "organisations/{int:organisation_id}/outbox/approve", response=Moved, **needs(Permission.APPROVE)
)
def approve(request: HttpRequest, organisation_id: int, chosen: ChosenOperations) -> Moved:
    """Approve writes that wait for it; they are sent at once."""
    return _do(request, organisation_id, chosen, operations.approve)


@router.post("organisations/{int:organisation_id}/outbox/hold", response=Moved, **needs(Permission.WORK))
def hold(request: HttpRequest, organisation_id: int, chosen: HeldOperations) -> Moved:
    """Mark writes as “Do not send”; what is being sent at this moment is not touched."""

    def act(ids: list[int], *, who: User, now: datetime) -> Result:
        return operations.hold(ids, reason=chosen.reason, who=who, now=now)

    return _do(request, organisation_id, chosen, act)


@router.post("organisations/{int:organisation_id}/outbox/submit", response=Moved, **needs(Permission.WORK))
def submit(request: HttpRequest, organisation_id: int, chosen: ChosenOperations) -> Moved:
    """Ask for drafts of the outbox to be sent; they wait for approval where the rules say so."""
    return _do(request, organisation_id, chosen, operations.submit)


@router.post("organisations/{int:organisation_id}/outbox/take-back", response=Moved, **needs(Permission.WORK))
def take_back(request: HttpRequest, organisation_id: int, chosen: ChosenOperations) -> Moved:
    """Make drafts again of what was not sent."""
    return _do(request, organisation_id, chosen, operations.take_back)


@router.post("organisations/{int:organisation_id}/outbox/resend", response=Moved, **needs(Permission.WORK))
def resend(request: HttpRequest, organisation_id: int, chosen: ChosenOperations) -> Moved:
    """Have sent once more what Xero refused."""
    return _do(request, organisation_id, chosen, operations.resend)


@router.post(
    "organisations/{int:organisation_id}/outbox/{int:operation_id}/settle",
    response=OperationOut,
    **needs(Permission.WORK),
)
def settle(request: HttpRequest, organisation_id: int, operation_id: int, given: LookedUp) -> OperationOut:
    """Say what a person found in Xero about a write of which Counterfoil cannot tell: done, or sent again."""
    place = find_place(request, organisation_id)
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    [chosen] = _find_own(place, ChosenOperations(operations=[operation_id]))
    operations.settle_unknown(chosen, is_there=given.is_there, who=user, now=place.now)
    return show_operation(request, organisation_id, operation_id)


def _do(
    request: HttpRequest, organisation_id: int, chosen: ChosenOperations, act: Callable[..., Result]
) -> Moved:
    place = find_place(request, organisation_id)
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    result = act(_find_own(place, chosen), who=user, now=place.now)
    return Moved(moved=[one.pk for one in result.moved], others=[one.pk for one in result.others])


def _find_own(place: Place, chosen: ChosenOperations) -> list[int]:
    """Return the chosen writes. Raises ApiProblem when one of them is none of this organisation's."""
    wanted = set(chosen.operations)
    mine = Operation.objects.filter(organisation=place.organisation, pk__in=wanted)
    found = list(mine.order_by("pk").values_list("pk", flat=True))
    if missing := wanted - set(found):
        raise ApiProblem(
            Problem.NOT_FOUND,
            f"This organisation's outbox has no write with the number {min(missing)}; nothing was changed.",
        )
    return found


def _tell(row: Row) -> dict[str, Any]:
    operation = row.operation
    return {
        "id": operation.pk,
        "kind": operation.kind,
        "reference": operation.reference,
        "state": operation.state,
        "state_since": operation.state_since,
        "contact": row.contact,
        "amount": write_optional(operation.amount, operation.currency),
        "xero_id": operation.xero_id,
        "sentence": operation.sentence,
        "next_step": operation.next_step,
        "xero_words": [str(one) for one in operation.xero_words],
        "asked_by": operation.asked_by,
        "approved_by": operation.approved_by,
    }
