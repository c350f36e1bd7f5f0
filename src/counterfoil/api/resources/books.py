"""The plain lists of the books: credit notes, payments, bank transactions, accounts and items."""

from collections.abc import Sequence
from datetime import date as Day  # noqa: N812 - a field is called date
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, needs
from counterfoil.api.shapes import Amount, Page, write_amount, write_money, write_number
from counterfoil.domain.money import Money
from counterfoil.features.finance.ledgers import ITEMS, LEDGERS, Ledger, Shape
from counterfoil.features.finance.queries import Asked, Entry, Place, list_entries
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import CreditNote

router = Router()
_READING = needs(Permission.READ)


class Narrowing(Schema):
    """What is asked of a list; what is left out narrows nothing."""

    search: str = Field(default="", max_length=200)
    cursor: str = ""


class DatedNarrowing(Narrowing):
    """The same for lists by date, the newest first."""

    dated_from: Day | None = None
    dated_to: Day | None = None


class Record(Schema):
    """What every record of Xero has."""

    id: str = Field(alias="xero_id", description="Xero's id")
    status: str
    updated_at: datetime | None = Field(description="When Xero last changed it")


class CreditNoteOut(Record):
    """A credit given or received."""

    kind: str = Field(description="ACCRECCREDIT was given, ACCPAYCREDIT received")
    number: str
    reference: str
    contact_id: str
    contact_name: str
    date: Day | None
    total: Amount
    remaining_credit: Amount

    @staticmethod
    def resolve_total(record: CreditNote) -> Amount:
        """Write the amount in the note's currency."""
        return write_amount(record.total, record.currency)

    @staticmethod
    def resolve_remaining_credit(record: CreditNote) -> Amount:
        """Write the amount in the note's currency."""
        return write_amount(record.remaining_credit, record.currency)


class PaymentOut(Record):
    """A payment of a document, or a refund of a credit."""

    kind: str
    date: Day
    amount: Amount = Field(description="In the currency of what was paid; empty while that is not here")
    reference: str
    is_reconciled: bool
    invoice_id: str
    credit_note_id: str
    prepayment_id: str
    overpayment_id: str
    account_id: str


class BankTransactionOut(Record):
    """Money spent or received without an invoice."""

    kind: str
    date: Day
    total: Amount
    reference: str
    contact_id: str
    contact_name: str
    account_id: str
    is_reconciled: bool


class AccountOut(Record):
    """A line of the chart of accounts."""

    code: str
    name: str
    kind: str
    account_class: str
    tax_type: str
    currency: str


class ItemOut(Schema):
    """Something bought or sold under a code."""

    id: str = Field(alias="xero_id", description="Xero's id")
    code: str
    name: str
    description: str
    is_sold: bool
    is_purchased: bool
    sales_price: str | None = Field(description="In the organisation's currency, without a name in Xero")
    purchase_price: str | None
    updated_at: datetime | None


@router.get("organisations/{int:organisation_id}/credit-notes", response=Page[CreditNoteOut], **_READING)
def list_credit_notes(
    request: HttpRequest, organisation_id: int, asked: Query[DatedNarrowing]
) -> dict[str, Any]:
    """List credit notes, the newest first."""
    entries, following = _list(request, organisation_id, LEDGERS["credit_notes"], asked)
    return {"data": [one.record for one in entries], "next_cursor": following}


@router.get("organisations/{int:organisation_id}/payments", response=Page[PaymentOut], **_READING)
def list_payments(request: HttpRequest, organisation_id: int, asked: Query[DatedNarrowing]) -> dict[str, Any]:
    """List payments and refunds, the newest first."""
    ledger = LEDGERS["payments"]
    entries, following = _list(request, organisation_id, ledger, asked)
    return {"data": [_with_amount(one, ledger, "amount") for one in entries], "next_cursor": following}


@router.get(
    "organisations/{int:organisation_id}/bank-transactions", response=Page[BankTransactionOut], **_READING
)
def list_bank_transactions(
    request: HttpRequest, organisation_id: int, asked: Query[DatedNarrowing]
) -> dict[str, Any]:
    """List money spent and received without an invoice, the newest first."""
    ledger = LEDGERS["bank_transactions"]
    entries, following = _list(request, organisation_id, ledger, asked)
    return {"data": [_with_amount(one, ledger, "total") for one in entries], "next_cursor": following}


@router.get("organisations/{int:organisation_id}/accounts", response=Page[AccountOut], **_READING)
def list_accounts(request: HttpRequest, organisation_id: int, asked: Query[Narrowing]) -> dict[str, Any]:
    """List the chart of accounts by code."""
    entries, following = _list(request, organisation_id, LEDGERS["accounts"], asked)
    return {"data": [one.record for one in entries], "next_cursor": following}


@router.get("organisations/{int:organisation_id}/items", response=Page[ItemOut], **_READING)
def list_items(request: HttpRequest, organisation_id: int, asked: Query[Narrowing]) -> dict[str, Any]:
    """List what is bought and sold under a code, by code."""
    entries, following = _list(request, organisation_id, ITEMS, asked)
    return {"data": [_with_prices(one) for one in entries], "next_cursor": following}


def _list(
    request: HttpRequest, organisation_id: int, ledger: Ledger, asked: Narrowing
) -> tuple[Sequence[Entry], str | None]:
    place = find_place(request, organisation_id)
    question = Asked(
        search=asked.search.strip(),
        dated_from=getattr(asked, "dated_from", None),
        dated_to=getattr(asked, "dated_to", None),
        after=read_cursor(request, Place, asked.cursor),
    )
    page = list_entries(place.organisation, ledger, question)
    return page.entries, write_cursor(request, page.next_place)


def _with_amount(entry: Entry, ledger: Ledger, name: str) -> dict[str, Any]:
    """Return a record's columns with its amount as the page shows it: in the currency of what was paid."""
    [shown] = [
        value
        for column, value in zip(ledger.columns, entry.values, strict=True)
        if column.shape is Shape.MONEY
    ]
    amount = write_money(shown) if isinstance(shown, Money) else write_amount(shown, "")
    return _columns(entry) | {name: amount}


def _with_prices(entry: Entry) -> dict[str, Any]:
    columns = _columns(entry)
    prices: dict[str, Decimal | None] = {name: columns[name] for name in ("sales_price", "purchase_price")}
    return columns | {
        name: None if price is None else write_number(price, 2) for name, price in prices.items()
    }


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        field.attname: getattr(entry.record, field.attname)
        for field in entry.record._meta.concrete_fields
        if field.attname not in entry.record.get_deferred_fields()
    }
