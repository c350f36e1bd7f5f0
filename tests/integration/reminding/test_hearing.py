"""What providers tell us counts when they can prove who they are, and once."""

import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from counterfoil.features.reminding.models import LedgerEntry, Message, Reply, SenderChoices
from counterfoil.features.reminding.providers.base import InDoubt
from tests.integration.reminding.conftest import NUMBER, Desk

OURS, SECRET = "https://books.example", "auth-token"


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.COUNTERFOIL_URL = OURS
    settings.ALLOWED_HOSTS = ["*"]


def sign(address: str, form: dict[str, str]) -> str:
    said = address + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(SECRET.encode(), said.encode(), hashlib.sha1).digest()).decode()


def tell(path: str, form: dict[str, str], signature: str | None = None) -> int:
    signed = sign(OURS + path, form) if signature is None else signature
    return Client().post(path, form, headers={"X-Twilio-Signature": signed}).status_code


def set_up(desk: Desk, provider: str = "twilio") -> str:
    desk.choose(provider=provider, account="AC1", secret=SECRET, sender="+6421999", address="http://phone")
    desk.review("NZ")
    with desk.firm.inside():
        return f"/reminders/answers/{SenderChoices.objects.get().token}/"


def replies(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.firm.inside():
        return list(Reply.objects.order_by("pk").values_list("address", "text", "meaning"))


def test_a_reply_by_twilio_is_kept_once_and_stop_is_noted(desk: Desk) -> None:
    path = set_up(desk)
    form = {"From": NUMBER, "Body": "Arrêt", "MessageSid": "SM9"}

    statuses = [tell(path, form), tell(path, form)]

    assert statuses == [200, 200]
    assert replies(desk) == [(NUMBER, "Arrêt", "stop")]
    with desk.firm.inside():
        assert LedgerEntry.objects.get().act == "stopped"


@pytest.mark.parametrize("signature", ["", "bm90IHRoZXJl"])
def test_who_cannot_sign_is_not_heard(desk: Desk, signature: str) -> None:
    path = set_up(desk)

    assert tell(path, {"From": NUMBER, "Body": "START", "MessageSid": "SM9"}, signature) == 403
    assert replies(desk) == []


def test_an_address_that_nobody_was_given_hears_nothing(desk: Desk) -> None:
    assert tell(f"/reminders/answers/{uuid4()}/", {"From": NUMBER, "Body": "x", "MessageSid": "1"}) == 403
    assert tell(f"/reminders/fate/{uuid4()}/", {"MessageStatus": "delivered"}) == 403


def test_a_fate_settles_even_what_was_in_doubt(desk: Desk) -> None:
    set_up(desk)
    desk.invoice(desk.customer())
    desk.campaign()
    desk.carrier.answer = lambda letter: InDoubt("No answer.")
    desk.send()
    with desk.firm.inside():
        path = f"/reminders/fate/{Message.objects.get().token}/"

    for status in ("queued", "delivered", "sent"):
        assert tell(path, {"MessageStatus": status, "MessageSid": "SM1"}) == 200

    with desk.firm.inside():
        message = Message.objects.get()
    assert (message.state, message.provider_id) == ("delivered", "SM1")


def post_event(path: str, event: dict[str, Any], secret: str = SECRET) -> int:
    body = json.dumps(event)
    signature = hmac.new(secret.encode(), (body + "1700000000").encode(), hashlib.sha256).hexdigest()
    headers = {"X-Signature": signature, "X-Timestamp": "1700000000"}
    return Client().post(path, body, content_type="application/json", headers=headers).status_code


def test_a_phone_tells_of_what_arrived_on_it(desk: Desk) -> None:
    path = set_up(desk, "gateway")
    event = {
        "event": "sms:received",
        "id": "E1",
        "payload": {"phoneNumber": "021 123 4567", "message": "I paid yesterday"},
    }

    statuses = [post_event(path, event), post_event(path, event), post_event(path, event, "other")]

    assert statuses == [200, 200, 403]
    assert replies(desk) == [(NUMBER, "I paid yesterday", "paid")]


def test_vonage_writes_numbers_without_a_plus(desk: Desk) -> None:
    path = set_up(desk, "vonage")

    answer = Client().get(path, {"msisdn": NUMBER[1:], "text": "stop", "messageId": "V1"})

    assert answer.status_code == 200
    assert replies(desk) == [(NUMBER, "stop", "stop")]
