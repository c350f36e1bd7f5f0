"""What a cost that is billed on comes to, and that nothing is lost or made on the way (R9)."""

from decimal import Decimal
from itertools import starmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.money import get_minor_units
from counterfoil.domain.pricing import Paid, Pricing, charge_shares, find_paid_rate, get_unit
from counterfoil.domain.splitting import NothingToSplitBy, Remainder, divide_amount

CURRENCIES = st.sampled_from(["NZD", "USD", "JPY", "KWD"])  # two, two, none and three decimals
WEIGHTS = st.lists(
    st.decimals(min_value="0.0001", max_value="9999", places=4, allow_nan=False), min_size=1, max_size=12
)
UNITS = st.integers(min_value=-10_000_000, max_value=10_000_000)
RATES = st.one_of(st.none(), st.decimals(min_value="0.0001", max_value="200", places=6, allow_nan=False))
MARKUPS = st.decimals(min_value=0, max_value=300, places=4, allow_nan=False)
REMAINDERS = st.sampled_from(Remainder)


def amount_of(units: int, currency: str) -> Decimal:
    return Decimal(units).scaleb(-get_minor_units(currency))


@given(units=UNITS, weights=WEIGHTS, currency=CURRENCIES, remainder=REMAINDERS)
def test_splits_sum_to_the_document_in_whole_units_and_differ_from_the_exact_by_little(
    units: int, weights: list[Decimal], currency: str, remainder: Remainder
) -> None:
    amount, unit = amount_of(units, currency), get_unit(currency)

    parts = divide_amount(amount, weights, unit=unit, remainder=remainder)

    assert sum(parts) == amount
    assert all(part == part.quantize(unit) for part in parts)
    if remainder is Remainder.LARGEST:
        exact = [amount * weight / sum(weights) for weight in weights]
        assert all(abs(part - share) < unit for part, share in zip(parts, exact, strict=True))


@given(
    units=UNITS,
    weights=WEIGHTS,
    currency=CURRENCIES,
    charged_in=CURRENCIES,
    rate=RATES,
    markup_rate=MARKUPS,
    remainder=REMAINDERS,
)
def test_charges_of_a_split_sum_to_what_the_whole_document_is_charged(
    units: int,
    weights: list[Decimal],
    currency: str,
    charged_in: str,
    rate: Decimal | None,
    markup_rate: Decimal,
    remainder: Remainder,
) -> None:
    amount = amount_of(units, currency)
    costs = divide_amount(amount, weights, unit=get_unit(currency), remainder=remainder)
    pricing = Pricing(charged_in, rate, markup_rate)

    charges = charge_shares(costs, pricing, remainder=remainder)

    assert sum(charges) == charge_shares([amount], pricing)[0]
    assert all(charge == charge.quantize(get_unit(charged_in)) for charge in charges)


@given(units=UNITS, weights=WEIGHTS, currency=CURRENCIES, remainder=REMAINDERS)
def test_what_is_passed_on_at_cost_is_charged_to_the_cent(
    units: int, weights: list[Decimal], currency: str, remainder: Remainder
) -> None:
    amount = amount_of(units, currency)
    costs = divide_amount(amount, weights, unit=get_unit(currency), remainder=remainder)

    assert charge_shares(costs, Pricing(currency), remainder=remainder) == costs


def test_a_bill_is_split_marked_up_and_charged_as_this_statement_says() -> None:
    #  100.00 USD over 3 seats, 2 seats and 1 seat          49.99 would lose a cent somewhere
    costs = divide_amount(Decimal("100.00"), [Decimal(3), Decimal(2), Decimal(1)])
    assert costs == [Decimal("50.00"), Decimal("33.33"), Decimal("16.67")]

    #  at 0.60 USD for 1 NZD and 10 % on top: 183.33 NZD in all, and 2.50 for each
    pricing = Pricing("NZD", Decimal("0.6"), Decimal(10), Decimal("2.50"))
    assert charge_shares(costs, pricing) == [Decimal("94.17"), Decimal("63.60"), Decimal("33.06")]


@pytest.mark.parametrize(
    ("remainder", "parts"),
    [
        (Remainder.LARGEST, ["3.34", "3.33", "3.33"]),  # all lose the same: the first on a tie
        (Remainder.FIRST, ["3.34", "3.33", "3.33"]),
    ],
)
def test_a_cent_that_is_left_over_goes_by_the_stated_rule(remainder: Remainder, parts: list[str]) -> None:
    made = divide_amount(Decimal("10.00"), [Decimal(1)] * 3, remainder=remainder)

    assert made == list(map(Decimal, parts))


def test_the_share_that_lost_most_gets_the_cent_and_not_the_first() -> None:
    assert divide_amount(Decimal("0.10"), [Decimal(1), Decimal(2)]) == [Decimal("0.03"), Decimal("0.07")]
    assert divide_amount(Decimal("0.10"), [Decimal(1), Decimal(2)], remainder=Remainder.FIRST) == [
        Decimal("0.04"),
        Decimal("0.06"),
    ]


def test_a_credit_is_split_as_what_it_credits_was() -> None:
    weights = [Decimal(1), Decimal(1), Decimal(1)]

    assert divide_amount(Decimal("-10.00"), weights) == [
        -part for part in divide_amount(Decimal("10.00"), weights)
    ]
    assert charge_shares([Decimal("-10.00")], Pricing("NZD", fee=Decimal(5))) == [Decimal("-10.00")]


@pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal(1), Decimal(-1)], [Decimal("NaN")]])
def test_a_share_of_nothing_is_refused(weights: list[Decimal]) -> None:
    with pytest.raises(NothingToSplitBy):
        divide_amount(Decimal(1), weights)


def test_rounding_to_whole_fives_rounds_each_charge_by_itself() -> None:
    pricing = Pricing("NZD", round_to=Decimal(5))

    assert charge_shares([Decimal("12.40"), Decimal("12.50")], pricing) == [Decimal(10), Decimal(15)]


def test_the_paid_rate_is_what_all_payments_together_came_to() -> None:
    #  60 USD at 0.60 = 100 NZD, 40 USD at 0.50 = 80 NZD: 100 USD were 180 NZD
    rate = find_paid_rate(starmap(Paid, [(Decimal(60), Decimal("0.6")), (Decimal(40), Decimal("0.5"))]))

    assert rate == Decimal("0.5555555556")
    assert charge_shares([Decimal(100)], Pricing("NZD", rate)) == [Decimal("180.00")]
    assert find_paid_rate([]) is None
