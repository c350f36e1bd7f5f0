"""What came of a campaign, and the calendar of what is to come."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from counterfoil.features.reminding.campaigning import Says
from counterfoil.features.reminding.coming import list_coming
from counterfoil.features.reminding.models import Campaign, Message
from counterfoil.features.reminding.owners import describe_owner
from counterfoil.features.reminding.providers.base import InDoubt, Taken
from counterfoil.features.reminding.results import Results, sum_results
from counterfoil.mirror.models import Invoice
from tests.integration.reminding.conftest import TODAY, WORDS, Desk, Recorder
from tests.integration.reminding.test_pages import address, text_of


@pytest.fixture
def today(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The pages' clock is the desk's."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: desk.now)
    return desk


def pay(desk: Desk, invoice: Invoice, on: date) -> None:
    with desk.firm.inside():
        Invoice.objects.filter(pk=invoice.pk).update(status="PAID", amount_due=0, fully_paid_on=on)


def results_of(desk: Desk, campaign: Campaign, days: int = 14) -> Results:
    with desk.firm.inside():
        return sum_results(campaign, owner=describe_owner(desk.organisation, now=desk.now), days=days)


def list_days(desk: Desk) -> list[tuple[date, int]]:
    with desk.firm.inside():
        return [(one.day, one.count) for one in list_coming(desk.organisation, now=desk.now)]


def test_messages_are_counted_by_their_fate_and_reason_and_tests_are_not(desk: Desk) -> None:
    desk.carrier = Recorder(answer=lambda one: InDoubt("?") if one.to.endswith("2") else Taken(one.token))
    for number in (1, 2):
        desk.invoice(desk.customer(f"021 123 450{number}"))
    desk.invoice(desk.customer("09 379 1234"))
    campaign = desk.campaign()
    desk.send()
    with desk.firm.inside():
        Message.objects.filter(state="sent").update(state="delivered")
        Message.objects.create(
            organisation=desk.organisation, workspace=desk.firm.workspace, campaign=campaign, is_test=True,
            state="sent", planned_on=TODAY, planned_at=desk.now, expires_at=desk.now, look_at=desk.now,
            started_at=desk.now, digest=b"own", token=uuid4(),
        )  # fmt: skip

    found = results_of(desk, campaign)

    assert (found.sent, found.delivered, found.in_doubt, found.failed) == (0, 1, 1, 0)
    assert found.not_sent == [("No number or address can be used.", 1)]


def test_what_was_paid_within_the_days_is_told_from_what_was_not_and_what_is_open(desk: Desk) -> None:
    soon, late, never, before = (
        desk.invoice(desk.customer(f"021 123 450{number}"), total=Decimal(number * 100))
        for number in range(1, 5)
    )
    campaign = desk.campaign()
    desk.send()
    pay(desk, soon, TODAY + timedelta(days=14))
    pay(desk, late, TODAY + timedelta(days=15))
    pay(desk, before, TODAY - timedelta(days=1))

    [early] = results_of(desk, campaign).paid
    desk.now += timedelta(days=16)
    [over] = results_of(desk, campaign).paid
    [month] = results_of(desk, campaign, 30).paid

    assert never.status == "AUTHORISED"
    assert (early.reminded, early.paid, early.open, early.unpaid) == (4, 1, 3, 0)
    assert (over.reminded, over.paid, over.open, over.unpaid) == (4, 1, 0, 3)
    assert (over.amount, over.currency) == (Decimal(100), "NZD")
    assert (month.paid, month.amount, month.open) == (2, Decimal(300), 2)


def test_currencies_are_never_added(desk: Desk) -> None:
    for currency in ("NZD", "AUD"):
        desk.invoice(desk.customer(f"021 123 45{len(currency)}{ord(currency[0]) % 10}"), currency=currency)
    campaign = desk.campaign()
    desk.send()

    assert sorted(one.currency for one in results_of(desk, campaign).paid) == ["AUD", "NZD"]


def test_the_results_have_a_page_for_each_span_of_days(today: Desk) -> None:
    paid = today.invoice(today.customer(), total=Decimal("1250.5"))
    campaign = today.campaign()
    empty = text_of(today.firm.client.get(address(today, f"{campaign.pk}/results/")))
    today.send()
    pay(today, paid, TODAY)

    page = text_of(today.firm.client.get(address(today, f"{campaign.pk}/results/"), {"days": "7"}))

    assert "Nothing was sent yet" in empty
    assert "Paid within 7 days of the first reminder" in page
    assert "1 of 1 invoice<" in page
    assert "1,250.50 NZD" in page


def test_the_calendar_counts_people_by_day_and_campaign(desk: Desk) -> None:
    contact = desk.customer()
    desk.invoice(contact, overdue=6)
    desk.invoice(contact, overdue=6)
    desk.invoice(desk.customer("021 555 0000"), overdue=-1)
    desk.campaign(Says(7, "en", WORDS), Says(-1, "en", WORDS), Says(0, "en", WORDS))
    desk.campaign(is_active=False, name="Draft")

    tomorrow = TODAY + timedelta(days=1)
    assert list_days(desk) == [(TODAY, 1), (tomorrow, 2), (tomorrow + timedelta(days=7), 1)]


def test_what_waits_is_in_the_calendar_on_the_day_that_it_waits_for(desk: Desk) -> None:
    desk.now += timedelta(hours=11, minutes=30)  # half past nine at night
    desk.invoice(desk.customer(), overdue=7)
    desk.campaign()
    desk.send()

    assert desk.messages() == [("planned", "quiet")]
    assert list_days(desk) == [(TODAY + timedelta(days=1), 1)]


def test_the_calendar_has_a_page(today: Desk) -> None:
    empty = text_of(today.firm.client.get(address(today, "coming/")))
    today.invoice(today.customer(), overdue=6)
    today.campaign(name="A week late")

    page = text_of(today.firm.client.get(address(today, "coming/")))

    assert "Nothing in the next four weeks" in empty
    assert "Tuesday 24 Nov" in page
    assert "1 message at most" in page
    assert "A week late" in page
