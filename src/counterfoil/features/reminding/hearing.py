"""Hears what providers tell: the fate of messages, and what people answer. It takes proof to be heard."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import msgspec

from counterfoil.domain.reminders.numbers import write_number
from counterfoil.features.reminding.models import Message, SenderChoices
from counterfoil.features.reminding.providers import gateway, twilio
from counterfoil.features.reminding.reaching import find_region
from counterfoil.features.reminding.replying import Incoming, take_reply
from counterfoil.features.reminding.tasks import request_answers
from counterfoil.features.reminding.telling import tell_fate
from counterfoil.mirror.scope import across_workspaces, in_workspace

_LONGEST = 4000
_VONAGE_FATES = {"delivered": "delivered", "failed": "failed", "rejected": "failed", "expired": "failed"}


@dataclass(frozen=True, slots=True)
class Call:
    """What a provider sent: to which address of ours, in which form or body, signed how."""

    address: str
    form: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    signature: str = ""
    signed_at: str = ""


def hear_fate(token: UUID, call: Call, *, now: datetime) -> bool:
    """Keep what a provider tells of a message; return whether the call was proven to be about it."""
    with across_workspaces():
        message = Message.objects.filter(token=token).first()
        choices = _find_choices(message.organisation_id) if message else None
    if message is None or choices is None:
        return False
    match choices.provider:
        case SenderChoices.Provider.TWILIO if _is_twilio(choices, call):
            state, words = twilio.read_fate(call.form)
            called = call.form.get("MessageSid", "")
        case SenderChoices.Provider.VONAGE:
            # Vonage signs nothing by default: that it knows the message's own token has to do.
            state, words = _VONAGE_FATES.get(call.form.get("status", ""), ""), call.form.get("err-code", "")
            called = call.form.get("messageId", "")
        case _:
            return False
    if state:
        with in_workspace(message.workspace_id):
            said = words if state == "failed" else ""
            tell_fate(message, state=state, words=said, provider_id=called, now=now)
    return True


def hear_answer(token: UUID, call: Call, *, now: datetime) -> bool:
    """Keep what somebody answered; return whether the call was proven to come from the provider."""
    with across_workspaces():
        choices = SenderChoices.objects.select_related("organisation").filter(token=token).first()
    if choices is None:
        return False
    is_proven, incoming = _read_answer(choices, call)
    if incoming is not None:
        with in_workspace(choices.workspace_id):
            number = write_number(incoming.address, region=find_region(choices.organisation))
            take_reply(choices.organisation, replace(incoming, address=number), now=now)
            request_answers(choices.organisation_id)
    return is_proven


def _read_answer(choices: SenderChoices, call: Call) -> tuple[bool, Incoming | None]:
    form = call.form
    match choices.provider:
        case SenderChoices.Provider.TWILIO:
            if not _is_twilio(choices, call):
                return False, None
            return True, _describe(form.get("From"), form.get("Body"), "twilio", form.get("MessageSid"))
        case SenderChoices.Provider.VONAGE:
            number = f"+{form['msisdn']}" if form.get("msisdn") else None
            return True, _describe(number, form.get("text"), "vonage", form.get("messageId"))
        case SenderChoices.Provider.GATEWAY:
            if not gateway.is_from_phone(
                secret=choices.secret, body=call.body, signed_at=call.signed_at, signature=call.signature
            ):
                return False, None
            return True, _read_phone(call.body)
    return False, None


def _read_phone(body: bytes) -> Incoming | None:
    try:
        event = msgspec.json.decode(body, type=gateway.Event)
    except msgspec.DecodeError:
        return None
    if event.event != gateway.RECEIVED:
        return None
    told = event.payload
    return _describe(told.phone_number, told.message, "gateway", event.id)


def _describe(number: str | None, text: str | None, provider: str, called: str | None) -> Incoming | None:
    if not number or not called:
        return None
    return Incoming(number, (text or "")[:_LONGEST], provider, called[:100])


def _is_twilio(choices: SenderChoices, call: Call) -> bool:
    return twilio.is_from_twilio(
        secret=choices.secret, address=call.address, form=call.form, signature=call.signature
    )


def _find_choices(organisation_id: int) -> SenderChoices | None:
    return SenderChoices.objects.filter(organisation=organisation_id).first()
