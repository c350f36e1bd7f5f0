"""
Webhooks, from the post that Xero makes to the record in the mirror.

A delivery is kept whole before it is answered. Unpacked, it becomes notices: one row for each record,
however often Xero tells of it. A fetch reads what the notices of one organisation name, and settles
them once the records are stored. Until then a notice waits, with a next try.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from counterfoil.mirror.models import (
    Connection,
    Cursor,
    Delivery,
    GateBudget,
    Notice,
    Organisation,
    Run,
    StreamRun,
)
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync import runs
from counterfoil.sync.blindspots import IDS_AT_ONCE
from counterfoil.sync.engine import Outcome, execute_run, find_connection
from counterfoil.sync.gate import load_budget
from counterfoil.sync.lease import hold_lease, is_leased
from counterfoil.xero.errors import AnswerNotUnderstood, XeroBusy
from counterfoil.xero.webhooks import Event, parse_parcel

log = structlog.get_logger(__name__)

REASON = "webhook"

# Xero keeps undelivered events as long. Source: Xero developer guide, "Webhooks", retries.
KEPT_FOR = timedelta(days=31)

# What an organisation that changes all the time is read at most, so that news of a minute is one call.
SPACING = timedelta(seconds=20)

# With fewer calls left for the day than this, they are spread over it: deltas and people need some too.
CALLS_FOR_OTHERS = 400
SPREAD = timedelta(minutes=5)

STREAM_BY_CATEGORY: Mapping[str, str] = {
    "CONTACT": "Contacts",
    "INVOICE": "Invoices",
    "CREDITNOTE": "CreditNotes",
    "PREPAYMENT": "Prepayments",
    "OVERPAYMENT": "Overpayments",
    "PAYMENT": "Payments",
}

# The lists that can be asked by ids. Source: Xero's OpenAPI, parameter `IDs`.
_TAKES_IDS = frozenset({"Contacts", "Invoices"})

# Xero sometimes tells of a record a moment before it shows it; after so many looks it never will.
_LOOKS_FOR_ABSENT = 3

_DELIVERIES_AT_ONCE = 200


@dataclass(frozen=True)
class Claim:
    """A notice that a fetch takes up, and how often it had been heard by then."""

    pk: int
    stream: str
    xero_id: str
    heard: int


# -- Receiving -----------------------------------------------------------------------------------


def store_delivery(body: bytes, *, now: datetime) -> None:
    """Keep a delivery whose signature is right. When this returns, it is on disk."""
    Delivery.objects.create(received_at=now, body=body)


def list_deliveries(*, limit: int) -> "QuerySet[Delivery]":
    """Return the log of deliveries, the newest first, without their bodies."""
    return Delivery.objects.defer("body").order_by("-received_at", "-pk")[:limit]


def replay_deliveries(*, now: datetime, delivery_id: int | None = None, since: datetime | None = None) -> int:
    """
    Have one delivery, or all received since a moment, unpacked once more. Return how many.

    Whatever they tell of is read again, also what was settled, and also for organisations that were
    connected only later.
    """
    if (delivery_id is None) == (since is None):
        raise ValueError("Name one delivery, or a moment since which all are meant.")
    chosen = Q(pk=delivery_id) if since is None else Q(received_at__gte=since)
    return Delivery.objects.filter(chosen).update(unpacked_at=None, replayed_at=now)


def forget_old(*, now: datetime) -> None:
    """Drop the deliveries and the settled notices that nobody will ask for; call it across workspaces."""
    Delivery.objects.filter(received_at__lt=now - KEPT_FOR).exclude(unpacked_at=None).delete()
    Notice.objects.filter(settled_at__lt=now - KEPT_FOR).delete()


# -- Unpacking -----------------------------------------------------------------------------------


def unpack_deliveries(*, now: datetime) -> int:
    """Turn the deliveries that wait into notices, in their order, and return how many there were."""
    count = 0
    while unpacked := _unpack_some(now):
        count += unpacked
    return count


def _unpack_some(now: datetime) -> int:
    with across_workspaces():
        # Ordered and locked; another worker takes those behind.
        deliveries = list(
            Delivery.objects.filter(unpacked_at=None)
            .select_for_update(skip_locked=True)
            .order_by("pk")[:_DELIVERIES_AT_ONCE]
        )
        if not deliveries:
            return 0
        connected = _find_connected()
        news: dict[tuple[int, int, str, str], datetime] = {}
        again: dict[tuple[int, int, str, str], datetime] = {}
        for delivery in deliveries:
            found = again if delivery.replayed_at else news
            for place, said_at in _unpack(delivery, connected):
                found[place] = max(said_at, found.get(place, said_at))
            delivery.unpacked_at = now
        _write_notices(news, now=now)
        _write_notices(again, now=now, even_if_known=True)
        counted = ["event_count", "unclaimed_count", "unused_count", "first_sequence", "last_sequence"]
        Delivery.objects.bulk_update(deliveries, ["unpacked_at", "problem", *counted])
        log.info("deliveries unpacked", deliveries=len(deliveries), notices=len(news) + len(again))
        return len(deliveries)


def _find_connected() -> dict[str, list[tuple[int, int]]]:
    """Return workspace and organisation by tenant; two firms may have connected the same one."""
    found: dict[str, list[tuple[int, int]]] = {}
    connected = Organisation.objects.filter(connection__isnull=False)
    for tenant, workspace, pk in connected.values_list("tenant_id", "workspace_id", "pk"):
        found.setdefault(tenant.lower(), []).append((workspace, pk))
    return found


def _unpack(
    delivery: Delivery, connected: Mapping[str, Sequence[tuple[int, int]]]
) -> Iterable[tuple[tuple[int, int, str, str], datetime]]:
    """Yield where each event belongs and when Xero said it, and count in the delivery what it held."""
    try:
        parcel = parse_parcel(bytes(delivery.body))
    except AnswerNotUnderstood as problem:
        delivery.problem = problem.sentence
        log.warning("delivery not understood", delivery=delivery.pk)
        return
    delivery.event_count = len(parcel.events) + parcel.unreadable
    delivery.first_sequence, delivery.last_sequence = parcel.first_sequence, parcel.last_sequence
    delivery.unused_count, delivery.unclaimed_count = parcel.unreadable, 0
    for event in parcel.events:
        stream = STREAM_BY_CATEGORY.get(event.category)
        owners = connected.get(event.tenant_id, ())
        if stream is None:
            delivery.unused_count += 1
        elif not owners:
            delivery.unclaimed_count += 1
        else:
            for workspace, organisation in owners:
                yield (workspace, organisation, stream, event.resource_id), _moment_of(event, delivery)


def _moment_of(event: Event, delivery: Delivery) -> datetime:
    return event.said_at or delivery.received_at


def _write_notices(
    told: Mapping[tuple[int, int, str, str], datetime], *, now: datetime, even_if_known: bool = False
) -> None:
    """
    Note what is news: a record never told of, or told of at a later moment than before.

    The same event again, or an earlier one that comes late, is no news: what was read after the later
    one holds it too. `even_if_known` takes it all the same, as a replay wants it.
    """
    if not told:
        return
    places = sorted(told)
    workspaces, organisations, streams, ids = map(list, zip(*places, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into mirror_notice as held (workspace_id, organisation_id, stream, xero_id, said_at,"
            " heard, heard_at, attempts, next_try_at, problem)"
            " select told.*, 1, %(now)s, 0, %(now)s, '' from unnest(%(workspaces)s::bigint[],"
            " %(organisations)s::bigint[], %(streams)s::text[], %(ids)s::text[], %(said)s::timestamptz[])"
            " told on conflict (organisation_id, stream, xero_id) do update set heard = held.heard + 1,"
            " said_at = greatest(held.said_at, excluded.said_at), heard_at = excluded.heard_at,"
            " next_try_at = excluded.next_try_at, attempts = 0, problem = '', settled_at = null"
            " where %(even_if_known)s or excluded.said_at > held.said_at",
            {
                "now": now,
                "workspaces": workspaces,
                "organisations": organisations,
                "streams": streams,
                "ids": ids,
                "said": [told[place] for place in places],
                "even_if_known": even_if_known,
            },
        )


# -- Fetching ------------------------------------------------------------------------------------


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


def fetch_told(organisation_id: int, *, now: Callable[[], datetime]) -> Run | None:
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
        outcome = execute_run(link, run, now=now, wanted=wanted)
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
    return stream in _TAKES_IDS and len(ids) <= IDS_AT_ONCE


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
