"""What can be asked about the outbox: what stands where, why, and what one operation would do or did."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from django.db.models import Count, Max, QuerySet

from counterfoil.domain.outbox import NOT_SENT, OutboxState
from counterfoil.mirror.models import Contact, Operation, OperationEvent, Organisation
from counterfoil.sync.outbox.comparing import is_same
from counterfoil.sync.outbox.facts import Facts
from counterfoil.sync.outbox.kinds import KIND_BY_NAME, Kind
from counterfoil.sync.outbox.obstacles import find_obstacle
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_calendar_date
from counterfoil.xero.wishes import read_wish

PAGE_SIZE = 50

_read = msgspec.json.Decoder(float_hook=Decimal).decode
# What the page says by its title, or what tells a person nothing.
_UNSAID = {"Type", "LineItemID", "TrackingCategoryID", "TrackingOptionID"}
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Show(StrEnum):
    """Which operations a list shows."""

    WAITING = "waiting"
    MOVING = "moving"
    REFUSED = "refused"
    DONE = "done"
    DRAFTS = "drafts"
    HELD = "held"


STATES: Mapping[Show, tuple[OutboxState, ...]] = {
    Show.WAITING: (OutboxState.WAITING,),
    Show.MOVING: (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN),
    Show.REFUSED: (OutboxState.REFUSED,),
    Show.DONE: (OutboxState.DONE,),
    Show.DRAFTS: (OutboxState.DRAFT,),
    Show.HELD: (OutboxState.HELD,),
}


@dataclass(frozen=True)
class Row:
    """One operation as a list shows it."""

    operation: Operation
    kind: Kind
    contact: str

    @property
    def record_stream(self) -> str:
        """The kind of record that it made or is about, or nothing before there is one."""
        return self.kind.stream if self.operation.xero_id else ""


@dataclass(frozen=True)
class OutboxPlace:
    """Where a list goes on: with older operations than this one."""

    pk: int


@dataclass(frozen=True)
class Standing:
    """
    Where an operation stands, and why it does not go on by itself, if so.

    What waits for somebody's approval neither goes nor is stopped.
    """

    row: Row
    why: str
    is_stopped: bool

    @property
    def goes(self) -> bool:
        """Say whether it is in Xero, or gets there with nobody's help."""
        state = self.row.operation.status
        return not self.is_stopped and state in {OutboxState.QUEUED, OutboxState.SENDING, OutboxState.DONE}


@dataclass(frozen=True)
class Group:
    """What was refused for one cause."""

    key: str
    count: int
    sentence: str
    next_step: str

    @property
    def is_of_mapping(self) -> bool:
        """Say whether a mapping mends it."""
        return self.key.startswith(("account", "tax", "item", "tracking", "theme"))


@dataclass(frozen=True)
class Page:
    """One page of operations, the latest first."""

    rows: Sequence[Row]
    counts: Mapping[Show, int]
    groups: Sequence[Group]
    next_after: int | None

    @property
    def grouped(self) -> set[str]:
        """The causes that are told once, above the list."""
        return {group.key for group in self.groups}


@dataclass(frozen=True)
class Member:
    """One member of what is sent, beside what Xero's record held when it was last read."""

    name: str
    before: str
    after: str
    is_changed: bool


@dataclass(frozen=True)
class Detail:
    """Everything about one operation."""

    row: Row
    members: Sequence[Member]
    events: Sequence[OperationEvent]
    has_before: bool


def list_operations(organisation: Organisation, *, show: Show, after: int | None = None) -> Page:
    """Return a page of operations in these states, how many are in all, and the causes of refusals."""
    mine = Operation.objects.filter(organisation=organisation)
    by_state = dict(mine.values_list("state").annotate(Count("pk")))
    found = mine.filter(state__in=STATES[show])
    if after is not None:
        found = found.filter(pk__lt=after)
    page = list(found.select_related("waits_for").order_by("-pk")[: PAGE_SIZE + 1])
    return Page(
        rows=_describe(organisation, page[:PAGE_SIZE]),
        counts={one: sum(by_state.get(state.value, 0) for state in states) for one, states in STATES.items()},
        groups=_list_groups(organisation) if show is Show.REFUSED else [],
        next_after=page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None,
    )


def count_unsent(organisation: Organisation) -> int:
    """Return how many writes have not left yet, or were refused, and would not be sent any more."""
    waiting = [*NOT_SENT, OutboxState.REFUSED]
    return Operation.objects.filter(organisation=organisation, state__in=waiting).count()


def describe_operation(organisation: Organisation, operation_id: int) -> Detail | None:
    """Return one operation with what it would change and what happened to it, or None."""
    mine = Operation.objects.filter(organisation=organisation).select_related("waits_for", "attempt")
    operation = mine.filter(pk=operation_id).first()
    if operation is None:
        return None
    [row] = _describe(organisation, [operation])
    record = _find_record(organisation, row) if operation.status is not OutboxState.DONE else {}
    payload = _read(operation.payload) or _read(operation.wish)
    return Detail(
        row=row,
        members=list(_list_members(payload, record, contact=row.contact)),
        events=list(operation.events.order_by("-pk")),
        has_before=bool(record),
    )


