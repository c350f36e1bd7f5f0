"""Which readings a stream needs in a run: whole, changed since, or the open documents again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from counterfoil.mirror.models import Run
from counterfoil.sync.streams import Stream, Walk

# Xero's stamps have the precision of a second, and a record can be committed later than it is stamped.
OVERLAP = timedelta(minutes=5)

# Runs that read what was named to them, and say nothing about the rest.
NAMED_ONLY = frozenset({Run.Kind.WEBHOOK, Run.Kind.AGAIN})

# Runs that ask for changes and never look at what changes hide.
CHANGES_ONLY = NAMED_ONLY | {Run.Kind.DELTA}


@dataclass(frozen=True)
class Pass:
    """
    One reading of a stream's list.

    `is_whole` says that it reads the whole list; `shows_all`, that a record which the list does not show
    is not in Xero any more. With `record_id` it reads that one record at its own address.
    """

    walk: Walk
    params: Mapping[str, str] = field(default_factory=dict)
    modified_since: datetime | None = None
    is_whole: bool = False
    shows_all: bool = False
    record_id: str = ""


def plan_passes(
    stream: Stream, *, kind: str, since: datetime | None, must_be_whole: bool = False
) -> list[Pass]:
    """
    Return the readings of a stream, in their order.

    `since` is the cursor: None when the stream never succeeded, and then it is read whole whatever
    the run is; so it is by a sweep that `must_be_whole`. A sweep asks for the changes too, because it
    moves the cursor as well.
    """
    params = {**stream.params, **stream.order}
    whole = Pass(stream.walk, params, is_whole=True, shows_all=stream.is_complete)
    if since is None or kind == Run.Kind.FULL or not stream.in_delta:
        return [whole]
    if must_be_whole and kind not in CHANGES_ONLY:
        return [whole]
    changes = Pass(Walk.BACKWARDS, stream.params, modified_since=since - OVERLAP)
    if kind in CHANGES_ONLY or stream.sweep is None:
        return [changes]
    if stream.sweep:
        # Records leave this list when they are paid, so that only the walk from its end loses none.
        return [changes, Pass(Walk.BACKWARDS, {**stream.params, **stream.sweep})]
    return [whole]
