"""One record: what it is, where it came from, what it names, and everything that changed in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from counterfoil.domain.money import Money
from counterfoil.features.history.differences import Sentence, say_item
from counterfoil.features.history.log import Logged, decode_record, read_log
from counterfoil.features.history.members import drop_twins, name_member, say_value
from counterfoil.features.history.naming import (
    Link,
    find_currency,
    find_link,
    name_kind,
    name_record,
)
from counterfoil.features.history.pointers import is_bare, name_linked
from counterfoil.mirror.models import Account, Change, Mirrored, Organisation, Quarantined
from counterfoil.sync.streams import STREAM_BY_NAME, Stream

TIMELINE_SIZE = 50

# Shown elsewhere on the page, or of no use to anybody who reads it.
_LEFT_OUT = frozenset({
    "ID", "HasErrors", "HasValidationErrors", "StatusAttributeString", "UpdatedDateUTC", "APIKey",
    "LineItems", "JournalLines", "Payments", "CreditNotes", "Prepayments", "Overpayments", "Allocations",
    "Rows",
})  # fmt: skip
_TOUCHING = {
    "Payments": ("Payments", "PaymentID"),
    "CreditNotes": ("CreditNotes", "CreditNoteID"),
    "Prepayments": ("Prepayments", "PrepaymentID"),
    "Overpayments": ("Overpayments", "OverpaymentID"),
}
_HEADLINES = {
    "Invoices": ("Total", "AmountPaid", "AmountCredited", "AmountDue"),
    "CreditNotes": ("Total", "RemainingCredit"),
    "Prepayments": ("Total", "RemainingCredit"),
    "Overpayments": ("Total", "RemainingCredit"),
    "Payments": ("Amount",),
    "BatchPayments": ("TotalAmount",),
    "BankTransactions": ("Total",),
    "RepeatingInvoices": ("Total",),
    "ExpenseClaims": ("Total", "AmountPaid", "AmountDue"),
}


_LEADING = ("Contact", "Date", "Due date", "Reference")

# Xero's word for what our lists show as open, and words that look alike.
_SLUGS = {"Awaiting payment": "open", "Approved": "open", "Active": "open"}


@dataclass(frozen=True)
class Fact:
    """One thing that Xero says of the record, and the record that it names, if it does."""

    label: str
    value: str
    link: Link | None = None


@dataclass(frozen=True)
class Headline:
    """An amount that people look for first."""

    label: str
    money: Money


@dataclass(frozen=True)
class Line:
    """A line of a document or of a journal."""

    description: str
    item: str
    quantity: str
    unit_price: str
    account: str
    tax_rate: str
    tax: str
    amount: str


@dataclass(frozen=True)
class Touch:
    """A payment or a credit that touches a document, or a document that a credit was used for."""

    kind: str
    title: str
    day: str
    amount: str
    link: Link | None


@dataclass(frozen=True)
class Row:
    """A row of a report."""

    cells: Sequence[str]
    is_head: bool = False


@dataclass(frozen=True)
class Described:
    """A record in words: the same for every stream, with what documents have besides."""

    stream: Stream
    xero_id: str
    kind: str
    title: str
    status: str
    currency: str
    headlines: Sequence[Headline]
    facts: Sequence[Fact]
    lines: Sequence[Line]
    touches: Sequence[Touch]
    rows: Sequence[Row]
    raw: str
    members: Mapping[str, Any]

    @property
    def leading(self) -> Sequence[Fact]:
        """What people look for first: whose it is, and from when."""
        return [fact for fact in self.facts if fact.label in _LEADING]

    @property
    def status_slug(self) -> str:
        """The status for style sheets."""
        return _SLUGS.get(self.status, self.status.lower().replace(" ", "-"))


@dataclass(frozen=True)
class Provenance:
    """Where the copy of a record comes from."""

    first_seen_at: datetime
    changed_here_at: datetime
    updated_at: datetime | None
    gone_at: datetime | None


@dataclass(frozen=True)
class Event:
    """One entry of a record's history."""

    logged: Logged
    sentences: Sequence[Sentence]

    @property
    def at(self) -> datetime:
        """When Counterfoil learnt of it."""
        return self.logged.at

    @property
    def kind(self) -> str:
        """What happened to the record."""
        return self.logged.kind.value


