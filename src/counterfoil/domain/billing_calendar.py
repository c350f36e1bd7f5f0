"""
Knows which periods of service an agreement is billed by, and on which day each is billed.

Periods follow each other without a gap and without sharing a day, whatever their anchor: so a day of
service that is billed belongs to one period only. They are calendar days; no zone and no clock enters.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from counterfoil.domain.datekit import Period, add_months


class Every(StrEnum):
    """How long a period of service is."""

    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"

    @property
    def label(self) -> str:
        """What it is called on a page."""
        return _LABELS[self]

    @property
    def per_year(self) -> int:
        """How many there are in a year; a year has 52 weeks."""
        return _PER_YEAR[self]


class Billed(StrEnum):
    """On which day of a period its invoice is dated."""

    IN_ADVANCE = "in_advance"
    IN_ARREARS = "in_arrears"

    @property
    def label(self) -> str:
        """What it is called on a page."""
        return "On its first day" if self is Billed.IN_ADVANCE else "On its last day"


_LABELS = {
    Every.WEEK: "Weekly",
    Every.TWO_WEEKS: "Every two weeks",
    Every.MONTH: "Monthly",
    Every.QUARTER: "Quarterly",
    Every.HALF_YEAR: "Every half year",
    Every.YEAR: "Yearly",
}
_PER_YEAR = {
    Every.WEEK: 52,
    Every.TWO_WEEKS: 26,
    Every.MONTH: 12,
    Every.QUARTER: 4,
    Every.HALF_YEAR: 2,
    Every.YEAR: 1,
}
_DAYS = {Every.WEEK: 7, Every.TWO_WEEKS: 14}
_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}


@dataclass(frozen=True, slots=True)
class BillingCalendar:
    """
    Periods of one length, of which one begins on the anchor.

    An anchor on the 29th, 30th or 31st means the last day of a month that is shorter; the months after it
    keep to the anchor's own day. An anchor on the first of a month gives calendar months.
    """

    every: Every
    anchor: date

    def find_period(self, day: date) -> Period:
        """Return the period that holds the day."""
        number = self._estimate(day)
        while self._start(number) > day:
            number -= 1
        while self._start(number + 1) <= day:
            number += 1
        return Period(self._start(number), self._start(number + 1))

    def list_periods(self, days: Period) -> Iterator[Period]:
        """Yield every period that holds one of these days, in their order."""
        day = days.start
        while day < days.end:
            period = self.find_period(day)
            yield period
            day = period.end

    def _estimate(self, day: date) -> int:
        if self.every in _DAYS:
            return (day - self.anchor).days // _DAYS[self.every]
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        return months // _MONTHS[self.every]

    def _start(self, number: int) -> date:
        if self.every in _DAYS:
            return self.anchor + timedelta(days=_DAYS[self.every] * number)
        return add_months(self.anchor, _MONTHS[self.every] * number)


def get_billing_day(period: Period, billed: Billed) -> date:
    """Return the day on which the period's invoice is dated."""
    return period.start if billed is Billed.IN_ADVANCE else period.last_day


def list_active(period: Period, *, term: Period, pauses: Iterable[Period] = ()) -> tuple[Period, ...]:
    """Return the stretches of a period in which service was given: within the term, and not paused."""
    stretches = _keep_filled([_intersect(period, term)])
    for pause in pauses:
        stretches = _keep_filled(left for stretch in stretches for left in _take_out(stretch, pause))
    return tuple(stretches)


def find_next_period(
    calendar: BillingCalendar, *, since: date, term: Period, pauses: Iterable[Period] = ()
) -> Period | None:
    """Return the period of the first day with service on or after a day, or None when there is none."""
    left = list_active(Period(since, max(since, term.end)), term=term, pauses=pauses)
    return calendar.find_period(left[0].start) if left else None


def count_days(stretches: Iterable[Period]) -> int:
    """Return how many days they hold together."""
    return sum((stretch.end - stretch.start).days for stretch in stretches)


def _intersect(one: Period, other: Period) -> Period:
    start = max(one.start, other.start)
    return Period(start, max(start, min(one.end, other.end)))


def _keep_filled(stretches: Iterable[Period]) -> list[Period]:
    return [stretch for stretch in stretches if stretch.start < stretch.end]


def _take_out(stretch: Period, pause: Period) -> tuple[Period, Period]:
    cut = _intersect(stretch, pause)
    if cut.start >= cut.end:
        return stretch, Period(stretch.end, stretch.end)
    return Period(stretch.start, cut.start), Period(cut.end, stretch.end)
