"""Moves operations from state to state: by the table of legal moves, and never without a line in the log."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from counterfoil.domain.outbox import OutboxState, require_move
from counterfoil.mirror.models import Attempt, Operation, OperationEvent

_MOVED = [
    "state",
    "state_since",
    "sentence",
    "next_step",
    "xero_words",
    "error_key",
    "next_try_at",
    "attempt",
    "place",
    "looks",
    "xero_id",
    "answer_stamp",
    "payload",
    "wish",
    "contact_id",
    "amount",
    "currency",
    "approved_by",
    "approved_at",
    "held_by",
    "done_at",
]


@dataclass
class Step:
    """One operation's next state, and why, in words for a person."""

    operation: Operation
    after: OutboxState
    sentence: str = ""
    next_step: str = ""
    xero_words: Sequence[str] = ()
    error_key: str = ""
    next_try_at: datetime | None = None
    changes: dict[str, object] = field(default_factory=dict)


def lock(operations: "QuerySet[Operation]") -> list[Operation]:
    """Return the operations, in their order, held until the transaction ends: nobody else moves them."""
    return list(operations.select_for_update(of=("self",)).order_by("pk"))


def take_steps(
    steps: Iterable[Step], *, now: datetime, who: str = "", attempt: Attempt | None = None
) -> None:
    """
    Move the operations, which are locked, and log each step. Raises IllegalMove and moves none then.

    What an earlier state said about an operation is said no longer; the log still holds it.
    """
    taken = list(steps)
    events = []
    for step in taken:
        operation, before = step.operation, step.operation.status
        require_move(before, step.after)
        events.append(
            OperationEvent(
                workspace_id=operation.workspace_id,
                organisation_id=operation.organisation_id,
                operation=operation,
                at=now,
                before=before.value,
                after=step.after.value,
                who=who,
                sentence=_say(step),
                attempt=attempt,
            )
        )
    for step in taken:
        operation = step.operation
        operation.state, operation.state_since = step.after.value, now
        operation.sentence, operation.next_step = step.sentence, step.next_step
        operation.xero_words, operation.error_key = list(step.xero_words), step.error_key
        operation.next_try_at = step.next_try_at
        for name, value in step.changes.items():
            setattr(operation, name, value)
    if taken:
        Operation.objects.bulk_update([step.operation for step in taken], _MOVED)
        OperationEvent.objects.bulk_create(events)


def list_ids(operations: Collection[Operation]) -> list[int]:
    """Return their numbers, as the logs name them."""
    return [operation.pk for operation in operations]


def _say(step: Step) -> str:
    return " ".join([step.sentence, *(f"Xero says: “{word}”" for word in step.xero_words)]).strip()
