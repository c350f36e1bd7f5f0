"""What only Xero has of a document, asked for when a person or a program wants it."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, TypeVar

from django.db.models import QuerySet

from counterfoil.domain.filenames import clean_file_name
from counterfoil.domain.statuses import InvoiceStatus
from counterfoil.mirror.models import Attachment, CreditNote, Invoice, Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync import extras
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.standing import ConnectionRemoved
from counterfoil.xero.budget import Priority
from counterfoil.xero.errors import NotFound, XeroBroken, XeroBusy, XeroError, XeroUnreachable
from counterfoil.xero.wire.extras import Note

T = TypeVar("T")

_IN_MEMORY = 1 << 20

# Which documents have files, a history and a PDF in Xero, as far as they are asked for here.
_MODELS = {"Invoices": Invoice, "CreditNotes": CreditNote}
# A draft has no online address, nor has a bill. Source: Xero developer guide, "Invoices", OnlineInvoice.
_ONLINE = (InvoiceStatus.AUTHORISED, InvoiceStatus.PAID)


@dataclass(frozen=True)
class Document:
    """A document that Xero can be asked about; `stream` is Xero's word for its kind."""

    organisation: Organisation
    stream: str
    xero_id: str
    number: str
    has_files: bool
    has_online_address: bool


@dataclass(frozen=True)
class Read:
    """What Xero told of a document, and when."""

    at: datetime
    notes: Sequence[Note] = ()
    files: Sequence[Attachment] = ()
    address: str = ""


@dataclass(frozen=True)
class Fetched:
    """A file from Xero, open at its beginning; it vanishes when it is closed."""

    content: IO[bytes]
    name: str


class NotHad(Exception):
    """
    Xero did not give what was asked for: what happened, and what to do now.

    `is_passing` when it may be had later though nobody does anything, after `retry_after` if anybody said.
    """

    def __init__(
        self,
        happened: str,
        next_step: str,
        *,
        is_gone: bool = False,
        is_passing: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(happened)
        self.next_step = next_step
        self.is_gone = is_gone
        self.is_passing = is_passing
        self.retry_after = retry_after


def find_document(organisation: Organisation, stream: str, xero_id: str) -> Document | None:
    """Return a document that is still in Xero, as far as the copy knows; one query."""
    model = _MODELS.get(stream)
    if model is None:
        return None
    rows = model._default_manager.filter(organisation=organisation, xero_id=xero_id, gone_at=None)
    row = rows.defer("raw", "digest").first()
    if row is None:
        return None
    return Document(
        organisation=organisation,
        stream=stream,
        xero_id=xero_id,
        number=row.number,
        has_files=row.has_attachments,
        has_online_address=stream == "Invoices" and row.kind == "ACCREC" and row.status in _ONLINE,
    )


def read_notes(
    document: Document, *, now: Callable[[], datetime], priority: Priority = Priority.PERSON
) -> Read:
    """Return the document's history and notes in Xero. Raises NotHad."""
    notes = ask_in_words(
        lambda: extras.read_history(
            document.organisation,
            endpoint=document.stream,
            document_id=document.xero_id,
            now=now,
            priority=priority,
        )
    )
    return Read(now(), notes=notes)


def list_files(
    document: Document, *, now: Callable[[], datetime], priority: Priority = Priority.PERSON
) -> Read:
    """Return the document's files as Xero lists them now. Raises NotHad."""
    ask_in_words(
        lambda: extras.list_files(
            document.organisation,
            endpoint=document.stream,
            document_id=document.xero_id,
            now=now,
            priority=priority,
        )
    )
    with in_workspace(document.organisation.workspace_id):
        return Read(now(), files=list(_find_files(document).order_by("file_name", "xero_id")))


def find_online_address(
    document: Document, *, now: Callable[[], datetime], priority: Priority = Priority.PERSON
) -> Read:
    """Return where the customer sees the invoice. Raises NotHad."""
    if not document.has_online_address:
        raise NotHad("Only an approved sales invoice has an online address.", "Approve it in Xero first.")
    address = ask_in_words(
        lambda: extras.find_online_address(
            document.organisation, invoice_id=document.xero_id, now=now, priority=priority
        )
    )
    if not address:
        raise NotHad("Xero has no online address for this invoice.", "Open it in Xero and share it there.")
    return Read(now(), address=address)


def fetch_file(
    document: Document, file_id: str, *, now: Callable[[], datetime], priority: Priority = Priority.PERSON
) -> Fetched:
    """Return one of the document's files. Raises NotHad."""
    with in_workspace(document.organisation.workspace_id):
        file = _find_files(document).filter(xero_id=file_id).first()
    if file is None:
        raise NotHad(
            "This document has no such file, as far as Counterfoil knows.",
            "List its files again; it may have been removed in Xero.",
            is_gone=True,
        )
    content = _fetch(
        lambda into: extras.fetch_file(document.organisation, file, into, now=now, priority=priority)
    )
    return Fetched(content, clean_file_name(file.file_name))


def fetch_pdf(
    document: Document, *, now: Callable[[], datetime], priority: Priority = Priority.PERSON
) -> Fetched:
    """Return the document as Xero prints it. Raises NotHad."""
    content = _fetch(
        lambda into: extras.fetch_pdf(
            document.organisation,
            into,
            endpoint=document.stream,
            document_id=document.xero_id,
            now=now,
            priority=priority,
        )
    )
    return Fetched(content, clean_file_name(f"{document.number or 'document'}.pdf"))


def _find_files(document: Document) -> "QuerySet[Attachment]":
    return Attachment.objects.filter(
        organisation=document.organisation,
        endpoint=document.stream,
        document_id=document.xero_id,
        gone_at=None,
    )


def _fetch(write: Callable[[IO[bytes]], None]) -> IO[bytes]:
    """
    Return a file without a name, filled; nothing of it is left once it is closed.

    It is filled before the first byte is sent on: a browser on a slow line would hold one of the five
    places that an organisation has, and what goes wrong half-way could not be told any more.
    """
    content = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - whoever sends it closes it
    try:
        ask_in_words(lambda: write(content))
    except BaseException:
        content.close()
        raise
    content.seek(0)
    return content


def ask_in_words(call: Callable[[], T]) -> T:
    """Return what Xero says, or say in words for the person who waits why it did not."""
    try:
        return call()
    except (NotConnected, ConnectionRemoved) as lost:
        raise NotHad(str(lost), "What was read before is kept, and shown here.") from lost
    except NotFound as absent:
        raise NotHad(
            "Xero no longer has this.",
            "It may have been deleted there since the last sync. “Sync now” brings the copy up to date.",
            is_gone=True,
        ) from absent
    except XeroBusy as busy:  # a person's wish is not repeated by itself
        raise NotHad(
            busy.sentence,
            f"Try again {busy.wait_said}, or open the document in Xero.",
            is_passing=True,
            retry_after=busy.retry_after,
        ) from busy
    except (XeroUnreachable, XeroBroken) as fault:
        raise NotHad(
            fault.sentence, "Try again in a minute; if it lasts, look at status.xero.com.", is_passing=True
        ) from fault
    except XeroError as refused:
        raise NotHad(refused.sentence, refused.next_step) from refused
