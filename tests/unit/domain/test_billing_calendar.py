"""Periods of service: no day is lost or shared, whatever the anchor and the calendar (issue 8)."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.billing_calendar import (
    Billed,
    BillingCalendar,
    Every,
    count_days,
    get_billing_day,
    list_active,
)
from counterfoil.domain.datekit import Period

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
CALENDARS = st.builds(BillingCalendar, st.sampled_from(Every), DAYS)


@st.composite
def periods(draw: st.DrawFn, *, longest: int = 900) -> Period:
    start = draw(DAYS)
    return Period(start, start + timedelta(days=draw(st.integers(0, longest))))


def days_of(*stretches: Period) -> list[date]:
    return [one.start + timedelta(days=n) for one in stretches for n in range((one.end - one.start).days)]


@given(CALENDARS, periods())
def test_every_day_lies_in_exactly_one_period(calendar: BillingCalendar, days: Period) -> None:
    found = list(calendar.list_periods(days))

    assert all(one.end == other.start for one, other in pairwise(found))
    assert set(days_of(days)) <= set(days_of(*found))
    assert all(calendar.find_period(day) in found for day in days_of(days))


@given(CALENDARS, st.sampled_from(Billed), DAYS, st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_runs_one_after_the_other_bill_every_period_once(
    calendar: BillingCalendar, billed: Billed, begin: date, lengths: list[int]
) -> None:
    runs, start = [], begin
    for length in lengths:
        runs.append(Period(start, start + timedelta(days=length)))
        start = runs[-1].end

    def list_billed(run: Period) -> list[Period]:
        return [one for one in calendar.list_periods(run) if get_billing_day(one, billed) in run]

    in_runs = [period for run in runs for period in list_billed(run)]

    assert in_runs == list_billed(Period(begin, start))
    assert all(begin <= get_billing_day(period, billed) < start for period in in_runs)


@given(periods(), periods(), st.lists(periods(longest=90), max_size=4))
def test_service_is_given_on_the_days_of_the_term_that_are_not_paused(
    period: Period, term: Period, pauses: list[Period]
) -> None:
    active = list_active(period, term=term, pauses=pauses)

    paused = {day for pause in pauses for day in days_of(pause)}
    expected = [day for day in days_of(period) if day in term and day not in paused]
    assert days_of(*active) == expected
    assert count_days(active) == len(expected)


def test_many_pauses_one_after_the_other_are_taken_out_one_by_one() -> None:
    year = Period(date(2024, 1, 1), date(2025, 1, 1))
    weeks = list(BillingCalendar(Every.WEEK, year.start).list_periods(year))

    assert list_active(year, term=year, pauses=weeks) == ()
    assert list_active(year, term=year, pauses=weeks[1:]) == (weeks[0],)


@pytest.mark.parametrize(
    ("every", "anchor", "starts"),
    [
        (Every.MONTH, "2024-01-31", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        (Every.MONTH, "2023-01-30", ["2023-01-30", "2023-02-28", "2023-03-30", "2023-04-30"]),
        (Every.QUARTER, "2023-11-30", ["2023-11-30", "2024-02-29", "2024-05-30", "2024-08-30"]),
        (Every.HALF_YEAR, "2023-08-31", ["2023-08-31", "2024-02-29", "2024-08-31", "2025-02-28"]),
        (Every.YEAR, "2024-02-29", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"]),
        (Every.WEEK, "2024-02-26", ["2024-02-26", "2024-03-04", "2024-03-11", "2024-03-18"]),
        (Every.TWO_WEEKS, "2024-02-26", ["2024-02-26", "2024-03-11", "2024-03-25", "2024-04-08"]),
    ],
)
def test_a_month_that_lacks_the_anchors_day_begins_on_its_last(
    every: Every, anchor: str, starts: list[str]
) -> None:
    calendar, day = BillingCalendar(every, date.fromisoformat(anchor)), date.fromisoformat(anchor)

    found = []
    for _ in starts:
        found.append(day.isoformat())
        day = calendar.find_period(day).end

    assert found == starts
