"""Reads the ways in which Xero writes dates, and writes the one that it wants back."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from counterfoil.xero.errors import AnswerNotUnderstood

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = re.compile(r"/Date\((-?[0-9]{1,15})([+-][0-9]{4})?\)/")
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def parse_instant(text: str) -> datetime:
    """
    Return the moment, in UTC, exact to the millisecond (to the microsecond in ISO form).

    Xero writes `/Date(1552326816230+0000)/`, milliseconds since 1970 and negative before it, where the zone
    is only decoration; connections and some samples have ISO forms without a zone, which are UTC. Raises
    `AnswerNotUnderstood`. Source: Xero developer guide, "Requests and Responses", dates.
    """
    return _parse(text, what="a time that is not written in any way Xero documents")[0]


def parse_calendar_date(text: str) -> date:
    """
    Return the day that a person sees in Xero, as on an invoice.

    Xero writes it as midnight UTC of the organisation's own day, so it is read in UTC and never moved into
    a time zone. Raises `AnswerNotUnderstood`. Source: Xero developer guide, "Requests and Responses", dates.
    """
    return _parse(text, what="a date that is not written in any way Xero documents")[1]


def format_modified_since(moment: datetime) -> str:
    """
    Return the value for `If-Modified-Since`: UTC, cut to whole seconds, as in `2009-11-12T00:00:00`.

    Raises ValueError for a time without a zone.
    Source: Xero developer guide, "Requests and Responses", retrieving updated resources.
    """
    if moment.tzinfo is None:
        raise ValueError("The time has no zone, so Xero cannot be told it.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")


def _parse(text: str, *, what: str) -> tuple[datetime, date]:
    try:
        if match := _MILLISECONDS.fullmatch(text):
            moment = _EPOCH + timedelta(milliseconds=int(match[1]))
            return moment, moment.date()
        if match := _ISO.fullmatch(text):
            return _parse_iso(match)
    except (OverflowError, ValueError):
        pass
    raise AnswerNotUnderstood(what)


def _parse_iso(match: re.Match[str]) -> tuple[datetime, date]:
    day, hour, minute, second, fraction, zone = match.groups()
    written = date.fromisoformat(day)
    moment = datetime(
        written.year,
        written.month,
        written.day,
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        int((fraction or "0")[:6].ljust(6, "0")),
        tzinfo=_read_zone(zone),
    )
    return moment.astimezone(UTC), written


def _read_zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
