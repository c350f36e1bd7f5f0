"""
What people and features do with the outbox: propose, approve, hold back, send again, say what they saw.

Each function works in the caller's transaction, so that a wish is stored with what caused it, or neither.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from secrets import choice

from django.db import transaction

from counterfoil.domain.outbox import NOT_SENT, OutboxState
from counterfoil.mirror.models import (
    Connection,
    Operation,
    OperationEvent,
    OperationFile,
    Organisation,
    OutboxRules,
)
from counterfoil.sync.outbox.kinds import KIND_BY_NAME, Kind, kind_of
from counterfoil.sync.outbox.moves import Step, lock, take_steps
from counterfoil.sync.rights import NotTwoWay, require_two_way
from counterfoil.xero.wishes import LARGEST_FILE, AttachFile, Wish, keep_wish

# Without letters that are read for digits.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS_OF_REFERENCE = 10


class AlreadyWished(Exception):
    """The same is wished for already, and differently; `operation` says how."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(
            f"This is in the outbox already, as {operation.reference} ({operation.status.label})."
            " Change that one, or mark it as “Do not send” first."
        )
        self.operation = operation


class NotOptedIn(Exception):
    """Counterfoil may only raise drafts in this organisation (K15)."""

    def __init__(self) -> None:
        super().__init__(
            "Documents go to this organisation as drafts, to be approved in Xero."
            " An Owner or Admin can choose otherwise in Settings."
        )


class NotPossibleNow(Exception):
    """What was asked cannot be done to an operation in its present state."""


@dataclass(frozen=True)
class Result:
    """Which operations were moved, and which stood elsewhere already: somebody was faster."""

    moved: tuple[Operation, ...]
    others: tuple[Operation, ...]


