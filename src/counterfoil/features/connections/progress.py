"""How far a run is, and how long the rest may take (K26)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from counterfoil.mirror.models import Run, StreamRun
from counterfoil.sync.streams import STREAM_BY_NAME

# Xero answers at most sixty calls a minute for one organisation.
# Source: Xero developer guide, "OAuth 2.0 API limits".
_CALLS_A_MINUTE = 60
_ENOUGH_TO_JUDGE = 5

_FINISHED = {StreamRun.State.DONE, StreamRun.State.FAILED, StreamRun.State.UNAVAILABLE}


@dataclass(frozen=True)
class StreamProgress:
    """One stream of the run."""

    title: str
    state: str
    rows: int
    pages_done: int
    pages_total: int | None
    error: str


@dataclass(frozen=True)
class Progress:
    """A run as a person watches it."""

    run: Run
    streams: Sequence[StreamProgress]
    calls: int
    time_left: timedelta | None

    @property
    def pages_done(self) -> int:
        """Pages read so far."""
        return sum(min(stream.pages_done, _known_pages(stream)) for stream in self.streams)

    @property
    def pages_total(self) -> int:
        """Pages in all, as far as Xero has told; a stream not yet asked counts as one."""
        return sum(_known_pages(stream) for stream in self.streams)

    @property
    def streams_done(self) -> int:
        """Streams that are settled, whichever way."""
        return sum(stream.state in _FINISHED for stream in self.streams)

    @property
    def rows(self) -> int:
        """Records read so far."""
        return sum(stream.rows for stream in self.streams)


def describe_progress(run: Run, *, now: datetime) -> Progress:
    """Return how far the run is; time left is None until enough was read to judge by."""
    rows = list(run.streams.all())
    streams = [
        StreamProgress(
            title=STREAM_BY_NAME[row.stream].title if row.stream in STREAM_BY_NAME else row.stream,
            state=row.state,
            rows=row.rows_read,
            pages_done=row.pages_done,
            pages_total=row.pages_total,
            error=row.error,
        )
        for row in rows
    ]
    progress = Progress(run=run, streams=streams, calls=sum(row.calls for row in rows), time_left=None)
    left = estimate_time_left(
        pages_done=progress.pages_done,
        pages_total=progress.pages_total,
        calls=progress.calls,
        elapsed=now - run.started_at,
    )
    return replace(progress, time_left=left)


def estimate_time_left(
    *, pages_done: int, pages_total: int, calls: int, elapsed: timedelta
) -> timedelta | None:
    """
    Return pages left divided by the pace so far, or None when too little was read to judge by.

    The first minute's calls go through as fast as Xero answers; what is beyond them cannot be faster
    than Xero's limit of sixty a minute.
    """
    left = max(pages_total - pages_done, 0)
    if pages_done < _ENOUGH_TO_JUDGE or elapsed <= timedelta(0):
        return None
    at_this_pace = elapsed / pages_done * left
    free_now = max(_CALLS_A_MINUTE - calls, 0)
    at_the_limit = timedelta(minutes=max(left - free_now, 0) / _CALLS_A_MINUTE)
    return max(at_this_pace, at_the_limit)


def _known_pages(stream: StreamProgress) -> int:
    if stream.state in _FINISHED:
        return max(stream.pages_done, 1) if stream.pages_total is None else stream.pages_total
    return max(stream.pages_total or 1, stream.pages_done, 1)
