"""
Works out the totals of a document exactly as Xero does, before Xero is asked.

Every step rounds on its own, half a cent away from zero: the unit price to two decimals, or four where
the request asks for four; the line to two; its tax to two; then all are summed. Xero keeps two decimals
in every currency, also in those that are paid in whole units or in thousandths.
Source: Xero developer guide, "Rounding in Xero"; Xero's OpenAPI file, LineItem.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, Overflow
from enum import StrEnum

from counterfoil.domain.money import Money, round_to_cents

LARGEST_AMOUNT = Decimal("9999999999.99")
LARGEST_ROUNDING = Decimal("0.10")
QUANTITY_STEP = Decimal("0.0001")
_ZERO, _HUNDRED = Decimal(0), Decimal(100)

# Exact for a product of two amounts; a result that would not fit raises.
_WIDE = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])


class AmountsAre(StrEnum):
    """How line amounts stand to their tax, in Xero's words (`LineAmountTypes`)."""

    EXCLUSIVE = "Exclusive"
    INCLUSIVE = "Inclusive"
    NO_TAX = "NoTax"

    @property
    def label(self) -> str:
        """What people read."""
        return _LABELS[self]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return every member with its label, as forms and tables want them."""
        return [(member.value, member.label) for member in cls]


_LABELS = {
    AmountsAre.EXCLUSIVE: "Tax comes on top",
    AmountsAre.INCLUSIVE: "Tax is included",
    AmountsAre.NO_TAX: "No tax",
}


@dataclass(frozen=True, slots=True)
class Line:
    """
    What is said of one line; `tax_rate` is the effective rate in percent.

    Without a quantity and a price the line is only words. `tax_amount` stands instead of what the rate
    would make.
    """

    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    tax_rate: Decimal = _ZERO
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tax_amount: Decimal | None = None

    @property
    def is_words(self) -> bool:
        """Say whether the line carries no amount."""
        return self.quantity is None and self.unit_amount is None


@dataclass(frozen=True, slots=True)
class LineTotal:
    """The amount of a line as Xero shows it, and its tax; both with two decimals."""

    amount: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of a document, each with two decimals; `discount` is what all discounts took off."""

    lines: tuple[LineTotal, ...]
    sub_total: Decimal
    tax: Decimal
    rounding: Decimal
    total: Decimal
    discount: Decimal


def compute_line(line: Line, *, amounts_are: AmountsAre, decimals: int = 2) -> LineTotal:
    """Return what Xero makes of one line; `decimals` is 4 where the request says `unitdp=4`, else 2."""
    amount = round_to_cents(_discounted(line, gross_of(line, decimals=decimals)))
    # Adding nothing turns a minus zero into a plain one.
    return LineTotal(amount + _ZERO, _tax_of(line, amount, amounts_are) + _ZERO)


def compute_totals(
    lines: Sequence[Line], *, amounts_are: AmountsAre, decimals: int = 2, rounding: Decimal = _ZERO
) -> Totals:
    """
    Return the totals of a document to the cent; `rounding` is Xero's `RoundingAmount`.

    Raises ValueError for a rounding that Xero would not take: more than ten cents, or less than one.
    """
    if abs(rounding) > LARGEST_ROUNDING or rounding != round_to_cents(rounding):
        raise ValueError("A document is rounded by whole cents, ten at most.")
    made = tuple(compute_line(line, amounts_are=amounts_are, decimals=decimals) for line in lines)
    amount = sum((line.amount for line in made), _ZERO)
    tax = sum((line.tax for line in made), _ZERO)
    net = amount - tax if amounts_are is AmountsAre.INCLUSIVE else amount
    before = sum((round_to_cents(gross_of(line, decimals=decimals)) for line in lines), _ZERO)
    return Totals(
        lines=made,
        sub_total=round_to_cents(net),
        tax=round_to_cents(tax),
        rounding=round_to_cents(rounding),
        total=round_to_cents(net + tax + rounding),
        discount=round_to_cents(before - amount),
    )


def gross_of(line: Line, *, decimals: int) -> Decimal:
    """Return quantity times price before any discount, unrounded; a missing quantity counts as one."""
    if line.is_words:
        return _ZERO
    quantity = Decimal(1) if line.quantity is None else line.quantity
    price = round_price(line.unit_amount or _ZERO, decimals=decimals)
    return _WIDE.multiply(_WIDE.quantize(quantity, QUANTITY_STEP), price)


def round_price(price: Decimal, *, decimals: int) -> Decimal:
    """Return the price as Xero keeps it: with two decimals, or with four where four are asked for."""
    return _WIDE.quantize(price, Decimal(1).scaleb(-decimals))


def has_unpayable_fraction(amount: Decimal, currency: str) -> bool:
    """Say whether the amount has a fraction that the currency does not know, as half a yen."""
    return amount != Money(amount, currency).rounded().amount


def _discounted(line: Line, gross: Decimal) -> Decimal:
    if line.discount_amount:
        return _WIDE.subtract(gross, line.discount_amount)
    if line.discount_rate:
        return _WIDE.divide(_WIDE.multiply(gross, _HUNDRED - line.discount_rate), _HUNDRED)
    return gross


def _tax_of(line: Line, amount: Decimal, amounts_are: AmountsAre) -> Decimal:
    if line.is_words or amounts_are is AmountsAre.NO_TAX:
        return _ZERO
    if line.tax_amount is not None:
        return round_to_cents(line.tax_amount)
    if amounts_are is AmountsAre.EXCLUSIVE:
        return round_to_cents(_WIDE.divide(_WIDE.multiply(amount, line.tax_rate), _HUNDRED))
    if line.tax_rate == -_HUNDRED:
        return _ZERO
    return round_to_cents(_WIDE.divide(_WIDE.multiply(amount, line.tax_rate), _HUNDRED + line.tax_rate))
