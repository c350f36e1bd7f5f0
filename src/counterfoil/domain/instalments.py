"""Tells how far an invoice that is paid in parts has come (F31 to F33, K10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class SettledBy(StrEnum):
    """What covered a part of an invoice."""

    PAYMENT = "Payment"
    CREDIT_NOTE = "Credit note"
    PREPAYMENT = "Prepayment"
    OVERPAYMENT = "Overpayment"


@dataclass(frozen=True)
class Settlement:
    """One part of an invoice that was covered: by what, when, how much, and Xero's reference."""

    by: SettledBy
    day: date | None
    amount: Decimal
    reference: str
    xero_id: str


@dataclass(frozen=True)
class Instalment:
    """A settlement with its number: the ordinal by date, because Xero numbers none (K10)."""

    number: int
    settlement: Settlement


def number_instalments(settlements: Sequence[Settlement]) -> list[Instalment]:
    """Return the settlements by date, numbered from one; those of a day keep Xero's order of ids."""
    in_order = sorted(settlements, key=lambda each: (each.day or date.min, each.xero_id))
    return [Instalment(number, settlement) for number, settlement in enumerate(in_order, start=1)]


def say_progress(instalments: Sequence[Instalment], *, total: Decimal, amount_due: Decimal) -> str:
    """
    Return how far the invoice is, as in "2 of 3 paid", or "" when nothing was paid in parts.

    Xero knows no plan of instalments. Only equal parts that divide the total exactly give away how
    many there will be; otherwise the number of payments and the share are all that can be said.
    """
    if not instalments:
        return ""
    count = len(instalments)
    if amount_due <= 0:
        return "" if count == 1 else f"Paid in {count} parts"
    amounts = {each.settlement.amount for each in instalments}
    if len(amounts) == 1 and (part := amounts.pop()) > 0 and total % part == 0:
        return f"{count} of {int(total / part)} paid"
    share = int((total - amount_due) * 100 / total) if total else 0
    word = "payment" if all(each.settlement.by is SettledBy.PAYMENT for each in instalments) else "part"
    return f"{count} {word}{'s' if count > 1 else ''}, {share}% paid"