def list_unsettled(organisation: Organisation) -> list[Standing]:
    """Return everything that is to be sent or in doubt, in its order, with what Xero would not allow."""
    open_states = (*STATES[Show.WAITING], *STATES[Show.MOVING])
    found = Operation.objects.filter(organisation=organisation, state__in=open_states)
    return _list_standing(organisation, found)


def list_settled(organisation: Organisation, *, since: datetime) -> list[Standing]:
    """Return what was done or refused since then, in its order."""
    ended = (OutboxState.DONE, OutboxState.REFUSED)
    found = Operation.objects.filter(organisation=organisation, state__in=ended, state_since__gte=since)
    return _list_standing(organisation, found)


def _list_standing(organisation: Organisation, found: "QuerySet[Operation]") -> list[Standing]:
    facts = Facts(organisation)
    return [_judge(row, facts) for row in _describe(organisation, list(found.order_by("pk")))]


def _judge(row: Row, facts: Facts) -> Standing:
    operation = row.operation
    if operation.status in {OutboxState.QUEUED, OutboxState.WAITING}:
        obstacle = find_obstacle(read_wish(row.kind.wish, operation.wish), facts)
        if obstacle is not None:
            return Standing(row, f"{obstacle.sentence} {obstacle.way_round}", is_stopped=True)
    said = [operation.sentence, operation.next_step, *operation.xero_words]
    is_stopped = operation.status in {OutboxState.REFUSED, OutboxState.UNKNOWN} or bool(operation.sentence)
    is_stopped &= operation.status is not OutboxState.DONE
    return Standing(row, " ".join(filter(None, said)), is_stopped=is_stopped)


def _describe(organisation: Organisation, operations: Sequence[Operation]) -> list[Row]:
    ids = {one.contact_id or _contact_of(one) for one in operations} - {""}
    contacts = Contact.objects.filter(organisation=organisation, xero_id__in=ids)
    names = dict(contacts.values_list("xero_id", "name"))
    return [
        Row(one, KIND_BY_NAME[one.kind], names.get(one.contact_id or _contact_of(one), "") or name_in(one))
        for one in operations
    ]


def _contact_of(operation: Operation) -> str:
    return operation.xero_id if KIND_BY_NAME[operation.kind].stream == "Contacts" else ""


def name_in(operation: Operation) -> str:
    """Return the name that the wish itself holds: of a contact, an item, a tax rate or a file."""
    wish = _read(operation.wish)
    return str(wish.get("Name") or wish.get("Code") or wish.get("FileName") or "")


def _list_groups(organisation: Organisation) -> list[Group]:
    """Return what several operations were refused for, the commonest first; one act mends each."""
    refused = Operation.objects.filter(organisation=organisation, state=OutboxState.REFUSED)
    counted = refused.exclude(error_key="").values("error_key").annotate(count=Count("pk"), last=Max("pk"))
    found = {one["last"]: one for one in counted if one["count"] > 1}
    samples = Operation.objects.in_bulk(list(found))
    groups = [
        Group(one["error_key"], one["count"], samples[last].sentence, samples[last].next_step)
        for last, one in found.items()
    ]
    return sorted(groups, key=lambda group: (-group.count, group.key))


def _find_record(organisation: Organisation, row: Row) -> Mapping[str, Any]:
    """Return the record that an edit is about, as the copy has it."""
    if not row.record_stream:
        return {}
    model = STREAM_BY_NAME[row.record_stream].model
    held = model._default_manager.filter(organisation=organisation, xero_id=row.operation.xero_id).first()
    record: Mapping[str, Any] = _read(held.raw) if held else {}
    return record


def _list_members(payload: Mapping[str, Any], record: Mapping[str, Any], *, contact: str) -> Iterator[Member]:
    for path, after in _flatten(payload):
        before = _pick(record, path)
        is_changed = bool(record) and not is_same(path[-1], after, before)
        if path == ("Contact", "ContactID") and contact:
            held = contact if before == after else str(_pick(record, ("Contact", "Name")) or "")
            yield Member("Contact", held, contact, is_changed)
        elif path[-1] not in _UNSAID:
            yield Member(_name(path), _say(before), _say(after), is_changed)


def _flatten(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flatten(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from _flatten(inner, (*path, str(number)))
    else:
        yield path, value


def _pick(record: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(record, list):
            number = int(step) - 1
            record = record[number] if number < len(record) else None
        elif isinstance(record, Mapping):
            record = record.get(step)
        else:
            return None
    return record


def _name(path: Sequence[str]) -> str:
    """Return a member's name for people: `LineItems`, `1`, `UnitAmount` is "Line 1, unit amount"."""
    words = [_WORDS.sub(" ", step).replace("Line Items", "Line") for step in path]
    joined = " ".join(words).replace(" ID", " id")
    return joined[:1].upper() + joined[1:].lower()


def _say(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, str) and value.startswith("/Date("):
        try:
            return parse_calendar_date(value).isoformat()
        except AnswerNotUnderstood:
            return value
    return str(value)
