"""Runs the sync of one organisation: the streams in their order, the verdict at the end."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from counterfoil.mirror.models import Connection, Run, StreamRun
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync import runs
from counterfoil.sync.app import get_addresses
from counterfoil.sync.blindspots import find_contradicted_contacts, list_batches
from counterfoil.sync.cadence import reckon_interval
from counterfoil.sync.clients import build_client
from counterfoil.sync.lease import hold_lease
from counterfoil.sync.names import follow_renames
from counterfoil.sync.passes import CHANGES_ONLY, NAMED_ONLY
from counterfoil.sync.reader import StreamReader, TooMuchMissing, Work
from counterfoil.sync.rights import note_role
from counterfoil.sync.runs import Task
from counterfoil.sync.standing import ConnectionRemoved, while_connected
from counterfoil.sync.threads import DatabaseThread
from counterfoil.sync.tokens import mark_lost
from counterfoil.xero.errors import (
    AppRefused,
    ConsentLost,
    Limit,
    LostReason,
    XeroBusy,
    XeroError,
    XeroUnreachable,
)
from counterfoil.xero.gate import Priority
from counterfoil.xero.transport import build_http

log = structlog.get_logger(__name__)

# How many kinds of record are read at the same time; their calls share the organisation's five places.
_STREAMS_AT_ONCE = 5

_PARK_WITHOUT_A_WORD = timedelta(hours=1)

# What ends the consent as a whole, unlike a single kind of record that it does not cover.
ENDS_EVERYTHING = {LostReason.GRANT_ENDED, LostReason.ORGANISATION_DISCONNECTED, LostReason.APP_GONE}

_PRIORITIES = {
    Run.Kind.FULL: Priority.BACKFILL,
    Run.Kind.DELTA: Priority.DELTA,
    Run.Kind.SWEEP: Priority.SWEEP,
    Run.Kind.WEBHOOK: Priority.WEBHOOK,
    Run.Kind.AGAIN: Priority.PERSON,
}


class NotConnected(Exception):
    """The organisation has no connection that works, so there is nothing to sync with."""

    def __init__(self, because: str = "") -> None:
        super().__init__(because or "This organisation is not connected to Xero. Connect it in Settings.")


@dataclass
class Outcome:
    """What an execution leaves behind beside its run: what was found by id, and what went wrong."""

    found: dict[str, set[str]] = field(default_factory=dict)
    stopped_by: XeroError | None = None
    needs_person: bool = False


def sync_organisation(
    organisation_id: int,
    *,
    kind: str,
    reason: str,
    now: Callable[[], datetime],
    by_person: bool = False,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Run:
    """
    Bring the mirror of one organisation up to date and return the finished or parked run.

    An unfinished run is resumed instead of beginning another. Raises AlreadySyncing when another
    process is at it, and NotConnected. What goes wrong with Xero is in the run, not raised.
    """
    connection = find_connection(organisation_id)
    with hold_lease(organisation_id):
        run = runs.begin_run(connection.organisation, kind=kind, reason=reason, now=now())
        is_urgent = by_person and kind != Run.Kind.FULL
        priority = Priority.PERSON if is_urgent else None
        execute_run(connection, run, priority=priority, now=now, sleep=sleep)
    return run


def find_connection(organisation_id: int) -> Connection:
    """Return the connection to sync with, its organisation and grant at hand. Raises NotConnected."""
    with across_workspaces():
        connections = Connection.objects.select_related("grant", "organisation")
        connection = connections.filter(organisation_id=organisation_id).first()
    if connection is None or connection.state == Connection.State.LOST:
        raise NotConnected(connection.lost_because if connection else "")
    return connection


def execute_run(
    connection: Connection,
    run: Run,
    *,
    now: Callable[[], datetime],
    priority: Priority | None = None,
    wanted: Mapping[str, Sequence[str]] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Outcome:
    """
    Do what is left of a run, while holding the organisation's lease. Raises NotConnected.

    `wanted` names the records to read by id, by stream; the other streams are read as the run's kind
    has it. What goes wrong with Xero is in the run and the outcome, not raised.
    """
    organisation = connection.organisation
    log.info("run begins", organisation=organisation.pk, run=run.pk, kind=run.kind, resumes=run.resumes)
    urgency = _PRIORITIES[Run.Kind(run.kind)] if priority is None else priority
    execution = _Execution(connection, run, urgency, now, wanted or {}, sleep)
    was_removed = False
    try:
        asyncio.run(execution.perform())
    except* ConnectionRemoved:
        was_removed = True
    if was_removed:
        raise NotConnected
    log.info("run ends", organisation=organisation.pk, run=run.pk, state=run.state)
    return execution.outcome


class _Execution:
    """One execution of a run."""

    def __init__(
        self,
        connection: Connection,
        run: Run,
        priority: Priority,
        now: Callable[[], datetime],
        wanted: Mapping[str, Sequence[str]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.outcome = Outcome()
        self._organisation = connection.organisation
        self._connection = connection
        self._run = run
        self._priority = priority
        self._now = now
        self._wanted = wanted
        self._sleep = sleep

    async def perform(self) -> None:
        """Read the streams and settle the run."""
        async with (
            DatabaseThread("books") as books,
            DatabaseThread("writer") as writer,
            build_http(addresses=get_addresses()) as http,
        ):
            client = build_client(
                self._connection,
                http,
                thread=books,
                reason=self._run.reason,
                now=self._now,
                sleep=self._sleep,
            )
            work = Work(
                organisation=self._organisation,
                run=self._run,
                client=client,
                writer=writer,
                priority=self._priority,
                now=self._now,
            )
            tasks = await writer.run(runs.list_tasks, self._run)
            # What people look for comes first: the organisation, its contacts and its invoices.
            await self._read_all([task for task in tasks if task.stream.comes_first], work)
            await self._read_all([task for task in tasks if not task.stream.comes_first], work)
            await self._look_into_blind_spots(tasks, work)
            await writer.run(self._follow_renames)
            await writer.run(self._settle)

    async def _look_into_blind_spots(self, tasks: Sequence[Task], work: Work) -> None:
        contacts = next((task for task in tasks if task.stream.name == "Contacts"), None)
        if contacts is None or contacts.row.state != StreamRun.State.DONE or self.outcome.stopped_by:
            return  # without the contacts themselves there is nothing to hold the invoices against
        asks_for_changes = self._run.kind in CHANGES_ONLY
        read_at = (
            (contacts.since if asks_for_changes else None) or contacts.row.walk_started_at or self._now()
        )
        batches = list_batches(await work.writer.run(find_contradicted_contacts, self._run, read_at))
        await self._guard(contacts, work, StreamReader(contacts, work).read_again(batches))

    async def _read_all(self, tasks: Sequence[Task], work: Work) -> None:
        places = asyncio.Semaphore(_STREAMS_AT_ONCE)

        async def read(task: Task) -> None:
            async with places:
                if self.outcome.stopped_by is None:
                    await self._read_one(task, work)

        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(read(task))

    async def _read_one(self, task: Task, work: Work) -> None:
        reader = StreamReader(task, work)
        if task.stream.name in self._wanted:
            await self._guard(task, work, self._read_listed(reader))
        else:
            await self._guard(task, work, reader.read())

    async def _read_listed(self, reader: StreamReader) -> None:
        name = reader.stream.name
        self.outcome.found[name] = await reader.read_listed(self._wanted[name])

    async def _guard(self, task: Task, work: Work, reading: Coroutine[None, None, None]) -> None:
        """Let what is wrong with a stream alone stay with it, and stop all for what is wrong with all."""
        try:
            await reading
        except* XeroError as group:
            error = _first(group)
            state = _state_after(error, task)
            log.warning("stream stopped", stream=task.stream.name, run=self._run.pk, error=str(error))
            await work.writer.run(self._record_failure, task, error, state)
            if state == StreamRun.State.FAILED and isinstance(error, ConsentLost):
                self.outcome.needs_person = True
            if _stops_everything(error):
                self.outcome.stopped_by = self.outcome.stopped_by or error

    def _record_failure(self, task: Task, error: XeroError, state: str) -> None:
        with while_connected(self._run.workspace_id, self._run.organisation_id):
            runs.fail_stream(task.row, error, state=state, now=self._now())

    def _follow_renames(self) -> None:
        follow_renames(self._run, now=self._now())

    def _settle(self) -> None:
        """
        Park the run when the day's calls are spent; else give it its verdict.

        What was asked for by name is not parked: it waits where it was asked for, and may be more by then.
        """
        stop, now = self.outcome.stopped_by, self._now()
        with while_connected(self._run.workspace_id, self._run.organisation_id):
            if isinstance(stop, XeroBusy) and self._run.kind not in NAMED_ONLY:
                runs.park_run(self._run, stop, until=now + (stop.retry_after or _PARK_WITHOUT_A_WORD))
                return
            if isinstance(stop, ConsentLost) and stop.reason in ENDS_EVERYTHING:
                mark_lost(Connection.objects.filter(pk=self._connection.pk), stop, now=now)
            note_role(self._connection, run_id=self._run.pk, now=now)
            runs.finish_run(self._run, stopped_by=stop, now=now, needs_person=self.outcome.needs_person)
            if self._run.kind not in NAMED_ONLY:
                reckon_interval(self._connection, now=now)


def _first(group: BaseExceptionGroup[XeroError]) -> XeroError:
    """Return the error to tell of; several pages of a stream can fail for the same reason at once."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, XeroError)
    return found


def _state_after(error: XeroError, task: Task) -> str:
    is_missing = isinstance(error, ConsentLost) and error.reason not in ENDS_EVERYTHING
    is_own_doubt = isinstance(error, TooMuchMissing)
    if task.stream.is_optional and not is_own_doubt and (is_missing or not _stops_everything(error)):
        return StreamRun.State.UNAVAILABLE
    if isinstance(error, XeroBusy) and error.limit is Limit.DAY:
        return StreamRun.State.READING
    return StreamRun.State.FAILED


def _stops_everything(error: XeroError) -> bool:
    if isinstance(error, ConsentLost):
        return error.reason in ENDS_EVERYTHING
    if isinstance(error, XeroBusy):
        return error.limit is Limit.DAY
    return isinstance(error, XeroUnreachable | AppRefused)
