"""
What Xero posts when records change: whether it is really Xero, and which records are meant. Pure.

Source: Xero developer guide, "Webhooks".
"""

import re
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest, new

import msgspec

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_instant

SIGNATURE = "x-xero-signature"
_FORM = re.compile(r"[A-Za-z0-9+/]{43}=")


class Event(msgspec.Struct, frozen=True):
    """One record that changed; `said_at` is Xero's time of the change, None when it cannot be read."""

    tenant_id: str
    category: str
    resource_id: str
    said_at: datetime | None


class Parcel(msgspec.Struct, frozen=True):
    """What one delivery holds; `unreadable` counts the events that have another shape."""

    events: list[Event]
    unreadable: int
    first_sequence: int | None
    last_sequence: int | None


class _Envelope(msgspec.Struct, rename="camel"):
    events: list[msgspec.Raw]
    first_event_sequence: int | None = None
    last_event_sequence: int | None = None


class _Event(msgspec.Struct):
    tenant_id: str = msgspec.field(name="tenantId")
    category: str = msgspec.field(name="eventCategory")
    resource_id: str = msgspec.field(name="resourceId")
    said_at: str | None = msgspec.field(name="eventDateUtc", default=None)


def is_like_signature(text: str) -> bool:
    """Say whether this has the form of a signature: the base64 of 32 bytes."""
    return _FORM.fullmatch(text) is not None


def sign(body: bytes, key: str) -> str:
    """
    Return the signature that Xero gives these very bytes.

    The key looks like base64 and is used as the text that it is.
    """
    return b64encode(new(key.encode(), body, sha256).digest()).decode()


def is_signed(body: bytes, signature: str, key: str) -> bool:
    """Say whether Xero signed these bytes; takes as long for a near miss. Without a key nothing is signed."""
    return bool(key) and compare_digest(sign(body, key).encode(), signature.encode(errors="replace"))


def parse_parcel(body: bytes) -> Parcel:
    """
    Return the events of a delivery, their words in one case. Raises `AnswerNotUnderstood`.

    The test of a new subscription has no events. Xero writes its ids and categories in either case.
    """
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise AnswerNotUnderstood("a webhook that is not in its usual envelope") from None
    events = [event for raw in envelope.events if (event := _read_event(raw)) is not None]
    return Parcel(
        events=events,
        unreadable=len(envelope.events) - len(events),
        first_sequence=envelope.first_event_sequence,
        last_sequence=envelope.last_event_sequence,
    )


def _read_event(raw: msgspec.Raw) -> Event | None:
    try:
        event = msgspec.json.decode(raw, type=_Event)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return Event(
        tenant_id=event.tenant_id.lower(),
        category=event.category.upper(),
        resource_id=event.resource_id.lower(),
        said_at=_read_moment(event.said_at),
    )


def _read_moment(text: str | None) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except AnswerNotUnderstood:
        return None
