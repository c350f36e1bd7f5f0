"""Takes what is to be sent next: what may go together in one call, checked once more, and written down."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import msgspec
from django.db.models import Exists, OuterRef, Q, QuerySet

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import (
    Attempt,
    Connection,
    CreditNote,
    LinkedTransaction,
    Operation,
    OperationFile,
)
from counterfoil.mirror.upsert import digest_of
from counterfoil.sync.outbox.aiming import aim
from counterfoil.sync.outbox.comparing import is_as_wished
from counterfoil.sync.outbox.facts import Facts
from counterfoil.sync.outbox.kinds import KIND_BY_NAME, Kind, Search, fill_in
from counterfoil.sync.outbox.looking import name_version
from counterfoil.sync.outbox.moves import Step, lock, take_steps
from counterfoil.sync.outbox.obstacles import find_obstacle
from counterfoil.sync.standing import while_connected
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.wishes import AttachFile, NewAllocation, NewLink, Wish, keep_wish, read_wish
from counterfoil.xero.writing import Request

# What waits for a record that is being made, or for one in doubt, is not sent before that is known.
_UNFINISHED = [OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN]

ASKS_TO_LOOK = Q(kind="contact_edit", wish__contains='"Was"')
"""An edit that says what Xero had there: the contact is read before it is sent."""

HAS_NO_FILE = Q(kind="file_new", file=None)
"""A file whose bytes are still to be fetched from where it is."""


@dataclass
class Batch:
    """Operations that go to Xero in one call, and that call."""

    kind: Kind
    attempt: Attempt
    operations: list[Operation]
    request: Request


def list_ready(organisation_id: int, *, now: datetime) -> "QuerySet[Operation]":
    """
    Return what may be sent now, the oldest wish first.

    What concerns the same record goes in the order in which it was wished for, and never past something
    that is in doubt; what waits for another goes when that is done.
    """
    before = Operation.objects.filter(
        organisation_id=OuterRef("organisation_id"), xero_id=OuterRef("xero_id"), pk__lt=OuterRef("pk")
    )
    return (
        Operation.objects.filter(organisation_id=organisation_id, state=OutboxState.QUEUED)
        .filter(Q(next_try_at=None) | Q(next_try_at__lte=now))
        .filter(Q(waits_for=None) | Q(waits_for__state=OutboxState.DONE))
        .exclude(~Q(xero_id="") & Exists(before.filter(state__in=_UNFINISHED)))
        .order_by("pk")
    )


def take_batch(
    connection: Connection,
    *,
    kinds_off: set[str],
    alone: set[int],
    looked_at: Collection[int],
    now: datetime,
) -> "Batch | list[int] | None":
    """
    Return the next call, its operations now Sending and its key stored; None when nothing is left.

    What the mirror shows to be impossible is refused here, without a call; a list of such operations
    is returned instead when all were. `alone` are those that go by themselves; of the edits that ask to
    look first, only those in `looked_at` go. Raises ConnectionRemoved.
    """
    organisation = connection.organisation
    with while_connected(organisation.workspace_id, organisation.pk):
        ready = list_ready(organisation.pk, now=now).exclude(kind__in=kinds_off)
        ready = ready.exclude(ASKS_TO_LOOK & ~Q(pk__in=looked_at)).exclude(HAS_NO_FILE)
        first = ready.first()
        if first is None:
            return None
        kind = KIND_BY_NAME[first.kind]
        same = ready.filter(kind=kind.name)
        count = 1 if first.pk in alone else kind.together
        chosen = [
            first.pk,
            *same.exclude(pk__in={*alone, first.pk}).values_list("pk", flat=True)[: count - 1],
        ]
        operations = lock(
            Operation.objects.filter(pk__in=chosen, state=OutboxState.QUEUED).select_related("waits_for")
        )
        wishes = {one.pk: _complete(one, kind) for one in operations}
        refused, facts = [], Facts(organisation)
        for one in operations:
            obstacle = find_obstacle(wishes[one.pk], facts)
            if obstacle is not None:
                step = Step(
                    one,
                    OutboxState.REFUSED,
                    obstacle.sentence,
                    obstacle.way_round,
                    error_key=obstacle.key,
                    changes=_list_told(one),
                )
                refused.append(step)
        take_steps(refused, now=now)
        hindered = {step.operation.pk for step in refused}
        going = [one for one in operations if one.pk not in hindered]
        if not going:
            return sorted(hindered)
        return _write_down(kind, going, wishes, now=now)


def build_request(kind: Kind, operations: list[Operation], wish: Wish, key: str) -> Request:
    """Return the one call that sends these operations, byte for byte the same each time."""
    if isinstance(wish, AttachFile):
        content = bytes(OperationFile.objects.get(operation=operations[0]).content)
        params = {"IncludeOnline": "true"} if wish.include_online else {}
        return Request(kind.method, kind.build_path(wish), key, content, params, wish.mime_type)
    body = kind.build_body([one.payload for one in operations])
    return Request(kind.method, kind.build_path(wish), key, body, kind.params)


def _complete(operation: Operation, kind: Kind) -> Wish:
    """Return the wish, told the record that it waited for."""
    wish = read_wish(kind.wish, operation.wish)
    leader = operation.waits_for
    if leader is not None and leader.xero_id:
        stream = KIND_BY_NAME[leader.kind].stream
        wish = aim(fill_in(wish, stream=stream, xero_id=leader.xero_id), operation.organisation_id)
        operation.wish = keep_wish(wish)
        operation.payload = kind.build_payload(wish, operation.reference)
        if kind.about:
            operation.xero_id = str(getattr(wish, kind.about))
    return wish


def _list_told(operation: Operation) -> dict[str, object]:
    """Return what changed of an operation that was told the record it waited for."""
    told = ("wish", "payload", "xero_id") if operation.waits_for_id else ()
    return {name: getattr(operation, name) for name in told}


def _write_down(kind: Kind, going: list[Operation], wishes: dict[int, Wish], *, now: datetime) -> Batch:
    key = str(uuid4())
    request = build_request(kind, going, wishes[going[0].pk], key)
    attempt = Attempt.objects.create(
        workspace_id=going[0].workspace_id,
        organisation_id=going[0].organisation_id,
        kind=kind.name,
        key=key,
        digest=digest_of(request.body),
        known=_list_known(kind, going, wishes[going[0].pk]),
        started_at=now,
    )
    steps = [
        Step(
            one,
            OutboxState.SENDING,
            changes={"attempt": attempt, "place": place, "looks": 0} | _list_told(one),
        )
        for place, one in enumerate(going)
    ]
    take_steps(steps, now=now, attempt=attempt)
    return Batch(kind, attempt, going, request)


def _list_known(kind: Kind, going: list[Operation], wish: Wish) -> list[str]:
    """
    Return by what a later look tells what was there before from what came of this.

    Of records that are to change it is when Xero last changed them, as far as the mirror knows; of an
    allocation the ids of those that look the same, and of a link those that its bought line has already.
    """
    if isinstance(wish, NewAllocation):
        return _list_alike(going[0], wish)
    if isinstance(wish, NewLink):
        return _list_links(going[0], wish)
    if kind.search is not Search.BY_RECORD:
        return []
    held = STREAM_BY_NAME[kind.stream].model._default_manager.filter(
        organisation_id=going[0].organisation_id, xero_id__in=[one.xero_id for one in going]
    )
    stamps = held.values_list("xero_id", "updated_at")
    return [name_version(xero_id, stamp) for xero_id, stamp in stamps if stamp is not None]


def _list_links(operation: Operation, wish: NewLink) -> list[str]:
    mine = LinkedTransaction.objects.filter(
        organisation_id=operation.organisation_id,
        source_transaction_id=wish.source_id,
        source_line_item_id=wish.source_line_id,
    )
    return list(mine.values_list("xero_id", flat=True))


def _list_alike(operation: Operation, wish: NewAllocation) -> list[str]:
    note = CreditNote.objects.filter(
        organisation_id=operation.organisation_id, xero_id=wish.credit_note_id
    ).first()
    if note is None:
        return []
    wished = msgspec.json.decode(operation.payload)
    wished.pop("Date", None)
    listed = msgspec.json.decode(note.raw).get("Allocations") or []
    return [one["AllocationID"] for one in listed if is_as_wished(wished, one) and "AllocationID" in one]
