"""What a document posts to its accounts, read from its own lines: the mirror's and Xero's alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import msgspec
from msgspec import field

from counterfoil.domain.recognising import Line, Settlement, convert
from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_calendar_date, parse_instant

_ZERO = Decimal(0)

# Which documents post lines to income and expense, how they count (debits positive), and when.
# Source: Xero developer guide, "Invoices", "Bank Transactions", "Manual Journals".
_SIGNS: Mapping[str, Mapping[str, int]] = {
    "Invoices": {"ACCREC": -1, "ACCPAY": 1},
    "CreditNotes": {"ACCRECCREDIT": 1, "ACCPAYCREDIT": -1},
    "BankTransactions": {"RECEIVE": -1, "SPEND": 1},
    "ManualJournals": {"": 1},
}
POSTING = tuple(_SIGNS)
POSTED = ("AUTHORISED", "PAID", "POSTED")


class _Tracked(msgspec.Struct):
    option_id: str = field(name="TrackingOptionID", default="")


class _Line(msgspec.Struct):
    amount: Decimal = field(name="LineAmount", default=_ZERO)
    tax: Decimal = field(name="TaxAmount", default=_ZERO)
    account_id: str = field(name="AccountID", default="")
    account_code: str = field(name="AccountCode", default="")
    tracking: list[_Tracked] = field(name="Tracking", default_factory=list)


class _Part(msgspec.Struct):
    """A payment, a credit that was applied, or where a credit was applied: how each says its amount."""

    date: str = field(name="Date", default="")
    amount: Decimal = field(name="Amount", default=_ZERO)
    applied: Decimal = field(name="AppliedAmount", default=_ZERO)
    is_deleted: bool = field(name="IsDeleted", default=False)


class _Document(msgspec.Struct):
    date: str = field(name="Date", default="")
    kind: str = field(name="Type", default="")
    status: str = field(name="Status", default="")
    rate: Decimal | None = field(name="CurrencyRate", default=None)
    amount_types: str = field(name="LineAmountTypes", default="")
    updated_at: str = field(name="UpdatedDateUTC", default="")
    number: str = field(name="InvoiceNumber", default="")
    credit_number: str = field(name="CreditNoteNumber", default="")
    reference: str = field(name="Reference", default="")
    narration: str = field(name="Narration", default="")
    invoice_id: str = field(name="InvoiceID", default="")
    credit_note_id: str = field(name="CreditNoteID", default="")
    bank_transaction_id: str = field(name="BankTransactionID", default="")
    manual_journal_id: str = field(name="ManualJournalID", default="")
    lines: list[_Line] = field(name="LineItems", default_factory=list)
    journal_lines: list[_Line] = field(name="JournalLines", default_factory=list)
    total: Decimal = field(name="Total", default=_ZERO)
    payments: list[_Part] = field(name="Payments", default_factory=list)
    credit_notes: list[_Part] = field(name="CreditNotes", default_factory=list)
    prepayments: list[_Part] = field(name="Prepayments", default_factory=list)
    overpayments: list[_Part] = field(name="Overpayments", default_factory=list)
    allocations: list[_Part] = field(name="Allocations", default_factory=list)
    shows_on_cash: bool = field(name="ShowOnCashBasisReports", default=True)


_decode = msgspec.json.Decoder(_Document).decode


@dataclass(frozen=True, slots=True)
class Posted:
    """A document with what it posts in base currency, debits positive; nothing unless it is approved."""

    stream: str
    xero_id: str
    title: str
    kind: str
    day: date
    updated_at: datetime
    lines: tuple[Line, ...]
    settlements: tuple[Settlement, ...]
    total: Decimal
    foreign_lines: int
    shows_on_cash: bool

    @property
    def amounts(self) -> Mapping[str, Decimal]:
        """What it posts by account."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            sums[line.account] = sums.get(line.account, _ZERO) + line.amount
        return sums

    @property
    def is_settled_later(self) -> bool:
        """Say whether money moves for it on another day than its own."""
        return self.stream in ("Invoices", "CreditNotes")


def read_posted(stream: str, text: bytes | str, account_ids: Mapping[str, str]) -> Posted:
    """
    Return what a document posts; `account_ids` knows the accounts by their codes.

    Each line is converted by itself at the document's rate, as Xero's ledger has it. Raises
    AnswerNotUnderstood when the text is not that of a document.
    """
    try:
        document = _decode(text)
    except msgspec.MsgspecError:
        raise AnswerNotUnderstood(f"a record of {stream} has no lines where they usually are") from None
    sign = _SIGNS[stream].get(document.kind if stream != "ManualJournals" else "", 0)
    if document.status not in POSTED:
        sign = 0
    is_foreign = bool(document.rate and document.rate != 1)
    lines = [*_list_lines(document, account_ids, sign)] if sign else []
    day = parse_calendar_date(document.date)
    return Posted(
        stream=stream,
        xero_id=(
            document.manual_journal_id
            or document.bank_transaction_id
            or document.credit_note_id
            or document.invoice_id
        ),
        title=(
            document.number
            or document.credit_number
            or document.narration
            or document.reference
            or document.date
        ),
        kind=document.kind,
        day=day,
        updated_at=parse_instant(document.updated_at),
        lines=tuple(lines),
        settlements=tuple(_list_settlements(document, day)),
        total=document.total,
        foreign_lines=len(lines) if is_foreign else 0,
        shows_on_cash=document.shows_on_cash,
    )


def _list_lines(document: _Document, account_ids: Mapping[str, str], sign: int) -> Iterator[Line]:
    rate = document.rate or None
    for line in document.lines or document.journal_lines:
        net = line.amount - line.tax if document.amount_types == "Inclusive" else line.amount
        yield Line(
            account=line.account_id or account_ids.get(line.account_code, line.account_code),
            amount=sign * convert(net, rate),
            options=tuple(one.option_id for one in line.tracking if one.option_id),
        )


def _list_settlements(document: _Document, day: date) -> Iterator[Settlement]:
    """
    Yield what was paid and credited, or of a credit what was refunded and applied.

    A credit counts from the later of the two documents' days. Source: Xero's OpenAPI, `Allocation.Date`.
    """
    for part in document.payments:
        yield Settlement(_read_day(part, day), part.amount)
    for part in (*document.credit_notes, *document.prepayments, *document.overpayments):
        yield Settlement(max(_read_day(part, day), day), part.applied)
    for part in document.allocations:
        if not part.is_deleted:
            yield Settlement(max(_read_day(part, day), day), part.amount)


def _read_day(part: _Part, otherwise: date) -> date:
    return parse_calendar_date(part.date) if part.date else otherwise
