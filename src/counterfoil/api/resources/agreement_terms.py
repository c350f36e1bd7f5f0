"""What becomes of an agreement in time: a new price, a pause, its end, another one like it."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.entry import needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import WholeAgreement, find_agreement, tell_whole, who
from counterfoil.api.shapes import Day, Digits, Id, read_digits
from counterfoil.features.billing import agreeing
from counterfoil.features.billing.models import LinePrice
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_WORKING = needs(Permission.WORK, of_firm=True)


class PriceIn(Schema):
    """What a line costs from a day on; without an amount, the price of that day is taken away."""

    line_id: Id
    since: Day
    amount: Digits | None = None


class PauseIn(Schema):
    """For which days nothing is billed; without a last day it goes on."""

    first_day: Day
    last_day: Day | None = None
    why: str = Field(default="", max_length=255)


class ResumeIn(Schema):
    """Which pause ends, and on which day service goes on."""

    pause_id: Id
    day: Day


class EndIn(Schema):
    """The last day of service; null when it goes on without an end."""

    last_day: Day | None


class CopyIn(Schema):
    """From which day on the other one is billed."""

    starts_on: Day


@router.post("agreements/{int:agreement_id}/price", response=WholeAgreement, **_WORKING)
def change_price(request: HttpRequest, agreement_id: int, given: PriceIn) -> WholeAgreement:
    """Set what a line costs from a day on, or take such a price away; what was billed keeps its price."""
    found, by, now = find_agreement(agreement_id), who(request), timezone.now()
    line = found.lines.filter(pk=given.line_id).first()
    if line is None:
        raise ApiProblem(Problem.NOT_FOUND, "The agreement has no line with this number.")
    amount = read_digits(given.amount)
    if amount is not None:
        agreeing.change_price(line, since=given.since, amount=amount, by=by, now=now)
        return tell_whole(found)
    price = LinePrice.objects.select_related("line__agreement").filter(line=line, since=given.since).first()
    if price is None:
        raise ApiProblem(Problem.NOT_FOUND, "The line has no price that begins on this day.")
    agreeing.drop_price(price, by=by, now=now)
    return tell_whole(found)


@router.post("agreements/{int:agreement_id}/pause", response=WholeAgreement, **_WORKING)
def pause_agreement(request: HttpRequest, agreement_id: int, given: PauseIn) -> WholeAgreement:
    """Bill nothing for some days that were not billed yet."""
    found = find_agreement(agreement_id)
    agreeing.pause(found, **given.dict(), by=who(request), now=timezone.now())
    return tell_whole(found)


@router.post("agreements/{int:agreement_id}/resume", response=WholeAgreement, **_WORKING)
def resume_agreement(request: HttpRequest, agreement_id: int, given: ResumeIn) -> WholeAgreement:
    """End a pause."""
    found = find_agreement(agreement_id)
    paused = found.pauses.filter(pk=given.pause_id).first()
    if paused is None:
        raise ApiProblem(Problem.NOT_FOUND, "The agreement has no pause with this number.")
    agreeing.resume(paused, on=given.day, by=who(request), now=timezone.now())
    return tell_whole(found)


@router.post("agreements/{int:agreement_id}/end", response=WholeAgreement, **_WORKING)
def end_agreement(request: HttpRequest, agreement_id: int, given: EndIn) -> WholeAgreement:
    """Say on which day service ends, or that it goes on."""
    found = find_agreement(agreement_id)
    return tell_whole(agreeing.end(found, last_day=given.last_day, by=who(request), now=timezone.now()))


@router.post("agreements/{int:agreement_id}/copy", response={201: WholeAgreement}, **_WORKING)
def copy_agreement(request: HttpRequest, agreement_id: int, given: CopyIn) -> Status[WholeAgreement]:
    """Begin another agreement like one, a draft, with the prices of the day from which it is billed."""
    found = find_agreement(agreement_id)
    copied = agreeing.copy_agreement(found, starts_on=given.starts_on, by=who(request), now=timezone.now())
    return Status(201, tell_whole(copied))
