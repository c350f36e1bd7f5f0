"""Earnings add up, and their rate says what it says."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.margins import Earnings, Found

amounts = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2)
earnings = st.builds(Earnings, amounts, amounts, amounts, amounts)


@given(st.lists(earnings))
def test_the_margin_of_the_total_is_the_total_of_the_margins(all_of: list[Earnings]) -> None:
    total = Earnings.total(all_of)

    assert total.margin == sum(one.margin for one in all_of)
    assert total == sum(all_of, Earnings())


@given(earnings)
def test_a_rate_is_never_more_than_the_margin_can_be(one: Earnings) -> None:
    if one.rate is None:
        assert one.invoiced <= 0
    else:
        assert abs(one.rate * one.invoiced / 100 - one.margin) <= one.invoiced * Decimal("0.0005")


@given(amounts, amounts, amounts)
def test_what_was_found_is_what_became_of_it(
    attributed: Decimal, overhead: Decimal, waiting: Decimal
) -> None:
    assert Found(attributed, overhead, waiting).all == attributed + overhead + waiting


def test_a_loss_has_a_negative_rate_and_no_revenue_has_none() -> None:
    assert Earnings(invoiced=Decimal(200), costs=Decimal(250), time=Decimal(50)).rate == Decimal("-50.0")
    assert Earnings(costs=Decimal(250)).rate is None
