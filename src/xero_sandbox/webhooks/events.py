"""Bodies and signatures of deliveries (FACTS 10)."""

import base64
import hashlib
import hmac
import secrets
import string
from dataclasses import dataclass
from random import Random
from typing import Any

from xero_sandbox.books.rows import Row, encode
from xero_sandbox.wire.datekit import render_iso_ms

CATEGORIES = {
    "Contacts": "CONTACT",
    "Invoices": "INVOICE",
    "CreditNotes": "CREDITNOTE",
    "Prepayments": "PREPAYMENT",
    "Overpayments": "OVERPAYMENT",
}


@dataclass(frozen=True)
class Event:
    """One change, and when its delivery may begin."""

    body: dict[str, Any]
    due_ms: int
    noted_ms: int


def build_event(
    endpoint: str, row: Row, *, is_new: bool, tenant_id: str, url: str, now_ms: int
) -> dict[str, Any]:
    """Return what a delivery says of a changed record: where it is and hardly more."""
    event: dict[str, Any] = {
        "resourceUrl": f"{url}/api.xro/2.0/{endpoint}/{row.id}",
        "resourceId": row.id,
        "eventDateUtc": render_iso_ms(now_ms).removesuffix("Z"),
        "eventType": "CREATE" if is_new else "UPDATE",
        "eventCategory": CATEGORIES[endpoint],
        "tenantId": tenant_id,
        "tenantType": "ORGANISATION",
    }
    if endpoint not in {"Contacts", "Invoices"}:
        event["data"] = {"Type": row.kind, "Status": row.status}
        if endpoint != "CreditNotes":
            event["data"]["UpdatedDateUTCString"] = render_iso_ms(row.stamp)
    return event


def build_delivery(events: list[dict[str, Any]], *, first: int) -> bytes:
    """Return the body of one delivery; sequence numbers count within a subscription."""
    body = {
        "events": events,
        "firstEventSequence": first,
        "lastEventSequence": first + len(events) - 1,
        "entropy": make_entropy(),
    }
    return encode(body)


def build_handshake() -> bytes:
    """Return the body of an intent to receive, with the uneven spaces of a captured one."""
    head = '{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "'
    return f'{head}{make_entropy()}"}}'.encode()


def make_entropy() -> str:
    """Return twenty capital letters."""
    return "".join(secrets.choice(string.ascii_uppercase) for _ in range(20))


def sign(key: str, body: bytes) -> str:
    """Return the signature; the key is used as text, not decoded."""
    digest = hmac.new(key.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def spoil(signature: str, rng: Random) -> str:
    """Return a signature that differs in exactly one character."""
    place = rng.randrange(len(signature) - 2)
    other = rng.choice([letter for letter in string.ascii_letters if letter != signature[place]])
    return signature[:place] + other + signature[place + 1 :]
