"""Recharges billed on invoices of their own: what would be billed, and billing it just as it was seen."""

from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from counterfoil.api.entry import find_place, needs
from counterfoil.api.resources.agreements import who
from counterfoil.api.shapes import Amount, Digits, Id, write_amount
from counterfoil.features.recharging.billing import Bill, bill_now, list_billable, plan_bills, preview_bills
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_HOME = "organisations/{int:organisation_id}/recharges"
_MOST = 100  # so many invoices are shown at once


class ToBill(Schema):
    """One recharge on a bill, and what it comes to."""

    recharge_id: int
    charge: str


class BillOut(Schema):
    """What one client would be billed in one currency."""

    client_id: int
    recharges: list[ToBill]
    amount: Amount = Field(description="Before tax")
    can_go: bool
    problems: list[str]


class BillsOut(Schema):
    """What would be billed, and how many more bills there are."""

    bills: list[BillOut]
    more: int


class SeenIn(Schema):
    """One recharge as it was seen."""

    recharge_id: Id
    charge: Digits


class BillIn(Schema):
    """What is billed; what comes to something else by now is not."""

    recharges: Annotated[list[SeenIn], Field(min_length=1, max_length=2000)]


class RefusedOut(Schema):
    """A draft that was not sent, and why."""

    draft_id: int
    sentence: str


class Billed(Schema):
    """Which drafts were made, which writes are in the outbox, and what was not sent."""

    drafts: list[int]
    operations: list[int]
    refused: list[RefusedOut]


@router.get(f"{_HOME}/bills", response=BillsOut, **needs(Permission.READ, of_firm=True))
def list_bills(request: HttpRequest, organisation_id: int) -> BillsOut:
    """Show what would be billed now, one bill for each client and currency."""
    place = find_place(request, organisation_id)
    plan = plan_bills(place.organisation, list_billable(place.organisation), now=place.now)
    shown = plan[:_MOST]
    bills = [
        _tell(one, prepared.can_go if prepared else False, prepared.not_two_way if prepared else "")
        for one, prepared in zip(shown, preview_bills(shown), strict=True)
    ]
    return BillsOut(bills=bills, more=len(plan) - len(shown))


@router.post(f"{_HOME}/bill", response=Billed, **needs(Permission.WORK, of_firm=True))
def bill(request: HttpRequest, organisation_id: int, given: BillIn) -> Billed:
    """Bill recharges as they were seen: each is on one draft only, which goes to the outbox."""
    place = find_place(request, organisation_id)
    seen = {one.recharge_id: Decimal(one.charge) for one in given.recharges}
    made = bill_now(place.organisation, seen, by=who(request), now=place.now)
    return Billed(
        drafts=[one.pk for one in made.drafts],
        operations=[one.pk for one in made.pushed.operations],
        refused=[RefusedOut(draft_id=draft.pk, sentence=said) for draft, said in made.pushed.refused],
    )


def _tell(one: Bill, can_go: bool, not_two_way: str) -> BillOut:
    problems = [said for said in (one.problem, not_two_way) if said]
    return BillOut(
        client_id=one.client.pk,
        recharges=[ToBill(recharge_id=row.pk, charge=str(row.charge)) for row in one.recharges],
        amount=write_amount(one.amount, one.currency),
        can_go=can_go,
        problems=problems,
    )
