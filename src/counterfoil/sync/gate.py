"""The gate whose budget lies in the database, so that every process keeps the same limits."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
from django.db import connection

from counterfoil.mirror.models import GateBudget, Organisation
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
        with in_workspace(self._organisation.workspace_id, must_last=False):
            budget, now = self._lock_budget(), self._now()
            wait = wait_needed(budget, now=now, priority=priority)
            if isinstance(wait, Parked):
                raise build_busy(wait, now=now)
            if not wait:
                self._save(after_enter(budget, now=now))
            return wait

    def _leave(self, report: CallReport) -> None:
        with in_workspace(self._organisation.workspace_id, must_last=False):
            self._save(after_leave(self._lock_budget(), report))
            self._count(report)

    def _lock_budget(self) -> Budget:
        """Return the budget; whoever has it locked is the only one who decides."""
        rows = GateBudget.objects.filter(organisation=self._organisation).select_for_update()
        row = rows.first()
        if row is None:
            GateBudget.objects.get_or_create(
                organisation=self._organisation, workspace_id=self._organisation.workspace_id
            )
            row = rows.get()
        return load_budget(row)

    def _save(self, budget: Budget) -> None:
        GateBudget.objects.filter(organisation=self._organisation).update(state=msgspec.to_builtins(budget))

    def _count(self, report: CallReport) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into mirror_usage as counted"
                " (workspace_id, organisation_id, day, stream, reason, calls, bytes_received)"
                " values (%s, %s, %s, %s, %s, 1, %s)"
                " on conflict (organisation_id, day, stream, reason) do update set calls = counted.calls + 1,"
                " bytes_received = counted.bytes_received + excluded.bytes_received",
                [
                    self._organisation.workspace_id,
                    self._organisation.pk,
                    report.finished_at.date(),
                    _name_stream(report.path),
                    self._reason,
                    report.bytes_received,
                ],
            )


def _name_stream(path: str) -> str:
    """Return what is counted: the kind of record, never which record."""
    parts = path.split("/")
    if parts[0] == "Reports":
        return path[:40]
    return "Attachments" if parts[-1] == "Attachments" else parts[0][:40]


def load_budget(row: GateBudget) -> Budget:
    """Return the budget as the rule reads it."""
    return msgspec.convert(row.state, Budget)
