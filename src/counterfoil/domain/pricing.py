"""
Makes a charge of a cost: converts it, adds what was agreed, and rounds so that nothing is lost or made.

Shares that are priced alike are priced together: their charges sum to what the whole cost is charged, and a
unit that is left over goes by the stated rule of `splitting`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, Overflow

from counterfoil.domain.money import get_minor_units
from counterfoil.domain.splitting import Remainder, divide_amount

_ZERO = Decimal(0)
_ONE = Decimal(1)
_HUNDRED = Decimal(100)
_RATE_UNIT = Decimal("0.0000000001")
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])


@dataclass(frozen=True, slots=True)
class Pricing:
    """
    How a cost becomes a charge in `currency`; the fee is for each share, and a credit bears none.

    `rate` is how many of the cost's currency are one of the charge's; None where both are the same.
    """

    currency: str
    rate: Decimal | None = None
    markup_rate: Decimal = _ZERO
    fee: Decimal = _ZERO
    round_to: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment of a document, in the document's currency, at the rate of its day."""

    amount: Decimal
    rate: Decimal


def get_unit(currency: str) -> Decimal:
    """Return the smallest amount of a currency: 0.01 for GBP, 1 for JPY."""
    return _ONE.scaleb(-get_minor_units(currency))


def find_paid_rate(payments: Iterable[Paid]) -> Decimal | None:
    """Return the one rate at which several payments come to what was paid; None without a payment."""
    made = [one for one in payments if one.amount > 0 and one.rate > 0]
    if not made:
        return None
    paid = sum((one.amount for one in made), _ZERO)
    worth = sum((_WIDE.divide(one.amount, one.rate) for one in made), _ZERO)
    return _WIDE.divide(paid, worth).quantize(_RATE_UNIT, context=_WIDE)


def charge_shares(
    costs: Sequence[Decimal], pricing: Pricing, *, remainder: Remainder = Remainder.LARGEST
) -> list[Decimal]:
    """
    Return the charges of shares that are priced alike; before fees they sum to what the sum is charged.

    With `round_to` each is rounded by itself, and what that adds or takes is the firm's.
    """
    unit = get_unit(pricing.currency)
    if pricing.round_to is not None:
        marked = [_round(_mark_up(cost, pricing), max(pricing.round_to, unit)) for cost in costs]
    else:
        marked = _charge_together(costs, pricing, unit, remainder)
    fee = _round(pricing.fee, unit)
    return [charge + (fee if cost > 0 else _ZERO) for charge, cost in zip(marked, costs, strict=True)]


def _charge_together(
    costs: Sequence[Decimal], pricing: Pricing, unit: Decimal, remainder: Remainder
) -> list[Decimal]:
    whole = sum(costs, _ZERO)
    total = _round(_mark_up(whole, pricing), unit)
    bearing = [place for place, cost in enumerate(costs) if cost]
    charges = [_ZERO] * len(costs)
    if bearing:
        weights = [abs(costs[place]) for place in bearing]
        parts = divide_amount(total, weights, unit=unit, remainder=remainder)
        for place, part in zip(bearing, parts, strict=True):
            charges[place] = part
    return charges


def _mark_up(cost: Decimal, pricing: Pricing) -> Decimal:
    marked = _WIDE.multiply(cost, _WIDE.add(_ONE, _WIDE.divide(pricing.markup_rate, _HUNDRED)))
    return marked if pricing.rate is None else _WIDE.divide(marked, pricing.rate)


def _round(amount: Decimal, unit: Decimal) -> Decimal:
    steps = _WIDE.divide(amount, unit).quantize(_ONE, context=_WIDE)
    return _WIDE.multiply(steps, unit)
