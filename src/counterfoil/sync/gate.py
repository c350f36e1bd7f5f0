"""The gate whose budget lies in the database, so that every process keeps the same limits."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
from django.db.models import F

from counterfoil.mirror.models import GateBudget, Organisation, Usage
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.threads import DatabaseThread
from counterfoil.xero.gate import (
    Budget,
    CallReport,
    Parked,
    Priority,
    after_enter,
    after_leave,
    build_busy,
    wait_needed,
)

# A long wait is cut into pieces, so that a limit that was lifted meanwhile is noticed.
_LONGEST_NAP_S = 5.0


class DatabaseGate:
    """The gate of one organisation for one run; counts what passes under the run's reason."""

    def __init__(
        self,
        organisation: Organisation,
        *,
        reason: str,
        thread: DatabaseThread,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._organisation = organisation
        self._reason = reason
        self._thread = thread
        self._now = now
        self._sleep = sleep

    async def enter(self, *, priority: Priority) -> None:
        """Wait for this call's turn. Raises XeroBusy when the organisation is parked."""
        while wait := await self._thread.run(self._try_enter, priority):
            await self._sleep(min(wait.total_seconds(), _LONGEST_NAP_S))

    async def leave(self, report: CallReport) -> None:
        """Make room for the next call, remember what Xero said, and count the call."""
        await self._thread.run(self._leave, report)

    def _try_enter(self, priority: Priority) -> timedelta:
        with in_workspace(self._organisation.workspace_id):
            row = _lock_budget(self._organisation)
            budget, now = load_budget(row), self._now()
            wait = wait_needed(budget, now=now, priority=priority)
            if isinstance(wait, Parked):
                raise build_busy(wait, now=now)
            if not wait:
                _save(row, after_enter(budget, now=now))
            return wait

    def _leave(self, report: CallReport) -> None:
        with in_workspace(self._organisation.workspace_id):
            row = _lock_budget(self._organisation)
            _save(row, after_leave(load_budget(row), report))
            self._count(report)

    def _count(self, report: CallReport) -> None:
        usage, _ = Usage.objects.get_or_create(
            workspace_id=self._organisation.workspace_id,
            organisation=self._organisation,
            day=report.finished_at.date(),
            stream=report.path[:40],
            reason=self._reason,
        )
        Usage.objects.filter(pk=usage.pk).update(
            calls=F("calls") + 1, bytes_received=F("bytes_received") + report.bytes_received
        )


def load_budget(row: GateBudget) -> Budget:
    """Return the budget as the rule reads it."""
    return msgspec.convert(row.state, Budget)


def _lock_budget(organisation: Organisation) -> GateBudget:
    GateBudget.objects.get_or_create(organisation=organisation, workspace_id=organisation.workspace_id)
    return GateBudget.objects.select_for_update().get(organisation=organisation)


def _save(row: GateBudget, budget: Budget) -> None:
    row.state = msgspec.to_builtins(budget)
    row.save(update_fields=["state"])
