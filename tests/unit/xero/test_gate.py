"""The gate of one process: order, waiting and waking, on a clock that a test turns."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from counterfoil.xero.errors import Limit, XeroBusy
from counterfoil.xero.gate import CallReport, LocalGate, Priority
from counterfoil.xero.wire.limits import LimitsLeft

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


class Clock:
    """Time that passes only while everybody sleeps."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self._sleepers: list[float] = []

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.elapsed)

    async def sleep(self, seconds: float) -> None:
        wake = self.elapsed + seconds
        self._sleepers.append(wake)
        try:
            while self.elapsed < wake:
                for _ in range(20):  # let everything that can happen now happen first
                    await asyncio.sleep(0)
                if min(self._sleepers) == wake and self.elapsed < wake:
                    self.elapsed = wake
        finally:
            self._sleepers.remove(wake)


def report(clock: Clock, busy: XeroBusy | None = None) -> CallReport:
    return CallReport("Invoices", 429 if busy else 200, 100, LimitsLeft(), busy, clock.now())


def run(act: Callable[[LocalGate, Clock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = Clock()
        await act(LocalGate(now=clock.now, sleep=clock.sleep), clock)

    asyncio.run(main())


def test_two_hundred_calls_take_as_many_minutes_as_xero_demands_and_never_six_at_once() -> None:
    starts: list[float] = []
    under_way, most = 0, 0

    async def act(gate: LocalGate, clock: Clock) -> None:
        async def call() -> None:
            nonlocal under_way, most
            await gate.enter(priority=Priority.PERSON)
            starts.append(clock.elapsed)
            under_way += 1
            most = max(most, under_way)
            await clock.sleep(0.5)
            under_way -= 1
            await gate.leave(report(clock))

        await asyncio.gather(*(call() for _ in range(200)))

    run(act)

    assert most == 5
    assert max(sum(1 for s in starts if t <= s < t + 60) for t in starts) == 60
    assert 180 < max(starts) < 200


def test_a_person_goes_before_a_backfill_that_came_first() -> None:
    order: list[Priority] = []

    async def act(gate: LocalGate, clock: Clock) -> None:
        async def call(priority: Priority) -> None:
            await gate.enter(priority=priority)
            order.append(priority)
            await clock.sleep(1)
            await gate.leave(report(clock))

        crowd = [asyncio.ensure_future(call(Priority.BACKFILL)) for _ in range(8)]
        await asyncio.sleep(0)
        crowd.append(asyncio.ensure_future(call(Priority.PERSON)))
        await asyncio.gather(*crowd)

    run(act)

    assert order == [Priority.BACKFILL] * 5 + [Priority.PERSON] + [Priority.BACKFILL] * 3


def test_a_place_that_is_left_is_taken_at_once_and_not_at_the_next_look() -> None:
    async def never(_: float) -> None:
        await asyncio.Event().wait()

    async def main() -> int:
        gate = LocalGate(now=lambda: NOW, sleep=never)
        for _ in range(5):
            await gate.enter(priority=Priority.PERSON)
        waiting = asyncio.ensure_future(gate.enter(priority=Priority.PERSON))
        await asyncio.sleep(0)

        await gate.leave(report(Clock()))

        async with asyncio.timeout(5):
            await waiting
        return gate.budget.in_flight

    assert asyncio.run(main()) == 5


def test_a_parked_organisation_turns_everyone_away_with_the_time_left() -> None:
    async def act(gate: LocalGate, clock: Clock) -> None:
        await gate.enter(priority=Priority.PERSON)
        await gate.leave(report(clock, XeroBusy(Limit.DAY, retry_after=timedelta(hours=3))))
        await clock.sleep(3600)

        with pytest.raises(XeroBusy) as busy:
            await gate.enter(priority=Priority.PERSON)

        assert (busy.value.limit, busy.value.retry_after) == (Limit.DAY, timedelta(hours=2))

    run(act)


def test_those_already_waiting_are_turned_away_when_the_day_ends() -> None:
    async def act(gate: LocalGate, clock: Clock) -> None:
        for _ in range(5):
            await gate.enter(priority=Priority.PERSON)
        waiting = asyncio.ensure_future(gate.enter(priority=Priority.DELTA))
        await asyncio.sleep(0)

        await gate.leave(report(clock, XeroBusy(Limit.DAY, retry_after=timedelta(hours=3))))

        with pytest.raises(XeroBusy):
            await waiting

    run(act)


def test_a_caller_that_gives_up_waiting_does_not_block_the_next() -> None:
    async def act(gate: LocalGate, clock: Clock) -> None:
        for _ in range(5):
            await gate.enter(priority=Priority.PERSON)
        first = asyncio.ensure_future(gate.enter(priority=Priority.PERSON))
        second = asyncio.ensure_future(gate.enter(priority=Priority.BACKFILL))
        await asyncio.sleep(0)

        first.cancel()
        await gate.leave(report(clock))
        await second

        assert first.cancelled()
        assert gate.budget.in_flight == 5

    run(act)


def test_a_minutes_refusal_makes_everyone_wait_as_long_as_xero_says() -> None:
    async def act(gate: LocalGate, clock: Clock) -> None:
        await gate.enter(priority=Priority.PERSON)
        await gate.leave(report(clock, XeroBusy(Limit.MINUTE, retry_after=timedelta(seconds=22))))

        await gate.enter(priority=Priority.PERSON)

        assert clock.elapsed == pytest.approx(22)

    run(act)
