"""
What becomes of a contact's fields when we, Xero, and what both last agreed are compared (K16).

A pure function from those three to a plan. One side changed: it flows to the other. Both did: a person
decides. What was never agreed and differs is a question too, so that a first link overwrites nothing.
Our own writes coming back are found equal to ours, and so are agreed and no change.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from counterfoil.domain.ownership import (
    FIELDS_OF,
    FIELDS_OF_CLIENT,
    UNITS,
    TwoWayField,
)
from counterfoil.domain.resync import is_surprising_loss
from counterfoil.domain.sameness import normalise

# Fewer records than these are no surprise, whatever share they are.
_LEAST_CHANGED = 20
_LEAST_EMPTIED = 5


class Contact(StrEnum):
    """How the contact stands. Only to one that is live anything is written."""

    LIVE = "live"
    ARCHIVED = "archived"
    MERGED = "merged"
    GONE = "gone"
    FORGOTTEN = "forgotten"
    NOT_SEEN = "not_seen"


class Fate(StrEnum):
    """What became of a change that was to go to Xero."""

    WAITING = "waiting"  # not sent: it can still be called back
    IN_DOUBT = "in_doubt"  # being sent, or sent and not answered
    UNSEEN = "unseen"  # done, and what Xero holds since then has not come back yet
    DONE = "done"  # done, and seen
    REFUSED = "refused"
    HELD = "held"  # a person said: do not send


class AtFirst(StrEnum):
    """What becomes of what differs and was never agreed."""

    ASK = "ask"
    OURS = "ours"
    THEIRS = "theirs"


class Why(StrEnum):
    """Why a field stays different until a person says something."""

    FIRST = "first"
    BOTH = "both"
    REFUSED = "refused"
    HELD = "held"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Sent:
    """A change on its way: the fields that change by it, and all that goes with them."""

    values: Mapping[str, str]
    whole: Mapping[str, str]
    fate: Fate


@dataclass(frozen=True)
class Counterpart:
    """
    A contact that is linked to a record of ours.

    `agreed` lacks what was never agreed; `asked` are fields of those about which a person is asked
    already, and `apart` fields that a person left different. `cannot_push` says why nothing may be
    written there. `left_out` are fields that do not go both ways here.
    """

    key: int
    contact: Contact
    theirs: Mapping[str, str]
    agreed: Mapping[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    sent: Mapping[str, Sent] = field(default_factory=dict)
    cannot_push: str = ""
    left_out: frozenset[str] = frozenset()
    region: str = ""


@dataclass(frozen=True)
class OurRecord:
    """A client or a person, and every contact that it is. Put away, it neither gives nor takes."""

    key: str
    ours: Mapping[str, str]
    counterparts: Sequence[Counterpart]
    fields: frozenset[str] = FIELDS_OF_CLIENT
    is_put_away: bool = False


@dataclass(frozen=True)
class Agree:
    """Keep this as what both agree on; nothing else changes."""

    field: str
    value: str


@dataclass(frozen=True)
class Pull:
    """Write Xero's value into our record, and agree on it."""

    field: str
    before: str
    value: str


@dataclass(frozen=True)
class Push:
    """Propose to write ours to Xero: these fields, and with them what Xero writes at once."""

    unit: str
    values: Mapping[str, str]
    whole: Mapping[str, str]
    before: Mapping[str, str]


@dataclass(frozen=True)
class Recall:
    """Take back what is on its way and not sent: it is wanted no more, or differently."""

    unit: str


@dataclass(frozen=True)
class Settle:
    """Xero has what we sent: agree on it, and let the sending go."""

    unit: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Wait:
    """Something is on its way; until it is known what became of it, nothing else is done."""

    unit: str


@dataclass(frozen=True)
class Ask:
    """Leave the field as it is on both sides, and have a person decide."""

    field: str
    why: Why
    agreed: str | None
    ours: str
    theirs: str
    sentence: str = ""


_UNSENT = (Fate.WAITING, Fate.REFUSED, Fate.HELD)

Action = Agree | Pull | Push | Recall | Settle | Wait | Ask


@dataclass(frozen=True)
class Step:
    """What becomes of one contact and the record that it is linked to; most often nothing."""

    record: str
    counterpart: int
    actions: tuple[Action, ...]


class UnsafePlan(Exception):
    """So much would change at once that a person has to agree to it first."""


