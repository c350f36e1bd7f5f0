"""
Brings into the mirror what sending learns: Xero's answers, and the records that a write changes beside.

What cannot be read is left to the next sync, which has a quarantine for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import structlog

from counterfoil.mirror.models import Operation, Organisation
from counterfoil.mirror.upsert import Arrival, Incoming, mark_gone, write_records
from counterfoil.sync.outbox.kinds import Kind, Search
from counterfoil.sync.outbox.reading_first import READ_AT_ONCE
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.client import XeroClient
from counterfoil.xero.gate import Priority
from counterfoil.xero.records import Unreadable, read_record
from counterfoil.xero.records.base import columns_of
from counterfoil.xero.wire.pages import parse_page

log = structlog.get_logger(__name__)

WHY = "sent from Counterfoil"


@dataclass(frozen=True)
class Arrived:
    """A record on its way into the mirror, and when Xero says that it was changed last."""

    incoming: Incoming
    stamp: datetime | None


async def fetch_texts(client: XeroClient, stream_name: str, ids: Sequence[str]) -> list[bytes]:
    """Return these records of a stream as Xero sends them now, forty to a call where it takes ids."""
    stream = STREAM_BY_NAME[stream_name]
    texts: list[bytes] = []
    if stream.takes_ids:
        for start in range(0, len(ids), READ_AT_ONCE):
            chosen = {"IDs": ",".join(ids[start : start + READ_AT_ONCE]), "page": "1"}
            params = {**stream.params, **chosen}
            answer = await client.get(stream.name, priority=Priority.PUSH, params=params)
            texts += [bytes(raw) for raw in parse_page(answer.body, stream.key).records]
        return texts
    for xero_id in ids:
        path = f"{stream.name}/{xero_id}"
        answer = await client.get(path, priority=Priority.PUSH, params=stream.params)
        texts += [bytes(raw) for raw in parse_page(answer.body, stream.key).records]
    return texts


def read_arrived(stream_name: str, text: bytes) -> Arrived | None:
    """Return the record of a stream for the mirror, or None for one that cannot be read."""
    stream = STREAM_BY_NAME[stream_name]
    try:
        record = read_record(stream.record, text)
    except Unreadable as problem:
        log.warning("record not readable", stream=stream_name, problem=str(problem))
        return None
    xero_id: str = record.xero_id  # type: ignore[attr-defined]  # every kind has one; a test sees to it
    stamp: datetime | None = getattr(record, "updated_at", None)
    return Arrived(Incoming(xero_id, columns_of(stream.record)(record), text), stamp)


def write_mirror(
    stream_name: str, arrived: Sequence[Arrived], organisation: Organisation, *, why: str = WHY, now: datetime
) -> None:
    """Write records of one stream into the mirror; inside a transaction."""
    if not arrived:
        return
    stream = STREAM_BY_NAME[stream_name]
    incoming = [one.incoming for one in arrived]
    write_records(
        stream.model, stream.record.columns(), incoming, _arrive(stream_name, organisation, why, now)
    )


def mark_deleted(
    kind: Kind, operations: Iterable[Operation], organisation: Organisation, *, now: datetime
) -> None:
    """Mark the records that a write deleted for good, so that nobody sees them until the next sync."""
    if kind.search is not Search.BY_ABSENCE:
        return
    model, arrival = STREAM_BY_NAME[kind.stream].model, _arrive(kind.stream, organisation, WHY, now)
    for one in operations:
        mark_gone(model, [], arrival, known_before=now, among={"xero_id": one.xero_id})


def list_touched(operation: Operation, kind: Kind, answer: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the other records that this write changed in Xero, to be read soon: each stream and id."""
    wished = msgspec.json.decode(operation.payload)
    found = set()
    for members in (wished, answer):
        invoice = members.get("Invoice")
        if isinstance(invoice, dict) and invoice.get("InvoiceID"):
            found.add(("Invoices", str(invoice["InvoiceID"])))
    if kind.name.startswith("allocation"):
        found.add(("CreditNotes", operation.xero_id))
    if kind.name == "file_new":
        found.add((str(msgspec.json.decode(operation.wish)["Endpoint"]), operation.xero_id))
    return found


def _arrive(stream_name: str, organisation: Organisation, why: str, now: datetime) -> Arrival:
    return Arrival(organisation.workspace_id, organisation.pk, stream_name, None, why, now)
