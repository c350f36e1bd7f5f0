"""The one door through which every call to an organisation passes."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from counterfoil.xero.budget import (
    Budget,
    CallReport,
    Parked,
    Priority,
    after_enter,
    after_leave,
    build_busy,
    forget_old,
    wait_needed,
)

__all__ = [
    "Budget",
    "CallReport",
    "Gate",
    "LocalGate",
    "Parked",
    "Priority",
    "after_enter",
    "after_leave",
    "build_busy",
    "forget_old",
    "wait_needed",
]


class Gate(Protocol):
    """Keeps an organisation's calls within Xero's limits, however many workers there are."""

    async def enter(self, *, priority: Priority) -> None:
        """Wait for this call's turn; raises `XeroBusy` when the organisation is parked."""

    async def leave(self, report: CallReport) -> None:
        """Tell what became of the call; called exactly once for each `enter` that returned."""


class LocalGate:
    """
    A gate for one organisation inside one process; the most urgent waiting call goes first.

    The clock and the sleep are handed in, so a test passes an hour in no time.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        budget: Budget | None = None,
    ) -> None:
        self.budget = budget or Budget()
        self._now = now
        self._sleep = sleep
        self._arrivals = count()
        self._waiting: list[tuple[Priority, int]] = []
        self._changed = asyncio.Event()

    async def enter(self, *, priority: Priority) -> None:
        """Wait for this call's turn; raises `XeroBusy` when the organisation is parked."""
        ticket = (priority, next(self._arrivals))
        heapq.heappush(self._waiting, ticket)
        try:
            while (wait := self._wait_for(ticket)) is not None:
                await self._pause(wait)
            self.budget = after_enter(self.budget, now=self._now())
        finally:
            self._waiting.remove(ticket)
            heapq.heapify(self._waiting)
            self._tell_others()

    async def leave(self, report: CallReport) -> None:
        """Make room for the next call, and remember what Xero said."""
        self.budget = after_leave(self.budget, report)
        self._tell_others()

    def _wait_for(self, ticket: tuple[Priority, int]) -> timedelta | None:
        """Return how long to wait before asking again, or None when it is this call's turn."""
        now = self._now()
        wait = wait_needed(self.budget, now=now, priority=ticket[0])
        if isinstance(wait, Parked):
            raise build_busy(wait, now=now)
        if wait > timedelta(0):
            return wait
        # Reserves only grow with the priority's number, so nobody behind the first can be let in before it.
        return None if self._waiting[0] == ticket else timedelta(seconds=1)

    async def _pause(self, wait: timedelta) -> None:
        """Sleep for the time given, or until the gate changes."""
        nap = asyncio.ensure_future(self._sleep(wait.total_seconds()))
        change = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait((nap, change), return_when=asyncio.FIRST_COMPLETED)
            if nap.done():
                nap.result()
        finally:
            nap.cancel()
            change.cancel()

    def _tell_others(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
