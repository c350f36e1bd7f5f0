"""Xero's two date forms, and the three shapes of If-Modified-Since (FACTS 5.2, 6.3)."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

DAY_MS = 86_400_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MS_DATE = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")


def to_ms(day: date) -> int:
    """Return midnight UTC of a calendar day, in milliseconds."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY_MS


def to_day(ms: int) -> date:
    """Return the calendar day that `ms` falls on in UTC."""
    return date.fromordinal(_EPOCH_ORDINAL + ms // DAY_MS)


def render_ms(ms: int) -> str:
    """Return `/Date(1539993600000+0000)/`."""
    return f"/Date({ms}+0000)/"


def render_day(day: date) -> str:
    """Return a calendar day as Xero's date."""
    return render_ms(to_ms(day))


def render_day_string(day: date) -> str:
    """Return the companion form, `2009-05-27T00:00:00`."""
    return f"{day.isoformat()}T00:00:00"


def render_iso_ms(ms: int) -> str:
    """Return the form of `UpdatedDateUTCString`, `2019-03-05T18:59:06.123Z`."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def render_seven_decimals(ms: int) -> str:
    """Return the form of /connections, `2019-07-09T23:40:30.1833130`, UTC without a zone."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}0000"


def parse_ms(text: str) -> int:
    """Return the milliseconds in `/Date(ms+0000)/`, or raise ValueError."""
    found = _MS_DATE.match(text)
    if found is None:
        raise ValueError(text)
    return int(found.group(1))


def parse_day(text: str) -> date:
    """Return the day in `2026-01-31`, an ISO date-time or `/Date(ms)/`, or raise ValueError."""
    if text.startswith("/Date("):
        return to_day(parse_ms(text))
    if len(text) == 10:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    # A date-time with an offset is moved to UTC and keeps only its date (calcinai/xero-php#177).
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def parse_modified_since(text: str) -> int | None:
    """
    Return If-Modified-Since in milliseconds, cut to whole seconds; None when it cannot be read.

    Three shapes are in use: `2009-11-12T00:00:00`, full ISO with offset, and RFC 1123. Source: FACTS 6.3.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000
