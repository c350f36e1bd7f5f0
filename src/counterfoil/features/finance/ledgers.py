"""
The plain lists of the books, one row of a table for each kind of record.

All are asked, paged and exported in the same way; what differs is said here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import F, OuterRef, Subquery, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.text import slugify

from counterfoil.domain.money import Money
from counterfoil.features.finance.naming import PAID, Names, Naming, name_accounts, name_paid
from counterfoil.mirror.models import (
    Account,
    BankTransaction,
    ContactGroup,
    CreditNote,
    Item,
    Mirrored,
    Payment,
)

_OWN_CURRENCY = F("currency")


class Shape(StrEnum):
    """How the values of a column are shown."""

    TEXT = "text"
    DAY = "day"
    MONEY = "money"
    STATUS = "status"


@dataclass(frozen=True)
class Column:
    """One column: what it says of a record; the first column of a list names the record."""

    title: str
    read: Callable[[Any, Names], Any]
    shape: Shape = Shape.TEXT


@dataclass(frozen=True)
class Ledger:
    """
    One list: its records, their order, where a search looks, and what is shown.

    What money goes the same way can be added up: the records of one of the `kinds`, by their `amount`, in
    their `currency`.
    """

    page: str
    stream: str
    title: str
    noun: str
    model: type[Mirrored]
    sort: str
    searched: Sequence[str]
    columns: Sequence[Column]
    name: Naming | None = None
    is_dated: bool = True
    kinds: Sequence[str] = ()
    amount: str = ""
    currency: Combinable = _OWN_CURRENCY

    @property
    def is_newest_first(self) -> bool:
        """Say whether the order is by date, the newest first; else it is by a name or a code."""
        return self.is_dated

    @property
    def kind_words(self) -> Mapping[str, str]:
        """The kinds that can be asked for, by how an address names them."""
        return {slugify(_KINDS[kind]): _KINDS[kind] for kind in self.kinds}

    def find_kinds(self, slug: str) -> list[str]:
        """Return Xero's names of the kinds that go by one word."""
        return [kind for kind in self.kinds if slugify(_KINDS[kind]) == slug]


def _say(status: str) -> str:
    return status.replace("-", " ").capitalize()


def _money(name: str) -> Callable[[Any, Names], Any]:
    def read(record: Any, _names: Names) -> Money:
        return Money(getattr(record, name), record.currency)

    return read


def _field(name: str) -> Callable[[Any, Names], Any]:
    return lambda record, _names: getattr(record, name)


def _read_paid(record: Payment, names: Names) -> Money | Decimal:
    """Return the amount in the currency of what was paid, as Xero gives it; bare while that is not here."""
    paid = names.get(record.xero_id)
    return Money(record.amount, paid.currency) if paid and paid.currency else record.amount


def _name_of(record: Payment | BankTransaction, names: Names) -> str:
    found = names.get(record.xero_id)
    return found.name if found else ""


def _contact_of(record: Payment, names: Names) -> str:
    found = names.get(record.xero_id)
    return found.contact if found else ""


_KINDS: Mapping[str, str] = {
    "ACCRECPAYMENT": "Received",
    "ACCPAYPAYMENT": "Paid",
    "ARCREDITPAYMENT": "Refund of a credit",
    "APCREDITPAYMENT": "Refund of a supplier’s credit",
    "AROVERPAYMENTPAYMENT": "Refund of an overpayment",
    "ARPREPAYMENTPAYMENT": "Refund of a prepayment",
    "APPREPAYMENTPAYMENT": "Refund of a prepayment",
    "APOVERPAYMENTPAYMENT": "Refund of an overpayment",
    "ACCRECCREDIT": "Given",
    "ACCPAYCREDIT": "Received",
    "SPEND": "Spent",
    "RECEIVE": "Received",
}


def _kind(record: Any, _names: Names) -> str:
    return _KINDS.get(record.kind) or _say(record.kind)


def _currency_of_paid() -> Combinable:
    """Return the currency of what was paid, which a payment of Xero's does not say itself."""
    return Coalesce(
        *(
            Subquery(
                model._default_manager.filter(
                    organisation=OuterRef("organisation"), xero_id=OuterRef(pointer)
                ).values("currency")[:1]
            )
            for model, pointer, _ in PAID
        ),
        Value(""),
        output_field=TextField(),
    )


_STATUS = Column("Status", lambda record, _names: _say(record.status), Shape.STATUS)
_RECONCILED = Column("Reconciled", lambda record, _names: "Yes" if record.is_reconciled else "No")
_DATE = Column("Date", _field("date"), Shape.DAY)

LEDGERS: Mapping[str, Ledger] = {
    ledger.page: ledger
    for ledger in (
        Ledger(
            "payments", "Payments", "Payments", "payment", Payment, "date", ["reference"],
            [
                Column("For", _name_of),
                Column("Contact", _contact_of),
                _DATE,
                Column("Kind", _kind),
                Column("Reference", _field("reference")),
                Column("Amount", _read_paid, Shape.MONEY),
                _RECONCILED,
                _STATUS,
            ],
            name=name_paid,
            kinds=[kind for kind in _KINDS if kind.endswith("PAYMENT")],
            amount="amount",
            currency=_currency_of_paid(),
        ),
        Ledger(
            "credit_notes", "CreditNotes", "Credit notes", "credit note", CreditNote, "date",
            ["number", "reference", "contact_name"],
            [
                Column("Number", _field("number")),
                Column("Contact", _field("contact_name")),
                _DATE,
                Column("Kind", _kind),
                Column("Reference", _field("reference")),
                Column("Left", _money("remaining_credit"), Shape.MONEY),
                Column("Total", _money("total"), Shape.MONEY),
                _STATUS,
            ],
            kinds=["ACCRECCREDIT", "ACCPAYCREDIT"],
            amount="total",
        ),
        Ledger(
            "bank_transactions", "BankTransactions", "Bank transactions", "bank transaction",
            BankTransaction, "date", ["reference", "contact_name"],
            [
                Column("Contact", _field("contact_name")),
                _DATE,
                Column("Account", _name_of),
                Column("Kind", _kind),
                Column("Reference", _field("reference")),
                Column("Total", _money("total"), Shape.MONEY),
                _RECONCILED,
                _STATUS,
            ],
            name=name_accounts,
            kinds=["SPEND", "RECEIVE"],
            amount="total",
        ),
        Ledger(
            "accounts", "Accounts", "Accounts", "account", Account, "code", ["code", "name"],
            [
                Column("Name", _field("name")),
                Column("Code", _field("code")),
                Column("Class", lambda record, _names: _say(record.account_class)),
                Column("Type", lambda record, _names: _say(record.kind)),
                Column("Tax", _field("tax_type")),
                _STATUS,
            ],
            is_dated=False,
        ),
        Ledger(
            "contact_groups", "ContactGroups", "Contact groups", "contact group", ContactGroup, "name",
            ["name"], [Column("Name", _field("name")), _STATUS], is_dated=False,
        ),
    )
}  # fmt: skip

# For programs alone: no page lists them.
ITEMS = Ledger("items", "Items", "Items", "item", Item, "code", ["code", "name"], [], is_dated=False)
