"""
What becomes of a contact's fields when we, Xero, and what both last agreed are compared (K16).

A pure function from those three to a plan. One side changed: it flows to the other. Both did: a person
decides. What was never agreed and differs is a question too, so that a first link overwrites nothing.
Our own writes coming back are found equal to ours, and so are agreed and no change.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from counterfoil.domain.agreeing.plans import (
    Action,
    Agree,
    Ask,
    Plan,
    Pull,
    Push,
    Recall,
    Settle,
    Step,
    Wait,
    Why,
)
from counterfoil.domain.agreeing.sides import AtFirst, Contact, Counterpart, Fate, OurRecord
from counterfoil.domain.ownership import FIELDS_OF, UNITS, TwoWayField
from counterfoil.domain.sameness import normalise

_UNSENT = (Fate.WAITING, Fate.REFUSED, Fate.HELD)


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
