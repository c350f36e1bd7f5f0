"""Line amounts, tax and rounding."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_sandbox.books.money import (
    Totals,
    divide_away,
    from_cents,
    line_cents,
    sum_lines,
    tax_cents,
    to_cents,
)

cents = st.integers(-10_000_000, 10_000_000)


def exact(value: Decimal) -> int:
    return int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))


def test_tax_is_rounded_by_line_as_in_the_rounding_guide() -> None:
    """25.06 + 25.61 + 25.63 at 15 %: 3.76 + 3.84 + 3.84 = 11.44, total 87.74 (FACTS 7.2)."""
    amounts = [2506, 2561, 2563]

    taxes = [tax_cents(amount_cents=amount, rate_units=1500, amounts="Exclusive") for amount in amounts]
    totals = sum_lines(zip(amounts, taxes, strict=True), amounts="Exclusive")

    assert taxes == [376, 384, 384]
    assert totals == Totals(sub_total=7630, tax=1144, total=8774)


@given(amount=cents, rate=st.integers(0, 10_000))
def test_exclusive_tax_equals_the_decimal_rule(amount: int, rate: int) -> None:
    wanted = exact(Decimal(amount) / 100 * Decimal(rate) / 10_000)

    assert tax_cents(amount_cents=amount, rate_units=rate, amounts="Exclusive") == wanted


@given(amount=cents, rate=st.integers(0, 10_000))
def test_inclusive_tax_and_net_make_the_amount(amount: int, rate: int) -> None:
    tax = tax_cents(amount_cents=amount, rate_units=rate, amounts="Inclusive")

    totals = sum_lines([(amount, tax)], amounts="Inclusive")

    assert totals == Totals(sub_total=amount - tax, tax=tax, total=amount)
    assert abs(tax * (10_000 + rate) - amount * rate) * 2 <= 10_000 + rate


@given(amount=cents)
def test_cents_survive_the_json_number(amount: int) -> None:
    assert to_cents(from_cents(amount)) == amount


@given(quantity=st.integers(-1_000_000, 1_000_000), unit=cents)
def test_line_amount_equals_the_decimal_rule(quantity: int, unit: int) -> None:
    wanted = exact(Decimal(quantity) / 10_000 * Decimal(unit) / 100)

    assert line_cents(quantity_units=quantity, unit_cents=unit) == wanted


@pytest.mark.parametrize(("numerator", "wanted"), [(5, 1), (-5, -1), (4, 0), (-4, 0), (15, 2), (-15, -2)])
def test_half_a_cent_goes_away_from_zero(numerator: int, wanted: int) -> None:
    assert divide_away(numerator, 10) == wanted


@pytest.mark.parametrize(("text", "wanted"), [("1.005", 101), (0.1, 10), ("-2.345", -235), (7, 700)])
def test_amounts_with_more_decimals_are_rounded(text: float | str, wanted: int) -> None:
    assert to_cents(text) == wanted
