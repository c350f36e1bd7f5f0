"""
Splits an amount by weights so that the parts add up to it exactly.

Each part is what all weights up to its own make, rounded, less what all weights before it make, rounded: a
cent that is left over goes to the part in which it is completed, never always to the first or the last.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, Overflow

CENT = Decimal("0.01")
_ZERO = Decimal(0)

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
