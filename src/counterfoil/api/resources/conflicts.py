"""Contact fields that go both ways: what differs, what is decided about it, and switching it on and off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.shapes import Page
from counterfoil.domain.agreeing import AtFirst
from counterfoil.domain.ownership import FIELD_BY_NAME
from counterfoil.features.two_way import deciding, queries, switching
from counterfoil.features.two_way.models import Difference
from counterfoil.features.two_way.tasks import request_comparing
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_HOME = "organisations/{int:organisation_id}"
_READING = needs(Permission.READ, of_firm=True)
_WORKING = needs(Permission.WORK, of_firm=True)
_CONFIGURING = needs(Permission.CONFIGURE, of_firm=True)


@dataclass(frozen=True)
class Place:
    """The row after which a page begins."""

    pk: int


class ConflictOut(Schema):
    """One field of a contact that is not the same on both sides."""

    id: int
    client_id: int
    contact_id: str
    contact_name: str
    who: str
    field: str
    label: str
    why: str
    ours: str
    theirs: str
    sentence: str
    xero_words: list[str]
    seen: str = Field(description="Sent along with a decision, it is refused once either value is another")
    choice: str = Field(description="What was decided; empty while it waits")
    chosen: str
    decided_at: datetime | None


class DecisionIn(Schema):
    """Whose value is to be on both sides, another one, or that both stay as they are."""

    choice: Difference.Choice
    value: str = Field(default="", max_length=500, description="With `edited` alone")
    seen: str = Field(min_length=1, max_length=50)


class DecisionForAll(Schema):
    """One field decided in the same way wherever it waits."""

    field: str = Field(max_length=30, examples=["email"])
    choice: Difference.Choice = Field(description="`ours` or `theirs`")
    until: AwareDatetime = Field(description="When the list was read: what came later is not decided")


class FieldsDecided(Schema):
    """How many fields were decided, or taken back."""

    fields: int


class PlanOut(Schema):
    """What comparing both sides would do now."""

    linked: int
    fills_here: int
    fills_xero: int
    differ: int
    cannot_push: str = Field(description="Why nothing of ours would be sent; empty when it would")
    plan: str = Field(description="What `agree` agrees to")


class FieldsOut(Schema):
    """Whether contact fields go both ways."""

    is_on: bool
    at_first: str
    compared_at: datetime | None
    stopped_because: str = Field(description="Why a plan waits for somebody; empty when none does")
    preview: PlanOut | None = Field(description="Null once everything flows")


class FieldsSwitchIn(Schema):
    """Whether contact fields go both ways, and what becomes of what differs when first compared."""

    is_on: bool
    at_first: AtFirst = AtFirst.ASK


class AgreeIn(Schema):
    """The plan that is agreed to."""

    plan: str = Field(min_length=1, max_length=64)


@router.get(f"{_HOME}/conflicts", response=Page[ConflictOut], **_READING)
def list_conflicts(
    request: HttpRequest,
    organisation_id: int,
    show: Literal["decide", "blocked", "decided"] = "decide",
    field: str = "",
    cursor: str = "",
) -> dict[str, Any]:
    """List fields that differ: those to decide, those that cannot be sent, or those decided."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    rows, last = queries.list_differences(
        place.organisation, show=queries.Show(show), field=field, after=after.pk if after else 0
    )
    following = Place(last) if last is not None else None
    return {"data": [_tell(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.get(_HOME + "/conflicts/{int:difference_id}", response=ConflictOut, **_READING)
def show_conflict(request: HttpRequest, organisation_id: int, difference_id: int) -> ConflictOut:
    """Show one field that differs, or what was decided about it."""
    return _show(find_place(request, organisation_id), difference_id)


@router.post(_HOME + "/conflicts/{int:difference_id}/decide", response=ConflictOut, **_WORKING)
def decide_conflict(
    request: HttpRequest, organisation_id: int, difference_id: int, given: DecisionIn
) -> ConflictOut:
    """Settle one field; what is ours goes to the outbox, and what is Xero's is taken over."""
    place = find_place(request, organisation_id)
    _show(place, difference_id)
    said: dict[str, Any] = {"by": who(request), "now": place.now, **given.dict()}
    deciding.decide(place.organisation, difference_ids=[difference_id], **said)
    return _show(place, difference_id)


@router.post(f"{_HOME}/conflicts/decide-all", response=FieldsDecided, **_WORKING)
def decide_all_conflicts(request: HttpRequest, organisation_id: int, given: DecisionForAll) -> FieldsDecided:
    """Settle one field in the same way for everybody about whom it is asked."""
    place = find_place(request, organisation_id)
    if given.field not in FIELD_BY_NAME:
        raise ApiProblem(Problem.NOT_VALID, errors=[{"where": "field", "what": "There is no such field."}])
    count = deciding.decide_all(place.organisation, **given.dict(), by=who(request), now=place.now)
    return FieldsDecided(fields=count)


@router.post(f"{_HOME}/conflicts/undo", response=FieldsDecided, **_WORKING)
def undo_conflicts(request: HttpRequest, organisation_id: int) -> FieldsDecided:
    """Take back the last decision of the token's person here, as long as nothing of it was sent."""
    place = find_place(request, organisation_id)
    return FieldsDecided(fields=len(deciding.undo_last(place.organisation, by=who(request), now=place.now)))


@router.get(f"{_HOME}/contact-fields", response=FieldsOut, **_READING)
def show_contact_fields(request: HttpRequest, organisation_id: int) -> FieldsOut:
    """Say whether contact fields go both ways, and what would happen if they did."""
    return _tell_fields(find_place(request, organisation_id))


@router.post(f"{_HOME}/contact-fields", response=FieldsOut, **_CONFIGURING)
def switch_contact_fields(request: HttpRequest, organisation_id: int, given: FieldsSwitchIn) -> FieldsOut:
    """Let contact fields go both ways from now on, or each side its own way."""
    place = find_place(request, organisation_id)
    if given.is_on:
        switching.switch_on(place.organisation, at_first=given.at_first, by=who(request), now=place.now)
        request_comparing(organisation_id=place.organisation.pk)
    else:
        switching.switch_off(place.organisation, by=who(request), now=place.now)
    return _tell_fields(place)


@router.post(f"{_HOME}/contact-fields/agree", response=FieldsDecided, **_CONFIGURING)
def agree_to_plan(request: HttpRequest, organisation_id: int, given: AgreeIn) -> FieldsDecided:
    """Carry out a plan that was stopped because it would change a surprising share."""
    place = find_place(request, organisation_id)
    choice = switching.describe_choice(place.organisation)
    if choice is None or not choice.is_on or choice.stopped_at is None:
        raise ApiProblem(Problem.NOT_POSSIBLE_NOW, "No plan waits for somebody to agree to it.")
    changed = switching.agree_to_plan(
        place.organisation, fingerprint=given.plan, by=who(request), now=place.now
    )
    return FieldsDecided(fields=changed)


def _show(place: Where, difference_id: int) -> ConflictOut:
    found = queries.find_difference(place.organisation, difference_id)
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such difference, or it solved itself.")
    return _tell(found)


def _tell(row: queries.Row) -> ConflictOut:
    one = row.difference
    return ConflictOut(
        id=one.pk,
        client_id=row.client_id,
        contact_id=row.contact_id,
        contact_name=row.contact_name,
        who=row.who,
        field=one.field,
        label=row.field.label,
        why=one.why,
        ours=one.ours,
        theirs=one.theirs,
        sentence=one.sentence,
        xero_words=one.xero_words,
        seen=row.seen,
        choice=one.choice,
        chosen=one.chosen,
        decided_at=one.decided_at,
    )


def _tell_fields(place: Where) -> FieldsOut:
    choice = switching.describe_choice(place.organisation)
    is_on = choice is not None and choice.is_on
    # Once everything flows there is nothing to preview, but for a plan that waits for somebody.
    is_stopped = choice is not None and choice.stopped_at is not None
    return FieldsOut(
        is_on=is_on,
        at_first=choice.at_first if choice else AtFirst.ASK.value,
        compared_at=choice.compared_at if choice else None,
        stopped_because=choice.stopped_because if choice else "",
        preview=_preview(place) if is_stopped or not is_on else None,
    )


def _preview(place: Where) -> PlanOut:
    plan = switching.preview(place.organisation)
    return PlanOut(
        linked=plan.linked,
        fills_here=plan.fills_here,
        fills_xero=plan.fills_xero,
        differ=plan.differ,
        cannot_push=plan.cannot_push,
        plan=plan.fingerprint,
    )
