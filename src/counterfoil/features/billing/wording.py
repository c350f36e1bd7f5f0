"""What invoices say about the days they bill, and the fields that texts of agreements may hold."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from babel.dates import format_date, format_interval

from counterfoil.domain.charging import Charge
from counterfoil.domain.datekit import Period
from counterfoil.features.billing.models import Agreement

_LOCALE = "en_GB"

FIELDS: Mapping[str, str] = {
    "month": "the month in which the period begins, as in June 2026",
    "period": "the days of the period, as in 1–30 Jun 2026",
    "quarter": "the quarter in which it begins, as in Q2 2026",
    "year": "the year in which it begins",
    "po": "the purchase order number of the agreement",
    "client": "the client’s name",
    "agreement": "the agreement’s name",
}
"""The fields of an agreement's texts, and what each stands for."""


def list_values(agreement: Agreement, period: Period) -> dict[str, str]:
    """Return what each field stands for in one period of an agreement; empty where there is nothing."""
    start = period.start
    return {
        "month": _say_month(start),
        "period": say_days(period),
        "quarter": f"Q{(start.month + 2) // 3} {start.year}",
        "year": str(start.year),
        "po": agreement.po_number,
        "client": agreement.client.name,
        "agreement": agreement.name,
    }


@cache
def _say_month(day: date) -> str:
    return format_date(day, "MMMM y", locale=_LOCALE)


@cache
def say_days(period: Period) -> str:
    """Return a stretch of days as people write it, as in 1–30 Jun 2026."""
    first, last = period.start, period.last_day
    if first == last:
        return say_day(first)
    return format_interval(first, last, skeleton="yMMMd", locale=_LOCALE).replace("\N{THIN SPACE}", " ")


def say_day(day: date) -> str:
    """Return a day as people write it, as in 1 June 2026."""
    return format_date(day, "d MMMM y", locale=_LOCALE)


def describe_part(charge: Charge) -> str:
    """Return what is said behind a fee for part of a period, or nothing for a whole one."""
    if charge.is_whole:
        return ""
    days = (charge.days.end - charge.days.start).days
    return f" ({days} of {charge.of_days} days, {say_days(charge.days)})"
