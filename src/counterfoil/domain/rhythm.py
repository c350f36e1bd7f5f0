"""
How often to ask Xero: the interval whose calls fit the day, each organisation's turns, its quiet hour.

The intervals people know are 60 minutes on Xero's smallest plan and 15 above it (K1). They are lengthened
where an organisation is so large that its planned calls would take more than 60 % of its day: the rest is for
people who press "Sync now", for webhooks, proofs and other apps' days that were counted differently.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

INTERVALS: tuple[timedelta, ...] = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    HOUR,
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=12),
    DAY,
)
"""What may be chosen, the shortest first; each divides a day."""

SHARE_PERCENT = 60
"""How much of the day's calls polling and the daily check may plan for, unless a person says otherwise."""

# Up to this many calls a day, an organisation belongs to the smallest plan.
_SMALLEST_DAY = 1000
_USUAL_ON_SMALLEST, _USUAL_ABOVE = HOUR, timedelta(minutes=15)

_QUIET_FROM, _QUIET_FOR = time(2), timedelta(hours=3)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

# Multiples of it, less their whole part, lie about evenly between 0 and 1 however many there are.
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Cost:
    """What one question for changes and one daily check take of an organisation, in calls and bytes."""

    delta_calls: int
    sweep_calls: int
    delta_bytes: int = 0
    sweep_bytes: int = 0
    deltas_measured: int = 0
    sweeps_measured: int = 0

    @property
    def is_measured(self) -> bool:
        """Say whether it comes from runs of this organisation, and not only from what is planned."""
        return self.deltas_measured > 0


def calls_a_day(cost: Cost, every: timedelta) -> int:
    """Return the calls that polling at this interval and the daily check take together."""
    return _turns_a_day(every) * cost.delta_calls + cost.sweep_calls


def bytes_a_day(cost: Cost, every: timedelta) -> int:
    """Return the bytes that Xero sends for them, as far as they were measured."""
    return _turns_a_day(every) * cost.delta_bytes + cost.sweep_bytes


def forecast_calls(
    cost: Cost, every: timedelta, *, next_turn: datetime, next_check: datetime, end: datetime
) -> int:
    """Return the calls still planned before `end`: the turns until then, and the check if it comes."""
    turns = -(-(end - next_turn) // every) if next_turn < end else 0
    return turns * cost.delta_calls + (cost.sweep_calls if next_check < end else 0)


def fits(cost: Cost, every: timedelta, *, day_limit: int) -> bool:
    """Say whether the planned calls leave what they must of the day."""
    return calls_a_day(cost, every) * 100 <= day_limit * SHARE_PERCENT


def choose_interval(cost: Cost, *, day_limit: int, hears_webhooks: bool = False) -> timedelta:
    """
    Return the interval at which to ask by default: the usual one, or the next longer one that fits.

    Where webhooks are heard, polling only looks for what they do not tell of, so an hour is enough. When not
    even one question a day fits, that is what is returned: an organisation is never left unread.
    """
    is_small = day_limit <= _SMALLEST_DAY
    usual = _USUAL_ON_SMALLEST if is_small or hears_webhooks else _USUAL_ABOVE
    for every in INTERVALS:
        if every >= usual and fits(cost, every, day_limit=day_limit):
            return every
    return INTERVALS[-1]


def spread(number: int) -> float:
    """Return the organisation's own place between 0 and 1, so that many do not all begin at once."""
    return number * _GOLDEN % 1


def latest_turn(every: timedelta, *, place: float, now: datetime) -> datetime:
    """Return the last moment, up to now, at which an organisation with this place is asked."""
    return now - (now - _EPOCH - every * place) % every


def latest_quiet_moment(zone: ZoneInfo, *, place: float, now: datetime) -> datetime:
    """
    Return the last moment, up to now, of an organisation's daily check: between 2 and 5 at its night.

    There is exactly one on each calendar day there. When clocks are put forward over it, it comes as much
    later; when they are put back, the first of the two counts.
    """
    today = now.astimezone(zone).date()
    moment = _quiet_moment_on(today, zone, place)
    return moment if moment <= now else _quiet_moment_on(today - DAY, zone, place)


def next_quiet_moment(zone: ZoneInfo, *, place: float, now: datetime) -> datetime:
    """Return the first such moment after now."""
    today = now.astimezone(zone).date()
    moment = _quiet_moment_on(today, zone, place)
    return moment if moment > now else _quiet_moment_on(today + DAY, zone, place)


def _quiet_moment_on(day: date, zone: ZoneInfo, place: float) -> datetime:
    shown_by_clocks = datetime.combine(day, _QUIET_FROM) + _QUIET_FOR * place
    return shown_by_clocks.replace(tzinfo=zone).astimezone(UTC)


def _turns_a_day(every: timedelta) -> int:
    return -(-DAY // every)
