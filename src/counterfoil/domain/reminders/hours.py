"""When a message may reach somebody: within the hours of their country's pack, wherever they may be."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from counterfoil.domain.reminders.packs import Pack

_LOOKS_AHEAD = timedelta(days=21)


def is_open(pack: Pack, zones: Sequence[ZoneInfo], moment: datetime) -> bool:
    """
    Say whether a message may arrive now.

    A number that can belong to several zones has to be within the hours in every one of them: nobody in Perth
    is woken because the number might be in Sydney. Raises ValueError without a zone.
    """
    if not zones:
        raise ValueError("Without a zone nobody knows what time it is there.")
    return all(_is_open_in(pack, zone, moment) for zone in zones)


def find_opening(
    pack: Pack, zones: Sequence[ZoneInfo], now: datetime, *, until: datetime | None = None
) -> datetime | None:
    """
    Return the first moment from now on at which a message may arrive, or None where there is none.

    It is looked for up to `until`, and three weeks at most.
    """
    if is_open(pack, zones, now):
        return now
    latest = min(until or now + _LOOKS_AHEAD, now + _LOOKS_AHEAD)
    for moment in sorted(_list_openings(pack, zones, now, latest)):
        if is_open(pack, zones, moment):
            return moment
    return None


def is_holiday(pack: Pack, day: date) -> bool:
    """Say whether the day is a public holiday in the whole country, or one that the firm added."""
    return day in pack.extra_holidays or day in _national_holidays(pack.country, day.year)


def _is_open_in(pack: Pack, zone: ZoneInfo, moment: datetime) -> bool:
    there = _look_there(moment, zone)
    hours = pack.hours[there.weekday()]
    if hours is None or not hours.opens <= there.time() < hours.closes:
        return False
    return pack.on_holidays or not is_holiday(pack, there.date())


@lru_cache(maxsize=1000)
def _look_there(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clocks show there; of fifty thousand messages at one moment most ask the same."""
    return moment.astimezone(zone)


def _list_openings(pack: Pack, zones: Sequence[ZoneInfo], now: datetime, latest: datetime) -> set[datetime]:
    """Return every moment at which the hours begin in one of the zones: only then can a window open."""
    openings = set()
    for zone in zones:
        day = now.astimezone(zone).date()
        for number in range((latest - now).days + 2):
            on = day + timedelta(days=number)
            hours = pack.hours[on.weekday()]
            if hours is not None:
                openings.add(datetime.combine(on, hours.opens, tzinfo=zone).astimezone(UTC))
    return {moment for moment in openings if now < moment <= latest}


@lru_cache(maxsize=500)
def _national_holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:  # how the library says that it does not know a country
        return frozenset()
