"""
Says what became of operations: what Xero answered, what a look found, what nobody knows.

A state, its record in the mirror and the line in the log are one transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import structlog

from counterfoil.domain.outbox import IN_DOUBT, OutboxState
from counterfoil.mirror.models import Attempt, Operation, Organisation
from counterfoil.sync.outbox.emptying import EMPTY
from counterfoil.sync.outbox.files import ReadBack, drop_files
from counterfoil.sync.outbox.kinds import KIND_BY_NAME, Kind
from counterfoil.sync.outbox.looking import Sight, Verdict
from counterfoil.sync.outbox.mirroring import Arrived, list_touched, mark_deleted, read_arrived, write_mirror
from counterfoil.sync.outbox.moves import Step, lock, take_steps
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    NotFound,
    XeroBusy,
    XeroError,
    XeroRefused,
    name_fault,
)
from counterfoil.xero.refusals import find_cause
from counterfoil.xero.wire.written import NO_ID, Item, read_items
from counterfoil.xero.writing import SURELY_OVER, Outcome, Written

log = structlog.get_logger(__name__)

_NO_ANSWER = "Xero did not answer, so that it may have this or not."
_LOOKS_SOON = "Counterfoil looks in Xero before anything else. Nothing is sent twice."
_WAS_GONE = "Xero says that it does not have this any more."
_STOPPED = "Counterfoil was stopped before Xero's answer was stored."
_PERSON_LOOKS = (
    "Look in Xero for {reference}, or for something alike. Then say here whether it is there; if not, it is"
    " sent again."
)

# The first look comes soon: mostly Xero did take it, and shows it at once.
FIRST_LOOK = timedelta(seconds=30)
_LONGEST_BETWEEN_LOOKS = timedelta(minutes=30)
_TRY_AGAIN = timedelta(minutes=1)


@dataclass
class Settled:
    """
    What settling came to, and what it leaves to do.

    `states` counts what was settled how; `alone` are operations that went together, were refused as a
    whole, and go by themselves next; `touched` are other records that changed in Xero with these.
    """

    states: Counter[str] = field(default_factory=Counter)
    alone: set[int] = field(default_factory=set)
    touched: set[tuple[str, str]] = field(default_factory=set)


def settle_answer(
    attempt: Attempt,
    kind: Kind,
    written: Written,
    *,
    organisation: Organisation,
    now: datetime,
    back: ReadBack | None = None,
) -> Settled:
    """
    Give every operation of the attempt its state by what came of the call, inside a transaction.

    `back` is what came of reading a file again that Xero took.
    """
    operations = _list_in_doubt(attempt)
    attempt.outcome = _OUTCOMES[written.outcome]
    attempt.tries += written.tries
    attempt.finished_at = now
    if written.answer is not None:
        attempt.correlation_id = (written.answer.correlation_id or "")[:64]
    if written.error is not None:
        attempt.fault = name_fault(written.error)
        attempt.correlation_id = (written.error.correlation_id or "")[:64]
    steps: list[Step] = []
    settled = Settled()
    match written.outcome:
        case Outcome.ANSWERED:
            assert written.answer is not None
            try:
                steps = _settle_items(attempt, kind, written.answer.body, organisation, settled, now=now)
                steps = [_compare(step, back) for step in steps] if back else steps
            except AnswerNotUnderstood as error:
                attempt.outcome, attempt.fault = Attempt.Outcome.NO_ANSWER, name_fault(error)
                steps = [_doubt(one, f"{error.sentence} {_NO_ANSWER}", now) for one in operations]
        case Outcome.REFUSED:
            assert isinstance(written.error, XeroRefused)
            if kind.method == "DELETE" and isinstance(written.error, NotFound):
                # Gone already, or something on the way says so: a look tells.
                steps = [_doubt(one, _WAS_GONE, now) for one in operations]
            elif len(operations) > 1:
                # One of them spoilt the call; which one, each by itself will tell.
                steps = [Step(one, OutboxState.QUEUED) for one in operations]
                settled.alone = {one.pk for one in operations}
            else:
                steps = [_refuse(one, _words_of(written.error), written.error) for one in operations]
        case Outcome.NOT_TAKEN:
            steps = [put_back(one, written.error, now=now) for one in operations]
        case Outcome.NO_ANSWER:
            steps = [_doubt(one, _NO_ANSWER, now) for one in operations]
    settled.states.update(step.after.value for step in steps)
    # A step from Unknown to Unknown is none: a repeated call told no more than the first.
    same = [step for step in steps if step.operation.status is step.after]
    for step in same:
        _say_again(step)
    take_steps([step for step in steps if step.operation.status is not step.after], now=now, attempt=attempt)
    drop_files(steps)
    attempt.save()
    log.info(
        "write settled", attempt=attempt.pk, kind=kind.name, outcome=attempt.outcome, fault=attempt.fault
    )
    return settled


_OUTCOMES = {
    Outcome.ANSWERED: Attempt.Outcome.ANSWERED,
    Outcome.REFUSED: Attempt.Outcome.REFUSED,
    Outcome.NOT_TAKEN: Attempt.Outcome.NOT_TAKEN,
    Outcome.NO_ANSWER: Attempt.Outcome.NO_ANSWER,
}


def own_up(organisation: Organisation, *, now: datetime) -> int:
    """Call Unknown what a stopped process left as Sending; only who holds the right to push calls this."""
    left = lock(Operation.objects.filter(organisation=organisation, state=OutboxState.SENDING))
    steps = [Step(one, OutboxState.UNKNOWN, _STOPPED, _LOOKS_SOON, next_try_at=now) for one in left]
    take_steps(steps, now=now)
    return len(left)


def settle_look(
    operations: Sequence[Operation],
    sights: dict[int, Sight],
    *,
    attempt: Attempt,
    organisation: Organisation,
    now: datetime,
) -> Settled:
    """Give the operations their states by what a look showed, inside a transaction."""
    is_over = now - attempt.started_at >= SURELY_OVER
    steps, arrived, settled = [], [], Settled()
    for one in lock(Operation.objects.filter(pk__in=[each.pk for each in operations])):
        sight = sights[one.pk]
        if one.status is not OutboxState.UNKNOWN or one.attempt_id != attempt.pk:
            continue  # somebody settled it while Counterfoil looked
        kind = KIND_BY_NAME[one.kind]
        if sight.verdict is Verdict.THERE:
            record = _read(kind, sight.record)
            arrived += [record] if record else []
            settled.touched |= list_touched(one, kind, {})
            mark_deleted(kind, [one], organisation, now=now)
            steps.append(_finish(one, sight.xero_id, record, "It was found in Xero.", now))
        elif sight.verdict is Verdict.UNSURE:
            one.looks += 1
            one.sentence = f"{_NO_ANSWER} {sight.sentence}"
            one.next_step = _PERSON_LOOKS.format(reference=one.reference)
            one.next_try_at = None if is_over else attempt.started_at + SURELY_OVER
            one.save(update_fields=["looks", "sentence", "next_step", "next_try_at"])
        elif one.wish == EMPTY:
            sentence = "It did not reach Xero, and what was to be sent is no longer kept here."
            steps.append(Step(one, OutboxState.HELD, sentence))
        elif is_over or kind.method == "DELETE":
            steps.append(Step(one, OutboxState.QUEUED, "It did not reach Xero. It is sent again."))
        else:
            one.looks += 1
            one.next_try_at = attempt.started_at + SURELY_OVER
            one.save(update_fields=["looks", "next_try_at"])
    settled.states.update(step.after.value for step in steps)
    _write(arrived, steps, organisation, now=now)
    take_steps(steps, now=now, attempt=attempt)
    drop_files(steps)
    return settled


def put_off_look(operations: Iterable[Operation], error: XeroError, *, now: datetime) -> None:
    """Say why nobody could look yet, and when it is tried again; inside a transaction."""
    wait = error.retry_after if isinstance(error, XeroBusy) else None
    for one in lock(Operation.objects.filter(pk__in=[each.pk for each in operations])):
        if one.status is not OutboxState.UNKNOWN:
            continue
        one.looks += 1
        one.sentence, one.next_step = f"{_NO_ANSWER} {error.sentence}", _LOOKS_SOON
        pause = min(_TRY_AGAIN * 2 ** min(one.looks, 5), _LONGEST_BETWEEN_LOOKS)
        one.next_try_at = now + (wait or pause)
        one.save(update_fields=["looks", "sentence", "next_step", "next_try_at"])


def put_back(operation: Operation, error: XeroError | None, *, now: datetime) -> Step:
    """Return the step for what Xero surely did not take: queued again, with the reason and a time."""
    wait = error.retry_after if isinstance(error, XeroBusy) else None
    return Step(
        operation,
        OutboxState.QUEUED,
        error.sentence if error else "",
        error.next_step if error else "",
        next_try_at=now + (wait or _TRY_AGAIN),
    )


# -- The elements of an answer -------------------------------------------------------------------


def _settle_items(
    attempt: Attempt, kind: Kind, body: bytes, organisation: Organisation, settled: Settled, *, now: datetime
) -> list[Step]:
    everyone = list(attempt.operations.order_by("place"))
    pending = {one.pk: one for one in _list_in_doubt(attempt)}
    if not kind.answer:  # a part that was deleted has no record any more
        for one in pending.values():
            settled.touched |= list_touched(one, kind, {})
        mark_deleted(kind, pending.values(), organisation, now=now)
        return [_finish(one, one.xero_id, None, "", now) for one in pending.values()]
    items = _match(everyone, read_items(body, kind.answer), kind)
    steps, arrived = [], []
    for pk, one in pending.items():
        item = items.get(pk)
        if item is None:
            steps.append(_doubt(one, f"Xero's answer does not tell of this one. {_NO_ANSWER}", now))
            continue
        if item.is_refused:
            steps.append(_refuse(one, item.problems, None))
            continue
        record = _read(kind, item.record)
        xero_id = _find_id(kind, item) or one.xero_id
        if kind.makes_new and (not xero_id or xero_id == NO_ID):
            steps.append(_doubt(one, f"Xero's answer names no record. {_NO_ANSWER}", now))
            continue
        arrived += [record] if record else []
        settled.touched |= list_touched(one, kind, item.members)
        remark = " ".join(f"Xero remarks: “{words}”" for words in item.warnings)
        steps.append(_finish(one, xero_id, record, remark, now))
    _write(arrived, steps, organisation, now=now)
    return steps


def _match(operations: Sequence[Operation], items: Sequence[Item], kind: Kind) -> dict[int, Item]:
    """
    Return which element tells of which operation: by our mark or its id, never by its place alone.

    Xero answers in the order of the request; an element that shows another's mark is not believed. An
    operation that no element tells of is left out.
    """
    if len(operations) == len(items) == 1:
        return {operations[0].pk: items[0]}
    found: dict[int, Item] = {}
    free = list(items)
    for place, one in enumerate(operations):
        in_place = items[place] if len(items) == len(operations) else None
        if in_place is not None and in_place in free and _tells_of(in_place, one, kind):
            found[one.pk] = in_place
            free.remove(in_place)
    for one in operations:
        told = next((item for item in free if one.pk not in found and _tells_of(item, one, kind)), None)
        if told is not None:
            found[one.pk] = told
            free.remove(told)
    return found


def _tells_of(item: Item, operation: Operation, kind: Kind) -> bool:
    if kind.marker == "Reference":
        return operation.reference in item.get_text("Reference")
    if kind.marker:
        mark = str(msgspec.json.decode(operation.payload).get(kind.marker, ""))
        return item.get_text(kind.marker).casefold() == mark.casefold()
    return _find_id(kind, item) == operation.xero_id


def _find_id(kind: Kind, item: Item) -> str:
    return item.get_text(STREAM_BY_NAME[kind.stream].id_member) if kind.stream else ""


# -- Steps ---------------------------------------------------------------------------------------


def _finish(operation: Operation, xero_id: str, record: Arrived | None, remark: str, now: datetime) -> Step:
    stamp = record.stamp if record else None
    changes = {"xero_id": xero_id, "done_at": now, "answer_stamp": stamp}
    return Step(operation, OutboxState.DONE, remark, changes=changes)


def _refuse(operation: Operation, problems: Sequence[str], error: XeroRefused | None) -> Step:
    cause = find_cause(problems, contact_id=operation.contact_id)
    sentence = cause.sentence if problems or error is None else error.sentence
    return Step(
        operation, OutboxState.REFUSED, sentence, cause.next_step, tuple(problems), error_key=cause.key
    )


def _compare(step: Step, back: ReadBack) -> Step:
    """Return the step of a file that was read back; one that Xero holds otherwise is not done."""
    if step.after is not OutboxState.DONE:
        return step
    if back.is_same:
        step.sentence = " ".join(filter(None, [step.sentence, back.sentence]))
        return step
    next_step = "Send it again: it replaces what is there. The document itself is not touched."
    key = f"file-differs:{step.operation.pk}"
    return Step(step.operation, OutboxState.REFUSED, back.sentence, next_step, error_key=key)


def _doubt(operation: Operation, sentence: str, now: datetime) -> Step:
    return Step(operation, OutboxState.UNKNOWN, sentence, _LOOKS_SOON, next_try_at=now + FIRST_LOOK)


def _say_again(step: Step) -> None:
    operation = step.operation
    operation.sentence, operation.next_step = step.sentence, step.next_step
    operation.next_try_at = step.next_try_at
    operation.save(update_fields=["sentence", "next_step", "next_try_at"])


def _words_of(error: XeroRefused) -> tuple[str, ...]:
    return error.problems or ((error.message,) if error.message else ())


def _list_in_doubt(attempt: Attempt) -> list[Operation]:
    return lock(Operation.objects.filter(attempt=attempt, state__in=list(IN_DOUBT)))


# -- The mirror ----------------------------------------------------------------------------------


def _read(kind: Kind, text: bytes) -> Arrived | None:
    """Return the record for the mirror; one that cannot be read comes with the next sync."""
    return read_arrived(kind.stream, text) if kind.stream and text else None


def _write(
    arrived: Sequence[Arrived], steps: Sequence[Step], organisation: Organisation, *, now: datetime
) -> None:
    if arrived:
        write_mirror(KIND_BY_NAME[steps[0].operation.kind].stream, arrived, organisation, now=now)
