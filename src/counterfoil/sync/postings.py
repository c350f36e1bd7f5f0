"""What a document posts to its accounts, read from its own lines: the mirror's and Xero's alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import msgspec
from msgspec import field

from counterfoil.domain.money import round_to_cents
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


class _Line(msgspec.Struct):
    amount: Decimal = field(name="LineAmount", default=_ZERO)
    tax: Decimal = field(name="TaxAmount", default=_ZERO)
    account_id: str = field(name="AccountID", default="")
    account_code: str = field(name="AccountCode", default="")


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
    amounts: Mapping[str, Decimal]
    foreign_lines: int


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
    rate = document.rate if document.rate and document.rate != 1 else None
    amounts: dict[str, Decimal] = {}
    lines = document.lines or document.journal_lines
    for line in lines if sign else ():
        net = line.amount - line.tax if document.amount_types == "Inclusive" else line.amount
        account = line.account_id or account_ids.get(line.account_code, "")
        amounts[account] = amounts.get(account, _ZERO) + sign * (round_to_cents(net / rate) if rate else net)
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
        day=parse_calendar_date(document.date),
        updated_at=parse_instant(document.updated_at),
        amounts=amounts,
        foreign_lines=len(lines) if rate else 0,
    )
