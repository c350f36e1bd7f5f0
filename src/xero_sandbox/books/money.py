"""Money as whole cents: line amounts, tax by line, and totals (FACTS 7.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

LineAmountTypes = Literal["Exclusive", "Inclusive", "NoTax"]

QUANTITY_UNITS = 10_000
RATE_UNITS = 10_000


def to_cents(amount: float | int | str | Decimal) -> int:
    """Return an amount with two decimals as whole cents, half a cent away from zero."""
    if isinstance(amount, float):
        near = round(amount * 100)
        if near / 100 == amount:  # The usual case, and much faster than going through text.
            return near
    return int((Decimal(str(amount)) * 100).to_integral_value(ROUND_HALF_UP))


def from_cents(cents: int) -> float:
    """Return cents as the number that JSON carries; exact in print up to fifteen digits."""
    return cents / 100


def divide_away(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero, the rule assumed in FACTS 13."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    quotient, rest = divmod(abs(numerator), abs(denominator))
    return sign * (quotient + (2 * rest >= abs(denominator)))


def line_cents(*, quantity_units: int, unit_cents: int) -> int:
    """Return quantity times unit amount; the quantity counts ten-thousandths."""
    return divide_away(quantity_units * unit_cents, QUANTITY_UNITS)


def tax_cents(*, amount_cents: int, rate_units: int, amounts: LineAmountTypes) -> int:
    """Return the tax of one line; the rate counts hundredths of a percent (20 % is 2,000)."""
    if amounts == "NoTax":
        return 0
    if amounts == "Inclusive":
        return divide_away(amount_cents * rate_units, RATE_UNITS + rate_units)
    return divide_away(amount_cents * rate_units, RATE_UNITS)


@dataclass(frozen=True)
class Totals:
    """SubTotal, TotalTax and Total of a document, in cents."""

    sub_total: int
    tax: int
    total: int


def sum_lines(lines: Iterable[tuple[int, int]], *, amounts: LineAmountTypes) -> Totals:
    """Return the totals of (amount, tax) pairs; inclusive amounts hold their tax already."""
    amount = tax = 0
    for line_amount, line_tax in lines:
        amount += line_amount
        tax += line_tax
    if amounts == "Inclusive":
        return Totals(sub_total=amount - tax, tax=tax, total=amount)
    return Totals(sub_total=amount, tax=tax, total=amount + tax)


def to_base_cents(cents: int, currency_rate: float) -> int:
    """Return document cents in the organisation's base currency; the rate is foreign per base."""
    return cents if currency_rate == 1 else round(cents / currency_rate)
