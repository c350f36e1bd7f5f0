"""
A week of many organisations, simulated: do their calls fit Xero's limits, and how old do the copies get?

    python -m benchmarks.simulated_week [--organisations N] [--workers N] [--days N] [--hears-webhooks]

When an organisation is due, and for what, is asked of the product itself (`sync/cadence.py`,
`domain/rhythm.py`), and whether a call may start of its gate's rule (`xero/budget.py`). Simulated are the
clock, Xero's answers, the workers, and a stop of the whole installation for four hours on the third morning.
Nothing is asked of a database.
"""

import argparse
import heapq
import os
import statistics
import sys
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")

ZONES = ("Pacific/Auckland", "Australia/Sydney", "Asia/Singapore", "Europe/London", "America/New_York")
BEGIN = datetime(2026, 11, 16, tzinfo=UTC)
TICK = timedelta(seconds=5)  # how often the installation looks for what is due
JOBS_OF_A_WORKER = 4
CALL_S = 0.35  # from asking to having stored; several of a run are under way at once
SWEEP_CALLS, DELTA_CALLS = 31, 8
STOP_FROM, STOP_FOR = timedelta(days=2, hours=9), timedelta(hours=4)


@dataclass
class Week:
    """What happened."""

    calls_by_minute: Counter[int] = field(default_factory=Counter)
    calls_by_org_day: Counter[tuple[int, int]] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    lateness_s: list[float] = field(default_factory=list)
    ages_s: list[float] = field(default_factory=list)
    oldest_after_stop_s: float = 0.0
    caught_up_after_s: float = 0.0
    busy_jobs_most: int = 0
    app_waits: int = 0


def main() -> int:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--hears-webhooks", action="store_true", help="so that polling is hourly")
    given = parser.parse_args()
    import django

    django.setup()
    week = simulate(given.organisations, given.workers, given.days, hears_webhooks=given.hears_webhooks)
    for name, value in describe(week, given.organisations, given.days).items():
        sys.stdout.write(f"| {name} | {value} |\n")
    return 0


def simulate(organisations: int, workers: int, days: int, *, hears_webhooks: bool) -> Week:
    """Let the days pass, tick by tick."""
    from counterfoil.features.connections.tasks import WAITING_AT_MOST

    week, firms = Week(), [_Firm(number, hears_webhooks) for number in range(1, organisations + 1)]
    soonest = [(firm.next_look(BEGIN), firm.number) for firm in firms]
    heapq.heapify(soonest)
    waiting: deque[tuple[datetime, _Firm, str]] = deque()
    working: list[tuple[datetime, int, _Firm, str]] = []
    gate, order, places = _AppGate(), count(), workers * JOBS_OF_A_WORKER
    stop_from, stop_until = BEGIN + STOP_FROM, BEGIN + STOP_FROM + STOP_FOR
    now, end = BEGIN, BEGIN + timedelta(days=days)
    behind: set[int] = set()
    while now < end:
        now += TICK
        if stop_from <= now < stop_until:
            continue
        if now - TICK < stop_until <= now:
            behind = {firm.number for firm in firms}
            week.oldest_after_stop_s = max((now - firm.read_at).total_seconds() for firm in firms)
        while working and working[0][0] <= now:
            ended, _, firm, kind = heapq.heappop(working)
            firm.finish(kind, ended)
            heapq.heappush(soonest, (firm.next_look(ended), firm.number))
            if behind:
                behind.discard(firm.number)
                if not behind:
                    week.caught_up_after_s = (ended - stop_until).total_seconds()
        while soonest and soonest[0][0] <= now and len(waiting) < WAITING_AT_MOST:
            looked_at, number = heapq.heappop(soonest)
            firm = firms[number - 1]
            due = firm.find_due(now)
            if due is None:  # its turn was a moment off; it looks again at its next
                heapq.heappush(soonest, (max(firm.next_look(now), now + TICK), number))
                continue
            waiting.append((looked_at, firm, due))
        while waiting and len(working) < places:
            due_at, firm, kind = waiting[0]
            calls = SWEEP_CALLS if kind == "sweep" else DELTA_CALLS
            if not gate.lets_through(calls, kind, now):
                week.app_waits += 1
                break
            waiting.popleft()
            firm.begin(kind, now)
            _note(week, firm, kind, calls, now)
            if not (stop_from <= now < stop_until + timedelta(hours=2)):
                week.lateness_s.append((now - due_at).total_seconds())
            ends = now + timedelta(seconds=calls * CALL_S)
            heapq.heappush(working, (ends, next(order), firm, kind))
        week.busy_jobs_most = max(week.busy_jobs_most, len(working))
    return week


@dataclass(frozen=True, slots=True)
class _Run:
    """What the cadence asks of a run; a row of the model takes ten times as long to make."""

    kind: str
    started_at: datetime
    finished_at: datetime
    state: str = "succeeded"


