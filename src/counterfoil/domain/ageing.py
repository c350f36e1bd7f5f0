"""Sorts what is owed by how long it is overdue, as accountants do."""

from datetime import date, timedelta
from enum import StrEnum


class Age(StrEnum):
    """How long something is overdue, in the order of a report."""

    CURRENT = "Current"
    TO_30 = "1–30 days"
    TO_60 = "31–60 days"
    TO_90 = "61–90 days"
    OVER_90 = "Over 90 days"

    @property
    def short(self) -> str:
        """The age for the head of a column, in days."""
        return "90+" if self is Age.OVER_90 else self.value.removesuffix(" days")


# From and to how many days past the due date; the last has no end.
_DAYS_PAST: dict[Age, tuple[int, int | None]] = {
    Age.TO_30: (1, 30),
    Age.TO_60: (31, 60),
    Age.TO_90: (61, 90),
    Age.OVER_90: (91, None),
}


def find_due_days(age: Age, today: date) -> tuple[date | None, date | None]:
    """
    Return the first and the last due date of an age; None where it has no end.

    What is due today is current (K6), and so is what has no due date at all.
    """
    if age is Age.CURRENT:
        return today, None
    least, most = _DAYS_PAST[age]
    return None if most is None else today - timedelta(days=most), today - timedelta(days=least)
