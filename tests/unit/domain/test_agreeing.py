"""What becomes of a contact's fields when three states are compared (K16): every case, and any series."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.domain.agreeing import (
    Agree,
    Ask,
    AtFirst,
    Contact,
    Counterpart,
    Fate,
    OurRecord,
    Plan,
    Pull,
    Push,
    Recall,
    Sent,
    Settle,
    Step,
    UnsafePlan,
    Wait,
    Why,
    plan,
    plan_record,
)

EMAIL = frozenset({"email"})
OLD, OURS, THEIRS = "old@kowhai.example", "ours@kowhai.example", "theirs@kowhai.example"


def compare(
    ours: str, theirs: str, agreed: str | None = OLD, *, at_first: AtFirst = AtFirst.ASK, **more: Any
) -> tuple[Any, ...]:
    """Return what becomes of one e-mail address."""
    side = Counterpart(
        key=1,
        contact=more.pop("contact", Contact.LIVE),
        theirs={"email": theirs},
        agreed={} if agreed is None else {"email": agreed},
        region="GB",
        **more,
    )
    steps = plan_record(OurRecord("client:1", {"email": ours}, [side], EMAIL), at_first=at_first)
    return steps[0].actions if steps else ()


def push(value: str = OURS, before: str = OLD) -> Push:
    return Push("email", {"email": value}, {"email": value}, {"email": before})


def sent(fate: Fate, value: str = OURS) -> dict[str, Sent]:
    return {"email": Sent({"email": value}, {"email": value}, fate)}


def test_what_nobody_changed_is_left_alone() -> None:
    assert compare(OLD, OLD) == ()
    assert compare(OLD.upper(), f" {OLD}") == ()


def test_what_was_changed_in_xero_flows_in() -> None:
    assert compare(OLD, THEIRS) == (Pull("email", OLD, THEIRS),)


def test_what_was_emptied_in_xero_is_emptied_here() -> None:
    assert compare(OLD, "") == (Pull("email", OLD, ""),)


def test_what_was_changed_here_goes_out() -> None:
    assert compare(OURS, OLD) == (push(),)


def test_what_was_changed_on_both_sides_is_asked() -> None:
    assert compare(OURS, THEIRS) == (Ask("email", Why.BOTH, OLD, OURS, THEIRS),)


def test_what_was_changed_on_both_sides_to_the_same_is_agreed() -> None:
    assert compare(OURS, OURS.upper()) == (Agree("email", OURS.upper()),)


def test_a_first_link_overwrites_nothing() -> None:
    assert compare(OURS, THEIRS, None) == (Ask("email", Why.FIRST, None, OURS, THEIRS),)
    assert compare(OURS, OURS, None) == (Agree("email", OURS),)
    assert compare("", THEIRS, None) == (Pull("email", "", THEIRS),)
    assert compare(OURS, "", None) == (Agree("email", ""), push(before=""))
    assert compare("", "", None) == ()


def test_what_was_asked_at_first_stays_a_question_when_one_side_is_emptied() -> None:
    asked = frozenset({"email"})

    assert compare("", THEIRS, None, asked=asked) == (Ask("email", Why.FIRST, None, "", THEIRS),)
    assert compare(OURS, "", None, asked=asked) == (Ask("email", Why.FIRST, None, OURS, ""),)


def test_a_person_can_answer_for_all_that_differs_at_first() -> None:
    assert compare(OURS, THEIRS, None, at_first=AtFirst.THEIRS) == (Pull("email", OURS, THEIRS),)
    assert compare(OURS, THEIRS, None, at_first=AtFirst.OURS) == (
        Agree("email", THEIRS),
        push(before=THEIRS),
    )


def test_what_a_person_left_different_stays_until_it_is_the_same() -> None:
    apart = frozenset({"email"})

    assert compare(OURS, THEIRS, THEIRS, apart=apart) == ()
    assert compare("new@kowhai.example", THEIRS, THEIRS, apart=apart) == ()
    assert compare(THEIRS, THEIRS, THEIRS, apart=apart) == (Agree("email", THEIRS),)


def test_a_change_that_waits_is_not_proposed_twice() -> None:
    assert compare(OURS, OLD, sent=sent(Fate.WAITING)) == ()


def test_a_change_that_waits_is_called_back_when_xero_changed_too() -> None:
    assert compare(OURS, THEIRS, sent=sent(Fate.WAITING)) == (
        Ask("email", Why.BOTH, OLD, OURS, THEIRS),
        Recall("email"),
    )


def test_a_change_that_waits_is_called_back_when_it_was_changed_again() -> None:
    assert compare("newer@kowhai.example", OLD, sent=sent(Fate.WAITING)) == (
        Recall("email"),
        push("newer@kowhai.example"),
    )
    assert compare(OLD, OLD, sent=sent(Fate.WAITING)) == (Recall("email"),)


@pytest.mark.parametrize("fate", [Fate.IN_DOUBT, Fate.UNSEEN])
def test_nothing_is_done_while_nobody_knows_what_xero_has(fate: Fate) -> None:
    assert compare(OURS, OLD, sent=sent(fate)) == (Wait("email"),)
    assert compare("newer@kowhai.example", THEIRS, sent=sent(fate)) == (Wait("email"),)


def test_our_own_write_coming_back_is_no_change() -> None:
    assert compare(OURS, OURS, sent=sent(Fate.DONE)) == (Settle("email", {"email": OURS}),)


def test_what_was_edited_while_it_was_on_its_way_goes_out_after_it() -> None:
    newer = "newer@kowhai.example"

    assert compare(newer, OURS, sent=sent(Fate.DONE)) == (
        Settle("email", {"email": OURS}),
        push(newer, before=OURS),
    )


def test_what_xero_writes_in_its_own_way_is_taken_over() -> None:
    assert compare(OURS, THEIRS, sent=sent(Fate.DONE)) == (
        Settle("email", {"email": OURS}),
        Pull("email", OURS, THEIRS),
    )


@pytest.mark.parametrize(("fate", "why"), [(Fate.REFUSED, Why.REFUSED), (Fate.HELD, Why.HELD)])
def test_what_xero_or_a_person_refused_is_asked_and_not_tried_again(fate: Fate, why: Why) -> None:
    assert compare(OURS, OLD, sent=sent(fate)) == (Ask("email", why, OLD, OURS, OLD),)


def test_what_was_refused_is_forgotten_when_somebody_writes_something_else() -> None:
    assert compare("mended@kowhai.example", OLD, sent=sent(Fate.REFUSED)) == (
        Recall("email"),
        push("mended@kowhai.example"),
    )


def test_a_read_only_organisation_takes_and_says_why_it_does_not_give() -> None:
    why = "This organisation is connected read-only."

    assert compare(OLD, THEIRS, cannot_push=why) == (Pull("email", OLD, THEIRS),)
    assert compare(OURS, OLD, cannot_push=why) == (Ask("email", Why.BLOCKED, OLD, OURS, OLD, why),)


def test_to_an_archived_contact_nothing_is_sent() -> None:
    assert compare(OLD, THEIRS, contact=Contact.ARCHIVED) == (Pull("email", OLD, THEIRS),)
    [asked] = compare(OURS, OLD, contact=Contact.ARCHIVED)
    assert (asked.why, asked.sentence) == (
        Why.BLOCKED,
        "The contact is archived in Xero. Restore it there, and this is sent.",
    )


@pytest.mark.parametrize("contact", [Contact.MERGED, Contact.GONE, Contact.FORGOTTEN, Contact.NOT_SEEN])
def test_with_a_contact_that_is_not_there_nothing_is_exchanged(contact: Contact) -> None:
    assert compare(OURS, "", contact=contact) == ()
    assert compare(OURS, "", contact=contact, sent=sent(Fate.WAITING)) == (Recall("email"),)


def test_a_record_that_was_put_away_neither_gives_nor_takes() -> None:
    side = Counterpart(1, Contact.LIVE, {"email": THEIRS}, {"email": OLD})

    assert plan_record(OurRecord("client:1", {"email": OLD}, [side], is_put_away=True)) == []


def test_an_address_goes_whole_and_only_its_changed_part_is_ours() -> None:
    agreed = {"street.line_1": "1 Quay", "street.city": "Leith"}
    theirs = {"street.line_1": "1 Quay", "street.city": "Edinburgh"}
    side = Counterpart(1, Contact.LIVE, theirs, agreed)
    ours = {"street.line_1": "2 Quay", "street.city": "Leith"}

    [step] = plan_record(OurRecord("client:1", ours, [side]))

    pulled, pushed = step.actions
    assert pulled == Pull("street.city", "Leith", "Edinburgh")
    assert isinstance(pushed, Push)
    assert pushed.values == {"street.line_1": "2 Quay"}
    assert {name: value for name, value in pushed.whole.items() if value} == {
        "street.line_1": "2 Quay",
        "street.city": "Edinburgh",
    }


def test_a_part_in_conflict_goes_as_xero_has_it() -> None:
    agreed = {"street.line_1": "1 Quay", "street.city": "Leith"}
    theirs = {"street.line_1": "1 Quay", "street.city": "Edinburgh"}
    side = Counterpart(1, Contact.LIVE, theirs, agreed)
    ours = {"street.line_1": "2 Quay", "street.city": "Glasgow"}

    [step] = plan_record(OurRecord("client:1", ours, [side]))

    asked, pushed = step.actions
    assert asked == Ask("street.city", Why.BOTH, "Leith", "Glasgow", "Edinburgh")
    assert isinstance(pushed, Push)
    assert (pushed.values, pushed.whole["street.city"]) == ({"street.line_1": "2 Quay"}, "Edinburgh")


def test_two_contacts_that_bring_different_values_are_a_conflict_and_no_race() -> None:
    sides = [
        Counterpart(number, Contact.LIVE, {"email": value}, {"email": OLD})
        for number, value in ((1, "one@kowhai.example"), (2, "two@kowhai.example"))
    ]

    steps = plan_record(OurRecord("client:1", {"email": OLD}, sides, EMAIL))

    assert steps == [
        Step("client:1", 1, (Pull("email", OLD, "one@kowhai.example"),)),
        Step(
            "client:1",
            2,
            (Ask("email", Why.BOTH, OLD, "one@kowhai.example", "two@kowhai.example"),),
        ),
    ]


def test_what_one_contact_brings_goes_to_the_other() -> None:
    sides = [
        Counterpart(1, Contact.LIVE, {"email": OLD}, {"email": OLD}),
        Counterpart(2, Contact.LIVE, {"email": THEIRS}, {"email": OLD}),
    ]

    steps = plan_record(OurRecord("client:1", {"email": OLD}, sides, EMAIL))

    assert [step.actions for step in steps] == [(push(THEIRS),), (Pull("email", OLD, THEIRS),)]


def many(count: int, theirs: str) -> Plan:
    return plan(
        OurRecord(
            f"client:{number}",
            {"email": OLD},
            [Counterpart(number, Contact.LIVE, {"email": theirs}, {"email": OLD})],
        )
        for number in range(count)
    )


def test_a_plan_that_would_change_a_surprising_share_is_refused() -> None:
    few, much, emptying = many(19, THEIRS), many(20, THEIRS), many(5, "")

    few.require_safe(20)
    much.require_safe(100)
    with pytest.raises(UnsafePlan, match="20 of the 99 linked contacts would change at once"):
        much.require_safe(99)
    with pytest.raises(UnsafePlan, match="5 of the 24 linked contacts would lose"):
        emptying.require_safe(24)
    emptying.require_safe(25)


def test_another_plan_has_another_fingerprint() -> None:
    assert many(2, THEIRS).fingerprint == many(2, THEIRS).fingerprint
    assert many(2, THEIRS).fingerprint != many(2, OURS).fingerprint


# -- Any series of edits -------------------------------------------------------------------------------------

FIELDS = ("name", "street.line_1", "street.city")
Values = dict[str, str]


@dataclass
class World:
    """A client, its contact in Xero, our copy of that, and what is on its way; with who edited what last."""

    ours: Values
    xero: Values
    copy: Values
    agreed: Values = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    sent: dict[str, Sent] = field(default_factory=dict)
    # What people wrote and the other side has neither received nor been asked about.
    fresh_here: set[str] = field(default_factory=set)
    fresh_there: set[str] = field(default_factory=set)
    asked: dict[str, Why] = field(default_factory=dict)
    # What Xero is to hold when a change arrives there.
    expected: dict[str, Values] = field(default_factory=dict)
    # How each side stood when nothing on it was fresh.
    known_here: Values = field(default_factory=dict)
    known_there: Values = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known_here, self.known_there = dict(self.ours), dict(self.xero)

    def compare(self, at_first: AtFirst = AtFirst.ASK) -> None:
        side = Counterpart(
            key=1,
            contact=Contact.LIVE,
            theirs=dict(self.copy),
            agreed=dict(self.agreed),
            asked=frozenset(name for name, why in self.asked.items() if why is Why.FIRST),
            apart=self.apart,
            sent=dict(self.sent),
        )
        before, self.asked = self.asked, {}
        steps = plan_record(
            OurRecord("client:1", dict(self.ours), [side], frozenset(FIELDS)), at_first=at_first
        )
        for action in steps[0].actions if steps else ():
            if isinstance(action, Wait):  # what was asked about it is asked still
                self.asked |= {name: why for name, why in before.items() if name.startswith(action.unit)}
            self._act(action)
        for name in FIELDS:
            sent = self.sent.get(name.partition(".")[0])
            is_known = sent is None or sent.fate not in (Fate.IN_DOUBT, Fate.UNSEEN)
            if is_known and self.ours[name] == self.copy[name]:
                self.settle_here(name)
                self.settle_there(name)

    def settle_here(self, name: str) -> None:
        """The other side has what was written here, or a person said what becomes of it."""
        self.fresh_here.discard(name)
        self.known_here[name] = self.ours[name]

    def settle_there(self, name: str) -> None:
        """The same for what was written in Xero, as far as it was seen."""
        self.known_there[name] = self.copy[name]
        if self.copy[name] == self.xero[name]:
            self.fresh_there.discard(name)

    def _act(self, action: object) -> None:
        match action:
            case Agree(name, value):
                self.agreed[name] = value
                self.apart -= {name}
                if self.ours[name] != value:  # only we had it: ours is an edit of what Xero has
                    self.known_here[name] = value
                    self.fresh_here.add(name)
            case Pull(name, _, value):
                assert name not in self.fresh_here, f"lost what was written here in {name}"
                self.ours[name] = self.agreed[name] = value
            case Settle(unit, values):
                self.agreed |= values
                del self.sent[unit]
            case Recall(unit):
                assert self.sent.pop(unit).fate in (Fate.WAITING, Fate.REFUSED, Fate.HELD)
            case Push(unit, values, whole, before):
                self.expected[unit] = {**whole, **before}
                assert unit not in self.sent or self.sent[unit].fate is Fate.DONE
                self.sent[unit] = Sent(values, whole, Fate.WAITING)
            case Ask(name, why, _, ours, theirs):
                assert (ours, theirs) == (self.ours[name], self.copy[name])
                self.asked[name] = why

    def edit(self, side: Values, name: str, value: str, known: Values, fresh: set[str]) -> None:
        """Write as a person does; who writes again what stood there has changed nothing."""
        if side[name] == value:
            return
        side[name] = value
        (fresh.discard if known.get(name) == value else fresh.add)(name)

    def send(self, unit: str, *, is_answered: bool) -> None:
        """Look at Xero first, as the sender does, and write only what nobody changed there meanwhile."""
        waiting = self.sent.get(unit)
        if waiting is None or waiting.fate is not Fate.WAITING:
            return
        if any(self.xero.get(name, "") != value for name, value in self.expected[unit].items()):
            self.copy = dict(self.xero)
            return
        for name, value in waiting.whole.items():
            if name in self.xero and self.xero[name] != value:
                assert name not in self.fresh_there, f"lost what was written in Xero in {name}"
                self.xero[name] = value
        for name, value in waiting.values.items():
            self.known_here[name] = self.known_there[name] = value
            if self.ours[name] == value:
                self.fresh_here.discard(name)
        self.sent[unit] = replace(waiting, fate=Fate.UNSEEN if is_answered else Fate.IN_DOUBT)

    def read(self) -> None:
        """Copy what Xero has; what was written is found there."""
        self.copy = dict(self.xero)
        for unit, one in self.sent.items():
            if one.fate in (Fate.UNSEEN, Fate.IN_DOUBT):
                self.sent[unit] = replace(one, fate=Fate.DONE)

    def say_no(self, unit: str, fate: Fate) -> None:
        waiting = self.sent.get(unit)
        if waiting is not None and waiting.fate is Fate.WAITING:
            self.sent[unit] = replace(waiting, fate=fate)

    def decide(self, name: str, choice: str) -> None:
        """Choose ours, Xero's, something else, or to leave it different, as the inbox does."""
        if name not in self.asked:
            return
        unit = name.partition(".")[0]
        sent = self.sent.get(unit)
        if sent is not None and sent.fate not in (Fate.WAITING, Fate.REFUSED, Fate.HELD):
            return  # what is on its way has to arrive first
        self.sent.pop(unit, None)
        chosen = {"ours": self.ours[name], "theirs": self.copy[name]}.get(choice, choice)
        if choice == "apart":
            self.apart |= {name}
        else:
            self.ours[name] = chosen
        self.settle_here(name)
        self.settle_there(name)
        if choice != "apart" and chosen != self.copy[name]:  # an edit of what Xero has
            self.known_here[name] = self.copy[name]
            self.fresh_here.add(name)
        self.agreed[name] = self.copy[name]
        del self.asked[name]


