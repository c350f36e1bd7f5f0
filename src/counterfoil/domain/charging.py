"""
Works out what a period of service costs: by the day where it is not whole, at the price of each day.

Amounts are rounded so that the parts of a period add up to the period: each part is what all service up to
its end costs, rounded, less what all service up to its beginning costs, rounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from counterfoil.domain.billing_calendar import count_days, list_active
from counterfoil.domain.datekit import Period
from counterfoil.domain.money import Money

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Price:
    """What a whole period costs from a day on, until the next price begins."""

    since: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """One stretch of service at one price: `price` is that of the whole period, `amount` the stretch's."""

    days: Period
    of_days: int
    price: Decimal
    amount: Money

    @property
    def is_whole(self) -> bool:
        """Say whether the stretch is the whole period."""
        return (self.days.end - self.days.start).days == self.of_days


class NoPrice(ValueError):
    """Service was given on days for which no price is known."""

    def __init__(self, days: Period) -> None:
        super().__init__(f"There is no price for {days.start.isoformat()} to {days.last_day.isoformat()}.")
        self.days = days


def list_charges(
    period: Period,
    *,
    active: Iterable[Period],
    prices: Sequence[Price],
    currency: str,
    billed: Iterable[Period] = (),
) -> tuple[Charge, ...]:
    """
    Return what is still to be billed of a period, a charge for each stretch at one price, in order of days.

    `active` are the stretches with service, `billed` what was billed of them. All charges of a period, billed
    ones included, add up to its cost by the day, rounded once. Raises NoPrice.
    """
    edges = sorted(billed, key=lambda one: one.start)
    of_days = (period.end - period.start).days
    steps = sorted(prices, key=lambda price: price.since)
    charges, so_far = [], _NOTHING
    for stretch in _cut(active, [*(step.since for step in steps), *_list_edges(edges)]):
        price = _find_price(steps, stretch)
        before, so_far = so_far, so_far + price * (stretch.end - stretch.start).days
        if any(stretch.start in one for one in edges):
            continue
        amount = _round(so_far / of_days, currency) - _round(before / of_days, currency)
        charges.append(Charge(stretch, of_days, price, amount))
    return tuple(charges)


def list_whole_charges(
    period: Period,
    *,
    active: Sequence[Period],
    prices: Sequence[Price],
    currency: str,
    billed: Iterable[Period] = (),
) -> tuple[Charge, ...]:
    """
    Return the one charge of a period that is never split: its price on the first day of service.

    Nothing is left to bill once a day of it was billed. Raises NoPrice.
    """
    if not active or count_days(active) > count_days(
        rest for one in active for rest in list_active(one, term=one, pauses=billed)
    ):
        return ()
    days = Period(active[0].start, active[-1].end)
    price = _find_price(sorted(prices, key=lambda one: one.since), active[0])
    return (Charge(days, (days.end - days.start).days, price, _round(price, currency)),)


def share_of_days(
    amount: Money, service: Period, days: Period, *, discount_rate: Decimal | None = None
) -> Money:
    """
    Return what some days of a service come to, less its discount, rounded to what the currency is paid in.

    Every day costs alike. The parts of a service add up to it, however it is cut.
    """
    paid = amount.amount * (1 - (discount_rate or _NOTHING) / 100)
    of_days = (service.end - service.start).days
    before, up_to = (
        _round(paid * (day - service.start).days / of_days, amount.currency) for day in (days.start, days.end)
    )
    return up_to - before


def _cut(stretches: Iterable[Period], edges: Iterable[date]) -> Iterable[Period]:
    places = sorted(set(edges))
    for stretch in stretches:
        start = stretch.start
        for place in places:
            if start < place < stretch.end:
                yield Period(start, place)
                start = place
        yield Period(start, stretch.end)


def _list_edges(stretches: Iterable[Period]) -> Iterable[date]:
    for stretch in stretches:
        yield stretch.start
        yield stretch.end


def _find_price(steps: Sequence[Price], stretch: Period) -> Decimal:
    for step in reversed(steps):
        if step.since <= stretch.start:
            return step.amount
    raise NoPrice(stretch)


def _round(amount: Decimal, currency: str) -> Money:
    return Money(amount, currency).rounded()
