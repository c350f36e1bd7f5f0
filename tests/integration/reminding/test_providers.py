"""Those who carry messages: what they are told, and what each of their answers means."""

import smtplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from counterfoil.features.reminding.models import Channel, SenderChoices
from counterfoil.features.reminding.providers import find_carrier
from counterfoil.features.reminding.providers.base import InDoubt, Letter, NotTaken, Outcome, Refused, Taken
from counterfoil.features.reminding.providers.mail import Mail
from tests.integration.reminding.carrier_stand_in import StandIn, running_stand_in

TOKEN = str(uuid4())
LETTER = Letter("+64211234567", "Kia ora", "Reminder", TOKEN, "https://books.example/reminders/fate/x/")


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def provider(running: StandIn, settings: Settings) -> StandIn:
    running.mood = "ok"
    running.taken.clear()
    settings.COUNTERFOIL_TWILIO_URL = settings.COUNTERFOIL_VONAGE_URL = running.url
    settings.COUNTERFOIL_SENDERS_ALLOWED = ["127.0.0.0/8"]
    return running


def carry(provider: StandIn, name: str, **choices: Any) -> Outcome:
    made = SenderChoices(
        provider=name, account="AC1", secret="s", sender="+6421999", address=provider.url, **choices
    )
    return find_carrier(made, Channel.TEXT).carry(LETTER)


def test_by_default_a_message_goes_nowhere() -> None:
    assert find_carrier(SenderChoices(), Channel.TEXT).carry(LETTER) == Taken(TOKEN)
    assert find_carrier(SenderChoices(), Channel.EMAIL).name == "shown"


def test_twilio_is_told_whom_what_and_where_to_tell_its_fate(provider: StandIn) -> None:
    assert carry(provider, "twilio") == Taken("SM1")
    assert provider.taken == [
        {"To": LETTER.to, "From": "+6421999", "Body": "Kia ora", "StatusCallback": LETTER.told_at}
    ]
    assert provider.asked[-1] == "/2010-04-01/Accounts/AC1/Messages.json"


def test_vonage_is_told_numbers_without_a_plus(provider: StandIn) -> None:
    assert carry(provider, "vonage") == Taken("V1")
    assert (provider.taken[0]["to"], provider.taken[0]["type"]) == ("64211234567", "text")


def test_a_phone_is_told_by_which_id_to_know_it_again(provider: StandIn) -> None:
    assert carry(provider, "gateway") == Taken(TOKEN)
    assert provider.taken == [
        {
            "id": TOKEN,
            "textMessage": {"text": "Kia ora"},
            "phoneNumbers": [LETTER.to],
            "withDeliveryReport": True,
        }
    ]


@pytest.mark.parametrize("name", ["twilio", "vonage", "gateway"])
@pytest.mark.parametrize(
    ("mood", "outcome"), [("refuse", Refused), ("busy", NotTaken), ("break", InDoubt), ("lose", InDoubt)]
)
def test_only_what_surely_was_not_taken_may_be_tried_again(
    provider: StandIn, name: str, mood: str, outcome: type[Outcome]
) -> None:
    provider.mood = mood

    assert isinstance(carry(provider, name), outcome)


def test_a_provider_that_cannot_be_reached_has_not_taken_it(settings: Settings) -> None:
    settings.COUNTERFOIL_TWILIO_URL = "http://127.0.0.1:9"

    assert isinstance(carry(StandIn(), "twilio"), NotTaken)


def test_a_busy_provider_is_left_alone_as_long_as_it_says(provider: StandIn) -> None:
    provider.mood = "busy"

    assert carry(provider, "twilio") == NotTaken("Twilio is busy.", timedelta(seconds=30))


def test_whoever_stopped_at_the_provider_wants_none(provider: StandIn) -> None:
    provider.mood = "stopped"

    outcome = carry(provider, "twilio")

    assert isinstance(outcome, Refused)
    assert outcome.wants_none


class Server:
    """A mail server that ends as it is told when it is handed a message."""

    def __init__(self, problem: Exception | None) -> None:
        self.problem = problem

    def send_message(self, message: Any) -> None:
        assert (message["To"], message["Subject"]) == (LETTER.to, "Reminder")
        if self.problem:
            raise self.problem

    def close(self) -> None:
        """Go."""


@pytest.mark.parametrize(
    ("problem", "outcome"),
    [
        (None, Taken),
        (smtplib.SMTPRecipientsRefused({"x": (550, b"No such user")}), Refused),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"Later")}), NotTaken),
        (smtplib.SMTPDataError(554, b"Spam"), Refused),
        (smtplib.SMTPDataError(451, b"Later"), NotTaken),
        (smtplib.SMTPServerDisconnected("gone"), InDoubt),
        (TimeoutError(), InDoubt),
    ],
)
def test_a_mail_server_that_goes_away_midway_leaves_it_in_doubt(
    monkeypatch: pytest.MonkeyPatch, problem: Exception | None, outcome: type[Outcome]
) -> None:
    monkeypatch.setattr(smtplib, "SMTP", lambda *_, **__: Server(problem))
    choices = SenderChoices(mail_host="mail", mail_from="Harbour <a@b.example>", mail_security="none")

    assert isinstance(Mail(choices).carry(LETTER), outcome)


def test_an_e_mail_offers_its_reader_a_way_out_in_the_mail_program(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    server = Server(None)
    monkeypatch.setattr(server, "send_message", sent.append)
    monkeypatch.setattr(smtplib, "SMTP", lambda *_, **__: server)
    choices = SenderChoices(mail_host="mail", mail_from="a@b.example", mail_security="none")
    choices.reply_to = "books@b.example"

    Mail(choices).carry(replace(LETTER, leave_at="https://books.example/x/abc"))

    assert sent[0]["List-Unsubscribe"] == "<https://books.example/x/abc>"
    assert sent[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent[0]["Reply-To"] == "books@b.example"
    assert sent[0]["Auto-Submitted"] == "auto-generated"


def test_answers_to_an_e_mail_go_to_the_firm_even_if_no_other_address_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[Any] = []
    server = Server(None)
    monkeypatch.setattr(server, "send_message", sent.append)
    monkeypatch.setattr(smtplib, "SMTP", lambda *_, **__: server)

    Mail(SenderChoices(mail_host="mail", mail_from="Harbour <a@b.example>", mail_security="none")).carry(
        LETTER
    )

    assert (sent[0]["From"], sent[0]["Reply-To"]) == ("Harbour <a@b.example>", "a@b.example")
    assert sent[0]["List-Unsubscribe"] is None  # a link of this machine alone is no way out


def test_a_mail_server_in_our_own_network_is_not_spoken_to_unless_that_is_allowed() -> None:
    choices = SenderChoices(mail_host="127.0.0.1", mail_port=9, mail_from="a@b.example", mail_security="none")

    outcome = Mail(choices).carry(LETTER)

    assert isinstance(outcome, NotTaken)
    assert "lies within a network of our own" in outcome.words


def test_a_mail_server_that_is_not_there_has_not_taken_it(settings: Settings) -> None:
    settings.COUNTERFOIL_SENDERS_ALLOWED = ["127.0.0.0/8"]
    choices = SenderChoices(mail_host="127.0.0.1", mail_port=9, mail_from="a@b.example", mail_security="none")

    assert isinstance(Mail(choices).carry(LETTER), NotTaken)
