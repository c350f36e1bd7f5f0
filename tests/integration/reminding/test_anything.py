"""
Anything may happen, in any order: nobody is texted after STOP, in quiet hours, above a cap, about a paid
invoice, or twice.

The carrier itself is the witness: of every message that reaches it, it is asked whether it should have.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from counterfoil.domain.reminders.guard import Hold
from counterfoil.domain.reminders.hours import is_holiday
from counterfoil.domain.reminders.packs import find_pack
from counterfoil.domain.reminders.replies import Meaning
from counterfoil.features.reminding.campaigning import (
    CannotChange,
    Says,
    activate,
    pause,
    pause_all,
    resume_all,
)
from counterfoil.features.reminding.holding import About, end_hold, hold_back
from counterfoil.features.reminding.leaving import leave
from counterfoil.features.reminding.ledger import get_ledger_key, make_digest
from counterfoil.features.reminding.models import Campaign, Held, Message, Reply, WayOut
from counterfoil.features.reminding.providers.base import InDoubt, Letter, NotTaken, Outcome, Refused, Taken
from counterfoil.features.reminding.replying import decide_reply
from counterfoil.mirror.models import Invoice
from tests.integration.reminding.conftest import WORDS, Desk, make_desk

# Where people are, by numbers that tell their zones.
PEOPLE = {
    "+64211234567": ("NZ", ("Pacific/Auckland", "Pacific/Chatham")),
    "+447400123456": ("GB", ("Europe/London",)),
    "+61412345678": ("AU", ("Australia/Sydney", "Australia/Perth")),
    "+33612345678": ("FR", ("Europe/Paris",)),
}
NUMBERS = sorted(PEOPLE)


class Killed(BaseException):
    """The process ends here: nothing above may handle it."""


class Witness:
    """A carrier that knows what has happened, and says of each message whether it should not have come."""

    name = "witness"

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.stopped: set[str] = set()
        self.came: dict[str, list[datetime]] = {number: [] for number in NUMBERS}
        self.told: set[tuple[str, str]] = set()
        self.reviewed = {"NZ", "GB", "AU"}
        self.held: set[str] = set()
        self.is_paused = False
        self.mood = "take"

    def carry(self, letter: Letter) -> Outcome:
        country, zones = PEOPLE[letter.to]
        now, pack, came = self.desk.now, find_pack(country), self.came[letter.to]
        assert not self.desk.age  # of an old copy
        assert letter.to not in self.stopped
        assert letter.to not in self.held
        assert country in self.reviewed
        assert not self.is_paused
        for zone in map(ZoneInfo, zones):
            there = now.astimezone(zone)
            hours = pack.hours[there.weekday()]
            assert hours is not None
            assert hours.opens <= there.time() < hours.closes
            assert not is_holiday(pack, there.date())
            assert not any(moment.astimezone(zone).date() == there.date() for moment in came)
        assert sum(now - moment < timedelta(days=7) for moment in came) < pack.a_week
        assert sum(now - moment < timedelta(days=31) for moment in came) < pack.a_month
        self._check_invoices(letter)
        outcome = MOODS[self.mood]
        if not isinstance(outcome, Refused | NotTaken):
            came.append(now)
            self.told.add((letter.to, letter.text))
        return outcome

    def _check_invoices(self, letter: Letter) -> None:
        assert (letter.to, letter.text) not in self.told  # twice
        numbers = letter.text.partition("! ")[2].partition(" over")[0].split(", ")
        found = {one.number: one for one in Invoice.objects.filter(number__in=numbers)}
        assert set(found) == set(numbers)
        for one in found.values():
            assert (one.status, one.gone_at) == ("AUTHORISED", None)
            assert one.amount_due > 0


MOODS: dict[str, Outcome] = {
    "take": Taken(""),
    "refuse": Refused("no"),
    "busy": NotTaken("busy"),
    "doubt": InDoubt("?"),
}

KILLS = ["decided", "written down", "held in place", "asked", "answered", "settled"]
REPLIES = st.sampled_from(["STOP", "I paid", "will pay tomorrow", "?"])
BETWEEN = st.sampled_from(["", "", "", "stop", "pay", *KILLS])
happenings = st.one_of(
    st.tuples(st.just("invoice"), st.sampled_from(NUMBERS), st.integers(-4, 9)),
    st.tuples(st.just("settle"), st.sampled_from(["PAID", "VOIDED", "DELETED"]), st.integers(0, 9)),
    st.tuples(st.just("reply"), st.sampled_from(NUMBERS), REPLIES),
    st.tuples(st.just("decide"), st.sampled_from([Meaning.OTHER, Meaning.PAID, Meaning.DISPUTE]), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([20, 90, 300, 720, 1440, 2880]), st.none()),
    st.tuples(st.just("send"), st.sampled_from(["take", "take", "take", *MOODS]), BETWEEN),
    st.tuples(st.just("pause"), st.booleans(), st.none()),
    st.tuples(st.just("age"), st.none(), st.none()),
    st.tuples(st.just("review"), st.just("FR"), st.none()),
    st.tuples(st.just("hold"), st.sampled_from(NUMBERS), st.none()),
    st.tuples(st.just("press"), st.sampled_from(NUMBERS), st.none()),
)  # fmt: skip


class World:
    """A desk to which things happen."""

    def __init__(self) -> None:
        self.desk = make_desk()
        self.desk.choose(provider="gateway", address="http://phone", account="A", secret="S")
        self.desk.review("NZ", "GB", "AU")
        self.people = {number: self.desk.customer(number, name=number) for number in NUMBERS}
        words = WORDS.replace("Hi {first_name|there}, ", "Hi! ")
        self.desk.campaign(*(Says(days, "en", f"{words} {days}") for days in (-2, 0, 1, 2, 3, 5, 8)))
        self.witness = Witness(self.desk)
        self.desk.carrier = self.witness

    def happen(self, what: str, one: Any, two: Any) -> None:
        getattr(self, what)(one, two)

    def invoice(self, number: str, overdue: int) -> None:
        self.desk.invoice(self.people[number], overdue=overdue)

    def settle(self, status: str, place: int) -> None:
        with self.desk.firm.inside():
            invoices = list(Invoice.objects.order_by("number"))
            if invoices:
                chosen = invoices[place % len(invoices)]
                paid = {"amount_due": 0, "amount_paid": 100} if status == "PAID" else {}
                Invoice.objects.filter(xero_id=chosen.xero_id).update(status=status, **paid)

    def reply(self, number: str, text: str) -> None:
        self.desk.receive(text, number=number)
        if text == "STOP":
            self.witness.stopped.add(number)

    def decide(self, meaning: Meaning, _: object) -> None:
        with self.desk.firm.inside():
            waiting = Reply.objects.filter(decided_at=None).order_by("pk").first()
            if waiting is not None:
                decide_reply(waiting, meaning=meaning, by=self.desk.firm.user, now=self.desk.now)

    def review(self, country: str, _: object) -> None:
        self.desk.review(country)
        self.witness.reviewed.add(country)

    def hold(self, number: str, _: object) -> None:
        """Hold everything of a person back, or let it go again."""
        by: Any = {"by": self.desk.firm.user, "now": self.desk.now}
        contact = self.people[number]
        with self.desk.firm.inside():
            if number in self.witness.held:
                end_hold(Held.objects.get(contact_id=contact.xero_id, hold="by_hand", ended_at=None), **by)
            else:
                about = About(contact.xero_id, contact.name)
                hold_back(self.desk.organisation, about, hold=Hold.BY_HAND, until=None, **by)
        self.witness.held ^= {number}

    def press(self, number: str, _: object) -> None:
        """End the messages by the link in one of them."""
        with self.desk.firm.inside():
            digest = make_digest(get_ledger_key(now=self.desk.now), number)
            way = WayOut(
                workspace=self.desk.firm.workspace,
                sender=self.desk.organisation.tenant_id,
                channel="text",
                digest=digest,
            )
            leave(way, now=self.desk.now)
        self.witness.stopped.add(number)

    def wait(self, minutes: int, _: object) -> None:
        self.desk.now += timedelta(minutes=minutes)

    def age(self, _: object, __: object) -> None:
        self.desk.age = timedelta(0) if self.desk.age else timedelta(hours=49)

    def pause(self, is_all: bool, _: object) -> None:
        by: Any = {"by": self.desk.firm.user, "now": self.desk.now}
        self.witness.is_paused = not self.witness.is_paused
        with self.desk.firm.inside():
            campaign = Campaign.objects.get()
            if is_all:
                (pause_all if self.witness.is_paused else resume_all)(self.desk.organisation, **by)
                return
            try:
                (pause if self.witness.is_paused else activate)(campaign, **by)
            except CannotChange:  # it stands so already, or Counterfoil itself has paused it
                self.witness.is_paused = campaign.state == Campaign.State.PAUSED

    def send(self, mood: str, between: str) -> None:
        self.witness.mood = mood
        steps = ["written down"] if between in ("stop", "pay") else [between]
        left = [between] if between else []

        def passes(step: str) -> None:
            if left and step in steps:
                left.clear()
                self._interfere(between)

        try:
            self.desk.send(passes=passes)
        except Killed:
            return

    def _interfere(self, between: str) -> None:
        if between in KILLS:
            raise Killed
        if between == "stop":
            self.reply(NUMBERS[0], "STOP")
        if between == "pay":
            self.settle("PAID", 0)


Story = list[tuple[str, object, object]]
stories = st.lists(happenings, min_size=5, max_size=30)


@pytest.mark.django_db
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories)
def test_whatever_happens_nobody_gets_what_they_should_not(story: Story) -> None:
    tell(story)


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories)
def test_in_hundreds_of_stories_nobody_gets_what_they_should_not(story: Story) -> None:
    tell(story)


def tell(story: Story) -> None:
    """Let it all happen, and one more day pass in which everything is sent that may be."""
    with transaction.atomic():
        world = World()
        for what, one, two in story:
            world.happen(what, one, two)
        world.desk.now += timedelta(days=1)
        world.send("take", "")
        with world.desk.firm.inside():
            assert not Message.objects.filter(state=Message.State.SENDING).exists()
        event(f"{min(len(world.witness.told), 3)} or more told")
        transaction.set_rollback(True)
