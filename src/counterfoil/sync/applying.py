"""
Writes what a reading of whole streams found: the same rows, brought up to what Xero has.

Records keep their identity: rows are updated and marked, never deleted and inserted anew, so that
links, pins and the change log go on. Cursors stay; the next delta closes what changed meanwhile.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db.models import QuerySet

from counterfoil.domain.resync import Fate
from counterfoil.mirror.changes import Difference, log_changes
from counterfoil.mirror.models import Change, Connection, Resync, ResyncRecord, Run, StreamRun
from counterfoil.mirror.scope import in_workspace
from counterfoil.mirror.upsert import Arrival, Incoming, mark_gone, write_records
from counterfoil.sync import runs
from counterfoil.sync.engine import NotConnected, find_connection
from counterfoil.sync.judging import list_wrong_columns, name_member
from counterfoil.sync.lease import hold_lease
from counterfoil.sync.resync import read_plan, refresh, settle
from counterfoil.sync.standing import ConnectionRemoved, while_connected
from counterfoil.sync.streams import STREAM_BY_NAME, Stream
from counterfoil.xero.records import read_record
from counterfoil.xero.records.base import columns_of

log = structlog.get_logger(__name__)

REASON = "read again"
APPLY_WITHIN = timedelta(hours=1)

_BATCH = 500


class PlanExpired(Exception):
    """The plan was made too long ago, was applied already, or another one took its place."""

    def __init__(self) -> None:
        super().__init__("This preview is too old to be applied, or was applied already. Read again first.")


class RunUnfinished(Exception):
    """A sync was cut off or waits for Xero's limit; it goes first."""

    def __init__(self) -> None:
        super().__init__("A sync of this organisation has not finished yet. Let it finish, then apply.")


def apply(resync: Resync, *, agreed: bool, applied_by: str, now: Callable[[], datetime]) -> Run:
    """
    Write what the reading found, and return the run under which the change log names it.

    Raises UnsafePlan unless the person agreed to a surprising loss; PlanExpired, RunUnfinished,
    NotConnected and AlreadySyncing.
    """
    organisation = resync.organisation
    connection = find_connection(organisation.pk)
    with hold_lease(organisation.pk):
        with in_workspace(organisation.workspace_id):
            refresh(resync)
        _check(resync, agreed=agreed, now=now())
        if runs.has_unfinished_run(organisation):
            raise RunUnfinished
        run = runs.begin_run(
            organisation, kind=Run.Kind.FULL, reason=REASON, now=now(), streams=resync.streams
        )
        with in_workspace(organisation.workspace_id):
            Resync.objects.filter(pk=resync.pk).update(
                state=Resync.State.APPLYING, run=run, applied_by=applied_by
            )
        try:
            _Applying(resync, connection, run, now).perform()
        except ConnectionRemoved as removed:
            raise NotConnected from removed
    plan = read_plan(resync)
    settle(resync, Resync.State.APPLIED, plan.sentence, "", now=now())
    log.info("resync applied", organisation=organisation.pk, run=run.pk, changes=plan.changes)
    return run


def is_applicable(resync: Resync, *, now: datetime) -> bool:
    """Say whether the plan is still fresh enough to be applied."""
    return (
        resync.state in (Resync.State.READY, Resync.State.APPLYING)
        and resync.read_at is not None
        and now - resync.read_at < APPLY_WITHIN
    )


def _check(resync: Resync, *, agreed: bool, now: datetime) -> None:
    if not is_applicable(resync, now=now):
        raise PlanExpired
    if not agreed:
        read_plan(resync).check()


