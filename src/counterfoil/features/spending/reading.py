"""Reads the lines of a mirrored document: what each posts, and what is known of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import field

from counterfoil.domain.money import round_to_cents
from counterfoil.features.spending.models import Line
from counterfoil.mirror.models import Account, Organisation, OrganisationProfile
from counterfoil.sync.postings import POSTED
from counterfoil.xero.wire.dates import parse_calendar_date

_ZERO = Decimal(0)

# Which documents have lines, and on which side they post them, debits positive.
# Source: Xero developer guide, "Invoices", "Credit Notes", "Bank Transactions", "Manual Journals".
SIGNS: Mapping[str, Mapping[str, int]] = {
    "Invoices": {"ACCREC": -1, "ACCPAY": 1},
    "CreditNotes": {"ACCRECCREDIT": 1, "ACCPAYCREDIT": -1},
    "BankTransactions": {"RECEIVE": -1, "SPEND": 1},
    "ManualJournals": {"": 1},
    "ExpenseClaims": {"": 1},
}
SIDES = {"REVENUE": Line.Side.REVENUE, "EXPENSE": Line.Side.COST}


class _Tracked(msgspec.Struct):
    option: str = field(name="Option", default="")


class _Line(msgspec.Struct):
    key: str = field(name="LineItemID", default="")
    description: str = field(name="Description", default="")
    amount: Decimal = field(name="LineAmount", default=_ZERO)
    tax: Decimal = field(name="TaxAmount", default=_ZERO)
    account_id: str = field(name="AccountID", default="")
    account_code: str = field(name="AccountCode", default="")
    tracking: list[_Tracked] = field(name="Tracking", default_factory=list)


class _Receipt(msgspec.Struct):
    receipt_id: str = field(name="ReceiptID", default="")
    date: str = field(name="Date", default="")
    amount_types: str = field(name="LineAmountTypes", default="")
    lines: list[_Line] = field(name="LineItems", default_factory=list)


class _Bank(msgspec.Struct):
    account_id: str = field(name="AccountID", default="")


class _Document(msgspec.Struct):
    amount_types: str = field(name="LineAmountTypes", default="")
    bank: _Bank = field(name="BankAccount", default_factory=_Bank)
    lines: list[_Line] = field(name="LineItems", default_factory=list)
    journal_lines: list[_Line] = field(name="JournalLines", default_factory=list)
    receipts: list[_Receipt] = field(name="Receipts", default_factory=list)


_decode = msgspec.json.Decoder(_Document).decode

# What of a line comes from its document; a line that is read again and equal in these has not changed.
CONTENT = (
    "kind", "day", "number", "reference", "contact_id", "contact_name", "bank_account_id", "account_code",
    "account_id", "description", "tracking", "currency", "net", "tax", "amount", "settled", "digest", "side",
)  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """The kinds of the organisation's accounts, by id and by code, and its currency."""

    base_currency: str
    classes: Mapping[str, str]
    codes: Mapping[str, str]

    def find_side(self, line: _Line) -> Line.Side:
        """Return on which side a line is; an account that is not copied yet is on neither."""
        account_class = self.classes.get(line.account_id) or self.classes.get(line.account_code, "")
        return SIDES.get(account_class, Line.Side.OTHER)


def read_chart(organisation: Organisation) -> Chart:
    """Return the chart of accounts, as far as lines need it; two queries."""
    profile = OrganisationProfile.objects.filter(organisation=organisation).values_list("base_currency")
    accounts = Account.objects.filter(organisation=organisation)
    rows = list(accounts.values_list("xero_id", "code", "account_class"))
    by_code = {code: kind for _, code, kind in rows if code}
    by_id = {xero_id: kind for xero_id, _, kind in rows}
    return Chart(next(iter(profile), ("",))[0], by_code | by_id, {xero_id: code for xero_id, code, _ in rows})


def read_lines(stream: str, record: Any, chart: Chart) -> Iterator[Line]:
    """
    Yield the lines of a record, none unless it is approved and still in Xero.

    Lines on neither side are kept as well, for an account may be copied after its documents, and what was
    spent on an asset can be recharged. Raises msgspec.MsgspecError when the text is not that of a document.
    """
    kind = getattr(record, "kind", "")
    sign = SIGNS[stream].get(kind, 0)
    if not sign or record.status not in POSTED or record.gone_at is not None:
        return
    document = _decode(record.raw)
    keys: set[str] = set()
    for place, (line, amount_types, day) in enumerate(_list_lines(document, record)):
        is_words = not line.amount and not line.account_code and not line.account_id
        if day is None or is_words:
            continue
        key = line.key if line.key and line.key not in keys else f"#{place}"
        keys.add(key)
        made = _make(stream, record, line, key, sign, amount_types, day, chart)
        made.bank_account_id = document.bank.account_id
        yield made


def _list_lines(document: _Document, record: Any) -> Iterator[tuple[_Line, str, date | None]]:
    day = getattr(record, "date", None)
    for line in document.lines or document.journal_lines:
        yield line, document.amount_types, day
    for receipt in document.receipts:
        own_day = parse_calendar_date(receipt.date) if receipt.date else record.reporting_date
        for line in receipt.lines:
            yield line, receipt.amount_types, own_day


def _make(
    stream: str, record: Any, line: _Line, key: str, sign: int, amount_types: str, day: date, chart: Chart
) -> Line:
    side = chart.find_side(line)
    # Revenue is what is credited.
    towards = -sign if side == Line.Side.REVENUE else sign
    net = towards * (line.amount - line.tax if amount_types == "Inclusive" else line.amount)
    currency = getattr(record, "currency", "") or chart.base_currency
    amount = _convert(net, currency, getattr(record, "currency_rate", None), chart.base_currency)
    tracking = [one.option for one in line.tracking if one.option]
    code = line.account_code or chart.codes.get(line.account_id, "")
    seen = "\x1f".join([line.description, code, f"{net:f}", currency, *tracking])
    return Line(
        organisation_id=record.organisation_id,
        workspace_id=record.workspace_id,
        stream=stream,
        document_id=record.xero_id,
        line_key=key,
        kind=getattr(record, "kind", ""),
        day=day,
        number=getattr(record, "number", "") or "",
        reference=getattr(record, "reference", "") or getattr(record, "narration", "") or "",
        contact_id=getattr(record, "contact_id", ""),
        contact_name=getattr(record, "contact_name", ""),
        account_code=code,
        account_id=line.account_id,
        description=line.description,
        tracking=tracking,
        currency=currency,
        net=net,
        tax=towards * line.tax,
        amount=amount,
        settled=None if amount is None else _settle(amount, record),
        digest=blake2b(seen.encode(), digest_size=16).digest(),
        side=side,
    )


def _convert(net: Decimal, currency: str, rate: Decimal | None, base: str) -> Decimal | None:
    """Return the amount at the document's rate; a foreign one without a rate has none that could be added."""
    if rate and rate != 1:
        return round_to_cents(net / rate)
    return net if rate or currency == base else None


def _settle(amount: Decimal, record: Any) -> Decimal:
    """Return the part of the amount that was paid or credited, by the share of the document that was."""
    total = getattr(record, "total", None)
    left = getattr(record, "amount_due", None)
    left = getattr(record, "remaining_credit", None) if left is None else left
    if left is None or not total:
        return amount
    return round_to_cents(amount * (total - left) / total)
