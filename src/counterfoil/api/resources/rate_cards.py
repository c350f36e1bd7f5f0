"""Rate cards: what an hour of each role is billed at, or costs the firm, and from which day on."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Amount, Currency, Digits, Page, read_digits, write_amount
from counterfoil.features.billing import rating
from counterfoil.features.billing.models import Rate, RateCard
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_READING = needs(Permission.READ, of_firm=True)
_WORKING = needs(Permission.WORK, of_firm=True)
_BillableDay = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]


@dataclass(frozen=True)
class Place:
    """The card after which a page begins."""

    pk: int


class RateOut(Schema):
    """What an hour of a role is worth from a day on; a role without a name is everybody else."""

    id: int
    role: str
    since: str
    amount: Amount


class CardOut(Schema):
    """A rate card with every rate, by role, the latest day first."""

    id: int
    name: str
    kind: str
    currency: str
    is_archived: bool
    rates: list[RateOut]


class CardIn(Schema):
    """A new rate card."""

    name: str = Field(min_length=1, max_length=100, pattern=r"\S")
    kind: RateCard.Kind = RateCard.Kind.BILLED
    currency: Currency


class RateIn(Schema):
    """What an hour of a role is worth from a day on; without a role, of everybody else."""

    role: str = Field(default="", max_length=100)
    since: _BillableDay
    amount: Digits


@router.get("rate-cards", response=Page[CardOut], **_READING)
def list_rate_cards(request: HttpRequest, cursor: str = "") -> dict[str, Any]:
    """List the rate cards with what they say, the oldest first."""
    place = read_cursor(request, Place, cursor)
    cards, last = rating.list_cards(after=place.pk if place else None)
    following = Place(last) if last is not None else None
    return {"data": [_tell(one) for one in cards], "next_cursor": write_cursor(request, following)}


@router.post("rate-cards", response={201: CardOut}, **_WORKING)
def begin_rate_card(request: HttpRequest, given: CardIn) -> Status[CardOut]:
    """Begin a rate card; its rates are set one by one."""
    workspace_id: int = request.membership.workspace_id  # type: ignore[attr-defined]  # set by the middleware
    card = rating.begin_card(workspace_id, **given.dict(), now=timezone.now())
    return Status(201, _tell(card))


@router.get("rate-cards/{int:ratecard_id}", response=CardOut, **_READING)
def show_rate_card(request: HttpRequest, ratecard_id: int) -> CardOut:
    """Show one rate card with every rate."""
    return _tell(_find(ratecard_id))


@router.post("rate-cards/{int:ratecard_id}/rates", response=CardOut, **_WORKING)
def set_rate(request: HttpRequest, ratecard_id: int, given: RateIn) -> CardOut:
    """Set what an hour of a role is worth from a day on; what was billed stays as it is."""
    amount = read_digits(given.amount)
    assert amount is not None
    rating.set_rate(_find(ratecard_id), role=given.role, since=given.since, amount=amount)
    return _tell(_find(ratecard_id))


@router.post("rate-cards/{int:ratecard_id}/rates/{int:rate_id}/remove", response=CardOut, **_WORKING)
def remove_rate(request: HttpRequest, ratecard_id: int, rate_id: int) -> CardOut:
    """Take a rate away; what was billed stays as it is."""
    found = Rate.objects.filter(card=_find(ratecard_id), pk=rate_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This rate card has no rate with this number.")
    rating.drop_rate(found)
    return _tell(_find(ratecard_id))


@router.post("rate-cards/{int:ratecard_id}/archive", response=CardOut, **_WORKING)
def archive_rate_card(request: HttpRequest, ratecard_id: int) -> CardOut:
    """Put a card away that no agreement bills hours by."""
    return _put(_find(ratecard_id), is_archived=True)


@router.post("rate-cards/{int:ratecard_id}/restore", response=CardOut, **_WORKING)
def restore_rate_card(request: HttpRequest, ratecard_id: int) -> CardOut:
    """Take a card out of the archive."""
    return _put(_find(ratecard_id), is_archived=False)


def _put(card: RateCard, *, is_archived: bool) -> CardOut:
    if (card.archived_at is not None) != is_archived:
        rating.archive_card(card, now=timezone.now())
    return _tell(card)


def _find(card_id: int) -> RateCard:
    found = RateCard.objects.filter(pk=card_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no rate card with this number.")
    return found


def _tell(card: RateCard) -> CardOut:
    # Sorted here: what was fetched for a whole page is not asked for again.
    rates = sorted(card.rates.all(), key=lambda one: (one.role, -one.since.toordinal()))
    return CardOut(
        id=card.pk,
        name=card.name,
        kind=card.kind,
        currency=card.currency,
        is_archived=card.archived_at is not None,
        rates=[
            RateOut(
                id=one.pk,
                role=one.role,
                since=one.since.isoformat(),
                amount=write_amount(one.amount, card.currency),
            )
            for one in rates
        ],
    )