_VALUES = st.sampled_from(["", "a", "b", "c"])
_SIDES = st.fixed_dictionaries(dict.fromkeys(FIELDS, _VALUES))
_NAMES = st.sampled_from(FIELDS)
_UNITS = st.sampled_from(["name", "street"])
_EVENTS = st.one_of(
    st.tuples(st.just("here"), _NAMES, _VALUES),
    st.tuples(st.just("there"), _NAMES, _VALUES),
    st.tuples(st.just("read")),
    st.tuples(st.just("compare")),
    st.tuples(st.just("send"), _UNITS, st.booleans()),
    st.tuples(st.just("no"), _UNITS, st.sampled_from([Fate.REFUSED, Fate.HELD])),
    st.tuples(st.just("decide"), _NAMES, st.sampled_from(["ours", "theirs", "d", "apart"])),
)


def happen(world: World, event: tuple[Any, ...]) -> None:
    match event:
        case ("here", name, value):
            world.edit(world.ours, name, value, world.known_here, world.fresh_here)
        case ("there", name, value):
            world.edit(world.xero, name, value, world.known_there, world.fresh_there)
        case ("read",):
            world.read()
        case ("compare",):
            world.compare()
        case ("send", unit, is_answered):
            world.send(unit, is_answered=is_answered)
        case ("no", unit, fate):
            world.say_no(unit, fate)
        case ("decide", name, choice):
            world.decide(name, choice)


@settings(max_examples=300, deadline=None)
@given(_SIDES, _SIDES, st.lists(_EVENTS, max_size=25), st.sampled_from(AtFirst))
def test_any_series_of_edits_ends_equal_or_in_a_named_conflict(
    ours: Mapping[str, str], theirs: Mapping[str, str], events: list[tuple[Any, ...]], at_first: AtFirst
) -> None:
    world = World(dict(ours), dict(theirs), dict(theirs))
    world.compare(at_first)

    for event in events:
        happen(world, event)
    for _ in range(4):  # then nobody edits any more
        world.read()
        world.compare()
        for unit in ("name", "street"):
            world.send(unit, is_answered=True)
    world.read()
    world.compare()

    different = {name for name in FIELDS if world.ours[name] != world.xero[name]}
    assert different == set(world.asked) | (world.apart & different)
    assert not (world.fresh_here | world.fresh_there) - different