@dataclass(frozen=True)
class History:
    """A page of a record's history, the newest first, and where the older part begins."""

    events: Sequence[Event]
    older: int | None
    is_whole: bool

    @property
    def is_born_here(self) -> bool:
        """Say whether the record was added in Xero while Counterfoil watched."""
        return bool(self.events) and self.events[-1].kind == "created"


@dataclass(frozen=True)
class RecordPage:
    """Everything that a record's page shows. `described` is None for what never could be read."""

    described: Described | None
    provenance: Provenance | None
    history: History
    quarantined: Sequence[Quarantined]


class NoSuchRecord(LookupError):
    """The organisation has no such record, and never had one while Counterfoil watched."""


def get_record(
    organisation: Organisation,
    stream: Stream,
    xero_id: str,
    *,
    base_currency: str = "",
    older_than: int | None = None,
) -> RecordPage:
    """
    Return the record's page in four queries, and one for each kind of record that it names by an id.

    Raises NoSuchRecord.
    """
    row = stream.model._default_manager.filter(organisation=organisation, xero_id=xero_id).first()
    quarantined = list(
        Quarantined.objects.filter(
            organisation=organisation, stream=stream.name, xero_id=xero_id, settled_at=None
        ).order_by("-seen_at")
    )
    if row is None and not quarantined:
        raise NoSuchRecord(xero_id)
    described = None
    if row is not None:
        described = describe(
            stream, xero_id, row.raw, accounts=list_account_names(organisation), base=base_currency
        )
        described = replace(described, facts=_name_pointers(organisation, described.facts))
    currency = described.currency if described else base_currency
    return RecordPage(
        described=described,
        provenance=_trace(row) if row else None,
        history=_read_history(organisation, stream, xero_id, currency=currency, older_than=older_than),
        quarantined=quarantined,
    )


def _name_pointers(organisation: Organisation, facts: Sequence[Fact]) -> list[Fact]:
    """Say the names of records that are pointed to by id; what is not here cannot be opened either."""
    bare = {fact.link for fact in facts if fact.link and is_bare(fact.link, fact.value)}
    names = name_linked(organisation, bare)
    return [_name(fact, names) if fact.link in bare else fact for fact in facts]


def _name(fact: Fact, names: Mapping[Link, str]) -> Fact:
    name = names.get(fact.link) if fact.link else None
    return replace(fact, value=name) if name else Fact(fact.label, f"not known here ({fact.value})")


def list_account_names(organisation: Organisation) -> dict[str, str]:
    """Return the chart of accounts, names by code; one query."""
    accounts = Account.objects.filter(organisation=organisation).exclude(code="")
    return dict(accounts.values_list("code", "name"))


def describe(
    stream: Stream, xero_id: str, raw: str, *, accounts: Mapping[str, str] | None = None, base: str = ""
) -> Described:
    """Return a record in words, from the text that Xero sent. Pure."""
    record = decode_record(raw)
    currency = find_currency(record, base=base)
    status = record.get("Status") or record.get("ContactStatus") or ""
    return Described(
        stream=stream,
        xero_id=xero_id,
        kind=name_kind(stream.name, record),
        title=name_record(stream.name, record, currency=currency),
        status=say_value("Status", status, stream=stream.name),
        currency=currency,
        headlines=list(_list_headlines(stream.name, record, currency)),
        facts=list(_list_facts(record, stream.name, currency, left_out={stream.id_member})),
        lines=list(_list_lines(record, currency, accounts or {})),
        touches=list(_list_touches(record, stream.name, currency)),
        rows=list(_list_rows(record.get("Rows"))),
        raw=raw,
        members=record,
    )


def _trace(row: Mirrored) -> Provenance:
    return Provenance(row.first_seen_at, row.changed_here_at, row.updated_at, row.gone_at)


def _read_history(
    organisation: Organisation, stream: Stream, xero_id: str, *, currency: str, older_than: int | None
) -> History:
    changes = Change.objects.filter(organisation=organisation, stream=stream.name, xero_id=xero_id)
    if older_than is not None:
        changes = changes.filter(pk__lt=older_than)
    found = read_log(changes.order_by("-pk")[: TIMELINE_SIZE + 1])
    shown = found[:TIMELINE_SIZE]
    is_cut = len(found) > TIMELINE_SIZE
    return History(
        events=[Event(one, one.tell(currency=currency)) for one in shown],
        older=shown[-1].id if is_cut else None,
        is_whole=not is_cut,
    )


