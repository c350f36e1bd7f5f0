"""Whatever is split adds up to what it was."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.splitting import NothingToSplitBy, split_amount

cents = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2)
weights = st.lists(st.decimals(min_value="0.0001", max_value=100_000, places=4), min_size=1, max_size=20)


@given(cents, weights)
def test_parts_sum_to_the_amount_to_the_cent(amount: Decimal, by: list[Decimal]) -> None:
    parts = split_amount(amount, by)

    assert sum(parts) == amount
    assert len(parts) == len(by)


@given(cents, weights)
def test_no_part_is_a_cent_or_more_from_its_exact_share(amount: Decimal, by: list[Decimal]) -> None:
    exact = [amount * weight / sum(by) for weight in by]

    assert all(
        abs(part - share) <= Decimal("0.01")
        for part, share in zip(split_amount(amount, by), exact, strict=True)
    )


@given(cents, st.integers(min_value=1, max_value=30))
def test_equal_shares_differ_by_a_cent_at_most(amount: Decimal, count: int) -> None:
    parts = split_amount(amount, [Decimal(1)] * count)

    assert max(parts) - min(parts) <= Decimal("0.01")


def test_the_cent_that_is_left_goes_to_the_share_in_which_it_is_completed() -> None:
    assert split_amount(Decimal(100), [Decimal(1)] * 3) == [
        Decimal("33.33"), Decimal("33.34"), Decimal("33.33")
    ]  # fmt: skip


def test_a_yen_is_not_broken() -> None:
    assert split_amount(Decimal(100), [Decimal(1)] * 3, unit=Decimal(1)) == [
        Decimal(33), Decimal(34), Decimal(33)
    ]  # fmt: skip


@pytest.mark.parametrize("by", [[], ["0"], ["1", "-1"], ["NaN"]])
def test_a_share_is_above_zero(by: list[str]) -> None:
    with pytest.raises(NothingToSplitBy):
        split_amount(Decimal(1), [Decimal(weight) for weight in by])
