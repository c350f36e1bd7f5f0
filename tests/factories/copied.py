"""Copies what a stand-in in this process holds into the mirror, without a sync."""

from datetime import UTC, datetime

import httpx

from counterfoil.mirror.models import Organisation
from counterfoil.mirror.upsert import Arrival, Incoming, write_records
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.records import read_record
from counterfoil.xero.records.base import columns_of
from counterfoil.xero.wire.pages import parse_page
from tests.unit.xero_sandbox.conftest import Xero

BOOKS = (
    *("Organisation", "Currencies", "Accounts", "TaxRates", "TrackingCategories", "BrandingThemes"),
    *("Items", "Contacts", "Invoices"),
)


def copy_books(organisation: Organisation, xero: Xero, *names: str) -> None:
    """Bring the mirror up to the stand-in's records of these streams; call it inside the workspace."""
    for name in names or BOOKS:
        stream = STREAM_BY_NAME[name]
        answer = xero.get(str(httpx.URL(name, params=dict(stream.params) | {"page": 1, "pageSize": 1000})))
        page = parse_page(answer.content, stream.key)
        values = columns_of(stream.record)
        incoming = []
        for raw in page.records:
            record = read_record(stream.record, raw)
            incoming.append(Incoming(getattr(record, "xero_id"), values(record), bytes(raw)))  # noqa: B009
        arrival = Arrival(organisation.workspace_id, organisation.pk, name, None, "test", datetime.now(UTC))
        write_records(stream.model, stream.record.columns(), incoming, arrival)