@dataclass(frozen=True)
class Plan:
    """All that would be done: it can be shown, logged and refused."""

    steps: tuple[Step, ...]

    def list_actions(self, kind: type[Action]) -> list[Action]:
        """Return the actions of one kind."""
        return [action for step in self.steps for action in step.actions if isinstance(action, kind)]

    @property
    def changed(self) -> int:
        """How many of our records or contacts would be changed."""
        return len(
            {
                (step.record if isinstance(action, Pull) else step.counterpart)
                for step in self.steps
                for action in step.actions
                if isinstance(action, Pull | Push)
            }
        )

    @property
    def emptied(self) -> int:
        """How many of them would lose a value and get none for it."""
        return len({step.counterpart for step in self.steps if any(map(_empties, step.actions))})

    @property
    def fingerprint(self) -> str:
        """What tells this plan from another, so that a person agrees to what they saw."""
        said = repr([step for step in self.steps if any(map(_writes, step.actions))])
        return blake2b(said.encode(), digest_size=16).hexdigest()

    def require_safe(self, linked: int) -> None:
        """Raise UnsafePlan when a surprising share of all linked contacts would be changed or emptied."""
        if is_surprising_loss(self.emptied, linked, least=_LEAST_EMPTIED):
            raise UnsafePlan(
                f"{self.emptied:,} of the {linked:,} linked contacts would lose a name, an address or a phone"
                " at once. That is hardly what somebody did on purpose."
            )
        if is_surprising_loss(self.changed, linked, least=_LEAST_CHANGED):
            raise UnsafePlan(
                f"{self.changed:,} of the {linked:,} linked contacts would change at once."
                " That is more than people change by hand."
            )


def plan(records: Iterable[OurRecord], *, at_first: AtFirst = AtFirst.ASK) -> Plan:
    """Return what becomes of these records; `at_first` answers for all that was never agreed."""
    return Plan(tuple(step for record in records for step in plan_record(record, at_first=at_first)))


def plan_record(record: OurRecord, *, at_first: AtFirst = AtFirst.ASK) -> list[Step]:
    """
    Return what becomes of one record and its contacts; those of which nothing becomes are left out.

    First everything flows in, one contact after the other: what a second one would bring besides meets
    what the first one brought, and is a conflict. Then what is ours by then goes out.
    """
    ours = dict(record.ours)
    drafts = [_Draft(one, record, ours, at_first) for one in record.counterparts]
    for draft in drafts:
        draft.take_in()
    for draft in drafts:
        draft.give_out()
    return [Step(record.key, one.side.key, tuple(one.actions)) for one in drafts if one.actions]


class _Verdict(StrEnum):
    NOTHING = "nothing"
    AGREE = "agree"
    PULL = "pull"
    PUSH = "push"
    FIRST = "first"
    BOTH = "both"


