"""Reads how many calls Xero still allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from counterfoil.xero.errors import Limit
from counterfoil.xero.wire.headers import get_header, get_whole_number

# No window of Xero is longer than a day, so no stated wait can be either.
_LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LimitsLeft:
    """Calls left this minute, today, and this minute for the whole app; None where Xero did not say."""

    minute: int | None = None
    day: int | None = None
    app_minute: int | None = None


def read_limits(headers: Mapping[str, str]) -> LimitsLeft:
    """
    Return the calls left as an answer's headers state them.

    Successful answers state all three; some refusals state only the last or none.
    Source: Xero developer guide, "OAuth 2.0 API limits".
    """
    return LimitsLeft(
        minute=get_whole_number(headers, "x-minlimit-remaining"),
        day=get_whole_number(headers, "x-daylimit-remaining"),
        app_minute=get_whole_number(headers, "x-appminlimit-remaining"),
    )


def read_retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """
    Return how long Xero asks to be left alone, at most a day; None when it does not say.

    Xero sends whole seconds with the minute and day limits, and nothing with the limit of five at once.
    Source: Xero developer guide, "OAuth 2.0 API limits".
    """
    seconds = get_whole_number(headers, "retry-after")
    return None if seconds is None else min(timedelta(seconds=seconds), _LONGEST_WAIT)


def read_limit_reached(headers: Mapping[str, str]) -> Limit:
    """
    Return which limit a 429 is about.

    `X-Rate-Limit-Problem` names it; the app's own limit is seen written in two ways. Without that header the
    wait tells: none means too many at once, over a minute means the day.
    Source: Xero developer guide, "OAuth 2.0 API limits", and recorded answers.
    """
    problem = (get_header(headers, "x-rate-limit-problem") or "").lower().replace("-", "")
    if problem.startswith("app"):
        return Limit.APP
    if problem in (Limit.MINUTE, Limit.DAY, Limit.CONCURRENT):
        return Limit(problem)
    wait = read_retry_after(headers)
    if wait is None:
        return Limit.CONCURRENT
    return Limit.MINUTE if wait <= timedelta(minutes=1) else Limit.DAY
