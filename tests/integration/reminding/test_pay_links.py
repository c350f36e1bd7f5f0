"""Where an invoice is paid: asked for once, shown as it is sent, and waited for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from counterfoil.features.reminding import linking
from counterfoil.features.reminding.campaigning import Says
from counterfoil.features.reminding.linking import MOST_AT_ONCE, fetch_pay_links
from counterfoil.features.reminding.models import Campaign, PayLink
from counterfoil.features.reminding.showing import preview
from counterfoil.xero.errors import Limit, XeroBusy
from tests.integration.reminding.conftest import Desk
from tests.integration.reminding.test_pages import address, text_of

WORDS = "{business}: pay {invoice} at {pay link|our office}. Reply STOP"
EVERY = (Campaign.State.DRAFT, Campaign.State.ACTIVE)


class Online:
    """What Xero answers about invoices; it may be busy after some."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.without: set[str] = set()
        self.busy_after: int | None = None

    def __call__(
        self, organisation: Any, *, invoice_ids: Sequence[str], into: dict[str, str], now: Any
    ) -> None:
        for number, invoice_id in enumerate(invoice_ids):
            if number == self.busy_after:
                raise XeroBusy(Limit.MINUTE)
            self.asked.append(invoice_id)
            into[invoice_id] = "" if invoice_id in self.without else f"https://in.xero.com/{invoice_id[-4:]}"


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> Online:
    """Xero's answers, without Xero."""
    answers = Online()
    monkeypatch.setattr(linking, "find_online_addresses", answers)
    return answers


def fetch(desk: Desk) -> int:
    return fetch_pay_links(desk.organisation, now=lambda: desk.now, states=EVERY)


def test_what_is_previewed_is_what_is_sent_link_and_all(desk: Desk, online: Online) -> None:
    invoice = desk.invoice(desk.customer(), overdue=6, number="INV-7")
    campaign = desk.campaign(Says(7, "en", WORDS))
    fetch(desk)
    with desk.firm.inside():
        [day] = preview(campaign, now=desk.now)
    [shown] = day.messages

    desk.now = day.planned_at
    desk.send()

    assert shown.prepared.text == (
        f"Harbour Foods: pay INV-7 at https://in.xero.com/{invoice.xero_id[-4:]}. Reply STOP"
    )
    assert desk.carrier.texts == [shown.prepared.text]


def test_until_xero_was_asked_a_message_waits_and_no_other_words_are_shown(
    desk: Desk, online: Online
) -> None:
    desk.invoice(desk.customer())
    desk.campaign(Says(7, "en", WORDS))

    desk.send()
    before = desk.messages()
    fetch(desk)
    desk.now += timedelta(minutes=15)
    desk.send()

    assert before == [("planned", "no_link_yet")]
    assert desk.messages() == [("sent", "free")]
    assert "https://in.xero.com/" in desk.carrier.texts[0]


def test_an_invoice_without_an_address_falls_back_in_the_preview_as_in_the_message(
    desk: Desk, online: Online
) -> None:
    online.without.add(desk.invoice(desk.customer(), number="INV-7").xero_id)
    desk.campaign(Says(7, "en", WORDS))
    fetch(desk)

    desk.send()

    assert desk.carrier.texts == ["Harbour Foods: pay INV-7 at our office. Reply STOP"]


def test_of_several_invoices_each_has_its_address_or_none_is_named(desk: Desk, online: Online) -> None:
    whole, part = desk.customer(), desk.customer("021 555 0000")
    for contact in (whole, part):
        desk.invoice(contact, number="INV-1")
    second = desk.invoice(whole, number="INV-2")
    online.without.add(desk.invoice(part, number="INV-2").xero_id)
    desk.campaign(Says(7, "en", WORDS))
    fetch(desk)

    desk.send()

    texts = {letter.to: letter.text for letter in desk.carrier.letters}
    assert texts["+64215550000"] == "Harbour Foods: pay INV-1, INV-2 at our office. Reply STOP"
    assert texts["+64211234567"].count("https://in.xero.com/") == 2
    assert second.xero_id[-4:] in texts["+64211234567"]


def test_xero_is_asked_once_for_each_and_for_nothing_that_no_message_names(
    desk: Desk, online: Online
) -> None:
    named = desk.invoice(desk.customer(), overdue=7)
    desk.invoice(desk.customer("021 555 0000"), overdue=100)
    campaign = desk.campaign(is_active=False)
    assert fetch(desk) == 0

    desk.campaign(Says(7, "en", WORDS), name="Naming")
    counts = [fetch(desk), fetch(desk)]

    assert campaign.state == "draft"
    assert counts == [1, 0]
    assert online.asked == [named.xero_id]


def test_what_came_before_xero_was_busy_is_kept_and_the_rest_asked_for_next_time(
    desk: Desk, online: Online
) -> None:
    for number in range(3):
        desk.invoice(desk.customer(f"021 555 000{number}"))
    desk.campaign(Says(7, "en", WORDS))
    online.busy_after = 2

    assert fetch(desk) == 2
    online.busy_after = None
    assert fetch(desk) == 1
    assert len(set(online.asked)) == len(online.asked) == 3


def test_a_round_asks_for_few_enough_that_a_sync_has_room(desk: Desk, online: Online) -> None:
    contact = desk.customer()
    for _ in range(MOST_AT_ONCE + 1):
        desk.invoice(contact)
    desk.campaign(Says(7, "en", WORDS))

    assert [fetch(desk), fetch(desk)] == [MOST_AT_ONCE, 1]


def test_a_preview_asks_for_what_it_lacks_and_says_so(
    desk: Desk, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: desk.now)
    requested: list[int] = []
    monkeypatch.setattr("counterfoil.web.views.reminders.request_pay_links", requested.append)
    desk.invoice(desk.customer(), overdue=6)
    campaign = desk.campaign(Says(7, "en", WORDS), is_active=False)

    lacking = text_of(desk.firm.client.get(address(desk, f"{campaign.pk}/")))
    fetch(desk)
    known = text_of(desk.firm.client.get(address(desk, f"{campaign.pk}/")))

    assert "Xero is being asked where some invoices are paid." in lacking
    assert "our office" not in lacking
    assert requested == [desk.organisation.pk]
    assert "https://in.xero.com/" in known
    with desk.firm.inside():
        assert PayLink.objects.count() == 1
