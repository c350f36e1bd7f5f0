"""Knows days and time zones: which zone Xero means, which day it is there, and periods."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

from babel.core import get_global

_UTC = ZoneInfo("UTC")

# Windows still has these two and Xero still offers them; the Unicode table has dropped them.
_RETIRED = {"KAMCHATKASTANDARDTIME": "Asia/Kamchatka", "MIDATLANTICSTANDARDTIME": "Etc/GMT+2"}


class UnknownTimezone(ValueError):
    """Xero named a time zone that is in no table."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Xero names the time zone {name!r}, which is not known here.")
        self.name = name


@cache
def zone_of(xero_timezone: str) -> ZoneInfo:
    """
    Return the zone that Xero's `Organisation.Timezone` names.

    Xero writes Windows zone names in capitals without spaces and dots, as in NEWZEALANDSTANDARDTIME; the
    Unicode Windows table says which place each stands for. Raises `UnknownTimezone`.
    Source: Xero's OpenAPI file, schema TimeZone.
    """
    place = _places().get(_squeeze(xero_timezone))
    if place is None:
        raise UnknownTimezone(xero_timezone)
    return ZoneInfo(place)


def find_zone(xero_timezone: str | None) -> ZoneInfo:
    """Return the zone that Xero names; UTC before anybody knows it, and for a name that is in no table."""
    try:
        return zone_of(xero_timezone) if xero_timezone else _UTC
    except UnknownTimezone:
        return _UTC


def today_in(zone: ZoneInfo, now: datetime) -> date:
    """Return the calendar day in the zone at this instant; raises ValueError for a time without a zone."""
    if now.tzinfo is None:
        raise ValueError("The time has no zone, so nobody knows which day it is.")
    return now.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to, not including, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("A period ends on or after the day it starts.")

    @classmethod
    def month(cls, year: int, month: int) -> Self:
        """Return one calendar month."""
        following = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
        return cls(date(year, month, 1), following)

    @property
    def last_day(self) -> date:
        """Return the last day inside; raises ValueError when the period is empty."""
        if self.start == self.end:
            raise ValueError("An empty period has no last day.")
        return self.end - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of a month that does not have it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def list_year(today: date) -> Period:
    """Return the last twelve months, with the one that today lies in."""
    this = today.replace(day=1)
    return Period(add_months(this, -11), add_months(this, 1))


@cache
def _places() -> Mapping[str, str]:
    mapping = get_global("windows_zone_mapping")
    return {_squeeze(name): place for name, place in mapping.items()} | _RETIRED


def _squeeze(name: str) -> str:
    # "UTC-02" is written UTC02 by Xero, "Central Standard Time (Mexico)" keeps or loses its brackets.
    return re.sub(r"[^A-Z0-9]", "", name.upper())
