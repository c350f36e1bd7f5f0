"""
Webhooks, from the post that Xero makes to the records that are to be read for it; `inbox` reads them.

A delivery is kept whole before it is answered, with the app whose key signed it. Unpacked, it becomes
notices: one row for each record, however often Xero tells of it. An app is believed only about the
organisations that were connected through it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection
from django.db.models import Max, Q, QuerySet

from counterfoil.mirror.models import Connection, Delivery, Organisation
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.app import WebhookKey
from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.webhooks import Event, is_like_signature, is_signed, parse_parcel

log = structlog.get_logger(__name__)

STREAM_BY_CATEGORY: Mapping[str, str] = {
    "CONTACT": "Contacts",
    "INVOICE": "Invoices",
    "CREDITNOTE": "CreditNotes",
    "PREPAYMENT": "Prepayments",
    "OVERPAYMENT": "Overpayments",
    "PAYMENT": "Payments",
}

_DELIVERIES_AT_ONCE = 200

# Workspace, organisation, stream and Xero's id of a record.
Place = tuple[int, int, str, str]


@dataclass(frozen=True)
class Owner:
    """An organisation of a workspace, and the app that it was connected through."""

    workspace_id: int
    organisation_id: int
    client_id: str


@dataclass(frozen=True)
class Told:
    """When Xero says that a record changed, and when we heard of it."""

    said_at: datetime
    heard_at: datetime


@dataclass(frozen=True)
class Incoming:
    """What was posted, and the apps that signed it."""

    body: bytes
    signers: Sequence[WebhookKey]
    is_test: bool
    now: datetime


# -- Receiving -----------------------------------------------------------------------------------


def find_signers(body: bytes, signature: str, keys: Iterable[WebhookKey]) -> list[WebhookKey]:
    """
    Return the apps whose key signed these bytes: none, or one, or two firms that share an app.

    Every key is tried, whichever fits, and what cannot be a signature is compared with none.
    """
    if not is_like_signature(signature):
        return []
    return [app for app in keys if is_signed(body, signature, app.key)]


def store_deliveries(came: Iterable[Incoming]) -> None:
    """
    Keep deliveries whose signature is right, for each app it fits. When this returns, all are on disk.

    One statement, which commits by itself; models would compute longer than all else that a post takes.
    """
    rows = [
        (one.now, app.client_id, app.workspace_id, one.is_test, one.body)
        for one in came
        for app in one.signers
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into mirror_delivery (received_at, client_id, firm_id, is_test, body,"
            " event_count, unclaimed_count, unused_count, problem)"
            " select came.*, 0, 0, 0, ''"
            " from unnest(%s::timestamptz[], %s::text[], %s::bigint[], %s::boolean[], %s::bytea[]) came",
            [list(column) for column in zip(*rows, strict=True)],
        )


def list_old(*, before: datetime) -> "QuerySet[Delivery]":
    """
    Return the deliveries that nobody will ask for; call it across workspaces.

    The last real delivery of each app stays: it says when Xero was last heard.
    """
    real = Delivery.objects.filter(is_test=False)
    last = real.values("client_id", "firm_id").annotate(last=Max("pk")).values("last")
    old = Delivery.objects.filter(received_at__lt=before).exclude(unpacked_at=None)
    return old.exclude(pk__in=list(last.values_list("last", flat=True)))


# -- Replaying -----------------------------------------------------------------------------------


def replay_deliveries(*, now: datetime, delivery_id: int | None = None, since: datetime | None = None) -> int:
    """
    Have one delivery, or all received since a moment, unpacked once more. Return how many.

    Whatever they tell of is read again, also what was settled, and also for organisations that were
    connected only later.
    """
    if (delivery_id is None) == (since is None):
        raise ValueError("Name one delivery, or a moment since which all are meant.")
    chosen = Q(pk=delivery_id) if since is None else Q(received_at__gte=since)
    return Delivery.objects.filter(chosen, is_test=False).update(unpacked_at=None, replayed_at=now)


def replay_for(organisation: Organisation, *, delivery_id: int, now: datetime) -> int | None:
    """
    Have read again what one delivery tells of one organisation, and of no other.

    Return how many records that are, or None when there is no such delivery; call it across workspaces.
    """
    delivery = Delivery.objects.filter(pk=delivery_id, is_test=False).first()
    if delivery is None:
        return None
    owners = _find_owners(Connection.objects.filter(organisation=organisation))
    told = dict(_unpack(delivery, owners))
    _write_notices(told, now=now, is_replay=True)
    return len(told)


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
        owners = _find_owners(Connection.objects.all())
        news: dict[Place, Told] = {}
        again: dict[Place, Told] = {}
        for delivery in deliveries:
            found = again if delivery.replayed_at else news
            for place, told in _unpack(delivery, owners):
                found[place] = max(told, found.get(place, told), key=lambda one: one.said_at)
            delivery.unpacked_at = now
        _write_notices(news, now=now)
        _write_notices(again, now=now, is_replay=True)
        counted = ["event_count", "unclaimed_count", "unused_count", "first_sequence", "last_sequence"]
        Delivery.objects.bulk_update(deliveries, ["unpacked_at", "problem", *counted])
        log.info("deliveries unpacked", deliveries=len(deliveries), notices=len(news) + len(again))
        return len(deliveries)


def _find_owners(connections: "QuerySet[Connection]") -> dict[str, list[Owner]]:
    """Return whose organisation each tenant is; two firms may have connected the same one."""
    found: dict[str, list[Owner]] = {}
    fields = ("organisation__tenant_id", "workspace_id", "organisation_id", "grant__client_id")
    for tenant, *owner in connections.values_list(*fields):
        found.setdefault(tenant.lower(), []).append(Owner(*owner))
    return found


def _unpack(delivery: Delivery, owners: Mapping[str, Sequence[Owner]]) -> Iterable[tuple[Place, Told]]:
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
        believing = [one for one in owners.get(event.tenant_id, ()) if _is_believed(delivery, one)]
        if stream is None:
            delivery.unused_count += 1
        elif not believing:
            delivery.unclaimed_count += 1
        else:
            for one in believing:
                place = (one.workspace_id, one.organisation_id, stream, event.resource_id)
                yield place, _describe(event, delivery)


def _is_believed(delivery: Delivery, owner: Owner) -> bool:
    """
    Say whether the app that signed may tell of this organisation.

    Whoever saves an app of their own knows its key and can sign anything. So its events count for the
    firm that saved it, and there only for what was connected through that very app.
    """
    return owner.client_id == delivery.client_id and delivery.firm_id in (None, owner.workspace_id)


def _describe(event: Event, delivery: Delivery) -> Told:
    return Told(said_at=event.said_at or delivery.received_at, heard_at=delivery.received_at)


def _write_notices(told: Mapping[Place, Told], *, now: datetime, is_replay: bool = False) -> None:
    """
    Note what is news: a record never told of, or told of at a later moment than before.

    The same event again, or an earlier one that comes late, is no news: what was read after the later
    one holds it too. A replay takes it all the same, and leaves when it was heard as it is.
    """
    if not told:
        return
    places = sorted(told)
    workspaces, organisations, streams, ids = map(list, zip(*places, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into mirror_notice as held (workspace_id, organisation_id, stream, xero_id, said_at,"
            " heard_at, heard, attempts, next_try_at, problem, replayed_at)"
            " select told.*, 1, 0, %(now)s, '', case when %(is_replay)s then %(now)s::timestamptz end"
            " from unnest(%(workspaces)s::bigint[], %(organisations)s::bigint[], %(streams)s::text[],"
            " %(ids)s::text[], %(said)s::timestamptz[], %(heard)s::timestamptz[]) told"
            " on conflict (organisation_id, stream, xero_id) do update set heard = held.heard + 1,"
            " said_at = greatest(held.said_at, excluded.said_at),"
            " heard_at = greatest(held.heard_at, excluded.heard_at), replayed_at = excluded.replayed_at,"
            " next_try_at = excluded.next_try_at, attempts = 0, problem = '', settled_at = null"
            " where %(is_replay)s or excluded.said_at > held.said_at",
            {
                "now": now,
                "workspaces": workspaces,
                "organisations": organisations,
                "streams": streams,
                "ids": ids,
                "said": [told[place].said_at for place in places],
                "heard": [told[place].heard_at for place in places],
                "is_replay": is_replay,
            },
        )
