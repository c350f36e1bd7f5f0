"""A test message: to oneself, marked and kept as one, a few a day, and never to a customer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from counterfoil.features.reminding.campaigning import Says, archive, pause_all
from counterfoil.features.reminding.models import Campaign, Channel, Message, Wording
from counterfoil.features.reminding.providers.base import InDoubt, NotTaken, Outcome
from counterfoil.features.reminding.trying import MOST_A_DAY, CannotTry, send_test
from counterfoil.sync.lease import hold_reminders
from tests.integration.reminding.conftest import NUMBER, Desk, Recorder
from tests.integration.reminding.test_pages import address, text_of

OWN = "021 999 0000"
OWN_NUMBER = "+64219990000"

pytestmark = pytest.mark.django_db(transaction=False)


def attempt(desk: Desk, campaign: Campaign, to: str = OWN) -> Message:
    with desk.firm.inside():
        wording = Wording.objects.select_related("step__campaign").get(step__campaign=campaign)
    return send_test(
        desk.organisation, wording, to=to, by=desk.firm.user, now=lambda: desk.now, carrier=desk.carrier
    )


def count_tests(desk: Desk) -> int:
    with desk.firm.inside():
        return Message.objects.filter(is_test=True).count()


def test_a_test_goes_to_ones_own_number_marked_as_such_and_is_kept_as_one(desk: Desk) -> None:
    message = attempt(desk, desk.campaign(is_active=False))

    [letter] = desk.carrier.letters
    assert letter.to == OWN_NUMBER
    assert letter.text.startswith("TEST: Hi Aroha, INV-0042 over NZD 1,250.00")
    assert "Harbour Foods" in letter.text
    assert (message.state, message.is_test, message.contact_id) == ("sent", True, "")


def test_an_email_test_goes_to_the_address_of_the_account_whatever_was_typed(desk: Desk) -> None:
    said = Says(7, "en", "{invoice} waits. {business}", "About {invoice}")
    desk.choose(mail_host="mail.example", mail_from="us@harbour.example")

    attempt(desk, desk.campaign(said, channel=Channel.EMAIL, is_active=False), to="somebody@else.example")

    [letter] = desk.carrier.letters
    assert (letter.to, letter.subject) == (desk.firm.user.email, "TEST: About INV-0042")


@pytest.mark.parametrize(
    ("mobile", "typed"), [("021 123 4567", NUMBER), ("0064 21 123 4567", "021 1234567"), ("", "021 123 4567")]
)
def test_no_test_goes_to_a_number_that_a_customer_has_anywhere(desk: Desk, mobile: str, typed: str) -> None:
    if mobile:
        desk.customer(mobile)
    else:
        other = '{"Phones": [{"PhoneType": "FAX", "PhoneAreaCode": "021", "PhoneNumber": "123-4567"}]}'
        desk.customer(raw=other)

    with pytest.raises(CannotTry, match="A customer has this number"):
        attempt(desk, desk.campaign(is_active=False), to=typed)

    assert desk.carrier.letters == []
    assert count_tests(desk) == 0


def test_no_test_goes_to_an_email_address_that_a_customer_has(desk: Desk) -> None:
    desk.customer(raw=json.dumps({"ContactPersons": [{"EmailAddress": desk.firm.user.email.upper()}]}))
    said = Says(7, "en", "{business}", "About {invoice}")

    with pytest.raises(CannotTry, match="A customer has this number or address"):
        attempt(desk, desk.campaign(said, channel=Channel.EMAIL, is_active=False))


def test_there_are_a_few_a_day_and_more_tomorrow(desk: Desk) -> None:
    campaign = desk.campaign(is_active=False)
    for _ in range(MOST_A_DAY):
        attempt(desk, campaign)

    with pytest.raises(CannotTry, match="tomorrow"):
        attempt(desk, campaign)

    assert len(desk.carrier.letters) == MOST_A_DAY


def stop(desk: Desk) -> None:
    desk.receive("STOP", number=OWN_NUMBER)


def pause(desk: Desk) -> None:
    with desk.firm.inside():
        pause_all(desk.organisation, by=desk.firm.user, now=desk.now)


def remove(desk: Desk) -> None:
    with desk.firm.inside():
        desk.organisation.connection.delete()


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (stop, "wants no messages"),
        (pause, "All campaigns are paused"),
        (remove, "connection was removed"),
        (lambda desk: desk.choose(provider="twilio"), "Sending is not set up"),
        (lambda desk: desk.choose(price="1", currency="NZD", monthly_limit="0.5"), "month’s limit"),
    ],
)
def test_the_guard_is_asked_as_for_every_message(desk: Desk, act: Callable[[Desk], Any], words: str) -> None:
    campaign = desk.campaign(is_active=False)
    act(desk)

    with pytest.raises(CannotTry, match=words):
        attempt(desk, campaign)

    assert desk.carrier.letters == []


def test_an_archived_campaign_sends_no_test(desk: Desk) -> None:
    campaign = desk.campaign(is_active=False)
    with desk.firm.inside():
        archive(campaign, by=desk.firm.user, now=desk.now)

    with pytest.raises(CannotTry, match="has ended"):
        attempt(desk, campaign)


def test_a_test_waits_for_nobody(desk: Desk) -> None:
    with hold_reminders(desk.organisation.pk), pytest.raises(CannotTry, match="just being sent"):
        attempt(desk, desk.campaign(is_active=False))


@pytest.mark.parametrize(
    ("outcome", "state"), [(NotTaken("Busy."), "failed"), (InDoubt("Silence."), "unknown")]
)
def test_a_test_is_never_tried_again_by_itself(desk: Desk, outcome: Outcome, state: str) -> None:
    desk.carrier = Recorder(answer=lambda letter: outcome)

    message = attempt(desk, desk.campaign())
    desk.send()

    assert message.state == state
    assert len(desk.carrier.letters) == 1


def test_a_test_is_no_reminder_of_the_campaign_and_does_not_keep_one_back(desk: Desk) -> None:
    desk.invoice(desk.customer())
    campaign = desk.campaign()
    attempt(desk, campaign)
    attempt(desk, campaign)

    desk.send()

    assert [letter.to for letter in desk.carrier.letters] == [OWN_NUMBER, OWN_NUMBER, NUMBER]
    page = text_of(desk.firm.client.get(address(desk)))
    assert "1 sent · 0 not sent" in page


def test_it_is_sent_from_the_page_and_stands_among_the_messages(desk: Desk) -> None:
    campaign = desk.campaign(is_active=False)
    with desk.firm.inside():
        wording = Wording.objects.get()
    where = address(desk, f"{campaign.pk}/test/")

    offered = text_of(desk.firm.client.get(address(desk, f"{campaign.pk}/")))
    sent = desk.firm.client.post(where, {"wording": wording.pk, "to": OWN}, follow=True)
    refused = desk.firm.client.post(where, {"wording": wording.pk, "to": "12"}, follow=True)
    listed = text_of(desk.firm.client.get(address(desk, "messages/")))

    assert "Send a test to yourself" in offered
    assert "The test is on its way" in text_of(sent)
    assert "No test was sent." in text_of(refused)
    assert ">Test<" in listed.replace(" ", "") or "Test</span>" in listed
    assert OWN_NUMBER in listed
    assert desk.firm.client.post(where, {"wording": "999999", "to": OWN}).status_code == 404
