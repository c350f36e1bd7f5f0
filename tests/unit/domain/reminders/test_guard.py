"""The send guard: nobody gets a message when anything speaks against it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from counterfoil.domain.reminders.guard import (
    Act,
    Connected,
    Debt,
    Decision,
    Hold,
    Recipient,
    Sender,
    Snapshot,
    Why,
    decide,
    list_standing,
)
from counterfoil.domain.reminders.packs import find_pack
from counterfoil.domain.reminders.reasons import WORDS, say_why
from counterfoil.domain.statuses import InvoiceStatus

AUCKLAND = ZoneInfo("Pacific/Auckland")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=AUCKLAND).astimezone(UTC)  # a Monday
TODAY = date(2026, 11, 23)
DUE = date(2026, 11, 20)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def debt(**changes: Any) -> Debt:
    plain = Debt("one", InvoiceStatus.AUTHORISED, Decimal(100), Decimal(0), Decimal(0), DUE, DUE)
    return replace(plain, **changes)


def snapshot(**changes: Any) -> Snapshot:
    plain = Snapshot(
        now=NOW,
        today=TODAY,
        connected=Connected.YES,
        copied_at=NOW - HOUR,
        planned_at=NOW - HOUR,
        expires_at=NOW + 2 * DAY,
        resumed_at=NOW - 9 * DAY,
        has_ended=False,
        is_all_paused=False,
        was_attempted=False,
        debts=[debt()],
        recipient=Recipient(zones=(AUCKLAND,)),
        sender=Sender(is_ready=True),
        pack=find_pack("NZ"),
    )
    recipient = {key[4:]: changes.pop(key) for key in list(changes) if key.startswith("who_")}
    return replace(plain, recipient=replace(plain.recipient, **recipient), **changes)


def sent(*ago: timedelta) -> list[datetime]:
    return [NOW - each for each in ago]


def test_a_message_goes_when_nothing_speaks_against_it() -> None:
    assert decide(snapshot()) == Decision(Act.SEND, Why.FREE)


NAMED = Sender(is_ready=True, by_name=True)
PAST = {"status": InvoiceStatus.PAID, "amount_due": Decimal(0)}


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        (Why.ALREADY_SENT, {"was_attempted": True}),
        (Why.REMOVED, {"connected": Connected.REMOVED}),
        (Why.ENDED, {"has_ended": True}),
        (Why.TOO_LATE, {"expires_at": NOW}),
        (Why.TOO_LATE, {"planned_at": NOW - 2 * HOUR, "resumed_at": NOW - HOUR}),
        (Why.PAID, {"debts": [debt(**PAST, amount_paid=Decimal(100))]}),
        (Why.PAID, {"debts": [debt(amount_due=Decimal(0), amount_paid=Decimal(100))]}),
        (Why.CREDITED, {"debts": [debt(**PAST, amount_credited=Decimal(100))]}),
        (Why.VOIDED, {"debts": [debt(status=InvoiceStatus.VOIDED)]}),
        (Why.VOIDED, {"debts": [debt(status=InvoiceStatus.DELETED)]}),
        (Why.NOT_APPROVED, {"debts": [debt(status=InvoiceStatus.SUBMITTED)]}),
        (Why.GONE, {"debts": [debt(status=None)]}),
        (Why.GONE, {"debts": []}),
        (Why.MOVED, {"debts": [debt(due_on=DUE + DAY)]}),
        (Why.MOVED, {"debts": [debt(due_on=None)]}),
        (Why.DISPUTED, {"debts": [debt(hold=Hold.DISPUTED)]}),
        (Why.PROMISED, {"debts": [debt(hold=Hold.PROMISED, held_until=TODAY)]}),
        (Why.SAYS_PAID, {"who_hold": Hold.PAID}),
        (Why.HELD, {"who_hold": Hold.VULNERABLE}),
        (Why.NO_ADDRESS, {"who_problem": "Mobile: 12 is too short."}),
        (Why.OPTED_OUT, {"who_has_opted_out": True}),
        (Why.EXCLUDED, {"who_is_excluded": True}),
        (Why.NO_CONSENT, {"pack": find_pack("KE")}),
        (Why.COUNTRY_OFF, {"pack": find_pack("IN"), "who_has_consented": True}),
        (Why.SENDER_NAME, {"pack": find_pack("CA"), "sender": replace(NAMED, is_registered=True)}),
        (Why.SENDER_NAME, {"pack": find_pack("AU"), "sender": NAMED}),
        (Why.TEXT, {"text_problem": "First name is empty."}),
        (Why.DAY_CAP, {"who_sent_at": sent(HOUR)}),
        (Why.WEEK_CAP, {"who_sent_at": sent(DAY, 2 * DAY, 6 * DAY)}),
        (Why.MONTH_CAP, {"who_sent_at": sent(*(each * DAY for each in range(7, 17)))}),
        (Why.OTHER_CHANNEL, {"who_other_sent_at": sent(2 * HOUR)}),
        (Why.NEVER_OPEN, {"now": NOW + 10 * HOUR, "expires_at": NOW + 12 * HOUR}),
    ],
)  # fmt: skip
def test_what_is_final_drops_the_message(why: Why, changes: dict[str, Any]) -> None:
    decision = decide(snapshot(**changes))

    assert (decision.act, decision.why) == (Act.DROP, why)


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        (Why.LOST, {"connected": Connected.LOST}),
        (Why.ALL_PAUSED, {"is_all_paused": True}),
        (Why.PAUSED, {"resumed_at": None}),
        (Why.NO_SENDER, {"sender": Sender(is_ready=False)}),
        (Why.NOT_REVIEWED, {"pack": replace(find_pack("NZ"), needs_review=True)}),
        (Why.STALE, {"copied_at": NOW - timedelta(hours=48, seconds=1)}),
        (Why.STALE, {"copied_at": None}),
        (Why.UNREAD, {"who_has_unread_reply": True}),
        (
            Why.SPEND_LIMIT,
            {"cost": Decimal("0.1"), "sender": Sender(is_ready=True, left_to_spend=Decimal("0.09"))},
        ),
    ],
)
def test_what_somebody_can_mend_holds_the_message(why: Why, changes: dict[str, Any]) -> None:
    decision = decide(snapshot(**changes))

    assert (decision.act, decision.why) == (Act.HOLD, why)


@pytest.mark.parametrize(
    ("why", "sender"),
    [
        (Why.ORGANISATION_CAP, Sender(is_ready=True, left_today=0)),
        (Why.CAMPAIGN_CAP, Sender(is_ready=True, left_of_campaign=0)),
    ],
)
def test_above_a_limit_of_the_day_it_waits_for_the_next(why: Why, sender: Sender) -> None:
    decision = decide(snapshot(sender=sender))

    assert (decision.act, decision.why) == (Act.WAIT, why)
    assert decision.until is not None


def test_in_quiet_hours_it_waits_for_the_next_opening() -> None:
    assert decide(snapshot(now=NOW + 10 * HOUR, copied_at=NOW + 9 * HOUR)) == Decision(
        Act.WAIT, Why.QUIET, until=NOW + 22 * HOUR
    )


def test_an_organisation_that_has_sent_its_share_goes_on_tomorrow() -> None:
    decision = decide(snapshot(sender=Sender(is_ready=True, left_today=0)))

    assert decision == Decision(
        Act.WAIT, Why.ORGANISATION_CAP, until=datetime(2026, 11, 24, tzinfo=AUCKLAND).astimezone(UTC)
    )


def test_it_speaks_only_of_the_invoices_that_still_stand() -> None:
    paid, open_one = debt(invoice_id="paid", **PAST, amount_paid=Decimal(1)), debt(invoice_id="open")
    now = snapshot(debts=[paid, open_one])

    assert decide(now).act is Act.SEND
    assert list_standing(now) == [open_one]


def test_a_promise_holds_through_its_day_and_no_longer() -> None:
    promised = debt(hold=Hold.PROMISED, held_until=TODAY - DAY)

    assert decide(snapshot(debts=[promised])).act is Act.SEND


def test_a_broadcast_is_about_no_invoice_and_an_e_mail_knows_no_quiet_hours() -> None:
    assert decide(snapshot(debts=[], is_about_debt=False, copied_at=None)).act is Act.SEND
    assert decide(snapshot(now=NOW + 10 * HOUR, copied_at=NOW, is_text=False)).act is Act.SEND


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(Why)
    assert say_why(Why.NO_ADDRESS, "Mobile: 12 is too short.") == (
        "No number or address can be used. Mobile: 12 is too short."
    )
