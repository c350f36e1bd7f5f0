"""
Splits an amount by weights so that the parts add up to it exactly.

Each part is what all weights up to its own make, rounded, less what all weights before it make, rounded: a
cent that is left over goes to the part in which it is completed, never always to the first or the last.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, InvalidOperation, Overflow
from enum import StrEnum

CENT = Decimal("0.01")
_ZERO = Decimal(0)


class Remainder(StrEnum):
    """Which share gets the units that are left when all are rounded down."""

    LARGEST = "largest"
    FIRST = "first"

    @property
    def label(self) -> str:
        """What it is called on a page."""
        return _REMAINDERS[self]


_REMAINDERS = {
    Remainder.LARGEST: "One each to those that lost most in rounding, the first on a tie",
    Remainder.FIRST: "All to the first",
}

# Wide enough for an amount times a weight, so that only the division is rounded.
_WIDE = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])


class NothingToSplitBy(ValueError):
    """No weight was given, or one that is not above zero."""

    def __init__(self) -> None:
        super().__init__("Every share must be above zero, and there must be one at least.")


def split_amount(amount: Decimal, weights: Sequence[Decimal], *, unit: Decimal = CENT) -> list[Decimal]:
    """
    Return a part of the amount for each weight, in whole units; all of them sum to the amount.

    What an amount has beyond whole units stays with the last part. Raises NothingToSplitBy.
    """
    if not weights or any(not weight.is_finite() or weight <= 0 for weight in weights):
        raise NothingToSplitBy
    whole = sum(weights, _ZERO)
    parts, so_far, given = [], _ZERO, _ZERO
    for weight in weights[:-1]:
        so_far += weight
        up_to = _WIDE.divide(_WIDE.multiply(amount, so_far), whole).quantize(unit, context=_WIDE)
        parts.append(up_to - given)
        given = up_to
    return [*parts, amount - given]


def divide_amount(
    amount: Decimal,
    weights: Sequence[Decimal],
    *,
    unit: Decimal = CENT,
    remainder: Remainder = Remainder.LARGEST,
) -> list[Decimal]:
    """
    Return a part of the amount for each weight, in whole units, by a stated rule; all of them sum to it.

    Every part is rounded towards zero first. What an amount has beyond whole units goes to the first part
    that gets a unit, or to the first. Raises NothingToSplitBy.
    """
    if not weights or any(not weight.is_finite() or weight <= 0 for weight in weights):
        raise NothingToSplitBy
    if amount < 0:
        return [-part for part in divide_amount(-amount, weights, unit=unit, remainder=remainder)]
    whole = sum(weights, _ZERO)
    exact = [_WIDE.divide(_WIDE.multiply(amount, weight), whole) for weight in weights]
    parts = [share.quantize(unit, rounding=ROUND_FLOOR, context=_WIDE) for share in exact]
    left = amount - sum(parts, _ZERO)
    # The sort is stable, so that the first comes first on a tie.
    order = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    if remainder is Remainder.FIRST:
        order = [0]
    units = int(left // unit)
    for place in range(units):
        parts[order[place % len(order)]] += unit
    parts[order[0]] += left - units * unit
    return parts
