"""
Reads the list of files on one document, when somebody asks for it.

Xero tells only whether a document has files; listing them costs a call each, so no run does it.
Source: Xero developer guide, "Attachments".
"""

from collections.abc import Callable
from datetime import datetime

from counterfoil.mirror.models import Attachment, Organisation
from counterfoil.mirror.upsert import Arrival, Incoming, mark_gone, write_records
from counterfoil.sync.standing import while_connected
from counterfoil.sync.threads import DatabaseThread
from counterfoil.xero import records
from counterfoil.xero.client import XeroClient
from counterfoil.xero.gate import Priority
from counterfoil.xero.records.base import columns_of, read_record
from counterfoil.xero.wire.pages import parse_page

KEY = "Attachments"


async def read_attachments(
    organisation: Organisation,
    *,
    endpoint: str,
    document_id: str,
    client: XeroClient,
    writer: DatabaseThread,
    now: Callable[[], datetime],
    priority: Priority = Priority.PERSON,
) -> int:
    """
    Bring the mirrored list of one document's files up to date and return how many there are.

    `endpoint` is Xero's word for the kind of document, as in `Invoices`. A file that was removed in
    Xero is kept as gone. Raises what the client raises, NotFound for an unknown document among it,
    and Unreadable.
    """
    answer = await client.get(f"{endpoint}/{document_id}/{KEY}", priority=priority)
    return await writer.run(_store, organisation, endpoint, document_id, answer.body, now())


def _store(organisation: Organisation, endpoint: str, document_id: str, body: bytes, at: datetime) -> int:
    columns, values = records.Attachment.columns(), columns_of(records.Attachment)
    incoming = [
        Incoming(record.xero_id, (*values(record), endpoint, document_id), bytes(raw))
        for raw in parse_page(body, KEY).records
        for record in [read_record(records.Attachment, raw)]
    ]
    arrival = Arrival(
        workspace_id=organisation.workspace_id,
        organisation_id=organisation.pk,
        stream=KEY,
        run_id=None,
        why="asked for",
        at=at,
    )
    with while_connected(organisation.workspace_id, organisation.pk):
        write_records(Attachment, (*columns, "endpoint", "document_id"), incoming, arrival)
        mark_gone(
            Attachment,
            [one.xero_id for one in incoming],
            arrival,
            known_before=at,
            among={"endpoint": endpoint, "document_id": document_id},
        )
    return len(incoming)
