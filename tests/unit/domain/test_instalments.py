"""How far an invoice that is paid in parts has come (F31 to F33, K10)."""

from datetime import date
from decimal import Decimal

import pytest

from counterfoil.domain.instalments import SettledBy, Settlement, number_instalments, say_progress


def paid(amount: str, day: int = 1, xero_id: str = "p") -> Settlement:
    return Settlement(SettledBy.PAYMENT, date(2026, 11, day), Decimal(amount), "", xero_id)


def say(total: str, *amounts: str) -> str:
    due = Decimal(total) - sum((Decimal(amount) for amount in amounts), Decimal(0))
    parts = number_instalments([paid(amount, day) for day, amount in enumerate(amounts, start=1)])
    return say_progress(parts, total=Decimal(total), amount_due=due)


def test_instalments_are_numbered_by_date_and_then_by_id() -> None:
    settlements = [paid("3", 9, "b"), paid("2", 9, "a"), paid("1", 2, "z")]

    numbered = number_instalments(settlements)

    assert [(each.number, each.settlement.amount) for each in numbered] == [
        (1, Decimal(1)),
        (2, Decimal(2)),
        (3, Decimal(3)),
    ]


@pytest.mark.parametrize(
    ("total", "amounts", "said"),
    [
        ("3450.00", ["1150.00"], "1 of 3 paid"),
        ("3450.00", ["1150.00", "1150.00"], "2 of 3 paid"),
        ("3450.00", ["1150.00", "1150.00", "1150.00"], "Paid in 3 parts"),
        ("3450.00", ["1000.00"], "1 payment, 28% paid"),
        ("3450.00", ["1150.00", "300.00"], "2 payments, 42% paid"),
        ("100.00", ["99.99"], "1 payment, 99% paid"),
        ("100.00", ["100.00"], ""),
        ("100.00", [], ""),
    ],
)
def test_progress_says_only_what_the_payments_give_away(total: str, amounts: list[str], said: str) -> None:
    assert say(total, *amounts) == said
