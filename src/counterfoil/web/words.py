"""Says durations, moments and amounts as people do."""

from datetime import datetime, timedelta

from babel import Locale
from django.utils import timezone

from counterfoil.domain.wording import say_amount, say_language

__all__ = [
    "say_ago",
    "say_amount",
    "say_bytes",
    "say_country",
    "say_day",
    "say_duration",
    "say_language",
    "say_moment",
    "say_time",
]

_ENGLISH = Locale("en", "GB")


def say_duration(duration: timedelta) -> str:
    """Return a length of time to a precision that matters: 45 seconds, 3 minutes, 2 hours, 5 days."""
    seconds = round(duration.total_seconds())
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def say_every(interval: timedelta) -> str:
    """Return how often something comes round: every 15 minutes, every hour, once a day."""
    if interval == timedelta(days=1):
        return "once a day"
    said = say_duration(interval)
    return f"every {said.removeprefix('1 ')}" if said.startswith("1 ") else f"every {said}"


def say_ago(moment: datetime, now: datetime) -> str:
    """Return how long ago a moment was."""
    passed = now - moment
    if passed < timedelta(seconds=45):
        return "just now"
    if passed > timedelta(days=30):
        return say_day(moment)
    return f"{say_duration(passed)} ago"


def say_day(moment: datetime) -> str:
    """Return the calendar day of a moment in the time zone in view, as in 14 Nov 2026."""
    return f"{timezone.localtime(moment):%-d %b %Y}"


def say_moment(moment: datetime) -> str:
    """Return a moment to the minute, with its time zone."""
    local = timezone.localtime(moment)
    return f"{local:%-d %b %Y, %H:%M} {local.tzname() or ''}".strip()


def say_time(moment: datetime, now: datetime) -> str:
    """Return the time of day, with the day in front when it is not today."""
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%-d %b, %H:%M}"


def say_bytes(count: int) -> str:
    """Return a number of bytes in the unit that fits."""
    if count < 1000:
        return f"{count} B"
    size = float(count)
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 1000:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


def say_country(code: str) -> str:
    """Name the country of a code; a code that is none stands for itself."""
    return str(_ENGLISH.territories.get(code, code))
