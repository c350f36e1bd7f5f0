"""What was paid for clients: what waits, what is proposed, and what people decide about it."""

from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.shapes import Amount, Day, Id, Page, write_amount, write_optional
from counterfoil.features.recharging import deciding
from counterfoil.features.recharging.models import Recharge
from counterfoil.features.recharging.queue import Place, Recharged, View, Waiting, list_rows
from counterfoil.features.recharging.scanning import begin_watch, find_watch
from counterfoil.features.recharging.tasks import request_look
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_HOME = "organisations/{int:organisation_id}/recharges"
_READING = needs(Permission.READ)
_WORKING = needs(Permission.WORK)


class Asked(Schema):
    """Which list is asked for."""

    view: View = View.FOUND
    search: str = Field(default="", max_length=200)
    cursor: str = ""


class RechargeOut(Schema):
    """What one client pays back of a cost."""

    id: int
    source_id: int
    client_id: int
    deal_id: int | None
    state: str
    cost: Amount
    charge: Amount | None
    asks: str
    draft_id: int | None
    invoice_id: str


class RechargedCostOut(Schema):
    """A cost: a line that nobody decided about, or a source about which something is decided or proposed."""

    line_id: int | None = Field(description="Of a line that waits")
    source_id: int | None = Field(description="Of what is decided or proposed")
    day: str
    supplier: str
    number: str
    description: str
    net: Amount
    suggestion: str = Field(description="What was chosen for others like it")
    is_repriced: bool = Field(description="Somebody has to see another price than before")
    recharges: list[RechargeOut]


class SinceIn(Schema):
    """From which day on costs are looked at."""

    since: Day


class Lines(Schema):
    """Which lines are meant."""

    lines: Annotated[list[Id], Field(min_length=1, max_length=200)]


class Sources(Schema):
    """Which sources are meant."""

    sources: Annotated[list[Id], Field(min_length=1, max_length=200)]


class AnswerIn(Schema):
    """What becomes of the difference to what was billed."""

    answer: deciding.Answer


class Done(Schema):
    """With how many it was done."""

    done: int


class RechargesUndone(Schema):
    """What was taken back."""

    taken_back: str


