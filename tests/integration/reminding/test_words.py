"""What a message may say, and has to: links, tone, a way out, details; and who may be sent how many."""

from dataclasses import replace
from decimal import Decimal

import pytest
from pytest_django.fixtures import Settings

from counterfoil.features.reminding.campaigning import Says, list_problems, list_remarks
from counterfoil.features.reminding.models import Campaign, Message
from counterfoil.features.reminding.ruling import change_rules, find_rules
from tests.integration.reminding.conftest import WORDS, Desk
from tests.integration.reminding.test_pages import address, compose, text_of

OURS = "https://books.example"
MAIL = {"mail_host": "smtp.harbour.example", "mail_from": "Harbour <books@harbour.example>"}
BY_MAIL = "Dear {first_name|customer}, {invoice} over {amount} is open. {business}"


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.COUNTERFOIL_URL = OURS


@pytest.fixture
def today(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The pages' clock is the desk's."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: desk.now)
    return desk


def problems(desk: Desk, text: str, channel: str = "text") -> list[str]:
    """Return what keeps a campaign with these words from being activated."""
    said = Says(7, "en", text, subject="An invoice")
    campaign = desk.campaign(said, channel=channel, is_active=False)
    with desk.firm.inside():
        return list_problems(campaign)


def test_a_link_that_leads_elsewhere_keeps_a_campaign_from_being_activated(desk: Desk) -> None:
    desk.choose(**MAIL)

    strange = problems(desk, f"{WORDS} Pay: bit.ly/x and https://pay.harbour.example/1")

    assert strange == [
        "Day +7, English: bit.ly is neither Xero’s nor yours, and readers do not press on such links:"
        " name {pay_link}, or a page of yours."
    ]
    assert problems(desk, f"{WORDS} Pay: https://in.xero.com/abc or {OURS}/x") == []


def test_words_that_threaten_or_advertise_are_remarked_on_while_typed_and_before_activation(
    today: Desk,
) -> None:
    text = f"{WORDS} or we take legal action"

    typed = text_of(compose(today, "new/weigh/", **{"step-0-words-0-text": text}))
    campaign = today.campaign(Says(7, "en", text), is_active=False)
    page = text_of(today.firm.client.get(address(today, f"{campaign.pk}/")))

    remark = "“legal action” reads as a threat."
    assert remark in typed
    assert remark in page
    with today.firm.inside():
        assert list_problems(campaign) == []  # it is theirs to say
        assert list_remarks(campaign) == [
            f"{remark} Say what is owed and how to pay; the rest is for a letter."
        ]


def test_an_e_mail_ends_with_a_way_out_and_promises_none_that_nobody_hears(desk: Desk) -> None:
    desk.choose(**MAIL)
    desk.invoice(desk.customer(email="aroha@rata.example"), number="INV-7", amount_due=Decimal(50))

    asked_to_reply = problems(desk, f"{BY_MAIL} Reply STOP to opt out", channel="email")
    desk.campaign(Says(7, "en", BY_MAIL, subject="Invoice {invoice}"), channel="email")
    desk.send()

    assert asked_to_reply == [
        "Day +7, English: No answer to an e-mail is read here: leave STOP out."
        " A link that ends them is added."
    ]
    [letter] = desk.carrier.letters
    assert letter.text == (
        f"Dear Aroha, INV-7 over NZD 50.00 is open. Harbour Foods\n\nStop: {letter.leave_at}"
    )
    assert letter.leave_at.startswith(f"{OURS}/x/")


def test_where_rules_keep_details_out_of_texts_a_shared_phone_shows_none(desk: Desk) -> None:
    with desk.firm.inside():
        rules = find_rules(desk.firm.workspace.pk, "NZ")
        assert rules is not None
        change_rules(
            workspace_id=desk.firm.workspace.pk,
            pack=replace(rules.pack, hides_details=True),
            source="Our own policy",
            by=desk.firm.user,
            now=desk.now,
        )
    desk.invoice(desk.customer(), number="INV-7")
    desk.invoice(desk.customer("021 765 4321"), number="INV-8")
    desk.campaign(
        Says(7, "en", "{business}: please call about {amount|an open invoice}. Reply STOP to opt out")
    )
    desk.campaign(name="Second")

    desk.send()

    assert (
        desk.carrier.texts
        == [
            "Harbour Foods: please call about an open invoice. Reply STOP to opt out",
        ]
        * 2
    )
    with desk.firm.inside():
        [said] = set(Message.objects.filter(why="text").values_list("said", flat=True)) or [""]
    assert said.startswith("The rules of the country keep amounts, invoices and days out of texts")


def test_a_campaign_sends_no_more_in_a_day_than_it_may(desk: Desk) -> None:
    for number in range(3):
        desk.invoice(desk.customer(f"021 123 456{number}"))
    desk.campaign(daily_limit=2)

    desk.send()

    assert sorted(desk.messages()) == [("planned", "campaign_cap"), *[("sent", "free")] * 2]
    with desk.firm.inside():
        assert Message.objects.get(state="planned").look_at > desk.now
        Campaign.objects.update(daily_limit=None)


def test_a_name_sends_only_to_countries_in_whose_register_it_stands(desk: Desk) -> None:
    for mobile in ("+61 412 345 678", "+33 6 12 34 56 78"):
        desk.invoice(desk.customer(mobile))
    desk.choose(sender="HarbourFood", registered_in=["FR"])
    words = "{business}: {invoice} over {amount} was due {due_date}."
    desk.campaign(Says(7, "en", words))

    desk.send()

    assert ("dropped", "sender_name") in desk.messages()
    with desk.firm.inside():
        waiting = Message.objects.exclude(why="sender_name").get()
        assert waiting.why == "quiet"  # it is night in France, and nothing else speaks against it


def test_numbers_are_looked_for_only_in_the_fields_that_were_chosen(desk: Desk) -> None:
    phones = '{"Phones": [{"PhoneType": "DDI", "PhoneNumber": "021 123 4567"}]}'
    desk.invoice(desk.customer(raw=phones))
    campaign = desk.campaign()

    desk.choose(tries_direct=False)
    desk.send()
    desk.choose(tries_direct=True)
    with desk.firm.inside():
        Campaign.objects.filter(pk=campaign.pk).update(planned_through=None)
        Message.objects.all().delete()
    desk.send()

    assert len(desk.carrier.texts) == 1