class _Firm:
    """One organisation: what the product's cadence asks about it."""

    def __init__(self, number: int, hears_webhooks: bool) -> None:
        from counterfoil.domain.rhythm import Cost, choose_interval
        from counterfoil.mirror.models import Connection

        self.number = number
        self.zone = ZoneInfo(ZONES[number % len(ZONES)])
        self.day_limit = 1000 if number % 20 == 0 else 5000
        cost = Cost(delta_calls=DELTA_CALLS, sweep_calls=SWEEP_CALLS, deltas_measured=1)
        every = choose_interval(cost, day_limit=self.day_limit, hears_webhooks=hears_webhooks)
        self.connection = Connection(
            organisation_id=number, auto_sync=True, fitting_seconds=round(every.total_seconds())
        )
        # It was copied, checked and read before the week begins, each at a moment of its own.
        before = BEGIN - timedelta(seconds=Random(number).uniform(0, every.total_seconds()))
        self._last = self._checked = _Run("sweep", before - timedelta(minutes=1), before)
        self.read_at = before
        self._check_at = BEGIN

    def find_due(self, now: datetime) -> str | None:
        """Return the kind of run that the product says is due."""
        from counterfoil.sync.cadence import KnownRuns, find_due

        last: Any = self._last
        checked: Any = self._checked
        known = KnownRuns(self.zone, last, last, checked, checked)
        found = find_due(self.connection, known, now=now)
        return None if found is None else found[0]

    def next_look(self, now: datetime) -> datetime:
        """Return when the product would next find something due."""
        from counterfoil.sync.cadence import find_next_check, find_next_turn

        if now >= self._check_at:
            self._check_at = find_next_check(self.connection, self.zone, now=now)
        return min(find_next_turn(self.connection, now=now), self._check_at)

    def begin(self, kind: str, now: datetime) -> None:
        """Note that a run begins."""
        self._began = now

    def finish(self, kind: str, now: datetime) -> None:
        """Note that it ended well."""
        self._last = _Run(kind, self._began, now)
        if kind == "sweep":
            self._checked = self._last
        self.read_at = self._began


class _AppGate:
    """The rule of the app's minute, asked once for all calls of a run instead of for each."""

    def __init__(self) -> None:
        from counterfoil.xero.budget import AppBudget

        self.budget = AppBudget()

    def lets_through(self, calls: int, kind: str, now: datetime) -> bool:
        """Say whether so many calls may start now, and count them."""
        from counterfoil.xero.budget import Priority, after_app_enter, wait_for_app

        priority = Priority.SWEEP if kind == "sweep" else Priority.DELTA
        if wait_for_app(self.budget, now=now, priority=priority):
            return False
        entered = after_app_enter(self.budget, now=now)
        number, counted = entered.slices[-1]
        self.budget = replace(entered, slices=(*entered.slices[:-1], (number, counted + calls - 1)))
        return True


def _note(week: Week, firm: _Firm, kind: str, calls: int, now: datetime) -> None:
    passed = now - BEGIN
    week.calls_by_minute[int(passed.total_seconds() // 60)] += calls
    week.calls_by_org_day[firm.number, passed.days] += calls
    week.runs[kind] += 1
    week.ages_s.append((now - firm.read_at).total_seconds())


def describe(week: Week, organisations: int, days: int) -> dict[str, Any]:
    """Return what happened, in words and figures."""
    minutes = sorted(week.calls_by_minute.values())
    total = sum(minutes)
    late = sorted(week.lateness_s)
    ages = sorted(week.ages_s)
    most = max(week.calls_by_org_day.values())
    return {
        "organisations": f"{organisations:,}",
        "runs: questions for changes, daily checks": f"{week.runs['delta']:,}, {week.runs['sweep']:,}",
        "calls a day": f"{total / days:,.0f}",
        "calls of a minute: median, most": f"{statistics.median(minutes):,.0f}, {minutes[-1]:,} of 10,000",
        "calls of an organisation in a day, at most": most,
        "ticks that met the app's limit": week.app_waits,
        "late beyond its turn: median, 99th percentile, most, s": _cuts(late),
        "age of a copy when it is read again: median, 99th percentile, most, s": _cuts(ages),
        "oldest copy when the installation came back, s": round(week.oldest_after_stop_s),
        "until every copy was read again, s": round(week.caught_up_after_s),
        "runs at once, at most": week.busy_jobs_most,
    }


def _cuts(ordered: list[float]) -> str:
    places: Iterator[float] = (
        ordered[min(len(ordered) * cut // 100, len(ordered) - 1)] for cut in (50, 99, 100)
    )
    return ", ".join(f"{place:,.0f}" for place in places)


if __name__ == "__main__":
    sys.exit(main())
