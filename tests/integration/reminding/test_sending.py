"""What leaves and what does not, from the copy of Xero to the carrier."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.domain.reminders.guard import Hold
from counterfoil.domain.reminders.replies import Meaning
from counterfoil.features.connections.removal import purge_organisation
from counterfoil.features.reminding.campaigning import (
    CannotChange,
    NotReady,
    Says,
    activate,
    archive,
    pause,
    pause_all,
    resume_all,
)
from counterfoil.features.reminding.models import (
    Campaign,
    ContactChoice,
    Held,
    LedgerEntry,
    Message,
    MessageInvoice,
    PackEdit,
    Reply,
)
from counterfoil.features.reminding.owners import describe_owner
from counterfoil.features.reminding.pausing import pause_for_restore
from counterfoil.features.reminding.planning import plan_day
from counterfoil.features.reminding.preparing import prepare
from counterfoil.features.reminding.providers.base import InDoubt, NotTaken, Refused
from counterfoil.features.reminding.reaching import renew_reach
from counterfoil.features.reminding.replying import CannotDecide
from counterfoil.features.reminding.telling import tell_fate
from counterfoil.mirror.models import Connection, Contact, Cursor, Invoice, OrganisationProfile
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.lease import AlreadyReminding, hold_reminders
from tests.integration.reminding.conftest import AUCKLAND, MONDAY, NUMBER, TODAY, WORDS, Desk

SENT, FREE = "sent", "free"


def test_a_reminder_leaves_in_the_words_that_were_previewed(desk: Desk) -> None:
    desk.invoice(desk.customer(), number="INV-7", amount_due=Decimal("1250.50"))
    campaign = desk.campaign()
    previewed = preview(desk, campaign)

    desk.send()

    assert (
        desk.carrier.texts
        == previewed
        == ["Hi Aroha, INV-7 over NZD 1,250.50 was due 16 Nov 2026. Harbour Foods. Reply STOP to opt out"]
    )
    assert [letter.to for letter in desk.carrier.letters] == [NUMBER]
    assert desk.messages() == [(SENT, FREE)]


def preview(desk: Desk, campaign: Campaign) -> list[str]:
    with desk.firm.inside():
        owner = describe_owner(desk.organisation, now=desk.now)
        renew_reach(desk.organisation, now=desk.now)
        drafts = plan_day(owner, campaign, TODAY)
        return [one.text for one in prepare(owner, campaign, drafts, resumed_at=campaign.resumed_at)]


def test_it_leaves_once_however_often_the_job_runs(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()

    for _ in range(3):
        desk.send()
        desk.now += timedelta(minutes=20)

    assert len(desk.carrier.letters) == 1


def test_several_invoices_of_a_person_are_one_message_in_the_words_of_the_latest_step(desk: Desk) -> None:
    contact = desk.customer()
    desk.invoice(contact, number="A", overdue=7)
    desk.invoice(contact, number="B", overdue=-3)
    desk.campaign(Says(-3, "en", WORDS), Says(7, "en", "Late: {invoice}, {amount}. {business} STOP"))

    desk.send()

    assert desk.carrier.texts == ["Late: A, B, NZD 200.00. Harbour Foods STOP"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "PAID", "amount_due": 0, "amount_paid": 100}, "paid"),
        ({"amount_due": 0, "amount_credited": 100}, "credited"),
        ({"status": "VOIDED"}, "voided"),
        ({"due_date": date(2026, 12, 1)}, "moved"),
        ({"gone_at": MONDAY}, "gone"),
        ({"contact_id": "somebody else"}, "gone"),
        ({"expected_payment_date": TODAY}, "promised"),
    ],
)
def test_what_changed_after_it_was_planned_keeps_it_here(
    desk: Desk, changes: dict[str, Any], why: str
) -> None:
    desk.invoice(desk.customer())
    desk.campaign()

    desk.send(passes=once("decided", lambda: change(desk, changes)))

    assert desk.carrier.letters == []
    assert desk.messages() == [("dropped", why)]


def change(desk: Desk, changes: dict[str, Any]) -> None:
    with desk.firm.inside():
        Invoice.objects.update(**changes)


def once(step: str, act: Any) -> Any:
    """Act at the first passing of a step, between the guard's first word and the message's leaving."""
    done: list[str] = []

    def passes(name: str) -> None:
        if name == step and not done:
            done.append(name)
            act()

    return passes


def test_a_part_payment_meanwhile_changes_the_words_and_never_sends_the_old_ones(desk: Desk) -> None:
    desk.invoice(desk.customer(), number="INV-1")
    desk.campaign()

    desk.send(passes=once("written down", lambda: change(desk, {"amount_due": Decimal(40)})))

    assert ["NZD 40.00" in text for text in desk.carrier.texts] == [True]


def test_in_quiet_hours_it_waits_and_is_looked_at_again_in_the_morning(desk: Desk) -> None:
    desk.now = datetime(2026, 11, 23, 20, 30, tzinfo=AUCKLAND).astimezone(UTC)
    desk.invoice(desk.customer())
    desk.campaign(send_at=time(20))

    desk.send()
    assert desk.messages() == [("planned", "quiet")]
    desk.now = datetime(2026, 11, 24, 7, 59, tzinfo=AUCKLAND).astimezone(UTC)
    desk.send()
    assert desk.carrier.letters == []
    desk.now += timedelta(minutes=1)
    desk.send()

    assert len(desk.carrier.letters) == 1


def test_a_number_abroad_is_asked_what_time_it_is_there(desk: Desk) -> None:
    desk.invoice(desk.customer("+44 7911 123456"))
    desk.campaign()

    desk.send()  # ten in Auckland, nine in the evening in London

    assert desk.messages() == [("planned", "quiet")]


def test_stop_acts_at_once_and_for_every_campaign_and_contact_with_the_number(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.invoice(desk.customer(name="Same phone"))
    desk.campaign()
    desk.campaign(Says(7, "en", WORDS), name="Another")

    desk.receive("please stop texting me")
    desk.send()

    assert desk.carrier.letters == []
    assert set(desk.messages()) == {("dropped", "opted_out")}


def test_stop_after_the_guard_said_yes_still_keeps_the_message_here(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()

    desk.send(passes=once("written down", lambda: desk.receive("STOP")))

    assert desk.carrier.letters == []
    assert desk.messages() == [("dropped", "opted_out")]


def test_start_brings_messages_back_and_only_the_person_can_say_it(desk: Desk) -> None:
    stop = desk.receive("STOP")
    with pytest.raises(CannotDecide, match="Only they can take that back"):
        desk.decide(stop, Meaning.OTHER)

    desk.receive("START")
    desk.invoice(desk.customer())
    desk.campaign()
    desk.send()

    assert len(desk.carrier.letters) == 1


def test_a_likely_stop_that_was_none_is_taken_back_by_a_person(desk: Desk) -> None:
    reply = desk.receive("I will stop by tomorrow")
    desk.decide(reply, Meaning.OTHER)
    desk.invoice(desk.customer())
    desk.campaign()

    desk.send()

    assert len(desk.carrier.letters) == 1


def test_a_reply_that_nobody_has_read_holds_and_says_paid_holds_on(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    reply = desk.receive("I paid yesterday")
    assert reply is not None
    assert reply.meaning == Meaning.PAID

    desk.send()
    assert desk.messages() == [("planned", "unread")]
    desk.decide(reply, Meaning.PAID)
    desk.now += timedelta(minutes=15)
    desk.send()

    assert desk.messages() == [("dropped", "says_paid")]
    assert desk.carrier.letters == []


def test_a_promise_holds_until_its_day_has_passed(desk: Desk) -> None:
    contact = desk.customer()
    desk.invoice(contact)
    desk.campaign(Says(7, "en", WORDS), Says(9, "en", WORDS))
    reply = desk.receive("I'll pay tomorrow")
    assert reply is not None
    desk.decide(reply, Meaning.PROMISE, until=reply.promised_on)

    desk.send()
    desk.now += timedelta(days=2)
    desk.send()

    assert desk.messages() == [("dropped", "promised"), (SENT, FREE)]


def test_the_same_reply_brought_twice_is_kept_once(desk: Desk) -> None:
    assert desk.receive("I paid", called="one") is not None
    assert desk.receive("I paid", called="one") is None


def test_two_campaigns_do_not_write_to_a_person_on_one_day(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    desk.campaign(name="Another")

    desk.send()

    assert desk.messages() == [(SENT, FREE), ("dropped", "day_cap")]


def test_a_country_that_asks_for_consent_gets_none_without_it(desk: Desk) -> None:
    desk.invoice(desk.customer("+1 212 555 0123"))
    desk.campaign()
    desk.now += timedelta(hours=1)

    desk.send()

    assert desk.messages() == [("dropped", "no_consent")]


def test_the_firms_own_rules_of_a_country_hold(desk: Desk) -> None:
    with desk.firm.inside():
        PackEdit.objects.create(workspace=desk.firm.workspace, country="NZ", changes={"needs_consent": True})
    desk.invoice(desk.customer())
    desk.campaign()

    desk.send()

    assert desk.messages() == [("dropped", "no_consent")]


def test_a_number_that_cannot_be_used_says_why(desk: Desk) -> None:
    desk.invoice(desk.customer("09 379 1234"))
    desk.campaign()

    desk.send()

    with desk.firm.inside():
        message = Message.objects.get()
    assert message.reason == ("No number or address can be used. Mobile: 09 379 1234 is a landline.")


def test_a_contact_whose_number_changed_is_reached_at_the_new_one(desk: Desk) -> None:
    contact = desk.customer()
    desk.invoice(contact)
    desk.campaign()
    desk.send(passes=once("decided", lambda: None))
    new = desk.customer("021 765 4321", name="New")
    with desk.firm.inside():
        Contact.objects.filter(xero_id=contact.xero_id).update(raw=new.raw, digest=b"other")
    desk.invoice(contact, overdue=6)
    desk.now += timedelta(days=1)

    desk.send()

    assert [letter.to for letter in desk.carrier.letters] == [NUMBER, "+64217654321"]


def test_an_old_copy_sends_nothing(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    desk.send(passes=once("decided", lambda: age(desk)))

    assert desk.messages() == [("planned", "stale")]
    assert desk.carrier.letters == []


def age(desk: Desk) -> None:
    with desk.firm.inside():
        Cursor.objects.filter(stream="Invoices").update(succeeded_at=desk.now - timedelta(hours=49))


def test_lost_access_holds_everything(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    with desk.firm.inside():
        Connection.objects.update(state=Connection.State.LOST)

    desk.send()

    assert desk.messages() == [("planned", "lost")]


def test_removing_the_connection_pauses_at_once_and_reconnecting_sends_no_backlog(desk: Desk) -> None:
    """T35, K2: also what was written down and about to leave."""
    first, second = desk.customer(), desk.customer("021 765 4321")
    desk.invoice(first)
    desk.invoice(second)
    campaign = desk.campaign()
    with desk.firm.inside():
        connection = Connection.objects.select_related("grant").get()

    desk.send(passes=once("written down", lambda: remove(desk)))

    assert desk.carrier.letters == []
    assert desk.messages() == [("dropped", "removed")] * 2
    with desk.firm.inside():
        campaign.refresh_from_db()
        assert (campaign.state, campaign.state_because) == (
            "paused", "The organisation’s connection was removed."
        )  # fmt: skip
        assert list(Message.objects.values_list("contact_name", "address", "text")) == [("", "", "")] * 2
        connection.grant.save(force_insert=True)
        connection.save(force_insert=True)
    desk.customer()
    desk.send()
    desk.now += timedelta(hours=1)
    with desk.firm.inside():
        activate(campaign, by=desk.firm.user, now=desk.now)
    desk.send()
    assert desk.carrier.letters == []


def remove(desk: Desk) -> None:
    with desk.firm.inside():
        desk.organisation.refresh_from_db()
        purge_organisation(desk.organisation, now=desk.now)


def test_what_was_sent_before_a_removal_is_not_sent_again_after_it(desk: Desk) -> None:
    contact = desk.customer()
    invoice = desk.invoice(contact)
    campaign = desk.campaign()
    desk.send()
    with desk.firm.inside():
        connection = Connection.objects.select_related("grant").get()
        contact, invoice = Contact.objects.get(), Invoice.objects.get()
        profile, cursors = OrganisationProfile.objects.get(), list(Cursor.objects.all())
    remove(desk)

    with desk.firm.inside():
        for row in (connection.grant, connection, profile, contact, invoice, *cursors):
            row.save(force_insert=True)
        activate(campaign, by=desk.firm.user, now=desk.now)
        Campaign.objects.update(planned_through=None, resumed_at=desk.now - timedelta(days=1))
    desk.send()

    assert len(desk.carrier.letters) == 1


def test_a_restored_backup_sends_nothing_of_what_may_have_been_sent_since(desk: Desk) -> None:
    made_at = desk.now - timedelta(hours=3)
    desk.invoice(desk.customer(mobile="+44 7400 123456"))  # asleep, so it waits
    campaign = desk.campaign()
    desk.send()

    with across_workspaces():
        assert pause_for_restore(made_at=made_at, now=desk.now) == 1
    desk.now += timedelta(hours=14)
    desk.send()
    with desk.firm.inside():
        campaign.refresh_from_db()
        assert "who said STOP since, is not known here" in campaign.state_because
        activate(campaign, by=desk.firm.user, now=desk.now)
    desk.send()

    assert (desk.messages(), desk.carrier.letters) == ([("dropped", "too_late")], [])


def test_a_campaign_is_off_until_activated_and_says_what_is_missing(desk: Desk) -> None:
    desk.invoice(desk.customer())
    campaign = desk.campaign(Says(7, "en", "Please pay {invoice}"), is_active=False)

    with desk.firm.inside(), pytest.raises(NotReady) as refusal:
        activate(campaign, by=desk.firm.user, now=desk.now)
    desk.send()

    assert refusal.value.problems == [
        "Day +7, English: Say who writes: {business}.",
        "Day +7, English: Say how to stop the messages, as in “Reply STOP to opt out”.",
    ]
    assert desk.messages() == []


def test_a_paused_campaign_holds_and_goes_on_with_today_only(desk: Desk) -> None:
    desk.invoice(desk.customer())
    campaign = desk.campaign()
    desk.send(passes=once("decided", lambda: act(desk, pause, campaign)))
    assert desk.messages() == [("planned", "paused")]

    desk.now += timedelta(hours=1)
    act(desk, activate, campaign)
    desk.send()

    assert desk.messages() == [(SENT, FREE)]


def test_what_waited_through_a_night_of_pause_is_never_sent(desk: Desk) -> None:
    desk.invoice(desk.customer())
    campaign = desk.campaign()
    desk.send(passes=once("decided", lambda: act(desk, pause, campaign)))
    desk.now += timedelta(days=1)

    act(desk, activate, campaign)
    desk.send()

    assert desk.messages() == [("dropped", "too_late")]


def act(desk: Desk, operation: Any, subject: Any) -> None:
    with desk.firm.inside():
        operation(subject, by=desk.firm.user, now=desk.now)


def test_one_switch_holds_everything_of_an_organisation(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    act(desk, pause_all, desk.organisation)

    desk.send()
    assert desk.messages() == [("planned", "all_paused")]
    act(desk, resume_all, desk.organisation)
    desk.now += timedelta(minutes=15)
    desk.send()

    assert desk.messages() == [(SENT, FREE)]


def test_an_archived_campaign_drops_what_waits_and_cannot_be_activated(desk: Desk) -> None:
    desk.invoice(desk.customer())
    campaign = desk.campaign()
    desk.send(passes=once("decided", lambda: act(desk, archive, campaign)))

    assert desk.messages() == [("dropped", "ended")]
    with pytest.raises(CannotChange):
        act(desk, activate, campaign)


@pytest.mark.parametrize(
    ("answer", "state"),
    [(Refused("No such number."), "failed"), (InDoubt("No answer."), "unknown")],
)
def test_what_was_refused_or_is_in_doubt_is_never_sent_again(desk: Desk, answer: Any, state: str) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    desk.carrier.answer = lambda letter: answer

    for _ in range(3):
        desk.send()
        desk.now += timedelta(minutes=30)

    assert len(desk.carrier.letters) == 1
    assert desk.messages() == [(state, FREE)]


def test_what_was_surely_not_taken_is_tried_again_and_not_for_ever(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    desk.carrier.answer = lambda letter: NotTaken("Busy.")

    for _ in range(9):
        desk.send()
        desk.now += timedelta(minutes=3)

    assert len(desk.carrier.letters) == 5
    assert desk.messages() == [("failed", FREE)]


def test_a_stop_that_only_the_carrier_heard_is_noted(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    desk.carrier.answer = lambda letter: Refused("Unsubscribed.", wants_none=True)

    desk.send()

    with desk.firm.inside():
        assert list(LedgerEntry.objects.values_list("act", "source")) == [("stopped", "provider")]


def test_messages_in_doubt_one_after_the_other_pause_all_campaigns(desk: Desk) -> None:
    for number in range(5):
        desk.invoice(desk.customer(f"021 123 456{number}"))
    campaign = desk.campaign()
    desk.carrier.answer = lambda letter: InDoubt("No answer.")

    desk.send()

    with desk.firm.inside():
        campaign.refresh_from_db()
    assert len(desk.carrier.letters) == 3
    assert campaign.state == "paused"


def test_limits_of_the_organisation_hold(desk: Desk) -> None:
    for number in range(4):
        desk.invoice(desk.customer(f"021 123 456{number}"))
    desk.choose(price=Decimal("0.10"), currency="NZD", monthly_limit=Decimal("0.25"), daily_limit=3)
    desk.campaign()

    desk.send()

    assert [state for state, _ in desk.messages()] == ["sent", "sent", "planned", "planned"]
    assert desk.messages()[2] == ("planned", "spend_limit")


def test_somebody_left_out_by_hand_gets_none(desk: Desk) -> None:
    contact = desk.customer()
    desk.invoice(contact)
    desk.campaign()
    with desk.firm.inside():
        ContactChoice.objects.create(
            organisation=desk.organisation,
            workspace=desk.firm.workspace,
            contact_id=contact.xero_id,
            is_excluded=True,
        )

    desk.send()

    assert desk.messages() == [("dropped", "excluded")]


def test_the_audience_is_who_fits_all_that_is_asked(desk: Desk) -> None:
    fits = desk.customer("021 123 4560")
    desk.invoice(fits, amount_due=Decimal(50))
    desk.invoice(desk.customer("021 123 4561"), amount_due=Decimal(500))
    desk.invoice(desk.customer("021 123 4562"), currency="AUD", amount_due=Decimal(50))
    left_out = desk.customer("021 123 4563")
    desk.invoice(left_out, amount_due=Decimal(50))
    desk.campaign(currency="NZD", most=Decimal(100), excluded_contact_ids=[left_out.xero_id])

    desk.send()

    assert [letter.to for letter in desk.carrier.letters] == ["+64211234560"]


def test_a_broadcast_goes_to_a_group_on_its_day_and_once(desk: Desk) -> None:
    groups = {"ContactGroups": [{"ContactGroupID": "g1", "Name": "Wholesale"}]}
    member = desk.customer()
    with desk.firm.inside():
        Contact.objects.filter(xero_id=member.xero_id).update(raw=json.dumps(json.loads(member.raw) | groups))
    desk.customer("021 765 4321")
    desk.campaign(
        Says(0, "en", "We move on Friday. {business}. STOP to opt out"),
        kind="broadcast",
        broadcast_on=TODAY,
        group_ids=["g1"],
    )

    for _ in range(2):
        desk.send()
        desk.now += timedelta(days=1)

    assert desk.carrier.texts == ["We move on Friday. Harbour Foods. STOP to opt out"]


def test_only_one_process_sends_for_an_organisation(desk: Desk) -> None:
    with hold_reminders(desk.organisation.pk), pytest.raises(AlreadyReminding):
        desk.send()


def test_the_carrier_may_tell_a_fate_late_twice_and_in_any_order(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    desk.carrier.answer = lambda letter: InDoubt("No answer.")
    desk.send()
    with desk.firm.inside():
        message = Message.objects.get()
        told = [
            tell_fate(message, state=state, words="", provider_id="SM1", now=desk.now)
            for state in ("delivered", "delivered", "failed")
        ]

    assert told == [True, False, False]
    assert desk.messages() == [("delivered", FREE)]


def test_a_hold_by_hand_on_one_invoice_leaves_the_others(desk: Desk) -> None:
    contact = desk.customer()
    held, free = desk.invoice(contact, number="HELD"), desk.invoice(contact, number="FREE")
    desk.campaign()
    with desk.firm.inside():
        Held.objects.create(
            organisation=desk.organisation,
            workspace=desk.firm.workspace,
            contact_id=contact.xero_id,
            invoice_id=held.xero_id,
            hold=Hold.DISPUTED,
            made_at=desk.now,
        )

    desk.send()

    assert [("FREE" in text, "HELD" in text) for text in desk.carrier.texts] == [(True, False)]
    with desk.firm.inside():
        told = MessageInvoice.objects.filter(was_told=True).values_list("invoice_id", flat=True)
        assert list(told) == [free.xero_id]


def test_what_a_customer_wrote_goes_with_the_connection_and_their_wish_stays(desk: Desk) -> None:
    """K25: a keyed digest outlives Remove and Forget."""
    desk.receive("STOP")
    remove(desk)
    with desk.firm.inside():
        assert not Reply.objects.exists()
        desk.organisation.refresh_from_db()
        desk.organisation.delete()
        entry = LedgerEntry.objects.get()

    assert (entry.act, entry.sender) == ("stopped", desk.organisation.tenant_id)
    assert b"64211234567" not in bytes(entry.digest)
