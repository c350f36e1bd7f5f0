"""
Texts by Vonage.

Source: Vonage's documentation, "SMS API": a request may be answered with status 200 and a refusal inside.
"""

from typing import Any

import httpx
from django.conf import settings

from counterfoil.domain.reminders.segments import Encoding, count_segments
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

_TAKEN, _THROTTLED, _INTERNAL = "0", "1", "5"


class Vonage:
    """Speaks to Vonage's API."""

    name = "vonage"

    def __init__(self, choices: SenderChoices) -> None:
        self._choices = choices

    def carry(self, letter: Letter) -> Outcome:
        """Send one message."""
        choices = self._choices
        is_wide = count_segments(letter.text).encoding is Encoding.UCS_2
        form = {
            "api_key": choices.account,
            "api_secret": choices.secret,
            "from": choices.sender.removeprefix("+"),
            "to": letter.to.removeprefix("+"),
            "text": letter.text,
            "type": "unicode" if is_wide else "text",
            "client-ref": letter.token,
            "callback": letter.told_at,
        }
        answer = ask(lambda client: client.post(settings.COUNTERFOIL_VONAGE_URL + "/sms/json", data=form))
        return answer if isinstance(answer, NotTaken | InDoubt) else _read_answer(answer)


def _read_answer(answer: httpx.Response) -> Outcome:
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return NotTaken("Vonage is busy.", read_wait(answer))
    if answer.is_server_error:
        return InDoubt(f"Vonage answered {answer.status_code}.")
    parts = _read_parts(answer)
    if not parts:
        return InDoubt(f"Vonage answered {answer.status_code} in a way that says nothing.")
    statuses = {str(part.get("status")) for part in parts}
    if statuses == {_TAKEN}:
        return Taken(str(parts[0].get("message-id", "")))
    words = shorten(f"Vonage says: {parts[0].get('error-text') or statuses}")
    # Of a long message some parts may have been taken, and an error of theirs says nothing about ours.
    if _TAKEN in statuses or _INTERNAL in statuses:
        return InDoubt(words)
    return NotTaken(words) if statuses == {_THROTTLED} else Refused(words)


def _read_parts(answer: httpx.Response) -> list[dict[str, Any]]:
    try:
        parts = answer.json().get("messages")
    except (ValueError, AttributeError):
        return []
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