@router.get(_HOME, response=Page[RechargedCostOut], **_READING)
def list_costs(request: HttpRequest, organisation_id: int, asked: Query[Asked]) -> dict[str, Any]:
    """List costs, the newest first; none while recharging was not begun."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, asked.cursor)
    watch = find_watch(place.organisation)
    if watch is None:
        return {"data": [], "next_cursor": None}
    page = list_rows(place.organisation, watch, view=asked.view, search=asked.search.strip(), after=after)
    rows = [*(_tell_line(one) for one in page.lines), *(tell_source(one) for one in page.sources)]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.get(_HOME + "/{int:recharge_id}", response=RechargeOut, **_READING)
def show_recharge(request: HttpRequest, organisation_id: int, recharge_id: int) -> RechargeOut:
    """Show what one client pays back of a cost."""
    return _tell(find_recharge(find_place(request, organisation_id), recharge_id))


@router.post(f"{_HOME}/look", response={202: None}, **_WORKING)
def begin(request: HttpRequest, organisation_id: int, given: SinceIn) -> Status[None]:
    """Look at what was paid from a day on; what clients pay back is proposed in the background."""
    place = find_place(request, organisation_id)
    begin_watch(place.organisation, since=given.since, by=who(request).email, now=place.now)
    request_look(organisation_id=place.organisation.pk, by_person=True)
    return Status(202, None)


@router.post(f"{_HOME}/accept", response=Done, **_WORKING)
def accept(request: HttpRequest, organisation_id: int, given: Sources) -> Done:
    """Take proposals as they are: they can be billed."""
    place = find_place(request, organisation_id)
    done = deciding.accept(place.organisation, source_ids=given.sources, by=who(request), now=place.now)
    return Done(done=done)


@router.post(f"{_HOME}/decline", response=Done, **_WORKING)
def decline(request: HttpRequest, organisation_id: int, given: Sources) -> Done:
    """Recharge nothing of what was proposed or decided: the firm bears it."""
    return _each(request, organisation_id, given.sources, deciding.decline, "source_id")


@router.post(f"{_HOME}/seen", response=Done, **_WORKING)
def see_prices(request: HttpRequest, organisation_id: int, given: Sources) -> Done:
    """Say that another price than before was seen: it may be billed."""
    return _each(request, organisation_id, given.sources, deciding.see_price, "source_id")


@router.post(f"{_HOME}/keep", response=Done, **_WORKING)
def keep(request: HttpRequest, organisation_id: int, given: Lines) -> Done:
    """Say of lines that wait that they are not recharged: the firm bears them."""
    return _each(request, organisation_id, given.lines, deciding.keep_cost, "line_id")


@router.post(f"{_HOME}/follow", response=Done, **_WORKING)
def follow(request: HttpRequest, organisation_id: int, given: Lines) -> Done:
    """Do with lines what is suggested: what was chosen for others like them."""
    return _each(request, organisation_id, given.lines, deciding.follow_choice, "line_id")


@router.post(_HOME + "/{int:recharge_id}/answer", response=RechargeOut, **_WORKING)
def answer(request: HttpRequest, organisation_id: int, recharge_id: int, given: AnswerIn) -> RechargeOut:
    """Say what becomes of a difference to what was billed; it answers the recharge of it, if there is one."""
    place = find_place(request, organisation_id)
    one = find_recharge(place, recharge_id)
    made = deciding.answer(
        place.organisation, recharge_id=one.pk, answer=given.answer, by=who(request), now=place.now
    )
    return _tell(made or find_recharge(place, recharge_id))


@router.post(_HOME + "/{int:recharge_id}/credited", response=RechargeOut, **_WORKING)
def credit_by_hand(request: HttpRequest, organisation_id: int, recharge_id: int) -> RechargeOut:
    """Say that a person gave back in Xero what a recharge below zero gives back."""
    place = find_place(request, organisation_id)
    one = find_recharge(place, recharge_id)
    return _tell(
        deciding.credit_by_hand(place.organisation, recharge_id=one.pk, by=who(request), now=place.now)
    )


@router.post(f"{_HOME}/undo", response=RechargesUndone, **_WORKING)
def undo(request: HttpRequest, organisation_id: int) -> RechargesUndone:
    """Take back the last word of the token's person."""
    place = find_place(request, organisation_id)
    return RechargesUndone(taken_back=deciding.undo_last(place.organisation, by=who(request), now=place.now))


def _each(
    request: HttpRequest, organisation_id: int, ids: list[int], act: Callable[..., object], name: str
) -> Done:
    """Do it with each, all or none."""
    place = find_place(request, organisation_id)
    for one in dict.fromkeys(ids):
        act(place.organisation, by=who(request), now=place.now, **{name: one})
    return Done(done=len(set(ids)))


def find_recharge(place: Where, recharge_id: int) -> Recharge:
    """Return a recharge of the organisation. Raises ApiProblem."""
    found = Recharge.objects.select_related("source").filter(organisation=place.organisation, pk=recharge_id)
    one = found.first()
    if one is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no recharge with this number.")
    return one


def _tell_line(waiting: Waiting) -> RechargedCostOut:
    line = waiting.line
    return RechargedCostOut(
        line_id=line.pk,
        source_id=None,
        day=line.day.isoformat(),
        supplier=line.contact_name,
        number=line.number,
        description=line.description,
        net=write_amount(line.net, line.currency),
        suggestion=waiting.choice.reason if waiting.choice else "",
        is_repriced=False,
        recharges=[],
    )


def tell_source(held: Recharged) -> RechargedCostOut:
    """Return a source with its recharges as it is answered."""
    source = held.source
    return RechargedCostOut(
        line_id=None,
        source_id=source.pk,
        day=source.day.isoformat(),
        supplier=source.contact_name,
        number=source.number,
        description=source.description,
        net=write_amount(source.net, source.currency),
        suggestion="",
        is_repriced=held.is_repriced,
        recharges=[_tell(one, source.currency) for one in held.recharges],
    )


def _tell(one: Recharge, currency: str = "") -> RechargeOut:
    return RechargeOut(
        id=one.pk,
        source_id=one.source_id,
        client_id=one.client_id,
        deal_id=one.deal_id,
        state=one.state,
        cost=write_amount(one.cost, currency or one.source.currency),
        charge=write_optional(one.charge, one.currency),
        asks=one.get_asks_display() if one.asks else "",
        draft_id=one.draft_id,
        invoice_id=one.invoice_id,
    )
