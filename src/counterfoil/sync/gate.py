"""
The gate whose budget lies in the database, so that every process keeps the same limits.

An organisation's budget is one row, and the app's, which all its organisations spend from, another.
They are locked in this order, the app's for the shortest time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
from django.db import connection

from counterfoil.mirror.models import AppBudget as AppBudgetRow
from counterfoil.mirror.models import Connection, GateBudget, Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.threads import DatabaseThread
from counterfoil.xero.budget import (
    AppBudget,
    after_app_enter,
    after_app_news,
    is_news_for_app,
    wait_for_app,
)
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
        self._client_id: str | None = None

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
            # The app is asked last, so that its row is never held while this organisation waits.
            wait = wait or self._try_enter_app(priority, now)
            if not wait:
                self._save(after_enter(budget, now=now))
            return wait

    def _try_enter_app(self, priority: Priority, now: datetime) -> timedelta:
        budget = self._lock_app()
        wait = wait_for_app(budget, now=now, priority=priority)
        if not wait:
            self._save_app(after_app_enter(budget, now=now))
        return wait

    def _leave(self, report: CallReport) -> None:
        with in_workspace(self._organisation.workspace_id, must_last=False):
            self._save(after_leave(self._lock_budget(), report))
            self._count(report)
            if is_news_for_app(report):
                self._save_app(after_app_news(self._lock_app(), report))

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

    def _lock_app(self) -> AppBudget:
        """Return the budget of the app that this organisation is connected to."""
        if self._client_id is None:
            connected = Connection.objects.filter(organisation=self._organisation)
            self._client_id = connected.values_list("grant__client_id", flat=True).first() or ""
        rows = AppBudgetRow.objects.filter(client_id=self._client_id).select_for_update()
        row = rows.first()
        if row is None:
            AppBudgetRow.objects.get_or_create(client_id=self._client_id)
            row = rows.get()
        return msgspec.convert(row.state, AppBudget)

    def _save_app(self, budget: AppBudget) -> None:
        rows = AppBudgetRow.objects.filter(client_id=self._client_id)
        rows.update(state=msgspec.to_builtins(budget))

    def _save(self, budget: Budget) -> None:
        GateBudget.objects.filter(organisation=self._organisation).update(state=msgspec.to_builtins(budget))

    def _count(self, report: CallReport) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into mirror_usage as counted"
                " (workspace_id, organisation_id, day, stream, reason, calls, writes, bytes_received)"
                " values (%s, %s, %s, %s, %s, 1, %s, %s)"
                " on conflict (organisation_id, day, stream, reason) do update set calls = counted.calls + 1,"
                " writes = counted.writes + excluded.writes,"
                " bytes_received = counted.bytes_received + excluded.bytes_received",
                [
                    self._organisation.workspace_id,
                    self._organisation.pk,
                    report.finished_at.date(),
                    _name_stream(report.path),
                    self._reason,
                    int(report.method != "GET"),
                    report.bytes_received,
                ],
            )


def _name_stream(path: str) -> str:
    """Return what is counted: the kind of record, never which record."""
    parts = path.split("/")
    if parts[0] == "Reports":
        return path[:40]
    return "Attachments" if "Attachments" in parts else parts[0][:40]


def load_budget(row: GateBudget) -> Budget:
    """Return the budget as the rule reads it."""
    return msgspec.convert(row.state, Budget)
