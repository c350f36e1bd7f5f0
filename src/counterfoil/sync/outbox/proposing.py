"""
What people and features do with the outbox: propose, approve, hold back, send again, say what they saw.

Each function works in the caller's transaction. How wishes get here is `storing.py`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from counterfoil.domain.outbox import NOT_SENT, OutboxState
from counterfoil.mirror.models import Operation, Organisation
from counterfoil.sync.outbox.files import drop_files
from counterfoil.sync.outbox.kinds import GOES_ALONG, KIND_BY_NAME, kind_of
from counterfoil.sync.outbox.moves import Step, lock, take_steps
from counterfoil.sync.outbox.rules import begin, get_rules
from counterfoil.sync.outbox.storing import Proposal, note, require_right


class NotPossibleNow(Exception):
    """What was asked cannot be done to an operation in its present state."""


@dataclass(frozen=True)
class Result:
    """Which operations were moved, and which stood elsewhere already: somebody was faster."""

    moved: tuple[Operation, ...]
    others: tuple[Operation, ...]


def submit(operations: Collection[int], *, by: str, now: datetime) -> Result:
    """Ask for drafts to be sent: they are queued, or wait for approval where the rules say so."""
    moved, others = _split(operations, {OutboxState.DRAFT})
    take_steps(_begin(moved, by=by, now=now), now=now, who=by)
    return Result(tuple(moved), tuple(others))


def approve(operations: Collection[int], *, by: str, now: datetime) -> Result:
    """
    Approve what waits for it. Of two people who approve at once, one does and the other is told.

    What goes along with a document, its files and links, is approved with it.

    Raises NotTwoWay when the connection may not write it any more; nothing is approved then.
    """
    moved, others = _split(operations, {OutboxState.WAITING})
    along, _ = _split(_list_along(moved), {OutboxState.WAITING})
    for organisation_id, kind_name in {(one.organisation_id, one.kind) for one in moved}:
        sample = next(one for one in moved if (one.organisation_id, one.kind) == (organisation_id, kind_name))
        require_right(sample.organisation, KIND_BY_NAME[kind_name])
    take_steps(
        [
            Step(one, OutboxState.QUEUED, changes={"approved_by": by, "approved_at": now})
            for one in {each.pk: each for each in (*moved, *along)}.values()
        ],
        now=now,
        who=by,
    )
    return Result(tuple(moved), tuple(others))


def hold(operations: Collection[int], *, reason: str, by: str, now: datetime) -> Result:
    """
    Mark as “Do not send”, with the reason. What is being sent at this moment is not touched.

    What waits to go along with it, its files and links, is held as well: it would wait for ever.

    Of one in the state Unknown it means that whoever holds it has looked in Xero, and it is not there.
    Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("Say why it is not to be sent.")
    moved, others = _split(operations, {*NOT_SENT, OutboxState.REFUSED, OutboxState.UNKNOWN})
    along, _ = _split(_list_along(moved), {*NOT_SENT, OutboxState.REFUSED})
    steps = [
        Step(one, OutboxState.HELD, reason.strip(), changes={"held_by": by})
        for one in {each.pk: each for each in (*moved, *along)}.values()
    ]
    take_steps(steps, now=now, who=by)
    drop_files(steps)
    return Result(tuple(moved), tuple(others))


def resend(operations: Collection[int], *, by: str, now: datetime) -> Result:
    """Queue once more what Xero refused, when its cause is mended; it goes with a key of its own."""
    moved, others = _split(operations, {OutboxState.REFUSED})
    take_steps([Step(one, OutboxState.QUEUED) for one in moved if one.approved_at], now=now, who=by)
    take_steps(_begin([one for one in moved if not one.approved_at], by=by, now=now), now=now, who=by)
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


def rewrite(proposals: Mapping[int, Proposal], *, by: str, now: datetime) -> Result:
    """
    Change what drafts wish for; who changes one takes it back first.

    The kind stays: another kind of wish is another operation. What is not a draft is not changed.
    """
    drafts, others = _split(proposals, {OutboxState.DRAFT})
    moved = [one for one in drafts if kind_of(proposals[one.pk].wish).name == one.kind]
    for one in moved:
        proposal = proposals[one.pk]
        one.wish = proposal.kept
        one.payload = kind_of(proposal.wish).build_payload(proposal.wish, one.reference)
        one.amount, one.currency = proposal.amount, proposal.currency
        one.contact_id = proposal.contact_id or one.contact_id
    if moved:
        Operation.objects.bulk_update(moved, ["wish", "payload", "amount", "currency", "contact_id"])
    note(moved, "Changed.", by=by, now=now)
    return Result(tuple(moved), (*others, *(one for one in drafts if one not in moved)))


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


def _begin(operations: Iterable[Operation], *, by: str, now: datetime) -> list[Step]:
    """Return the first steps of drafts, by the rules of their organisations."""
    drafts = list(operations)
    rules = {one.organisation_id: one.organisation for one in drafts}
    first = {pk: begin(get_rules(organisation), by=by, now=now) for pk, organisation in rules.items()}
    return [
        Step(one, after, changes=dict(changes))
        for one in drafts
        for after, changes in [first[one.organisation_id]]
    ]


def _list_along(moved: Iterable[Operation]) -> list[int]:
    """Return what goes along with these: approved and held with them."""
    found = Operation.objects.filter(waits_for__in=[one.pk for one in moved], kind__in=GOES_ALONG)
    return list(found.values_list("pk", flat=True))


def _split(ids: Collection[int], states: Collection[OutboxState]) -> tuple[list[Operation], list[Operation]]:
    """Lock the operations and return those in these states, and the others."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("The outbox is changed inside a workspace's transaction only.")
    found = lock(Operation.objects.select_related("organisation").filter(pk__in=ids))
    moved = [one for one in found if one.status in states]
    return moved, [one for one in found if one.status not in states]
