"""What a record is called, which currency its amounts are in, and which records it names. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from counterfoil.features.history.members import say_value
from counterfoil.sync.streams import STREAM_BY_NAME, STREAMS
from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_calendar_date

_SINGULAR = {
    "Accounts": "Account", "BankTransactions": "Bank transaction", "BatchPayments": "Batch payment",
    "BrandingThemes": "Branding theme", "ContactGroups": "Contact group", "Contacts": "Contact",
    "CreditNotes": "Credit note", "Currencies": "Currency", "ExpenseClaims": "Expense claim",
    "Invoices": "Invoice", "Items": "Item", "LinkedTransactions": "Billable expense",
    "ManualJournals": "Manual journal", "Overpayments": "Overpayment", "Payments": "Payment",
    "Prepayments": "Prepayment", "RepeatingInvoices": "Repeating invoice", "TaxRates": "Tax rate",
    "TrackingCategories": "Tracking category", "Users": "User",
}  # fmt: skip

# Members that hold another record, and the stream it is of.
_NESTED = {
    "Account": ("Accounts", "AccountID"),
    "BankAccount": ("Accounts", "AccountID"),
    "BatchPayment": ("BatchPayments", "BatchPaymentID"),
    "Contact": ("Contacts", "ContactID"),
    "CreditNote": ("CreditNotes", "CreditNoteID"),
    "Invoice": ("Invoices", "InvoiceID"),
    "Item": ("Items", "ItemID"),
    "Overpayment": ("Overpayments", "OverpaymentID"),
    "Prepayment": ("Prepayments", "PrepaymentID"),
    "User": ("Users", "UserID"),
}

# Members that hold another record's id only.
_POINTERS = {
    "BatchPaymentID": "BatchPayments",
    "BrandingThemeID": "BrandingThemes",
    "ContactID": "Contacts",
    "CurrencyCode": "Currencies",
    "InvoiceID": "Invoices",
    "MergedToContactID": "Contacts",
    "RepeatingInvoiceID": "RepeatingInvoices",
    "TargetTransactionID": "Invoices",
    "TaxType": "TaxRates",
}


@dataclass(frozen=True)
class Link:
    """Another record of the same organisation."""

    stream: str
    xero_id: str


def name_kind(stream: str, record: Mapping[str, Any] | None = None) -> str:
    """Return the word for one record of the stream; a bill is told from a sales invoice."""
    if stream == "Invoices" and record and record.get("Type") == "ACCPAY":
        return "Bill"
    known = STREAM_BY_NAME.get(stream)
    return _SINGULAR.get(stream) or (known.title if known else stream)


def name_record(stream: str, record: Mapping[str, Any], *, currency: str = "") -> str:
    """Return what a person would call the record: its number or name, or its amount and day."""
    kind = name_kind(stream, record)

    def say(member: str) -> str:
        return say_value(member, record.get(member), stream=stream, currency=currency)

    number = say("InvoiceNumber") or say("CreditNoteNumber")
    if number:
        return f"{kind} {number}"
    if stream == "Users":
        return " ".join(part for part in (say("FirstName"), say("LastName")) if part) or say("EmailAddress")
    if stream == "Accounts":
        return " ".join(part for part in (say("Code"), say("Name")) if part)
    if named := say("Name") or say("Narration") or say("ReportName"):
        return named
    if stream == "Currencies":
        return " ".join(part for part in (say("Code"), say("Description")) if part)
    amount = say("Amount") or say("TotalAmount") or say("Total")
    words = [kind, f"of {amount}" if amount else "", say("Reference")]
    return " ".join(word for word in words if word)


def find_currency(record: Mapping[str, Any], *, base: str = "") -> str:
    """Return the currency of the record's amounts: its own, its document's, or the organisation's."""
    own = record.get("CurrencyCode")
    nested = (value.get("CurrencyCode") for value in record.values() if isinstance(value, dict))
    return next((code for code in (own, *nested) if isinstance(code, str) and code), base)


def find_day(record: Mapping[str, Any]) -> date | None:
    """Return the day that a document carries, or nothing where it has none that can be read."""
    written = record.get("Date") or record.get("DateString")
    try:
        return parse_calendar_date(written) if isinstance(written, str) else None
    except AnswerNotUnderstood:
        return None


def find_link(record: Mapping[str, Any], member: str) -> Link | None:
    """Return the record that this member names, if it names one."""
    value = record.get(member)
    if isinstance(value, dict) and member in _NESTED:
        stream, key = _NESTED[member]
        return Link(stream, str(value[key])) if value.get(key) else None
    if isinstance(value, str) and value:
        if member == "SourceTransactionID":
            is_bill = record.get("SourceTransactionTypeCode") == "ACCPAY"
            return Link("Invoices" if is_bill else "BankTransactions", value)
        if member in _POINTERS:
            return Link(_POINTERS[member], value)
    return None


def slug_of(stream: str) -> str:
    """Return the stream's name as it stands in addresses."""
    return stream.replace("/", "-")


def list_slugs() -> Iterator[tuple[str, str]]:
    """Yield every stream's name in addresses, and its name."""
    return ((slug_of(stream.name), stream.name) for stream in STREAMS)
