"""
The rule for when a call to one organisation may start: pure, so that any store can keep its state.

Xero counts 60 calls a minute in fixed windows whose beginning nobody is told, 5 calls at once, a number a
day, and 10,000 a minute for the app. A call may start only while the calls that ended within the last
minute and those still under way are fewer than 60. Xero counts a call somewhere between its start and its
end, so every call of one window is, when the last of them starts, either under way or ended less than a
minute ago: wherever the window lies, it never sees a 61st.

While an answer says that 60 calls or more are left this minute, the limit of 60 is not in force, as in the
first half hour of a new connection ("Rapid Sync" of the larger plans); then what Xero says is left counts.

The app's minute is counted for all organisations together, in slices of a few seconds: so many calls are
too many to remember one by one.

Source: Xero developer guide, "OAuth 2.0 API limits".
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from counterfoil.xero.errors import Limit, XeroBusy
from counterfoil.xero.plans import find_day_limit
from counterfoil.xero.wire.limits import LimitsLeft

CALLS_A_MINUTE = 60
CALLS_AT_ONCE = 5
APP_CALLS_A_MINUTE = 10_000

# A minute, and a little for clocks of several machines that do not agree to the last digit.
WINDOW = timedelta(seconds=61)

# A call under way for longer was lost with its process: `transport.DEADLINE_S` is two minutes.
LOST_AFTER = timedelta(minutes=4)

# How soon to look again when all five places are taken; a keeper that is told sooner need not wait for it.
PLACE_POLL = timedelta(milliseconds=100)

# How soon to ask again when the day's rest is kept for more urgent calls, or Xero gave no time.
DAY_RECHECK = timedelta(hours=1)

# How long the highest limit that was seen holds: a plan may become smaller, and every new day shows it again.
_DAY_LIMIT_HOLDS = timedelta(days=3)

# The app's calls are counted by slices of this length, each until it and the call's way to Xero have passed.
_SLICE_S = 5
_SLICES = 60 // _SLICE_S + 2

# What Xero says is left for the app is worth sharing between organisations only when it is little.
APP_LEFT_IS_LITTLE = 2_000

_LONGEST_BACK_OFF = timedelta(minutes=1)
_NOTHING = timedelta(0)


class Priority(IntEnum):
    """Who a call is for; the smaller number goes first."""

    PERSON = 0
    PUSH = 1
    WEBHOOK = 2
    DELTA = 3
    SWEEP = 4
    BACKFILL = 5


@dataclass(frozen=True, slots=True)
class Reserve:
    """How many calls a priority leaves untouched for those before it."""

    minute: int
    day: int
    app_minute: int


RESERVES: dict[Priority, Reserve] = {
    Priority.PERSON: Reserve(minute=0, day=0, app_minute=50),
    Priority.PUSH: Reserve(minute=1, day=10, app_minute=100),
    Priority.WEBHOOK: Reserve(minute=2, day=20, app_minute=200),
    Priority.DELTA: Reserve(minute=3, day=30, app_minute=500),
    Priority.SWEEP: Reserve(minute=4, day=60, app_minute=1000),
    Priority.BACKFILL: Reserve(minute=5, day=100, app_minute=1000),
}
"""A backfill leaves 5 calls of each minute to people, and 100 of the day to what is not history."""


@dataclass(frozen=True, slots=True)
class CallReport:
    """What became of one call that passed the gate; `status` is None when no answer came."""

    path: str
    status: int | None
    bytes_received: int
    limits: LimitsLeft
    busy: XeroBusy | None
    finished_at: datetime
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Parked:
    """The day's calls are spent for this priority; nothing may start before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """What is known about one organisation's calls; made of times and numbers only, so it can be stored."""

    started: tuple[datetime, ...] = ()
    finished: tuple[datetime, ...] = ()
    minute_remaining: int | None = None
    minute_told_at: datetime | None = None
    lifted_until: datetime | None = None
    day_remaining: int | None = None
    day_told_at: datetime | None = None
    day_limit: int | None = None
    day_limit_seen_at: datetime | None = None
    app_remaining: int | None = None
    app_told_at: datetime | None = None
    held_until: datetime | None = None
    parked_until: datetime | None = None
    refusals: int = 0

    @property
    def in_flight(self) -> int:
        """How many calls are under way, those of a killed process included until they are given up."""
        return len(self.started)


def wait_needed(budget: Budget, *, now: datetime, priority: Priority) -> timedelta | Parked:
    """
    Return how long this call has to wait: nothing at all, a while after which to ask again, or `Parked`.

    What Xero says is left counts when it is less than our own count, since others may use the same app.
    """
    budget = forget_old(budget, now=now)
    reserve = RESERVES[priority]
    parked = _parked_until(budget, reserve, now)
    if parked is not None and parked > now:
        return Parked(parked)
    return max(
        _wait_until(budget.held_until, now),
        PLACE_POLL if budget.in_flight >= CALLS_AT_ONCE else _NOTHING,
        _wait_for_minute(budget, reserve, now),
        _wait_for_told(budget, budget.minute_remaining, budget.minute_told_at, reserve.minute, now),
        _wait_for_told(budget, budget.app_remaining, budget.app_told_at, reserve.app_minute, now),
        _wait_for_day(budget, reserve, now),
    )


def after_enter(budget: Budget, *, now: datetime) -> Budget:
    """Return the budget with one more call under way."""
    budget = forget_old(budget, now=now)
    return replace(budget, started=(*budget.started, now))


def after_leave(budget: Budget, report: CallReport) -> Budget:
    """Return the budget after one call ended, with what Xero said about its limits."""
    at = report.finished_at
    # Which call it was does not matter: dropping the earliest start gives up a lost one latest.
    finished = tuple(sorted((*budget.finished, at)))
    budget = replace(budget, started=budget.started[1:], finished=finished)
    budget = _learn_limits(forget_old(budget, now=at), report.limits, at)
    if report.busy is not None:
        return _heed(budget, report.busy, at)
    return replace(budget, refusals=0) if report.status is not None else budget


def forget_old(budget: Budget, *, now: datetime) -> Budget:
    """Return the budget without calls that ended too long ago to count, or were lost with their process."""
    return replace(
        budget,
        started=tuple(moment for moment in budget.started if now - moment < LOST_AFTER),
        # More than a minute's worth says nothing more about when the next may start.
        finished=tuple(moment for moment in budget.finished if now - moment < WINDOW)[-CALLS_A_MINUTE:],
    )


def build_busy(parked: Parked, *, now: datetime) -> XeroBusy:
    """Return the error for a call that met a parked organisation."""
    return XeroBusy(Limit.DAY, retry_after=max(parked.until - now, _NOTHING))


@dataclass(frozen=True, slots=True)
class AppBudget:
    """
    What is known about one app's calls to all its organisations; it can be stored as `Budget` can.

    `slices` holds the number of each slice of time and the calls that started in it.
    """

    slices: tuple[tuple[int, int], ...] = ()
    left: int | None = None
    told_at: datetime | None = None
    held_until: datetime | None = None


def wait_for_app(budget: AppBudget, *, now: datetime, priority: Priority) -> timedelta:
    """
    Return how long a call has to wait for the app's minute: nothing at all, or until to ask again.

    A call counts from its start for a minute, for its way to Xero, and for the rest of its slice.
    """
    reserve = RESERVES[priority].app_minute
    waits = [_wait_until(budget.held_until, now)]
    recent = _recent(budget.slices, now)
    if sum(calls for _, calls in recent) >= APP_CALLS_A_MINUTE - reserve:
        first_ends = datetime.fromtimestamp((recent[0][0] + _SLICES) * _SLICE_S, now.tzinfo)
        waits.append(_wait_until(first_ends, now))
    if budget.left is not None and budget.told_at is not None and budget.left <= reserve:
        waits.append(_wait_until(budget.told_at + WINDOW, now))
    return max(waits)


def after_app_enter(budget: AppBudget, *, now: datetime) -> AppBudget:
    """Return the app's budget with one more call."""
    recent = _recent(budget.slices, now)
    number = _slice_of(now)
    calls = dict(recent).get(number, 0) + 1
    slices = (*(slice_ for slice_ in recent if slice_[0] != number), (number, calls))
    left = None if budget.left is None else max(0, budget.left - 1)
    return replace(budget, slices=tuple(sorted(slices)), left=left)


