"""Keeps an amount together with its currency, exact to the last digit."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Clamped, Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Self

CENT = Decimal("0.01")

# Wide enough for any sum of documents; an operation that would lose a digit raises instead.
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow, Clamped])
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])

# Source: ISO 4217, list one; every currency not named here has two.
_CODES_BY_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_MINOR_UNITS = {code: units for units, codes in _CODES_BY_MINOR_UNITS.items() for code in codes.split()}


class CurrencyMismatch(ValueError):
    """Two currencies met where only one can be."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second} cannot be added: amounts in two currencies have no sum.")


def get_minor_units(currency: str) -> int:
    """Return how many decimals this currency is paid in: 2 for GBP, 0 for JPY, 3 for KWD (ISO 4217)."""
    return _MINOR_UNITS.get(currency, 2)


def list_currencies() -> dict[int, list[str]]:
    """Return the currencies that are not paid in hundredths, by how many decimals they have (ISO 4217)."""
    return {units: codes.split() for units, codes in _CODES_BY_MINOR_UNITS.items()}


def round_to_cents(amount: Decimal) -> Decimal:
    """
    Return the amount with two decimals, half a cent going away from zero.

    Source: Xero developer guide, "Rounding in Xero": line amounts and line taxes have two decimals.
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP, context=_ROUNDING)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency; floats, infinities and unnamed currencies are refused."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        kind = type(self.amount)
        if kind is not Decimal:
            raise TypeError(f"Money is made of a Decimal, not of {kind.__name__}.")
        if not self.amount.is_finite():
            raise ValueError("Money is a finite amount.")
        if re.fullmatch("[A-Z]{3}", self.currency) is None:
            raise ValueError("A currency is named by three capital letters, as in GBP.")

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing at all, in this currency."""
        return cls(Decimal(0), currency)

    @property
    def is_zero(self) -> bool:
        """Say whether there is nothing in it."""
        return not self.amount

    def __add__(self, other: "Money") -> "Money":
        self._must_match(other)
        return Money(_EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._must_match(other)
        return Money(_EXACT.subtract(self.amount, other.amount), self.currency)

    def __neg__(self) -> "Money":
        return Money(_EXACT.minus(self.amount), self.currency)

    def rounded(self) -> "Money":
        """Return the amount in whole minor units of its currency, halves going away from zero."""
        unit = Decimal(1).scaleb(-get_minor_units(self.currency))
        return Money(self.amount.quantize(unit, rounding=ROUND_HALF_UP, context=_ROUNDING), self.currency)

    def _must_match(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)


def sum_by_currency(amounts: Iterable[Money]) -> dict[str, Money]:
    """Return one exact total per currency, in the order in which the currencies first appear."""
    totals: dict[str, Money] = {}
    for money in amounts:
        known = totals.get(money.currency)
        totals[money.currency] = money if known is None else known + money
    return totals