class _Draft:
    """The plan for one contact while it is being made; `ours` is shared by all contacts of the record."""

    def __init__(self, side: Counterpart, record: OurRecord, ours: dict[str, str], at_first: AtFirst) -> None:
        self.side = side
        self.actions: list[Action] = []
        self._ours = ours
        self._agreed = dict(side.agreed)
        self._at_first = at_first
        self._fields = record.fields - side.left_out
        is_there = side.contact in (Contact.LIVE, Contact.ARCHIVED) and not record.is_put_away
        # Of a contact that Xero merged, lost, forgot or has not shown yet nothing can be compared.
        self._units = [unit for unit in UNITS if is_there and self._list(unit)]
        if not is_there:
            self.actions += [Recall(unit) for unit, sent in side.sent.items() if sent.fate in _UNSENT]

    def take_in(self) -> None:
        """Settle what Xero has by now, and write what changed there into ours."""
        for unit in self._units:
            sent = self.side.sent.get(unit)
            if sent and sent.fate is Fate.DONE:
                self.actions.append(Settle(unit, sent.values))
                self._agreed |= sent.values
        self._units = [unit for unit in self._units if not self._is_in_the_air(unit)]
        for unit in self._units:
            for each in self._list(unit):
                if self._compare(each) is _Verdict.PULL:
                    theirs = self._get_theirs(each.name)
                    self.actions.append(Pull(each.name, self._ours.get(each.name, ""), theirs))
                    self._ours[each.name] = self._agreed[each.name] = theirs

    def give_out(self) -> None:
        """Propose what changed here, ask about what changed on both sides, keep what is the same."""
        for unit in self._units:
            pushed = []
            for each in self._list(unit):
                match self._compare(each):
                    case _Verdict.AGREE:
                        self._agree(each)
                    case _Verdict.PUSH:
                        pushed.append(each)
                    case _Verdict.FIRST:
                        self._ask(each, Why.FIRST)
                    case _Verdict.BOTH:
                        self._ask(each, Why.BOTH)
            self._push(unit, pushed)

    def _list(self, unit: str) -> list[TwoWayField]:
        return [each for each in FIELDS_OF[unit] if each.name in self._fields]

    def _is_in_the_air(self, unit: str) -> bool:
        sent = self.side.sent.get(unit)
        if sent is None or sent.fate not in (Fate.IN_DOUBT, Fate.UNSEEN):
            return False
        self.actions.append(Wait(unit))
        return True

    def _compare(self, each: TwoWayField) -> _Verdict:
        agreed = self._key(each, self._agreed) if each.name in self._agreed else None
        ours, theirs = self._key(each, self._ours), self._key(each, self.side.theirs)
        if ours == theirs:
            # The same by now, whoever changed it: our own echo, or both sides to the same.
            is_news = (agreed or "") != ours or each.name in self.side.apart
            return _Verdict.AGREE if is_news else _Verdict.NOTHING
        if each.name in self.side.apart:
            return _Verdict.NOTHING
        if agreed is None:
            return self._compare_first(each.name, ours, theirs)
        match (ours != agreed, theirs != agreed):
            case (True, False):  # changed here since both agreed
                return _Verdict.PUSH
            case (False, True):  # changed in Xero since both agreed
                return _Verdict.PULL
            case _:  # changed on both sides, and differently
                return _Verdict.BOTH

    def _compare_first(self, name: str, ours: str, theirs: str) -> _Verdict:
        if name in self.side.asked and self._at_first is AtFirst.ASK:
            return _Verdict.FIRST  # emptied on one side since then, it is a question still
        if not ours:  # only Xero has it: nothing of ours is overwritten
            return _Verdict.PULL
        if not theirs:  # only we have it
            return _Verdict.PUSH
        match self._at_first:
            case AtFirst.OURS:
                return _Verdict.PUSH
            case AtFirst.THEIRS:
                return _Verdict.PULL
            case AtFirst.ASK:
                return _Verdict.FIRST

    def _push(self, unit: str, pushed: list[TwoWayField]) -> None:
        sent = self.side.sent.get(unit)
        if sent and sent.fate is Fate.DONE:
            sent = None
        if not pushed:
            if sent:
                self.actions.append(Recall(unit))
            return
        if self.side.contact is Contact.ARCHIVED or self.side.cannot_push:
            if sent:
                self.actions.append(Recall(unit))
            for each in pushed:
                self._ask(each, Why.BLOCKED, self.side.cannot_push or _ARCHIVED)
            return
        values = {each.name: self._ours.get(each.name, "") for each in pushed}
        whole = {each.name: values.get(each.name, self._get_theirs(each.name)) for each in FIELDS_OF[unit]}
        if sent and (sent.values, sent.whole) == (values, whole):
            match sent.fate:
                case Fate.REFUSED:
                    for each in pushed:
                        self._ask(each, Why.REFUSED)
                case Fate.HELD:
                    for each in pushed:
                        self._ask(each, Why.HELD)
            return
        if sent:
            self.actions.append(Recall(unit))
        for each in pushed:
            if each.name not in self._agreed:
                # Whatever Xero has there is to be overwritten: that much is agreed from now on.
                self.actions.append(Agree(each.name, self._get_theirs(each.name)))
        before = {each.name: self._get_theirs(each.name) for each in pushed}
        self.actions.append(Push(unit, values, whole, before))

    def _agree(self, each: TwoWayField) -> None:
        self.actions.append(Agree(each.name, self._get_theirs(each.name)))

    def _ask(self, each: TwoWayField, why: Why, sentence: str = "") -> None:
        self.actions.append(
            Ask(
                each.name,
                why,
                self._agreed.get(each.name),
                self._ours.get(each.name, ""),
                self._get_theirs(each.name),
                sentence,
            )
        )

    def _get_theirs(self, name: str) -> str:
        return self.side.theirs.get(name, "")

    def _key(self, each: TwoWayField, values: Mapping[str, str]) -> str:
        value = values.get(each.name, "")
        return normalise(each.likeness, value, region=self.side.region) if value else ""


_ARCHIVED = "The contact is archived in Xero. Restore it there, and this is sent."


def say_contact(contact: Contact) -> str:
    """Return why nothing goes to or fro with a contact that stands so, or nothing where it does."""
    return _STANDINGS[contact]


_STANDINGS: Mapping[Contact, str] = {
    Contact.LIVE: "",
    Contact.ARCHIVED: "Archived in Xero: its changes still come here, and nothing is sent to it.",
    Contact.MERGED: "Merged in Xero into another contact, whose fields count from then on.",
    Contact.GONE: "Xero has this contact no more. What is here stays as it is.",
    Contact.FORGOTTEN: "Xero was asked to forget this contact. Nothing is sent to it or taken from it.",
    Contact.NOT_SEEN: "Not copied yet. It is compared once it is here.",
}


def _writes(action: Action) -> bool:
    return isinstance(action, Pull | Push)


def _empties(action: Action) -> bool:
    return any(before.strip() and not after.strip() for before, after in _list_written(action))


def _list_written(action: Action) -> Iterator[tuple[str, str]]:
    match action:
        case Pull(_, before, value):
            yield before, value
        case Push(_, values, _, before_of):
            yield from ((before_of[name], value) for name, value in values.items())
