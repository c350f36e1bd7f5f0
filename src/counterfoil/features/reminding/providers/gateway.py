"""
Texts by an Android phone of the firm's own, with the app "SMS Gateway for Android" on it.

It knows a message again by the id that we give it. Source: the app's documentation, "Integration", "API".
"""

import hashlib
import hmac
from urllib.parse import urlsplit

import httpx
import msgspec

from counterfoil.features.reminding.models import SenderChoices
from counterfoil.features.reminding.providers.base import (
    InDoubt,
    Letter,
    NotTaken,
    Outcome,
    Refused,
    Taken,
    ask,
    read_wait,
    shorten,
)
from counterfoil.features.reminding.providers.hosts import OwnNetwork, require_outside

RECEIVED = "sms:received"


class Told(msgspec.Struct, rename="camel"):
    """What the phone tells of a text that arrived on it."""

    phone_number: str = ""
    message: str = ""


class Event(msgspec.Struct):
    """Something that happened on the phone."""

    event: str = ""
    id: str = ""
    payload: Told = msgspec.field(default_factory=Told)


def is_from_phone(*, secret: str, body: bytes, signed_at: str, signature: str) -> bool:
    """Say whether the phone signed the event: its body and the moment, with the key that it was given."""
    made = hmac.new(secret.encode(), body + signed_at.encode(), hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(made.encode(), signature.lower().encode())


class Gateway:
    """Speaks to the phone."""

    name = "gateway"

    def __init__(self, choices: SenderChoices) -> None:
        self._choices = choices

    def carry(self, letter: Letter) -> Outcome:
        """Ask the phone to send one message."""
        choices = self._choices
        body = {
            "id": letter.token,
            "textMessage": {"text": letter.text},
            "phoneNumbers": [letter.to],
            "withDeliveryReport": True,
        }

        def send(client: httpx.Client) -> httpx.Response:
            address = choices.address.rstrip("/") + "/message"
            return client.post(address, json=body, auth=(choices.account, choices.secret))

        try:
            require_outside(urlsplit(choices.address).hostname or "")
        except OwnNetwork as refused:
            return NotTaken(str(refused))
        answer = ask(send)
        if isinstance(answer, NotTaken | InDoubt):
            return answer
        if answer.is_success:
            return Taken(letter.token)
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            return NotTaken("The phone is busy.", read_wait(answer))
        words = shorten(f"The phone answered {answer.status_code}: {answer.text}")
        return Refused(words) if answer.is_client_error else InDoubt(words)
