"""A firm in Auckland that reminds its customers, and a carrier that does what it is told."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from counterfoil.domain.reminders.replies import Meaning
from counterfoil.features.reminding.campaigning import Says, activate, save_campaign
from counterfoil.features.reminding.models import Campaign, Message, Reply, SenderChoices
from counterfoil.features.reminding.planning import plan_today
from counterfoil.features.reminding.providers.base import Letter, Outcome, Taken
from counterfoil.features.reminding.reaching import renew_reach
from counterfoil.features.reminding.replying import Incoming, decide_reply, take_reply
from counterfoil.features.reminding.ruling import review_rules
from counterfoil.features.reminding.sending import Passes, Report, send_due
from counterfoil.mirror.models import Contact, Cursor, Invoice, Organisation, OrganisationProfile
from tests.integration.web.firms import Firm, make_contact, make_firm, make_invoice, make_organisation

AUCKLAND = ZoneInfo("Pacific/Auckland")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=AUCKLAND).astimezone(UTC)
TODAY = date(2026, 11, 23)
WORDS = "Hi {first_name|there}, {invoice} over {amount} was due {due_date}. {business}. Reply STOP to opt out"
NUMBER = "+64211234567"


@dataclass
class Recorder:
    """Carries nothing and remembers what it was given; the answers can be told."""

    name: str = "recorder"
    letters: list[Letter] = field(default_factory=list)
    answer: Callable[[Letter], Outcome] = lambda letter: Taken(f"id-{letter.token}")

    def carry(self, letter: Letter) -> Outcome:
        self.letters.append(letter)
        return self.answer(letter)

    @property
    def texts(self) -> list[str]:
        return [letter.text for letter in self.letters]


@dataclass
class Desk:
    """Whoever reminds; its clock stands until it is moved, and the copy stays fresh with it."""

    firm: Firm
    organisation: Organisation
    carrier: Any = field(default_factory=Recorder)
    now: datetime = MONDAY
    age: timedelta = timedelta(0)  # of the copy

    def customer(self, mobile: str = "021 123 4567", **fields: Any) -> Contact:
        phones = [{"PhoneType": "MOBILE", "PhoneNumber": mobile, "PhoneAreaCode": "", "PhoneCountryCode": ""}]
        values = {"first_name": "Aroha", "raw": json.dumps({"Phones": phones}), "digest": uuid4().bytes}
        return make_contact(self.firm, self.organisation, **(values | fields))

    def invoice(self, contact: Contact, *, overdue: int = 7, **fields: Any) -> Invoice:
        due_on = self.now.astimezone(AUCKLAND).date() - timedelta(days=overdue)
        values = {"contact_id": contact.xero_id, "contact_name": contact.name, "due_date": due_on}
        values |= {"currency": "NZD", "amount_due": Decimal(100)}
        return make_invoice(self.firm, self.organisation, **(values | fields))

    def campaign(self, *says: Says, is_active: bool = True, **fields: Any) -> Campaign:
        made = Campaign(
            organisation=self.organisation,
            workspace=self.firm.workspace,
            name=fields.pop("name", "Overdue"),
            send_at=fields.pop("send_at", time(9)),
            **fields,
        )
        with self.firm.inside():
            save_campaign(made, says=says or [Says(7, "en", WORDS)], by=self.firm.user, now=self.now)
            if is_active:
                activate(made, by=self.firm.user, now=self.now - timedelta(days=1))
        return made

    def plan(self) -> None:
        """Plan what is due today, from a copy that is fresh."""
        with self.firm.inside():
            Cursor.objects.filter(organisation=self.organisation).update(succeeded_at=self.now - self.age)
            renew_reach(self.organisation, now=self.now)
            plan_today(self.organisation, now=self.now)

    def send(self, passes: Passes = lambda step: None) -> Report:
        """Plan and send as the background job does."""
        self.plan()
        return send_due(self.organisation, now=lambda: self.now, carrier=self.carrier, passes=passes)

    def receive(self, text: str, *, number: str = NUMBER, called: str = "") -> Reply | None:
        with self.firm.inside():
            incoming = Incoming(number, text, "recorder", called or str(uuid4()))
            return take_reply(self.organisation, incoming, now=self.now)

    def decide(self, reply: Reply | None, meaning: Meaning, **details: Any) -> None:
        assert reply is not None
        with self.firm.inside():
            decide_reply(reply, meaning=meaning, by=self.firm.user, now=self.now, **details)

    def messages(self) -> list[tuple[str, str]]:
        """Return of every message its state and why."""
        with self.firm.inside():
            return [(one.state, one.why) for one in Message.objects.order_by("pk")]

    def review(self, *countries: str) -> None:
        """Have the rules of these countries reviewed, without which no carrier is given anything."""
        with self.firm.inside():
            for country in countries:
                review_rules(
                    workspace_id=self.firm.workspace.pk, country=country, by=self.firm.user, now=self.now
                )

    def choose(self, **choices: Any) -> None:
        with self.firm.inside():
            SenderChoices.objects.update_or_create(
                organisation=self.organisation,
                defaults={
                    "workspace": self.firm.workspace,
                    "token": uuid4(),
                    "saved_at": self.now,
                    **choices,
                },
            )


def make_desk() -> Desk:
    firm = make_firm()
    organisation = make_organisation(firm, name="Harbour Foods")
    with firm.inside():
        OrganisationProfile.objects.filter(organisation=organisation).update(
            country_code="NZ", timezone="NEWZEALANDSTANDARDTIME", base_currency="NZD"
        )
    return Desk(firm, organisation)


@pytest.fixture
def desk(db: None) -> Desk:
    """A desk with nobody to remind yet."""
    return make_desk()