def _list_headlines(stream: str, record: Mapping[str, Any], currency: str) -> Iterator[Headline]:
    for member in _HEADLINES.get(stream, ()):
        value = record.get(member)
        if isinstance(value, int | Decimal) and len(currency) == 3:
            yield Headline(name_member(member), Money(Decimal(value), currency))


def _list_facts(
    record: Mapping[str, Any], stream: str, currency: str, *, left_out: set[str], prefix: str = ""
) -> Iterator[Fact]:
    hidden = _LEFT_OUT | left_out | set(_HEADLINES.get(stream, ()) if not prefix else ())
    for member, value in drop_twins(record).items():
        if member in hidden or value in (None, "", [], {}):
            continue
        label = f"{prefix}{name_member(member)}"
        link = find_link(record, member)
        if isinstance(value, dict):
            title = say_item(member, value, stream=stream, currency=currency) if link else ""
            if link:
                yield Fact(label, title or link.xero_id, link)
            else:
                yield from _list_facts(value, stream, currency, left_out=set(), prefix=f"{label}: ")
        elif isinstance(value, list):
            yield from _list_items(label, member, value, stream, currency)
        else:
            yield Fact(label, say_value(member, value, stream=stream, currency=currency), link)


def _list_items(label: str, member: str, items: list[Any], stream: str, currency: str) -> Iterator[Fact]:
    for item in items:
        if isinstance(item, dict):
            said = say_item(member, item, stream=stream, currency=currency)
        else:
            said = say_value(member, item, stream=stream, currency=currency)
        if said:
            yield Fact(label, said)


def _list_lines(record: Mapping[str, Any], currency: str, accounts: Mapping[str, str]) -> Iterator[Line]:
    for line in [*(record.get("LineItems") or []), *(record.get("JournalLines") or [])]:

        def say(member: str, line: Mapping[str, Any] = line) -> str:
            return say_value(member, line.get(member), currency=currency).removesuffix(currency).strip()

        code = say("AccountCode")
        yield Line(
            description=say("Description"),
            item=say("ItemCode"),
            quantity=say("Quantity"),
            unit_price=say("UnitAmount"),
            account=f"{code} {accounts.get(code, '')}".strip(),
            tax_rate=say("TaxType"),
            tax=say("TaxAmount"),
            amount=say("LineAmount"),
        )


def _list_touches(record: Mapping[str, Any], stream: str, currency: str) -> Iterator[Touch]:
    for member, (other, key) in _TOUCHING.items():
        for item in record.get(member) or []:
            yield Touch(
                kind=name_kind(other),
                title=say_value("Number", item.get("CreditNoteNumber") or item.get("Reference")),
                day=say_value("Date", item.get("Date")),
                amount=_say_amount(item, ("AppliedAmount", "Amount", "Total"), currency),
                link=Link(other, str(item[key])) if item.get(key) else None,
            )
    for item in record.get("Allocations") or []:
        invoice = item.get("Invoice") or {}
        yield Touch(
            kind="Used for",
            title=str(invoice.get("InvoiceNumber") or "a document without a number"),
            day=say_value("Date", item.get("Date")),
            amount=_say_amount(item, ("Amount", "AppliedAmount"), currency),
            link=Link("Invoices", str(invoice["InvoiceID"])) if invoice.get("InvoiceID") else None,
        )


def _say_amount(item: Mapping[str, Any], members: Sequence[str], currency: str) -> str:
    return next(
        (say_value(name, item[name], currency=currency) for name in members if item.get(name) is not None), ""
    )


def _list_rows(rows: Any) -> Iterator[Row]:
    """Yield a report's rows, section by section."""
    for row in rows if isinstance(rows, list) else []:
        cells = [str(cell.get("Value", "")) for cell in row.get("Cells") or []]
        if title := row.get("Title"):
            yield Row([str(title)], is_head=True)
        if cells:
            yield Row(cells, is_head=row.get("RowType") in ("Header", "SummaryRow"))
        yield from _list_rows(row.get("Rows"))


def find_stream(slug: str, slugs: Mapping[str, str]) -> Stream | None:
    """Return the stream that an address names."""
    return STREAM_BY_NAME.get(slugs.get(slug, ""))