def propose(
    *,
    organisation: Organisation,
    wish: Wish,
    intent_key: str,
    cause_kind: str,
    now: datetime,
    cause_id: str = "",
    by: str = "",
    waits_for: Operation | None = None,
    content: bytes | None = None,
    contact_id: str = "",
    amount: Decimal | None = None,
    currency: str = "",
    as_draft: bool = False,
) -> Operation:
    """
    Store a wish and return its operation; the same wish for the same intent returns the one there is.

    `intent_key` names what is wanted apart from how, as in `recharge:42`: it can be granted once.
    With `waits_for` the wish is sent after that one is done, and told its record's id. It waits for
    approval where the organisation's rules say so. Raises NotTwoWay, NotOptedIn and AlreadyWished.
    """
    kind = kind_of(wish)
    _require_right(organisation, kind)
    if getattr(wish, "status", "") == "AUTHORISED" and not get_rules(organisation).raises_approved:
        raise NotOptedIn
    live = Operation.objects.filter(organisation=organisation, intent_key=intent_key)
    live = live.exclude(state=OutboxState.HELD)
    kept = keep_wish(wish)
    if not live.exists():
        reference = make_reference()
        # Who asks at the same moment waits here for the first, and then finds it.
        created = Operation.objects.bulk_create(
            [
                Operation(
                    workspace_id=organisation.workspace_id,
                    organisation=organisation,
                    kind=kind.name,
                    intent_key=intent_key,
                    reference=reference,
                    state_since=now,
                    wish=kept,
                    payload=kind.build_payload(wish, reference),
                    contact_id=contact_id,
                    amount=amount,
                    currency=currency,
                    xero_id=str(getattr(wish, kind.about)) if kind.about else "",
                    waits_for=waits_for,
                    cause_kind=cause_kind,
                    cause_id=cause_id,
                    asked_by=by,
                    asked_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        made = live.filter(reference=created[0].reference).first()
        if made is not None:
            _complete(made, wish=wish, content=content, by=by, as_draft=as_draft, now=now)
            return made
    found = live.get()
    if found.wish != kept:
        raise AlreadyWished(found)
    return found


def submit(operations: Collection[int], *, by: str, now: datetime) -> Result:
    """Ask for drafts to be sent: they are queued, or wait for approval where the rules say so."""
    moved, others = _split(operations, {OutboxState.DRAFT})
    take_steps([_begin(one, by=by, now=now) for one in moved], now=now, who=by)
    return Result(tuple(moved), tuple(others))


def approve(operations: Collection[int], *, by: str, now: datetime) -> Result:
    """
    Approve what waits for it. Of two people who approve at once, one does and the other is told.

    Raises NotTwoWay when the connection may not write it any more; nothing is approved then.
    """
    moved, others = _split(operations, {OutboxState.WAITING})
    for organisation_id, kind_name in {(one.organisation_id, one.kind) for one in moved}:
        sample = next(one for one in moved if (one.organisation_id, one.kind) == (organisation_id, kind_name))
        _require_right(sample.organisation, KIND_BY_NAME[kind_name])
    take_steps(
        [Step(one, OutboxState.QUEUED, changes={"approved_by": by, "approved_at": now}) for one in moved],
        now=now,
        who=by,
    )
    return Result(tuple(moved), tuple(others))


def hold(operations: Collection[int], *, reason: str, by: str, now: datetime) -> Result:
    """
    Mark as “Do not send”, with the reason. What is being sent at this moment is not touched.

    Of one in the state Unknown it means that whoever holds it has looked in Xero, and it is not there.
    Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("Say why it is not to be sent.")
    moved, others = _split(operations, {*NOT_SENT, OutboxState.REFUSED, OutboxState.UNKNOWN})
    steps = [Step(one, OutboxState.HELD, reason.strip(), changes={"held_by": by}) for one in moved]
    take_steps(steps, now=now, who=by)
    return Result(tuple(moved), tuple(others))


def resend(operations: Collection[int], *, by: str, now: datetime) -> Result:
    """Queue once more what Xero refused, when its cause is mended; it goes with a key of its own."""
    moved, others = _split(operations, {OutboxState.REFUSED})
    take_steps([Step(one, OutboxState.QUEUED) for one in moved if one.approved_at], now=now, who=by)
    take_steps([_begin(one, by=by, now=now) for one in moved if not one.approved_at], now=now, who=by)
    return Result(tuple(moved), tuple(others))


def release_waiting(organisation: Organisation, *, error_key: str, by: str, now: datetime) -> int:
    """Queue again everything that was refused for the same cause, now that it is mended. Return how many."""
    if not error_key:
        return 0
    refused = Operation.objects.filter(
        organisation=organisation, state=OutboxState.REFUSED, error_key=error_key
    )
    return len(resend(list(refused.values_list("pk", flat=True)), by=by, now=now).moved)


def take_back(operations: Collection[int], *, by: str, now: datetime) -> Result:
    """Make drafts again of what was not sent, or was refused or held; they can be changed then."""
    states = {OutboxState.WAITING, OutboxState.QUEUED, OutboxState.REFUSED, OutboxState.HELD}
    moved, others = _split(operations, states)
    for one in moved:
        mine = Operation.objects.filter(organisation_id=one.organisation_id, intent_key=one.intent_key)
        if one.status is OutboxState.HELD and mine.exclude(state=OutboxState.HELD).exists():
            raise NotPossibleNow("Something else was put into the outbox for the same since then.")
    nobody = {"approved_by": "", "approved_at": None, "held_by": ""}
    take_steps([Step(one, OutboxState.DRAFT, changes=dict(nobody)) for one in moved], now=now, who=by)
    return Result(tuple(moved), tuple(others))


def rewrite(
    operation_id: int,
    *,
    wish: Wish,
    by: str,
    now: datetime,
    amount: Decimal | None = None,
    currency: str = "",
    contact_id: str = "",
) -> Operation:
    """
    Change what a draft wishes for; who changes it takes it back first. Raises NotPossibleNow.

    The kind stays: another kind of wish is another operation.
    """
    [operation] = lock(Operation.objects.filter(pk=operation_id))
    kind = kind_of(wish)
    if operation.status is not OutboxState.DRAFT or kind.name != operation.kind:
        raise NotPossibleNow("Only a draft can be changed. Take it back first.")
    operation.wish, operation.payload = keep_wish(wish), kind.build_payload(wish, operation.reference)
    operation.amount, operation.currency = amount, currency
    operation.contact_id = contact_id or operation.contact_id
    operation.save(update_fields=["wish", "payload", "amount", "currency", "contact_id"])
    _log(operation, "Changed.", by=by, now=now)
    return operation


def settle_unknown(
    operation_id: int, *, is_there: bool, by: str, now: datetime, xero_id: str = ""
) -> Operation:
    """
    Believe a person who looked in Xero: it is there, or it is not and is sent again.

    Possible once Counterfoil itself has looked and cannot tell. Raises NotPossibleNow.
    """
    [operation] = lock(Operation.objects.filter(pk=operation_id))
    if operation.status is not OutboxState.UNKNOWN or operation.next_try_at is not None:
        raise NotPossibleNow("Counterfoil is still looking in Xero itself.")
    if is_there:
        changes = {"done_at": now, "xero_id": xero_id or operation.xero_id}
        step = Step(operation, OutboxState.DONE, f"{by or 'Somebody'} found it in Xero.", changes=changes)
    else:
        step = Step(operation, OutboxState.QUEUED, f"{by or 'Somebody'} looked in Xero: it is not there.")
    take_steps([step], now=now, who=by)
    return operation


def get_rules(organisation: Organisation) -> OutboxRules:
    """Return what was chosen for the organisation, or the careful choice."""
    chosen = OutboxRules.objects.filter(organisation=organisation).first()
    return chosen or OutboxRules(organisation=organisation, workspace_id=organisation.workspace_id)


def choose_rules(
    organisation: Organisation, *, asks_approval: bool, raises_approved: bool, by: str, now: datetime
) -> OutboxRules:
    """Keep a firm's choice; what waits for approval already goes on waiting."""
    rules, _ = OutboxRules.objects.update_or_create(
        organisation=organisation,
        defaults={
            "workspace_id": organisation.workspace_id,
            "asks_approval": asks_approval,
            "raises_approved": raises_approved,
            "chosen_by": by,
            "chosen_at": now,
        },
    )
    return rules


def make_reference() -> str:
    """Return a new reference of our own, short enough to be read out on the telephone."""
    return "CF-" + "".join(choice(_LETTERS) for _ in range(_LETTERS_OF_REFERENCE))


def _complete(
    operation: Operation, *, wish: Wish, content: bytes | None, by: str, as_draft: bool, now: datetime
) -> None:
    if isinstance(wish, AttachFile):
        if not content or len(content) > LARGEST_FILE:
            raise ValueError("A file has between one byte and 10 MB.")
        OperationFile.objects.create(
            operation=operation,
            workspace_id=operation.workspace_id,
            organisation_id=operation.organisation_id,
            content=content,
        )
    _log(operation, "", by=by, now=now)
    if not as_draft:
        take_steps([_begin(operation, by=by, now=now)], now=now, who=by)


def _begin(operation: Operation, *, by: str, now: datetime) -> Step:
    if get_rules(operation.organisation).asks_approval:
        return Step(operation, OutboxState.WAITING)
    return Step(operation, OutboxState.QUEUED, changes={"approved_by": by, "approved_at": now})


def _log(operation: Operation, sentence: str, *, by: str, now: datetime) -> None:
    OperationEvent.objects.create(
        workspace_id=operation.workspace_id,
        organisation_id=operation.organisation_id,
        operation=operation,
        at=now,
        after=operation.state,
        who=by,
        sentence=sentence,
    )


def _split(ids: Collection[int], states: Collection[OutboxState]) -> tuple[list[Operation], list[Operation]]:
    """Lock the operations and return those in these states, and the others."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("The outbox is changed inside a workspace's transaction only.")
    found = lock(Operation.objects.select_related("organisation").filter(pk__in=ids))
    moved = [one for one in found if one.status in states]
    return moved, [one for one in found if one.status not in states]


def _require_right(organisation: Organisation, kind: Kind) -> None:
    connection = Connection.objects.select_related("grant").filter(organisation=organisation).first()
    if connection is None:
        raise NotTwoWay("This organisation is not connected to Xero. Connect it in Settings, Account.")
    require_two_way(connection, kind.write)
