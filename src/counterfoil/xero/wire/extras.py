"""Reads what Xero tells of one document beside the document itself: its history, its online address."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_instant


class Note(msgspec.Struct, frozen=True):
    """One entry of a document's history in Xero, in Xero's words; `at` is None when Xero gives no time."""

    what: str
    details: str
    who: str
    at: datetime | None


class _Record(msgspec.Struct):
    changes: str | None = msgspec.field(name="Changes", default=None)
    details: str | None = msgspec.field(name="Details", default=None)
    user: str | None = msgspec.field(name="User", default=None)
    at: str | None = msgspec.field(name="DateUTC", default=None)


class _History(msgspec.Struct):
    records: list[_Record] = msgspec.field(name="HistoryRecords")


class _Online(msgspec.Struct):
    url: str = msgspec.field(name="OnlineInvoiceUrl", default="")


class _OnlineInvoices(msgspec.Struct):
    invoices: list[_Online] = msgspec.field(name="OnlineInvoices")


def parse_history(body: bytes) -> Sequence[Note]:
    """
    Return the entries, the newest first. Raises AnswerNotUnderstood.

    Source: Xero developer guide, "History and notes".
    """
    try:
        records = msgspec.json.decode(body, type=_History).records
    except msgspec.DecodeError as wrong:
        raise AnswerNotUnderstood("the history of a document") from wrong
    notes = [_read_note(each) for each in records]
    return sorted(notes, key=lambda note: note.at.timestamp() if note.at else 0.0, reverse=True)


def _read_note(record: _Record) -> Note:
    return Note(
        what=record.changes or "",
        details=record.details or "",
        who=record.user or "",
        at=parse_instant(record.at) if record.at else None,
    )


def parse_online_address(body: bytes) -> str:
    """
    Return where the customer sees the invoice, or nothing when Xero has no address for it.

    Raises AnswerNotUnderstood. Source: Xero developer guide, "Invoices", OnlineInvoice.
    """
    try:
        found = msgspec.json.decode(body, type=_OnlineInvoices).invoices
    except msgspec.DecodeError as wrong:
        raise AnswerNotUnderstood("the online address of an invoice") from wrong
    address = found[0].url if found else ""
    # It becomes a link: nothing but a web address may.
    if address and not address.startswith(("https://", "http://")):
        raise AnswerNotUnderstood("the online address of an invoice")
    return address
