"""Costs: whose each is, and what people say about it."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.clients import find_active_client, find_deal
from counterfoil.api.shapes import Amount, Digits, Id, Page, read_digits, write_amount, write_optional
from counterfoil.features.spending import deciding
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.models import Line, Part
from counterfoil.features.spending.queue import Place, View, list_costs, select_costs
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_HOME = "organisations/{int:organisation_id}/costs"
# Who pays is a client of the firm, whose name and number the answer tells.
_READING = needs(Permission.READ, of_firm=True)
_WORKING = needs(Permission.WORK, of_firm=True)


class Asked(Schema):
    """Which list is asked for, the newest first."""

    view: View = View.OPEN
    search: str = Field(default="", max_length=200)
    cursor: str = ""


class PartOut(Schema):
    """A part of a cost, and whose it is."""

    client_id: int | None
    deal_id: int | None
    standing: str
    amount: Amount


class CostOut(Schema):
    """A line of a document that is a cost, net of tax."""

    line_id: int
    day: str
    supplier: str
    number: str
    description: str
    account_code: str
    net: Amount
    amount: Amount | None = Field(description="In the organisation's currency; null while no rate is known")
    standing: str
    why: str
    rule_id: int | None
    has_changed: bool = Field(description="Since somebody decided about it")
    is_skipped: bool
    parts: list[PartOut]


class CostShareIn(Schema):
    """A client's share of a cost: its weight among all shares."""

    client_id: Id
    deal_id: Id | None = None
    weight: Digits = "1"


class SharesIn(Schema):
    """Whose a cost is."""

    shares: Annotated[list[CostShareIn], Field(min_length=1, max_length=200)]


class CostsUndone(Schema):
    """What was taken back."""

    act: str


@router.get(_HOME, response=Page[CostOut], **_READING)
def list_all_costs(request: HttpRequest, organisation_id: int, asked: Query[Asked]) -> dict[str, Any]:
    """List costs: unattributed, left for later, changed since, or decided."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, asked.cursor)
    page = list_costs(place.organisation, view=asked.view, search=asked.search, after=after)
    rows = [_tell(place, one.line, one.parts) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.get(_HOME + "/{int:line_id}", response=CostOut, **_READING)
def show_cost(request: HttpRequest, organisation_id: int, line_id: int) -> CostOut:
    """Show one cost, and whose it is."""
    return _show(find_place(request, organisation_id), line_id)


@router.post(_HOME + "/{int:line_id}/attribute", response=CostOut, **_WORKING)
def attribute(request: HttpRequest, organisation_id: int, line_id: int, given: SharesIn) -> CostOut:
    """Give a cost to one client, or split it over several by their shares."""
    place, shares = find_place(request, organisation_id), read_shares(given.shares)
    _show(place, line_id)
    said: dict[str, Any] = {"line_id": line_id, "by": who(request), "now": place.now}
    deciding.attribute_cost(place.organisation, shares=shares, **said)
    return _show(place, line_id)


@router.post(_HOME + "/{int:line_id}/overhead", response=CostOut, **_WORKING)
def call_overhead(request: HttpRequest, organisation_id: int, line_id: int) -> CostOut:
    """Say that a cost is nobody's in particular."""
    return _say(request, organisation_id, line_id, deciding.call_overhead)


@router.post(_HOME + "/{int:line_id}/skip", response=CostOut, **_WORKING)
def skip(request: HttpRequest, organisation_id: int, line_id: int) -> CostOut:
    """Leave a cost for later: it stays unattributed, and out of the way."""
    return _say(request, organisation_id, line_id, deciding.skip_cost)


@router.post(_HOME + "/{int:line_id}/confirm", response=CostOut, **_WORKING)
def confirm(request: HttpRequest, organisation_id: int, line_id: int) -> CostOut:
    """Say the same once more about a cost that changed since."""
    return _say(request, organisation_id, line_id, deciding.confirm_cost)


@router.post(f"{_HOME}/undo", response=CostsUndone, **_WORKING)
def undo(request: HttpRequest, organisation_id: int) -> CostsUndone:
    """Take back the last word of the token's person."""
    place = find_place(request, organisation_id)
    return CostsUndone(act=deciding.undo_last(place.organisation, by=who(request), now=place.now).act)


def read_shares(given: Sequence[CostShareIn]) -> list[Shared]:
    """Return shares as they are kept. Raises ApiProblem for a client that is none, or a share of nothing."""
    shares = []
    for number, one in enumerate(given):
        weight = read_digits(one.weight)
        if not weight or weight < 0:
            where = f"shares/{number}/weight"
            raise ApiProblem(
                Problem.NOT_VALID, errors=[{"where": where, "what": "A share is more than nothing."}]
            )
        client = find_active_client(one.client_id)
        deal = find_deal(one.deal_id, client)
        shares.append(Shared(client.pk, deal.pk if deal else None, weight))
    return shares


def _say(request: HttpRequest, organisation_id: int, line_id: int, act: Callable[..., Any]) -> CostOut:
    place = find_place(request, organisation_id)
    _show(place, line_id)
    act(place.organisation, line_id=line_id, by=who(request), now=place.now)
    return _show(place, line_id)


def _show(place: Where, line_id: int) -> CostOut:
    found = select_costs(place.organisation).filter(pk=line_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no cost with this number.")
    return _tell(place, found, list(found.parts.order_by("pk")))


def _tell(place: Where, line: Line, parts: Sequence[Part]) -> CostOut:
    return CostOut(
        line_id=line.pk,
        day=line.day.isoformat(),
        supplier=line.contact_name,
        number=line.number,
        description=line.description,
        account_code=line.account_code,
        net=write_amount(line.net, line.currency),
        amount=write_optional(line.amount, place.base_currency),
        standing=line.standing,
        why=line.why,
        rule_id=line.rule_id,
        has_changed=line.has_changed,
        is_skipped=line.is_skipped,
        parts=[
            PartOut(
                client_id=one.client_id,
                deal_id=one.deal_id,
                standing=one.standing,
                amount=write_amount(one.amount, place.base_currency),
            )
            for one in parts
        ],
    )