def is_news_for_app(report: CallReport) -> bool:
    """Say whether what became of a call concerns the app's other organisations."""
    left = report.limits.app_minute
    is_app_busy = report.busy is not None and report.busy.limit is Limit.APP
    return is_app_busy or (left is not None and left < APP_LEFT_IS_LITTLE)


def after_app_news(budget: AppBudget, report: CallReport) -> AppBudget:
    """Return the app's budget with what an answer said about the app's minute."""
    at, told = report.finished_at, report.limits.app_minute
    if told is not None:
        known = None if _is_stale(budget.told_at, at, WINDOW) else budget.left
        budget = replace(budget, left=told if known is None else min(known, told), told_at=at)
    if report.busy is not None and report.busy.limit is Limit.APP:
        pause = report.busy.retry_after or WINDOW
        budget = replace(budget, left=None, told_at=None, held_until=_later(budget.held_until, at + pause))
    return budget


def _slice_of(moment: datetime) -> int:
    return int(moment.timestamp() // _SLICE_S)


def _recent(slices: tuple[tuple[int, int], ...], now: datetime) -> list[tuple[int, int]]:
    oldest = _slice_of(now) - _SLICES
    return [(number, calls) for number, calls in slices if number > oldest]


def _parked_until(budget: Budget, reserve: Reserve, now: datetime) -> datetime | None:
    if budget.parked_until is not None and budget.parked_until > now:
        return budget.parked_until
    if budget.day_remaining is None or budget.day_told_at is None:
        return None
    if budget.day_remaining > reserve.day:
        return None
    # The day's window begins at a moment nobody is told, so one call now and then has to ask.
    return budget.day_told_at + DAY_RECHECK


def _wait_until(moment: datetime | None, now: datetime) -> timedelta:
    return _NOTHING if moment is None else max(moment - now, _NOTHING)


def _wait_for_minute(budget: Budget, reserve: Reserve, now: datetime) -> timedelta:
    if budget.lifted_until is not None and now < budget.lifted_until:
        return _NOTHING
    allowed = CALLS_A_MINUTE - reserve.minute
    too_many = len(budget.finished) + budget.in_flight - allowed + 1
    if too_many <= 0:
        return _NOTHING
    if too_many > len(budget.finished):
        return PLACE_POLL
    return _wait_until(budget.finished[too_many - 1] + WINDOW, now)


def _wait_for_day(budget: Budget, reserve: Reserve, now: datetime) -> timedelta:
    if budget.day_remaining is None or _is_stale(budget.day_told_at, now, DAY_RECHECK):
        return _NOTHING
    # Those under way may use up the rest; what they bring back tells.
    return PLACE_POLL if budget.day_remaining - budget.in_flight <= reserve.day else _NOTHING


def _wait_for_told(
    budget: Budget, remaining: int | None, told_at: datetime | None, reserve: int, now: datetime
) -> timedelta:
    if remaining is None or told_at is None or remaining - budget.in_flight > reserve:
        return _NOTHING
    # Whatever window that was, it has ended a minute after we were told.
    return _wait_until(told_at + WINDOW, now)


def _learn_limits(budget: Budget, limits: LimitsLeft, at: datetime) -> Budget:
    if limits.minute is not None:
        budget = _learn_minute(budget, limits.minute, at)
    if limits.day is not None:
        remaining = _lower(budget.day_remaining, limits.day)
        budget = replace(budget, day_remaining=remaining, day_told_at=at)
        budget = _learn_day_limit(budget, limits.day, at)
    if limits.app_minute is not None:
        budget = replace(budget, app_remaining=limits.app_minute, app_told_at=at)
    return budget


def _learn_minute(budget: Budget, told: int, at: datetime) -> Budget:
    """Keep what Xero says is left only when our own calls do not explain it: then somebody else calls too."""
    if told >= CALLS_A_MINUTE:
        return replace(budget, lifted_until=at + WINDOW, minute_remaining=told, minute_told_at=at)
    budget = replace(budget, lifted_until=None)
    if told >= CALLS_A_MINUTE - len(budget.finished) - budget.in_flight:
        return replace(budget, minute_remaining=None, minute_told_at=None)
    known = None if _is_stale(budget.minute_told_at, at, WINDOW) else budget.minute_remaining
    return replace(budget, minute_remaining=_lower(known, told), minute_told_at=at)


def _learn_day_limit(budget: Budget, told: int, at: datetime) -> Budget:
    """Keep the highest limit that fits what was told lately: late on a day, little is left on every plan."""
    seen = find_day_limit(told)
    is_lower = budget.day_limit is not None and seen < budget.day_limit
    if is_lower and not _is_stale(budget.day_limit_seen_at, at, _DAY_LIMIT_HOLDS):
        return budget
    return replace(budget, day_limit=seen, day_limit_seen_at=at)


def _is_stale(told_at: datetime | None, now: datetime, age: timedelta) -> bool:
    return told_at is None or now - told_at >= age


def _lower(known: int | None, told: int) -> int:
    """Return the lower figure, since answers overtake each other; a jump upwards is a new window."""
    if known is None or told > known + CALLS_AT_ONCE:
        return told
    return min(known, told)


def _heed(budget: Budget, busy: XeroBusy, at: datetime) -> Budget:
    """Keep still for as long as Xero says, and then not a moment longer because nothing was left before."""
    budget = replace(budget, refusals=budget.refusals + 1)
    if busy.retry_after is not None:
        budget = _forget_told(budget, busy.limit)
    if busy.limit is Limit.DAY:
        until = at + (DAY_RECHECK if busy.retry_after is None else busy.retry_after)
        return replace(budget, parked_until=_later(budget.parked_until, until))
    pause = busy.retry_after
    if pause is None:
        pause = min(timedelta(seconds=2 ** min(budget.refusals - 1, 6)), _LONGEST_BACK_OFF)
    return replace(budget, held_until=_later(budget.held_until, at + pause))


def _forget_told(budget: Budget, limit: Limit) -> Budget:
    match limit:
        case Limit.MINUTE:
            return replace(budget, minute_remaining=None, minute_told_at=None)
        case Limit.DAY:
            return replace(budget, day_remaining=None, day_told_at=None)
        case Limit.APP:
            return replace(budget, app_remaining=None, app_told_at=None)
        case Limit.CONCURRENT:
            return budget


def _later(first: datetime | None, second: datetime) -> datetime:
    return second if first is None else max(first, second)
