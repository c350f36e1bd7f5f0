"""
Asks Xero for what no run copies of a document: its history, its files, its PDF and its online address.

Each costs a call, so it is asked for only when a person or a program wants it, or a message that is to leave
names it. What comes is handed on; only the list of files is kept.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import IO

from counterfoil.mirror.models import Attachment, Organisation
from counterfoil.sync.asking import ask_organisation
from counterfoil.sync.attachments import read_attachments
from counterfoil.sync.threads import DatabaseThread
from counterfoil.xero.client import XeroClient
from counterfoil.xero.errors import NotFound, TooLarge
from counterfoil.xero.gate import Priority
from counterfoil.xero.wire.extras import Note, parse_history, parse_online_address

# Xero takes files of up to 25 MB where it takes the largest. Source: Xero developer guide, "Attachments".
LARGEST_FILE = 25_000_000
# A large file on a slow line may take its time.
_FILE_PATIENCE_S = 90.0
# A job asks for many things, and goes on with the next round where this one ends.
_JOB_PATIENCE_S = 45.0
_PDF = "application/pdf"

Now = Callable[[], datetime]


def read_history(
    organisation: Organisation,
    *,
    endpoint: str,
    document_id: str,
    now: Now,
    priority: Priority = Priority.PERSON,
) -> Sequence[Note]:
    """Return a document's history and notes, the newest first. Raises as `ask_organisation` does."""

    async def ask(client: XeroClient, _thread: DatabaseThread) -> Sequence[Note]:
        answer = await client.get(f"{endpoint}/{document_id}/History", priority=priority)
        return parse_history(answer.body)

    return ask_organisation(organisation, ask, now=now)


def list_files(
    organisation: Organisation,
    *,
    endpoint: str,
    document_id: str,
    now: Now,
    priority: Priority = Priority.PERSON,
) -> int:
    """Bring the list of a document's files up to date. Raises as `ask_organisation` does."""

    async def ask(client: XeroClient, thread: DatabaseThread) -> int:
        return await read_attachments(
            organisation,
            endpoint=endpoint,
            document_id=document_id,
            client=client,
            writer=thread,
            now=now,
            priority=priority,
        )

    return ask_organisation(organisation, ask, now=now)


def fetch_file(
    organisation: Organisation,
    file: Attachment,
    into: IO[bytes],
    *,
    now: Now,
    priority: Priority = Priority.PERSON,
) -> None:
    """
    Write a listed file to `into`.

    Raises as `ask_organisation` does, and TooLarge; at once when Xero's list says so already.
    """
    if file.content_length > LARGEST_FILE:
        raise TooLarge(LARGEST_FILE)
    _fetch(
        organisation,
        f"{file.endpoint}/{file.document_id}/Attachments/{file.xero_id}",
        into,
        media_type=file.mime_type or "application/octet-stream",
        now=now,
        priority=priority,
    )


def fetch_pdf(
    organisation: Organisation,
    into: IO[bytes],
    *,
    endpoint: str,
    document_id: str,
    now: Now,
    priority: Priority = Priority.PERSON,
) -> None:
    """Write a document, as Xero prints it, to `into`. Raises as `fetch_file` does."""
    _fetch(organisation, f"{endpoint}/{document_id}", into, media_type=_PDF, now=now, priority=priority)


def find_online_address(
    organisation: Organisation, *, invoice_id: str, now: Now, priority: Priority = Priority.PERSON
) -> str:
    """
    Return where the customer sees a sales invoice, or nothing when Xero has no address for it.

    Raises as `ask_organisation` does.
    """

    async def ask(client: XeroClient, _thread: DatabaseThread) -> str:
        answer = await client.get(f"Invoices/{invoice_id}/OnlineInvoice", priority=priority)
        return parse_online_address(answer.body)

    return ask_organisation(organisation, ask, now=now)


def find_online_addresses(
    organisation: Organisation, *, invoice_ids: Sequence[str], into: dict[str, str], now: Now
) -> None:
    """
    Put into `into` where the customers see these sales invoices; nothing for one without an address.

    For a job: people and syncs go first, and what came before something went wrong is in `into`. Raises as
    `ask_organisation` does.
    """

    async def ask(client: XeroClient, _thread: DatabaseThread) -> None:
        for invoice_id in invoice_ids:
            try:
                answer = await client.get(f"Invoices/{invoice_id}/OnlineInvoice", priority=Priority.SWEEP)
            except NotFound:  # a draft again, or gone
                into[invoice_id] = ""
            else:
                into[invoice_id] = parse_online_address(answer.body)

    ask_organisation(organisation, ask, now=now, patience_s=_JOB_PATIENCE_S)


def _fetch(
    organisation: Organisation, path: str, into: IO[bytes], *, media_type: str, now: Now, priority: Priority
) -> None:
    async def ask(client: XeroClient, _thread: DatabaseThread) -> None:
        await client.download(path, into=into, media_type=media_type, most=LARGEST_FILE, priority=priority)

    ask_organisation(organisation, ask, now=now, patience_s=_FILE_PATIENCE_S)
