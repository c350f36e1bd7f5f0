"""Knows when an invoice falls due: Xero's payment terms, applied to the day of the invoice."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class TermKind(StrEnum):
    """
    How the days of payment terms are counted, in Xero's words.

    Source: Xero's OpenAPI file, PaymentTermType.
    """

    AFTER_DATE = "DAYSAFTERBILLDATE"
    AFTER_MONTH = "DAYSAFTERBILLMONTH"
    OF_THIS_MONTH = "OFCURRENTMONTH"
    OF_NEXT_MONTH = "OFFOLLOWINGMONTH"


@dataclass(frozen=True, slots=True)
class Terms:
    """Payment terms: so many days after, or such a day of a month."""

    kind: TermKind
    day: int


def due_on(day: date, terms: Terms) -> date:
    """
    Return the day on which an invoice of this day falls due.

    A day that the month does not have is its last one. The 20th of this month, for an invoice of the
    25th, has passed; the day itself then stands.
    """
    match terms.kind:
        case TermKind.AFTER_DATE:
            return day + timedelta(days=terms.day)
        case TermKind.AFTER_MONTH:
            return _day_of(day.year, day.month, 31) + timedelta(days=terms.day)
        case TermKind.OF_THIS_MONTH:
            return max(day, _day_of(day.year, day.month, terms.day))
        case TermKind.OF_NEXT_MONTH:
            year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
            return _day_of(year, month, terms.day)


def _day_of(year: int, month: int, day: int) -> date:
    return date(year, month, max(1, min(day, monthrange(year, month)[1])))
