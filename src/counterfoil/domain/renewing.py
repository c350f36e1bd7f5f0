"""
Reads from the days of past documents when the next one is to be expected, and whether it is late.

A rhythm is seen when the latest documents came at about equal distances: so many weeks, months or years
apart. Nothing is learnt and nothing is weighed: what is said can be counted by hand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from counterfoil.domain.datekit import add_months


class Renews(StrEnum):
    """How often a supplier bills."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True)
class _Beat:
    """How many days apart two documents are, how many distances show it, and how late one may be."""

    least: int
    most: int
    needed: int
    grace: int
    months: int


# The shortest first: what comes every week is not every month.
_BEATS = {
    Renews.WEEK: _Beat(6, 8, 4, 3, 0),
    Renews.MONTH: _Beat(25, 36, 2, 7, 1),
    Renews.QUARTER: _Beat(80, 103, 2, 14, 3),
    Renews.YEAR: _Beat(345, 385, 1, 21, 12),
}


@dataclass(frozen=True)
class Rhythm:
    """How often documents come: `count` of them in a row since `since`, the last on `last`."""

    every: Renews
    count: int
    since: date
    last: date

    @property
    def next_day(self) -> date:
        """About when the next one is to be expected."""
        months = _BEATS[self.every].months
        return add_months(self.last, months) if months else self.last + timedelta(days=7)

    def is_late(self, today: date) -> bool:
        """Say whether it should have come by now."""
        return today > self.next_day + timedelta(days=_BEATS[self.every].grace)

    def is_over(self, today: date) -> bool:
        """Say whether so many were missed that it seems to have ended."""
        return today > self.next_day + timedelta(days=2 * _BEATS[self.every].most)


def find_rhythm(days: Iterable[date]) -> Rhythm | None:
    """Return the rhythm of the latest documents, if there is one; several of one day count as one."""
    seen = sorted(set(days))
    for every, beat in _BEATS.items():
        count = _count_beats(seen, beat)
        if count >= beat.needed:
            return Rhythm(every, count + 1, seen[-count - 1], seen[-1])
    return None


def _count_beats(days: Sequence[date], beat: _Beat) -> int:
    """Return how many distances at the end are those of the beat."""
    count = 0
    while count < len(days) - 1:
        distance = (days[-count - 1] - days[-count - 2]).days
        if not beat.least <= distance <= beat.most:
            break
        count += 1
    return count
