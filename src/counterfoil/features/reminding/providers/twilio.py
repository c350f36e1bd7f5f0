"""
Texts by Twilio.

Source: Twilio's documentation, "Message resource", "Error codes", "Webhooks security".
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import httpx
from django.conf import settings

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

_UNSUBSCRIBED = 21610
_DELIVERED = {"delivered", "read"}
_FAILED = {"failed", "undelivered", "canceled"}
_MESSAGING_SERVICE = "MG"


class Twilio:
    """Speaks to Twilio's API."""

    name = "twilio"

    def __init__(self, choices: SenderChoices) -> None:
        self._choices = choices

    def carry(self, letter: Letter) -> Outcome:
        """Create a message resource."""
        choices = self._choices
        sender = "MessagingServiceSid" if choices.sender.startswith(_MESSAGING_SERVICE) else "From"
        form = {
            "To": letter.to,
            sender: choices.sender,
            "Body": letter.text,
            "StatusCallback": letter.told_at,
        }
        path = f"/2010-04-01/Accounts/{choices.account}/Messages.json"

        def send(client: httpx.Client) -> httpx.Response:
            return client.post(
                settings.COUNTERFOIL_TWILIO_URL + path, data=form, auth=(choices.account, choices.secret)
            )

        answer = ask(send)
        return answer if isinstance(answer, NotTaken | InDoubt) else _read_answer(answer)


def is_from_twilio(*, secret: str, address: str, form: Mapping[str, str], signature: str) -> bool:
    """
    Say whether Twilio signed the request: its address and every field of its form, with the account's token.

    Source: Twilio's documentation, "Validating requests".
    """
    said = address + "".join(f"{name}{form[name]}" for name in sorted(form))
    made = base64.b64encode(hmac.new(secret.encode(), said.encode(), hashlib.sha1).digest()).decode()
    return bool(secret) and hmac.compare_digest(made.encode(), signature.encode())


def read_fate(form: Mapping[str, str]) -> tuple[str, str]:
    """Return what a status callback says: delivered, failed or nothing new, and Twilio's words."""
    status = form.get("MessageStatus", "")
    code = form.get("ErrorCode", "")
    words = f"Twilio says {status}" + (f", error {code}." if code else ".")
    if status in _DELIVERED:
        return "delivered", ""
    return ("failed", shorten(words)) if status in _FAILED else ("", "")


def _read_answer(answer: httpx.Response) -> Outcome:
    said = _read_json(answer)
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return NotTaken("Twilio is busy.", read_wait(answer))
    if answer.is_success:
        sid = said.get("sid")
        return (
            Taken(str(sid)) if sid else InDoubt("Twilio answered without saying what it calls the message.")
        )
    words = shorten(f"Twilio says: {said.get('message') or answer.status_code}")
    if answer.is_client_error:
        return Refused(words, wants_none=said.get("code") == _UNSUBSCRIBED)
    return InDoubt(words)


def _read_json(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
