"""What changed lately in Xero, in the words of a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from counterfoil.domain.money import Money
from counterfoil.features.history.members import OUR_NAMES, name_member
from counterfoil.mirror.models import Change, Contact, Invoice, Organisation
from counterfoil.sync.streams import STREAM_BY_NAME

# Members as they are said of somebody; the others have the names that their pages give them.
_MEMBERS = {
    "AmountCredited": "credited amount",
    "AmountDue": "amount due",
    "AmountPaid": "paid amount",
    "BankAccountDetails": "bank details",
    "ContactGroups": "groups",
    "ContactStatus": "status",
    "Date": "date",
    "DueDate": "due date",
    "DueDateString": "due date",
    "DateString": "date",
    "EmailAddress": "e-mail",
    "FirstName": "first name",
    "HasAttachments": "attachments",
    "InvoiceNumber": "number",
    "LastName": "last name",
    "LineItems": "lines",
    "Name": "name",
    "Payments": "payments",
    "Phones": "phone",
    "Addresses": "address",
    "Reference": "reference",
    "SentToContact": "sent",
    "Status": "status",
    "SubTotal": "net total",
    "Total": "total",
    "TotalTax": "tax",
}

_BECAME = {"IsCustomer": "is a customer now", "IsSupplier": "is a supplier now"}

# A new one of these is told by the invoice that it pays.
_TOLD_ELSEWHERE = ("Payments", "BatchPayments")

_STATUS_NEWS = {
    "PAID": ("good", "Paid", "is paid in full"),
    "AUTHORISED": ("info", "Approved", "was approved"),
    "SUBMITTED": ("warn", "Submitted", "waits for approval"),
    "VOIDED": ("mute", "Voided", "was voided"),
    "DELETED": ("mute", "Deleted", "was deleted"),
    "DRAFT": ("mute", "Draft", "is a draft again"),
    "ARCHIVED": ("mute", "Archived", "was archived"),
    "ACTIVE": ("good", "Active", "is active again"),
}


_ICONS = {
    "Paid": "check",
    "Part paid": "half",
    "Approved": "check",
    "Active": "check",
    "Submitted": "clock",
    "Voided": "slash",
    "Deleted": "bin",
    "Gone": "slash",
    "Back": "info",
    "New": "plus",
    "Archived": "archive",
    "Contact": "people",
    "Invoice": "invoice",
    "Bill": "invoice",
}


@dataclass(frozen=True)
class News:
    """One change: a tone and a word, whom or what it is about, and what happened."""

    tone: str
    word: str
    title: str
    sentence: str
    at: datetime
    paid: Money | None = None
    total: Money | None = None
    stream: str = ""
    xero_id: str = ""

    @property
    def icon(self) -> str:
        """The icon that goes with the word."""
        return _ICONS.get(self.word, "pencil")


def list_news(organisation: Organisation, *, limit: int) -> list[News]:
    """Return the latest changes in words, the newest first; three queries, however many there are."""
    changes = list(
        Change.objects.filter(organisation=organisation)
        .exclude(kind=Change.Kind.CREATED, stream__in=_TOLD_ELSEWHERE)
        .order_by("-at", "-pk")[:limit]
    )
    invoices = _find(Invoice, organisation, _ids_of(changes, "Invoices"))
    contacts = _find(Contact, organisation, _ids_of(changes, "Contacts"))
    return [
        replace(_describe(change, invoices, contacts), stream=change.stream, xero_id=change.xero_id)
        for change in changes
    ]


def _ids_of(changes: Iterable[Change], stream: str) -> list[str]:
    return [change.xero_id for change in changes if change.stream == stream]


def _find(model: Any, organisation: Organisation, ids: Sequence[str]) -> dict[str, Any]:
    found = model.objects.filter(organisation=organisation, xero_id__in=ids).defer("raw", "digest")
    return {record.xero_id: record for record in found}


def _describe(change: Change, invoices: Mapping[str, Invoice], contacts: Mapping[str, Contact]) -> News:
    invoice, contact = invoices.get(change.xero_id), contacts.get(change.xero_id)
    if change.stream == "Invoices" and invoice is not None:
        kind = "Bill" if invoice.kind == "ACCPAY" else "Invoice"
        title = f"{invoice.number or kind} {invoice.contact_name}".strip()
        if change.kind == Change.Kind.CHANGED and (paid := _find_payment(change, invoice)):
            return paid
        return _describe_plainly(change, word=kind, title=title)
    if change.stream == "Contacts" and contact is not None:
        return _describe_plainly(change, word="Contact", title=contact.name)
    stream = STREAM_BY_NAME.get(change.stream)
    name = change.after.get("Name") or change.before.get("Name")
    return _describe_plainly(
        change,
        word=stream.title.removesuffix("s") if stream else change.stream,
        title=name if isinstance(name, str) else "",
    )


def _find_payment(change: Change, invoice: Invoice) -> News | None:
    """Return the news that money came in for the invoice, if that is what happened."""
    before, after = (_read_amount(side.get("AmountPaid")) for side in (change.before, change.after))
    if after is None or after <= (before or 0) or len(invoice.currency) != 3:
        return None
    is_whole = change.after.get("Status") == "PAID"
    return News(
        tone="good" if is_whole else "warn",
        word="Paid" if is_whole else "Part paid",
        title=f"{invoice.number} {invoice.contact_name}".strip(),
        sentence="paid",
        at=change.at,
        paid=Money(after - (before or Decimal(0)), invoice.currency),
        total=None if is_whole else Money(invoice.total, invoice.currency),
    )


def _describe_plainly(change: Change, *, word: str, title: str) -> News:
    if change.kind == Change.Kind.CREATED:
        return News("info", "New", title or word, "was added in Xero", change.at)
    if change.kind == Change.Kind.GONE:
        return News("mute", "Gone", title or word, "is no longer in Xero", change.at)
    if change.kind == Change.Kind.RETURNED:
        return News("info", "Back", title or word, "is back in Xero", change.at)
    status = change.after.get("Status") or change.after.get("ContactStatus")
    if isinstance(status, str) and status in _STATUS_NEWS:
        tone, state, sentence = _STATUS_NEWS[status]
        return News(tone, state, title or word, sentence, change.at)
    became = next((said for name, said in _BECAME.items() if change.after.get(name) is True), None)
    if became:
        return News("info", word, title, became, change.at)
    return News("mute", word, title, f"changed {_name_members(change)} in Xero", change.at)


def _name_members(change: Change) -> str:
    names = dict.fromkeys(_say_member(name) for name in {**change.before, **change.after})
    named = sorted(names)
    if len(named) > 3:
        return f"{', '.join(named[:2])} and {len(named) - 2} more"
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _say_member(name: str) -> str:
    said = _MEMBERS.get(name) or name_member(name)
    return f"{said[:1].lower()}{said[1:]}" if said in OUR_NAMES else said


def _read_amount(value: object) -> Decimal | None:
    if not isinstance(value, int | float | str | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
