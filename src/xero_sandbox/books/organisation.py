"""One organisation: its tables, its stamps, and what follows when a record is written."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from xero_sandbox.books.catalogue import RESOURCES
from xero_sandbox.books.documents import contact_stub
from xero_sandbox.books.money import from_cents, to_base_cents
from xero_sandbox.books.rows import Record, Row, Table
from xero_sandbox.clock import Clock
from xero_sandbox.wire.datekit import DAY_MS, render_iso_ms, render_ms

_DOCUMENT_ENDPOINTS = frozenset(
    {
        "Invoices",
        "CreditNotes",
        "Prepayments",
        "Overpayments",
        "Payments",
        "BankTransactions",
        "RepeatingInvoices",
    }
)


@dataclass(frozen=True)
class Attachment:
    """A file on a record."""

    attachment_id: str
    file_name: str
    mime_type: str
    content: bytes


class RecordNotFound(LookupError):
    """There is no such record in this organisation."""

    def __init__(self, endpoint: str, record_id: str) -> None:
        super().__init__(f"{endpoint} has no record {record_id}")


@dataclass
class Reachability:
    """Whether the organisation still answers, and to whom."""

    gone: bool = False
    refused_scopes: set[str] = field(default_factory=set)


class Organisation:
    """
    The books of one Xero organisation.

    Every change goes through `write`, which stamps the record and keeps the contact's derived members true.
    """

    def __init__(self, *, profile: Record, clock: Clock, seed: int) -> None:
        self.tenant_id: str = profile["OrganisationID"]
        self.country: str = profile["CountryCode"]
        self.clock = clock
        self.rng = Random(f"{seed}:{self.tenant_id}")  # noqa: S311 -- plausible data, not secrets
        self.tables = {name: Table(resource) for name, resource in RESOURCES.items()}
        self.documents_of: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self.group_members: defaultdict[str, list[str]] = defaultdict(list)
        self.attachments: defaultdict[tuple[str, str], list[Attachment]] = defaultdict(list)
        self.settings: dict[str, Any] = {}
        self.next_invoice_number = 1
        self.next_credit_note_number = 1
        self._last_stamp = 0
        self.tables["Organisation"].put(profile)

    @property
    def profile(self) -> Record:
        """The Organisation record."""
        return self.tables["Organisation"].rows[self.tenant_id].read()

    @property
    def name(self) -> str:
        """The organisation's display name."""
        name: str = self.profile["Name"]
        return name

    def new_id(self) -> str:
        """Return the next identifier of this organisation's own sequence."""
        return make_guid(self.rng)

    def get_row(self, endpoint: str, record_id: str) -> Row:
        """Return a row, or raise RecordNotFound."""
        row = self.tables[endpoint].find(record_id)
        if row is None:
            raise RecordNotFound(endpoint, record_id)
        return row

    def read(self, endpoint: str, record_id: str) -> Record:
        """Return a record as a fresh dictionary, or raise RecordNotFound."""
        return self.get_row(endpoint, record_id).read()

    def add_loaded(self, endpoint: str, record: Record) -> None:
        """Add a generated record that carries its own stamp; `finish_loading` must follow."""
        self.tables[endpoint].add_loaded(record)

    def finish_loading(self) -> None:
        """Bring order, stamps and contacts up to date after `add_loaded`."""
        self.documents_of.clear()
        for endpoint, table in self.tables.items():
            table.finish_loading()
            if table.in_order:
                self._last_stamp = max(self._last_stamp, table.in_order[-1].stamp)
            if endpoint in _DOCUMENT_ENDPOINTS:
                for row in table:
                    if row.contact_id is not None:
                        self.documents_of[row.contact_id].append((endpoint, row.id))
        self.refresh_all_contacts()

    def load(self, endpoint: str, records: Iterable[Record]) -> None:
        """Add a few generated records at once."""
        for record in records:
            self.add_loaded(endpoint, record)
        self.tables[endpoint].finish_loading()

    def write(self, endpoint: str, record: Record, *, stamp: bool = True) -> Record:
        """Store a record; without `stamp` its change time stays, as in Xero's blind spots (FACTS 6.3)."""
        table = self.tables[endpoint]
        if stamp:
            self.set_stamp(endpoint, record, self.next_stamp())
        is_new = record[table.resource.id_field] not in table.rows
        row = table.put(record)
        if endpoint in _DOCUMENT_ENDPOINTS and row.contact_id is not None:
            if is_new:
                self.documents_of[row.contact_id].append((endpoint, row.id))
            self.refresh_contact(row.contact_id)
        return record

    def remove(self, endpoint: str, record_id: str) -> None:
        """Delete a record for good, as Xero does with items and links."""
        self.get_row(endpoint, record_id)
        self.tables[endpoint].remove(record_id)

    def next_stamp(self) -> int:
        """Return a change time later than every one given before, in milliseconds."""
        self._last_stamp = max(self.clock.now_ms(), self._last_stamp + 1)
        return self._last_stamp

    def set_stamp(self, endpoint: str, record: Record, ms: int) -> None:
        """Write the change time in the forms this endpoint shows."""
        record["UpdatedDateUTC"] = render_ms(ms)
        if self.tables[endpoint].resource.iso_stamp:
            record["UpdatedDateUTCString"] = render_iso_ms(ms)

    def refresh_contact(self, contact_id: str) -> None:
        """Bring IsCustomer, IsSupplier and Balances up to date without a stamp (FACTS 6.3, 8)."""
        row = self.tables["Contacts"].rows.get(contact_id)
        if row is None:
            return
        contact = row.read()
        before = (contact["IsCustomer"], contact["IsSupplier"], contact.get("Balances"))
        invoices = self.tables["Invoices"].rows
        rows = [invoices[key] for endpoint, key in self.documents_of[contact_id] if endpoint == "Invoices"]
        # Once true, these two are never taken back (FACTS 8).
        contact["IsCustomer"] = contact["IsCustomer"] or any(row.kind == "ACCREC" for row in rows)
        contact["IsSupplier"] = contact["IsSupplier"] or any(row.kind == "ACCPAY" for row in rows)
        if contact["IsCustomer"] or contact["IsSupplier"]:
            contact["Balances"] = self._balances(rows)
        if before != (contact["IsCustomer"], contact["IsSupplier"], contact.get("Balances")):
            self.tables["Contacts"].put(contact)

    def refresh_all_contacts(self) -> None:
        """Bring every contact's derived members up to date, after loading or a jump of the clock."""
        for contact_id in list(self.tables["Contacts"].rows):
            self.refresh_contact(contact_id)

    def rename_on_documents(self, contact_id: str, name: str) -> None:
        """Show a contact's new name on its documents; their stamps stay."""
        for endpoint, record_id in self.documents_of[contact_id]:
            record = self.read(endpoint, record_id)
            holder = record if "Contact" in record else _holder_of(record)
            holder["Contact"] = contact_stub(contact_id, name)
            self.tables[endpoint].put(record)

    def _balances(self, rows: Iterable[Row]) -> Record:
        midnight = self.clock.now_ms() // DAY_MS * DAY_MS
        sums = {"ACCREC": [0, 0], "ACCPAY": [0, 0]}
        for row in rows:
            if row.status != "AUTHORISED" or row.amount_due == 0 or row.kind not in sums:
                continue
            cents = to_base_cents(row.amount_due, row.currency_rate)
            sums[row.kind][0] += cents
            if row.due is not None and row.due < midnight:
                sums[row.kind][1] += cents
        return {
            side: {"Outstanding": from_cents(outstanding), "Overdue": from_cents(overdue)}
            for side, (outstanding, overdue) in zip(
                ("AccountsReceivable", "AccountsPayable"), sums.values(), strict=True
            )
        }


def _holder_of(payment: Record) -> Record:
    for member in ("Invoice", "CreditNote", "Prepayment", "Overpayment"):
        if member in payment:
            holder: Record = payment[member]
            return holder
    raise ValueError(payment)


def make_guid(rng: Random) -> str:
    """Return a random version 4 GUID from a seeded source."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
