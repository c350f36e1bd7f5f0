"""One organisation: its tables, its stamps, and what follows when a record is written."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

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
    include_online: bool = False


class RecordNotFound(LookupError):
    """There is no such record in this organisation."""

    def __init__(self, endpoint: str, record_id: str) -> None:
        super().__init__(f"{endpoint} has no record {record_id}")


_ZONES = {
    "GMTSTANDARDTIME": ZoneInfo("Europe/London"),
    "AUSEASTERNSTANDARDTIME": ZoneInfo("Australia/Sydney"),
    "NEWZEALANDSTANDARDTIME": ZoneInfo("Pacific/Auckland"),
    "EASTERNSTANDARDTIME": ZoneInfo("America/New_York"),
}
Listener = Callable[[str, Row, bool], None]


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
        self.history: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
        self.next_invoice_number = 1
        self.next_credit_note_number = 1
        self.listeners: list[Listener] = []
        self.raised_on: date | None = None
        # Of the person who connected: what the role does not allow is refused with 403.
        self.role = "FINANCIALADVISER"
        self.changes = 0
        self._last_stamp = 0
        self._undo: list[Callable[[], None]] | None = None
        self._changes: list[tuple[str, Row, bool]] = []
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

    def today(self) -> date:
        """Return the calendar day where the organisation is (FACTS 7.1)."""
        zone = _ZONES.get(self.profile["Timezone"])
        return self.clock.now().astimezone(zone).date()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back every change made inside when it raises; attempts may be nested."""
        is_outermost = self._undo is None
        undo = self._undo = [] if self._undo is None else self._undo
        mark, changes = len(undo), len(self._changes)
        counters = self.next_invoice_number, self.next_credit_note_number
        try:
            yield
        except BaseException:
            while len(undo) > mark:
                undo.pop()()
            del self._changes[changes:]
            self.next_invoice_number, self.next_credit_note_number = counters
            raise
        finally:
            if is_outermost:
                self._undo = None
                self._announce()

    def note_undo(self, take_back: Callable[[], None]) -> None:
        """Count a change, and remember how to take it back should the attempt fail."""
        self.changes += 1
        if self._undo is not None:
            self._undo.append(take_back)

    def write(self, endpoint: str, record: Record, *, stamp: bool = True) -> Record:
        """Store a record; without `stamp` its change time stays, as in Xero's blind spots (FACTS 6.3)."""
        if stamp:
            self.set_stamp(endpoint, record, self.next_stamp())
        old, row = self._put(endpoint, record)
        if endpoint in _DOCUMENT_ENDPOINTS:
            self._follow_contact(endpoint, old, row)
        self._changes.append((endpoint, row, old is None))
        if self._undo is None:
            self._announce()
        return record

    def remove(self, endpoint: str, record_id: str) -> None:
        """Delete a record for good, as Xero does with items and links."""
        row = self.get_row(endpoint, record_id)
        table = self.tables[endpoint]
        table.remove(row.id)
        self.note_undo(lambda: table.put_row(row))

    def _put(self, endpoint: str, record: Record) -> tuple[Row | None, Row]:
        table = self.tables[endpoint]
        old = table.rows.get(record[table.resource.id_field])
        row = table.put(record)
        self.note_undo(lambda: table.remove(row.id) if old is None else table.put_row(old))
        return old, row

    def _follow_contact(self, endpoint: str, old: Row | None, row: Row) -> None:
        before = old.contact_id if old is not None else None
        if before != row.contact_id:
            key = (endpoint, row.id)
            if before is not None:
                self.documents_of[before].remove(key)
                self.note_undo(lambda: self.documents_of[before].append(key))
                self.refresh_contact(before)
            if row.contact_id is not None:
                documents = self.documents_of[row.contact_id]
                documents.append(key)
                self.note_undo(lambda: documents.remove(key))
        if row.contact_id is not None:
            self.refresh_contact(row.contact_id)

    def _announce(self) -> None:
        changes, self._changes = self._changes, []
        for change in changes:
            for listener in self.listeners:
                listener(*change)

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
            self._put("Contacts", contact)

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
            self._put(endpoint, record)

    def move_documents(self, contact_id: str, other_id: str, name: str) -> None:
        """Give one contact's documents to another; their stamps move with them."""
        for endpoint, record_id in list(self.documents_of[contact_id]):
            record = self.read(endpoint, record_id)
            holder = record if "Contact" in record else _holder_of(record)
            holder["Contact"] = contact_stub(other_id, name)
            self.write(endpoint, record, stamp=endpoint != "RepeatingInvoices")

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
