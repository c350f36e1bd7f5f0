"""What a period costs: by the day, each day once, and the parts add up to the whole (issue 8)."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.billing_calendar import BillingCalendar, Every, list_active
from counterfoil.domain.charging import Charge, NoPrice, Price, list_charges, list_whole_charges
from counterfoil.domain.datekit import Period
from counterfoil.domain.money import Money, get_minor_units, sum_by_currency

LONG_AGO = date(2000, 1, 1)
AMOUNTS = st.decimals(0, 100_000, places=4)
CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD"])


def period(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def amounts(charges: Iterable[Charge]) -> list[str]:
    return [str(charge.amount.amount) for charge in charges]


JUNE = period("2024-06-01", "2024-07-01")


@st.composite
def stretches(draw: st.DrawFn, within: Period, *, most: int = 3) -> list[Period]:
    found = []
    for _ in range(draw(st.integers(0, most))):
        start = draw(st.dates(within.start, within.last_day))
        found.append(Period(start, start + timedelta(days=draw(st.integers(1, 40)))))
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[Period, list[Period], list[Price], str]:
    calendar = BillingCalendar(
        draw(st.sampled_from(Every)), draw(st.dates(date(2019, 1, 1), date(2029, 1, 1)))
    )
    whole = calendar.find_period(draw(st.dates(date(2019, 1, 1), date(2029, 1, 1))))
    prices = [Price(LONG_AGO, draw(AMOUNTS))]
    prices += [
        Price(draw(st.dates(whole.start, whole.last_day)), draw(AMOUNTS))
        for _ in range(draw(st.integers(0, 2)))
    ]
    pauses = draw(stretches(whole))
    return whole, pauses, prices, draw(CURRENCIES)


@given(cases())
def test_the_parts_of_a_period_add_up_to_its_cost_by_the_day(
    case: tuple[Period, list[Period], list[Price], str],
) -> None:
    whole, pauses, prices, currency = case
    active = list_active(whole, term=whole, pauses=pauses)

    charges = list_charges(whole, active=active, prices=prices, currency=currency)

    exact, days = Decimal(0), (whole.end - whole.start).days
    for stretch in active:
        for number in range((stretch.end - stretch.start).days):
            day = stretch.start + timedelta(days=number)
            exact += price_on(prices, day)
    total = sum_by_currency(charge.amount for charge in charges).get(currency, Money.zero(currency))
    assert total.amount == Money(exact / days, currency).rounded().amount
    unit = Decimal(1).scaleb(-get_minor_units(currency))
    for charge in charges:
        length = (charge.days.end - charge.days.start).days
        assert abs(charge.amount.amount - charge.price * length / days) <= unit


def price_on(prices: list[Price], day: date) -> Decimal:
    steps = sorted(prices, key=lambda price: price.since)
    return [price.amount for price in steps if price.since <= day][-1]


@given(cases(), st.data())
def test_what_was_billed_is_never_billed_again_and_the_rest_completes_it(
    case: tuple[Period, list[Period], list[Price], str], data: st.DataObject
) -> None:
    whole, pauses, prices, currency = case
    active = list_active(whole, term=whole, pauses=pauses)
    every = list_charges(whole, active=active, prices=prices, currency=currency)
    cut = data.draw(st.dates(whole.start, whole.end))
    first = list_charges(
        whole, active=list_active(whole, term=Period(LONG_AGO, cut)), prices=prices, currency=currency
    )
    billed = [Period(whole.start, cut)] if cut > whole.start else []

    rest = list_charges(whole, active=active, prices=prices, currency=currency, billed=billed)

    assert all(charge.days.start >= cut for charge in rest)
    if not pauses:
        both = sum_by_currency([charge.amount for charge in (*first, *rest)])
        assert both == sum_by_currency([charge.amount for charge in every])
    done = [charge.days for charge in every]
    assert list_charges(whole, active=active, prices=prices, currency=currency, billed=done) == ()


def test_a_whole_month_costs_its_price() -> None:
    [charge] = list_charges(JUNE, active=[JUNE], prices=[Price(LONG_AGO, Decimal("333.33"))], currency="GBP")

    assert charge.is_whole
    assert charge.amount == Money(Decimal("333.33"), "GBP")


def test_a_price_that_changes_within_the_month_is_charged_by_the_day() -> None:
    prices = [Price(LONG_AGO, Decimal(100)), Price(date(2024, 6, 11), Decimal(200))]

    charges = list_charges(JUNE, active=[JUNE], prices=prices, currency="GBP")

    #  10 days at 100.00 of 30:  33.33
    #  20 days at 200.00 of 30: 133.34, for both together are 166.67
    assert amounts(charges) == ["33.33", "133.34"]


def test_a_leap_february_loses_no_day() -> None:
    february = period("2024-02-01", "2024-03-01")
    from_20th = list_active(february, term=period("2024-02-20", "9999-12-31"))

    [charge] = list_charges(
        february, active=from_20th, prices=[Price(LONG_AGO, Decimal(290))], currency="GBP"
    )

    assert charge.of_days == 29
    assert amounts((charge,)) == ["100.00"]


def test_a_fee_that_is_never_split_is_charged_once_at_its_first_days_price() -> None:
    prices = [Price(LONG_AGO, Decimal(50)), Price(date(2024, 6, 25), Decimal(60))]
    active = list_active(JUNE, term=period("2024-06-20", "9999-12-31"))

    [charge] = list_whole_charges(JUNE, active=active, prices=prices, currency="GBP")
    again = list_whole_charges(JUNE, active=active, prices=prices, currency="GBP", billed=[charge.days])

    assert (charge.amount, charge.is_whole) == (Money(Decimal("50.00"), "GBP"), True)
    assert again == ()


def test_service_without_a_price_is_told() -> None:
    with pytest.raises(NoPrice, match=r"There is no price for 2024-06-01 to 2024-06-10\."):
        list_charges(JUNE, active=[JUNE], prices=[Price(date(2024, 6, 11), Decimal(1))], currency="GBP")
