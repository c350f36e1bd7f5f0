"""Records as ready-made JSON beside the few fields that filters and orders need."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from xero_sandbox.books.catalogue import Resource
from xero_sandbox.books.money import to_cents

Record = dict[str, Any]

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()

_KEPT_QUERIES = 32
_CONTACT_HOLDERS = ("Invoice", "CreditNote", "Prepayment", "Overpayment")


def encode(value: object) -> bytes:
    """Return compact JSON."""
    return _encoder.encode(value)


def decode(body: bytes) -> Any:
    """Return what `encode` was given."""
    return _decoder.decode(body)


@dataclass(slots=True, eq=False)
class Row:
    """
    One record: its detailed JSON, and an index of it.

    `name` is a contact's, in lower case; `stamp`, `date` and `due` are milliseconds; `amount_due` is cents
    in the document's currency. `fine` says that a price has more than two decimals.
    """

    id: str
    stamp: int
    body: bytes
    status: str | None
    kind: str | None
    number: str | None
    name: str | None
    contact_id: str | None
    date: int | None
    due: int | None
    amount_due: int
    currency_rate: float
    fine: bool = False

    def read(self) -> Record:
        """Return the record as a fresh dictionary."""
        record: Record = decode(self.body)
        return record


def _stamp_of(row: Row) -> tuple[int, str]:
    return (row.stamp, row.id)


def _ms_of(record: Record, field: str) -> int | None:
    text = record.get(field)
    return int(text[6:-7]) if text else None


def contact_id_of(record: Record) -> str | None:
    """Return the contact a document belongs to, directly or through the document it settles."""
    contact = record.get("Contact")
    if contact is None:
        for holder in _CONTACT_HOLDERS:
            if holder in record:
                contact = record[holder].get("Contact")
                break
    return contact["ContactID"] if contact else None


def index_record(resource: Resource, record: Record) -> Row:
    """Return the row of a record in its detailed form."""
    number = record.get(resource.number_field) if resource.number_field else None
    return Row(
        id=record[resource.id_field],
        stamp=_ms_of(record, "UpdatedDateUTC") or 0,
        body=_encoder.encode(record),
        status=record.get(resource.status_field),
        kind=record.get("Type"),
        number=number,
        name=record["Name"].lower() if resource.name == "Contacts" else None,
        contact_id=contact_id_of(record),
        date=_ms_of(record, "Date"),
        due=_ms_of(record, "DueDate"),
        amount_due=to_cents(record["AmountDue"]) if record.get("AmountDue") else 0,
        currency_rate=record.get("CurrencyRate", 1.0),
    )


def _has_fine_price(record: Record) -> bool:
    prices = (line.get("UnitAmount") or 0 for line in record.get("LineItems", ()))
    return any(round(price, 2) != price for price in prices)


class Table:
    """All rows of one endpoint in one organisation, kept in Xero's default order."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.rows: dict[str, Row] = {}
        self.version = 0
        self.cache: dict[object, list[Row]] = {}
        self._order: list[Row] = []
        self._id_by_number: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._order)

    @property
    def in_order(self) -> list[Row]:
        """Rows by `UpdatedDateUTC ASC, ID ASC`; not to be changed by the caller."""
        return self._order

    def add_loaded(self, record: Record) -> None:
        """Add a record out of order; `finish_loading` must follow."""
        row = index_record(self.resource, record)
        self.rows[row.id] = row
        self._note_number(row)

    def finish_loading(self) -> None:
        """Put rows added by `add_loaded` into Xero's default order."""
        self._order = sorted(self.rows.values(), key=_stamp_of)
        self._touched()

    def put(self, record: Record) -> Row:
        """Add a record or replace the one with its id."""
        row = index_record(self.resource, record)
        row.fine = _has_fine_price(record)
        self.put_row(row)
        return row

    def put_row(self, row: Row) -> None:
        """Add a row or replace the one with its id."""
        self._drop_number(row.id)
        self._drop_from_order(row.id)
        self.rows[row.id] = row
        insort(self._order, row, key=_stamp_of)
        self._note_number(row)
        self._touched()

    def remove(self, record_id: str) -> None:
        """Delete a record for good."""
        self._drop_number(record_id)
        self._drop_from_order(record_id)
        del self.rows[record_id]
        self._touched()

    def find(self, id_or_number: str) -> Row | None:
        """Return a row by its id, or by its number where Xero allows it."""
        row = self.rows.get(id_or_number) or self.rows.get(id_or_number.lower())
        if row is not None:
            return row
        return self.rows.get(self._id_by_number.get(id_or_number.lower(), ""))

    def since(self, ms: int) -> list[Row]:
        """Return rows stamped at `ms` or later, in default order."""
        return self._order[bisect_left(self._order, (ms, ""), key=_stamp_of) :]

    def keep(self, query: object, rows: list[Row], *, version: int) -> None:
        """Remember the answer to a query until a row changes, if none has since `version`."""
        if version != self.version:
            return
        if len(self.cache) >= _KEPT_QUERIES:
            self.cache.clear()
        self.cache[query] = rows

    def _note_number(self, row: Row) -> None:
        # A bill's number is the supplier's and not unique, so only sales documents can be found by it.
        if not row.number or row.kind in {"ACCPAY", "ACCPAYCREDIT"}:
            return
        # A deleted document keeps its number only until another one takes it.
        if row.status == "DELETED" and row.number.lower() in self._id_by_number:
            return
        self._id_by_number[row.number.lower()] = row.id

    def _drop_number(self, record_id: str) -> None:
        old = self.rows.get(record_id)
        if old is not None and old.number and self._id_by_number.get(old.number.lower()) == record_id:
            del self._id_by_number[old.number.lower()]

    def _drop_from_order(self, record_id: str) -> None:
        old = self.rows.get(record_id)
        if old is not None:
            del self._order[bisect_left(self._order, _stamp_of(old), key=_stamp_of)]

    def _touched(self) -> None:
        self.version += 1
        self.cache.clear()
