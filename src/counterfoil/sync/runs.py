"""Begins, resumes, parks and finishes runs: what is written about them, so that a kill loses nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from counterfoil.mirror.models import Cursor, Organisation, Run, StreamRun
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.streams import STREAM_BY_NAME, STREAMS, Stream
from counterfoil.xero.errors import AppRefused, ConsentLost, XeroError, name_fault

# How many kinds of record a run's sentence names.
_NAMED = 3


@dataclass(frozen=True)
class Task:
    """One stream's part in a run: read whole, or only what changed since a moment."""

    stream: Stream
    row: StreamRun
    since: datetime | None


def begin_run(
    organisation: Organisation,
    *,
    kind: str,
    reason: str,
    now: datetime,
    streams: Collection[str] | None = None,
) -> Run:
    """
    Return the run to work on: the one that was cut off or parked, or a new one.

    An unfinished run always goes first; what was asked for is asked again afterwards by whoever
    needs it. A new one reads these streams, or those due by its kind. Call it while holding the
    organisation's lease.
    """
    with in_workspace(organisation.workspace_id):
        unfinished = Run.objects.filter(
            organisation=organisation, state__in=[Run.State.RUNNING, Run.State.PARKED]
        ).first()
        if unfinished is not None:
            unfinished.state = Run.State.RUNNING
            unfinished.parked_until = None
            unfinished.resumes += 1
            unfinished.save()
            return unfinished
        run = Run.objects.create(
            organisation=organisation,
            workspace_id=organisation.workspace_id,
            kind=kind,
            reason=reason,
            started_at=now,
        )
        known = set(Cursor.objects.filter(organisation=organisation).values_list("stream", flat=True))
        StreamRun.objects.bulk_create(
            StreamRun(
                organisation=organisation,
                workspace_id=organisation.workspace_id,
                run=run,
                stream=stream.name,
                place=place,
            )
            for place, stream in enumerate(STREAMS)
            if (
                stream.name in streams
                if streams is not None
                else is_due(stream, kind=kind, is_known=stream.name in known)
            )
        )
        return run


def has_unfinished_run(organisation: Organisation) -> bool:
    """Say whether a run was cut off or parked; it goes before any other."""
    with in_workspace(organisation.workspace_id):
        states = [Run.State.RUNNING, Run.State.PARKED]
        return Run.objects.filter(organisation=organisation, state__in=states).exists()


def is_due(stream: Stream, *, kind: str, is_known: bool) -> bool:
    """Say whether a run of this kind reads the stream; one that never succeeded is always due."""
    return kind != Run.Kind.DELTA or stream.in_delta or not is_known


def list_tasks(run: Run) -> list[Task]:
    """Return what is left to do in a run. A stream that failed before a resume is tried again."""
    with in_workspace(run.workspace_id):
        since = dict(
            Cursor.objects.filter(organisation_id=run.organisation_id).values_list("stream", "since")
        )
        by_name = {stream.name: stream for stream in STREAMS}
        settled = [StreamRun.State.DONE, StreamRun.State.UNAVAILABLE]
        return [
            Task(
                stream=by_name[row.stream],
                row=row,
                since=since.get(row.stream),
            )
            for row in run.streams.exclude(state__in=settled)
        ]


def finish_stream(row: StreamRun, *, was_swept: bool, now: datetime) -> None:
    """Settle a stream that was read to its end, and only now move its cursor."""
    close_stream(row, now=now)
    moved = {"since": row.walk_started_at or now, "succeeded_at": now}
    if was_swept:
        moved["swept_at"] = now
    Cursor.objects.update_or_create(
        organisation_id=row.organisation_id,
        workspace_id=row.workspace_id,
        stream=row.stream,
        defaults=moved,
    )


def close_stream(row: StreamRun, *, now: datetime) -> None:
    """Settle a stream of which only some records were wanted; its cursor stays where it was."""
    row.state = StreamRun.State.DONE
    row.finished_at = now
    row.error = row.next_step = row.fault = row.correlation_id = ""
    row.save()


def fail_stream(row: StreamRun, error: XeroError, *, state: str, now: datetime) -> None:
    """Say on the stream what stopped it; its cursor stays where it was."""
    row.state = state
    row.finished_at = now
    row.error, row.next_step = error.sentence, error.next_step
    row.fault, row.correlation_id = name_fault(error), (error.correlation_id or "")[:64]
    row.save()


def park_run(run: Run, error: XeroError, *, until: datetime) -> None:
    """Put the run aside until Xero's stated time; it goes on where it was."""
    run.state = Run.State.PARKED
    run.parked_until = until
    run.sentence, run.next_step = error.sentence, error.next_step
    run.save()


def finish_run(run: Run, *, stopped_by: XeroError | None, now: datetime, needs_person: bool = False) -> None:
    """
    Give the run its verdict: a success only when every stream is one and every record was read.

    `needs_person` says that a single stream failed for what only a person can mend.
    """
    rows = list(run.streams.all())
    failed = [row for row in rows if row.state not in (StreamRun.State.DONE, StreamRun.State.UNAVAILABLE)]
    unread = sum(row.rows_quarantined for row in rows)
    run.finished_at = now
    run.sentence = run.next_step = ""
    run.needs_person = needs_person or isinstance(stopped_by, ConsentLost | AppRefused)
    if not failed and not unread:
        run.state = Run.State.SUCCEEDED
    elif len(failed) == len(rows):
        run.state = Run.State.FAILED
    else:
        run.state = Run.State.PARTIAL
    if stopped_by is not None:
        run.sentence, run.next_step = stopped_by.sentence, stopped_by.next_step
    elif failed:
        run.sentence = f"{_name_failed(failed, of=len(rows))}: {failed[0].error}"
        run.next_step = failed[0].next_step
    elif unread:
        records = (
            "1 record could not be understood and lies"
            if unread == 1
            else f"{unread} records could not be understood and lie"
        )
        run.sentence = f"{records} in quarantine; everything else is here."
        run.next_step = "Look at them under Activity, Sync, and send them to whoever looks after Counterfoil."
    run.save()


def _name_failed(failed: Sequence[StreamRun], *, of: int) -> str:
    """Say which kinds of record could not be read; where they are many, how many, and the first."""
    if len(failed) == of > _NAMED:
        return "Nothing could be read"
    titles = [STREAM_BY_NAME[row.stream].title for row in failed[:_NAMED]]
    *others, last = titles
    named = f"{', '.join(others)} and {last}" if others else last
    if len(failed) <= _NAMED:
        return f"{named} could not be read"
    return f"{len(failed)} of {of} kinds of record could not be read, {named} among them"
