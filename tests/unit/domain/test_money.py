"""Money stays exact, keeps its currency and rounds as Xero does."""

from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.money import CurrencyMismatch, Money, get_minor_units, round_to_cents, sum_by_currency

AMOUNTS = st.decimals(min_value="-9999999999.9999", max_value="9999999999.9999", places=4)


def test_sum_by_currency_never_adds_two_currencies() -> None:
    amounts = [
        Money(Decimal(text), currency) for text, currency in [("10.10", "GBP"), ("5", "JPY"), ("0.20", "GBP")]
    ]

    totals = sum_by_currency(amounts)

    assert totals == {"GBP": Money(Decimal("10.30"), "GBP"), "JPY": Money(Decimal(5), "JPY")}


def test_adding_two_currencies_is_refused_in_words() -> None:
    with pytest.raises(CurrencyMismatch) as refused:
        Money(Decimal(1), "GBP") + Money(Decimal(1), "EUR")

    assert str(refused.value) == "GBP and EUR cannot be added: amounts in two currencies have no sum."


def test_line_taxes_are_rounded_line_by_line_as_in_the_rounding_guide_of_xero() -> None:
    #   25.06 at 15 % =  3.759  ->  3.76
    #   25.61 at 15 % =  3.8415 ->  3.84
    #   25.63 at 15 % =  3.8445 ->  3.84
    #   76.30                      11.44     total 87.74, not 87.75
    lines = [Decimal("25.06"), Decimal("25.61"), Decimal("25.63")]

    taxes = [round_to_cents(line * Decimal("0.15")) for line in lines]

    assert taxes == [Decimal("3.76"), Decimal("3.84"), Decimal("3.84")]
    assert sum(lines) + sum(taxes) == Decimal("87.74")


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("1E+3", "1000.00")],
)
def test_half_a_cent_goes_away_from_zero(amount: str, rounded: str) -> None:
    assert str(round_to_cents(Decimal(amount))) == rounded


@pytest.mark.parametrize(
    ("currency", "rounded"), [("GBP", "1234.57"), ("JPY", "1235"), ("KWD", "1234.568"), ("CLF", "1234.5678")]
)
def test_money_rounds_to_the_minor_units_of_its_currency(currency: str, rounded: str) -> None:
    assert str(Money(Decimal("1234.56780"), currency).rounded().amount) == rounded


def test_minor_units_are_two_for_a_currency_without_its_own_rule() -> None:
    assert {code: get_minor_units(code) for code in ("GBP", "AUD", "JPY", "KWD")} == {
        "GBP": 2,
        "AUD": 2,
        "JPY": 0,
        "KWD": 3,
    }


@pytest.mark.parametrize("amount", [1.1, 1, True, "1.10"])
def test_money_refuses_anything_but_a_decimal(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(cast(Decimal, amount), "GBP")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_money_refuses_what_is_not_an_amount(amount: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        Money(Decimal(amount), "GBP")


@pytest.mark.parametrize("currency", ["", "gbp", "GB", "POUND", "£££", "G1P"])
def test_money_refuses_a_currency_without_three_capitals(currency: str) -> None:
    with pytest.raises(ValueError, match="three capital letters"):
        Money(Decimal(1), currency)


@given(st.lists(AMOUNTS, max_size=50))
def test_sums_are_exact_in_any_order(amounts: list[Decimal]) -> None:
    forwards = sum_by_currency(Money(amount, "GBP") for amount in amounts)
    backwards = sum_by_currency(Money(amount, "GBP") for amount in reversed(amounts))
    in_units = sum(int(amount.scaleb(4)) for amount in amounts)

    assert forwards == backwards
    assert [int(total.amount.scaleb(4)) for total in forwards.values()] == ([in_units] if amounts else [])


@given(AMOUNTS)
def test_rounding_moves_an_amount_by_half_a_cent_at_most_and_settles(amount: Decimal) -> None:
    rounded = round_to_cents(amount)

    assert abs(rounded - amount) <= Decimal("0.005")
    assert round_to_cents(rounded) == rounded
    assert round_to_cents(-amount) == -rounded


@given(AMOUNTS, AMOUNTS)
def test_subtracting_undoes_adding(first: Decimal, second: Decimal) -> None:
    a, b = Money(first, "AUD"), Money(second, "AUD")

    assert a + b - b == a
    assert (a - a).is_zero
    assert a + -a == Money.zero("AUD")
