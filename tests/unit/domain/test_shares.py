"""Parts of what was billed add up to it, and a next period is found without looking at those between."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.billing_calendar import BillingCalendar, Every, find_next_period, list_active
from counterfoil.domain.charging import share_of_days
from counterfoil.domain.datekit import Period
from counterfoil.domain.money import Money

DAYS = st.dates(date(2019, 1, 1), date(2031, 12, 31))
PAUSES = st.lists(
    st.tuples(DAYS, st.integers(1, 400)).map(lambda one: Period(one[0], one[0] + timedelta(days=one[1]))),
    max_size=4,
)


@given(
    amount=st.decimals(-10_000, 10_000, places=4),
    start=DAYS,
    length=st.integers(1, 400),
    cuts=st.lists(st.integers(0, 400), max_size=5),
    discount=st.none() | st.decimals(0, 100, places=2),
    currency=st.sampled_from(["GBP", "JPY", "KWD"]),
)
def test_the_parts_of_a_service_add_up_to_it_however_it_is_cut(
    amount: Decimal, start: date, length: int, cuts: list[int], discount: Decimal | None, currency: str
) -> None:
    service = Period(start, start + timedelta(days=length))
    edges = sorted({start, service.end, *(start + timedelta(days=min(cut, length)) for cut in cuts)})
    whole = share_of_days(Money(amount, currency), service, service, discount_rate=discount)

    parts = [
        share_of_days(Money(amount, currency), service, Period(one, other), discount_rate=discount)
        for one, other in pairwise(edges)
    ]

    assert sum(parts, Money.zero(currency)) == whole


@given(
    every=st.sampled_from(Every),
    anchor=DAYS,
    since=DAYS,
    term=st.tuples(DAYS, DAYS).map(lambda one: Period(min(one), max(one))),
    pauses=PAUSES,
)
def test_the_next_period_is_the_first_with_service(
    every: Every, anchor: date, since: date, term: Period, pauses: list[Period]
) -> None:
    calendar = BillingCalendar(every, anchor)

    found = find_next_period(calendar, since=since, term=term, pauses=pauses)

    left = Period(max(since, term.start), max(since, term.end))
    with_service = (one for one in calendar.list_periods(left) if list_active(one, term=left, pauses=pauses))
    assert found == next(with_service, None)


def test_a_year_has_as_many_periods_as_people_count() -> None:
    assert [every.per_year for every in Every] == [52, 26, 12, 4, 2, 1]
