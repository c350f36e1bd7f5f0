"""
Says how much of a recharge came back, from what was received for its invoice.

A client pays an invoice, not its lines: of a part payment each line got the share of the invoice that was
paid, to the cent. What was credited came back from nobody.
"""

from decimal import ROUND_HALF_UP, Decimal


def recover(charge: Decimal, *, received: Decimal, total: Decimal, unit: Decimal) -> Decimal:
    """
    Return how much of a charge, without tax, was received; all of it once the invoice was paid in full.

    `received` and `total` are the invoice's, with tax. Halves of a unit go away from zero.
    """
    if received <= 0:
        return Decimal(0)
    if received >= total:
        return charge
    return (charge * received / total).quantize(unit, rounding=ROUND_HALF_UP)
