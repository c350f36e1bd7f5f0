"""
Fetches what webhooks told of: the second half of the way that begins in `deliveries`.

A fetch reads what the notices of one organisation name, and settles them once the records are stored.
Until then a notice waits, with a next try.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from counterfoil.mirror.models import (
    Connection,
    Cursor,
    GateBudget,
    Notice,
    Organisation,
    Run,
    StreamRun,
)
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync import runs
from counterfoil.sync.blindspots import IDS_AT_ONCE
from counterfoil.sync.engine import Outcome, execute_run, find_connection
from counterfoil.sync.gate import load_budget
from counterfoil.sync.lease import hold_lease, is_leased
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.errors import XeroBusy

REASON = "webhook"

# What an organisation that changes all the time is read at most, so that news of a minute is one call.
SPACING = timedelta(seconds=20)

# With fewer calls left for the day than this, they are spread over it: deltas and people need some too.
CALLS_FOR_OTHERS = 400
SPREAD = timedelta(minutes=5)

# Xero sometimes tells of a record a moment before it shows it; after so many looks it never will.
_LOOKS_FOR_ABSENT = 3


@dataclass(frozen=True)
class Claim:
    """A notice that a fetch takes up, and how often it had been heard by then."""

    pk: int
    stream: str
    xero_id: str
    heard: int


def list_told(*, now: datetime) -> list[int]:
    """
    Return the organisations with notices to fetch now; call it across workspaces.

    Those being synced, those with an unfinished run, and those read for their notices a moment ago
    come later.
    """
    of_same = {"organisation_id": OuterRef("organisation_id")}
    connected = Connection.objects.filter(state=Connection.State.CONNECTED, auto_sync=True, **of_same)
    in_the_way = Run.objects.filter(state__in=[Run.State.RUNNING, Run.State.PARKED], **of_same)
    told = _waiting(now).filter(Exists(connected), ~Exists(in_the_way))
    organisations = told.order_by("organisation_id").values_list("organisation_id", flat=True).distinct()
    return [one for one in organisations if not _was_just_read(one, now) and not is_leased(one)]


def _was_just_read(organisation_id: int, now: datetime) -> bool:
    budget = GateBudget.objects.filter(organisation_id=organisation_id).first()
    left = load_budget(budget).day_remaining if budget else None
    spacing = SPACING if left is None or left >= CALLS_FOR_OTHERS else SPREAD
    recent = Run.objects.filter(kind=Run.Kind.WEBHOOK, started_at__gt=now - spacing)
    return recent.filter(organisation_id=organisation_id).exists()


def fetch_told(
    organisation_id: int,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Run | None:
    """
    Read what the notices of an organisation name, and return the run, or None when nothing was to be done.

    Raises AlreadySyncing and NotConnected; the notices then wait. What goes wrong with Xero is in the
    run and on the notices.
    """
    link = find_connection(organisation_id)
    with hold_lease(organisation_id):
        if runs.has_unfinished_run(link.organisation):
            return None
        claims = _claim(link.organisation, now())
        if not claims:
            return None
        ids = group_by_stream(claims)
        wanted = {stream: listed for stream, listed in ids.items() if is_read_by_id(stream, listed)}
        streams = set(ids)
        if "Invoices" in ids and "Contacts" not in ids and _is_known(link.organisation, "Contacts"):
            # Read only where the invoices contradict a contact's flags; see `blindspots`.
            streams.add("Contacts")
            wanted["Contacts"] = []
        run = runs.begin_run(
            link.organisation, kind=Run.Kind.WEBHOOK, reason=REASON, now=now(), streams=streams
        )
        outcome = execute_run(link, run, now=now, wanted=wanted, sleep=sleep)
        _settle(run, claims, wanted, outcome, now=now())
    return run


def group_by_stream(claims: Iterable[Claim]) -> dict[str, list[str]]:
    """Return the ids of each stream."""
    grouped: dict[str, list[str]] = {}
    for claim in claims:
        grouped.setdefault(claim.stream, []).append(claim.xero_id)
    return grouped


def is_read_by_id(stream: str, ids: Collection[str]) -> bool:
    """
    Say whether these records are asked for by their ids; else the stream's changes are.

    One call names 40 records; one call for changes brings up to 1,000, so that it is the cheaper of
    the two as soon as a second would be needed.
    """
    return STREAM_BY_NAME[stream].takes_ids and len(ids) <= IDS_AT_ONCE


def _waiting(now: datetime) -> "QuerySet[Notice]":
    """Return the notices that are due; those of a stream not yet copied wait for its first copy."""
    copied = Cursor.objects.filter(organisation_id=OuterRef("organisation_id"), stream=OuterRef("stream"))
    return Notice.objects.filter(Exists(copied), settled_at=None, next_try_at__lte=now)


def _claim(organisation: Organisation, now: datetime) -> list[Claim]:
    with in_workspace(organisation.workspace_id):
        waiting = _waiting(now).filter(organisation=organisation).order_by("stream", "xero_id")
        return [Claim(*row) for row in waiting.values_list("pk", "stream", "xero_id", "heard")]


def _is_known(organisation: Organisation, stream: str) -> bool:
    with in_workspace(organisation.workspace_id):
        return Cursor.objects.filter(organisation=organisation, stream=stream).exists()


def _settle(
    run: Run,
    claims: Sequence[Claim],
    wanted: Mapping[str, Sequence[str]],
    outcome: Outcome,
    *,
    now: datetime,
) -> None:
    """Settle what is in the mirror now, and give the rest a next try."""
    stop = outcome.stopped_by
    not_before = now + (stop.retry_after or timedelta()) if isinstance(stop, XeroBusy) else now
    with in_workspace(run.workspace_id):
        rows = {row.stream: row for row in run.streams.all()}
        read: list[Claim] = []
        absent: list[Claim] = []
        for claim in claims:
            if rows[claim.stream].state != StreamRun.State.DONE:
                continue
            is_here = claim.stream not in wanted or claim.xero_id in outcome.found.get(claim.stream, ())
            (read if is_here else absent).append(claim)
        settled = {claim.pk for claim in (*read, *absent)}
        _mark_settled(read, now=now)
        _put_off(absent, "Xero does not show this record.", now=now, not_before=now)
        _give_up(absent, now=now)
        for stream, row in rows.items():
            failed = [claim for claim in claims if claim.stream == stream and claim.pk not in settled]
            _put_off(failed, row.error or run.sentence, now=now, not_before=not_before)


def _mark_settled(claims: Sequence[Claim], *, now: datetime) -> None:
    """Settle the notices, except those heard again since they were claimed."""
    if not claims:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update mirror_notice held set settled_at = %s, problem = '', attempts = 0"
            " from unnest(%s::bigint[], %s::bigint[]) as claim (id, heard)"
            " where held.id = claim.id and held.heard = claim.heard",
            [now, [claim.pk for claim in claims], [claim.heard for claim in claims]],
        )


def _put_off(claims: Sequence[Claim], problem: str, *, now: datetime, not_before: datetime) -> None:
    """Try again after a minute, then after growing waits of up to an hour."""
    if not claims:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "update mirror_notice held set attempts = attempts + 1, problem = %s, next_try_at = greatest(%s,"
            " %s + least(interval '1 hour', interval '1 minute' * power(2, least(attempts, 6))))"
            " from unnest(%s::bigint[], %s::bigint[]) as claim (id, heard)"
            " where held.id = claim.id and held.heard = claim.heard",
            [problem, not_before, now, [claim.pk for claim in claims], [claim.heard for claim in claims]],
        )


def _give_up(absent: Sequence[Claim], *, now: datetime) -> None:
    looked_for = Notice.objects.filter(pk__in=[claim.pk for claim in absent], attempts__gte=_LOOKS_FOR_ABSENT)
    looked_for.update(settled_at=now)
