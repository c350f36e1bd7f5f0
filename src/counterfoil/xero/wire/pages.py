"""Reads one page of a list, leaving each record as the bytes that Xero sent."""

from datetime import datetime
from functools import lru_cache
from typing import Protocol, cast

import msgspec

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_instant


class Pagination(msgspec.Struct, frozen=True, rename="camel"):
    """Where in the list a page stands; pages are counted from 1."""

    page: int
    page_size: int
    page_count: int
    item_count: int


class Page(msgspec.Struct, frozen=True):
    """
    One answer of a list: its records undecoded, its place, and Xero's own clock when it was sent.

    The records are views into the answer's body and keep it in memory; copy one that is to outlive the page.
    """

    records: list[msgspec.Raw]
    pagination: Pagination | None
    server_time: datetime


class _Envelope(Protocol):
    records: list[msgspec.Raw]
    sent_at: str
    pagination: Pagination | None


def parse_page(body: bytes, key: str, *, correlation_id: str | None = None) -> Page:
    """
    Return the page whose records stand under `key`, as in `Invoices`.

    One pass over the bytes: the envelope is checked, the records are only delimited. `pagination` is None
    for lists that Xero does not page. Raises `AnswerNotUnderstood`, with the answer's correlation id, for
    anything that is not the whole envelope.
    Source: Xero developer guide, "Requests and Responses" and "Paging".
    """
    try:
        envelope = cast(_Envelope, _decoder(key).decode(body))
    except msgspec.ValidationError:
        what = f"the list of {key} is not in its usual envelope"
        raise AnswerNotUnderstood(what, correlation_id=correlation_id) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        what = f"the list of {key} is cut off or garbled"
        raise AnswerNotUnderstood(what, correlation_id=correlation_id) from None
    return Page(envelope.records, envelope.pagination, parse_instant(envelope.sent_at))


@lru_cache(maxsize=64)
def _decoder(key: str) -> "msgspec.json.Decoder[msgspec.Struct]":
    envelope = msgspec.defstruct(
        "Envelope",
        [
            ("records", list[msgspec.Raw]),
            ("sent_at", str),
            ("pagination", Pagination | None, None),
        ],
        rename={"records": key, "sent_at": "DateTimeUTC"},
    )
    return msgspec.json.Decoder(envelope)