class _Applying:
    """Writes one plan."""

    def __init__(self, resync: Resync, connection: Connection, run: Run, now: Callable[[], datetime]) -> None:
        self._resync = resync
        self._connection = connection
        self._run = run
        self._now = now

    def perform(self) -> None:
        plans = {one.stream: one for one in read_plan(self._resync).streams}
        with in_workspace(self._run.workspace_id):
            rows = list(self._run.streams.all())
        for row in rows:
            stream = STREAM_BY_NAME[row.stream]
            with while_connected(self._run.workspace_id, self._run.organisation_id):
                row.started_at = self._now()
                row.rows_read = plans[row.stream].read if row.stream in plans else 0
                self._write(stream, row)
                self._mark(stream, row)
                if row.stream in plans:
                    runs.close_stream(row, now=self._now())
                else:
                    row.state = StreamRun.State.UNAVAILABLE
                    row.save()
        with in_workspace(self._run.workspace_id):
            runs.finish_run(self._run, stopped_by=None, now=self._now())

    def _write(self, stream: Stream, row: StreamRun) -> None:
        arrival, columns = self._arrival(stream), columns_of(stream.record)
        for batch in self._list_batches(stream):
            self._make_way(stream, batch, arrival)
            incoming = []
            for one in batch:
                record: Any = read_record(stream.record, (one.raw or "").encode())
                incoming.append(Incoming(one.xero_id, columns(record), (one.raw or "").encode()))
            written = write_records(stream.model, stream.record.columns(), incoming, arrival)
            row.rows_new += written.new
            row.rows_changed += written.changed

    def _make_way(self, stream: Stream, batch: list[ResyncRecord], arrival: Arrival) -> None:
        """
        Let rows be written that nobody wrote to since they were read and that Xero did not change.

        They carry the fingerprint of the very text that is to be written, or a stamp later than it,
        and would be taken for up to date. What was wrong in them goes into the change log.
        """
        repaired = {one.xero_id: one for one in batch if one.fate == Fate.REPAIRED}
        rows = stream.model._default_manager.filter(
            organisation_id=arrival.organisation_id,
            xero_id__in=list(repaired),
            changed_here_at__lt=self._resync.read_from,
        )
        columns, names = columns_of(stream.record), stream.record.columns()
        differences = []
        for held in rows:
            record: Any = read_record(stream.record, (repaired[held.xero_id].raw or "").encode())
            wrong = list_wrong_columns(held, names, columns(record))
            if held.raw == repaired[held.xero_id].raw and wrong:
                differences.append(
                    Difference(
                        Change.Kind.CHANGED,
                        held.xero_id,
                        {name_member(stream, name): _plain(old) for name, old, _ in wrong},
                        {name_member(stream, name): _plain(new) for name, _, new in wrong},
                    )
                )
        log_changes(differences, arrival)
        rows.update(digest=b"", updated_at=None)

    def _mark(self, stream: Stream, row: StreamRun) -> None:
        gone = set(self._records(stream).filter(fate=Fate.GONE).values_list("xero_id", flat=True))
        if not gone or self._resync.read_from is None:
            return
        rows = stream.model._default_manager.filter(organisation_id=self._run.organisation_id, gone_at=None)
        # What a webhook brought back since is there, whatever the plan says.
        newer = set(
            rows.filter(changed_here_at__gte=self._resync.read_from).values_list("xero_id", flat=True)
        )
        there = set(rows.values_list("xero_id", flat=True)) - (gone - newer)
        row.rows_gone = mark_gone(
            stream.model, there, self._arrival(stream), known_before=self._resync.read_from
        )

    def _records(self, stream: Stream) -> "QuerySet[ResyncRecord]":
        return ResyncRecord.objects.filter(resync=self._resync, stream=stream.name)

    def _list_batches(self, stream: Stream) -> Iterator[list[ResyncRecord]]:
        after = 0
        while batch := list(
            self._records(stream).exclude(fate=Fate.GONE).filter(pk__gt=after).order_by("pk")[:_BATCH]
        ):
            yield batch
            after = batch[-1].pk

    def _arrival(self, stream: Stream) -> Arrival:
        return Arrival(
            workspace_id=self._run.workspace_id,
            organisation_id=self._run.organisation_id,
            stream=stream.name,
            run_id=self._run.pk,
            why=REASON,
            at=self._now(),
        )


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | Decimal) or value is None else str(value)
