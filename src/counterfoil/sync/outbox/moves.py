"""Moves operations from state to state: by the table of legal moves, and never without a line in the log."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case, Field, QuerySet, Value, When
from django.db.models.functions import Cast

from counterfoil.domain.outbox import OutboxState, require_move
from counterfoil.mirror.models import Attempt, Operation, OperationEvent


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
    written = {"state", "state_since"}
    for step in taken:
        written |= _change(step, now)
    if taken:
        _write([step.operation for step in taken], written)
        OperationEvent.objects.bulk_create(events)


def _change(step: Step, now: datetime) -> set[str]:
    """Make the step on the operation and return which fields have to be written: each costs, for many."""
    operation = step.operation
    said = {
        "sentence": step.sentence,
        "next_step": step.next_step,
        "xero_words": list(step.xero_words),
        "error_key": step.error_key,
        "next_try_at": step.next_try_at,
    }
    differing = {name for name, value in said.items() if getattr(operation, name) != value}
    for name, value in (said | step.changes).items():
        setattr(operation, name, value)
    operation.state, operation.state_since = step.after.value, now
    return differing | step.changes.keys()


def _write(operations: Sequence[Operation], names: Collection[str]) -> None:
    """
    Write these fields in one statement, since the table's checks hold between them.

    What is the same for all is written once: told row by row it took most of the time of a month's wishes.
    """
    values = {name: _same_or_each(operations, name) for name in names}
    Operation.objects.filter(pk__in=[one.pk for one in operations]).update(**values)


def _same_or_each(operations: Sequence[Operation], name: str) -> object:
    first = getattr(operations[0], name)
    if all(getattr(one, name) == first for one in operations):
        return first
    column = Operation._meta.get_field(name)
    assert isinstance(column, Field)
    rows = [When(pk=one.pk, then=Value(getattr(one, name), output_field=column)) for one in operations]
    return Cast(Case(*rows, output_field=column), output_field=column)


def list_ids(operations: Collection[Operation]) -> list[int]:
    """Return their numbers, as the logs name them."""
    return [operation.pk for operation in operations]


def _say(step: Step) -> str:
    return " ".join([step.sentence, *(f"Xero says: “{word}”" for word in step.xero_words)]).strip()
