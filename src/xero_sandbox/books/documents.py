"""The shapes of documents and the arithmetic that ties them to what settles them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xero_sandbox.books.money import (
    QUANTITY_UNITS,
    LineAmountTypes,
    from_cents,
    line_cents,
    sum_lines,
    tax_cents,
    to_cents,
)
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import parse_ms, render_day, render_day_string, render_ms, to_day

OPEN = "AUTHORISED"
PAID = "PAID"


@dataclass(frozen=True, slots=True)
class CreditKind:
    """A document that settles others: a credit note, a prepayment or an overpayment."""

    endpoint: str
    id_field: str
    holder: str


CREDIT_KINDS = {
    "CreditNotes": CreditKind("CreditNotes", "CreditNoteID", "CreditNote"),
    "Prepayments": CreditKind("Prepayments", "PrepaymentID", "Prepayment"),
    "Overpayments": CreditKind("Overpayments", "OverpaymentID", "Overpayment"),
}


@dataclass(frozen=True, slots=True)
class LinePlan:
    """What a person enters for one line; the rest is worked out."""

    description: str
    quantity_units: int
    unit_cents: int
    account: Record
    tax_type: str
    rate_units: int
    item: Record | None = None
    tracking: tuple[Record, ...] = ()


def set_day(record: Record, field: str, day: date) -> None:
    """Write a calendar day in both of Xero's forms."""
    record[f"{field}String"] = render_day_string(day)
    record[field] = render_day(day)


def read_day(record: Record, field: str) -> date | None:
    """Return a calendar day of a record, or None when it has none."""
    text = record.get(field)
    return to_day(parse_ms(text)) if text else None


def build_line(plan: LinePlan, *, line_id: str, amounts: LineAmountTypes) -> Record:
    """Return a line item with its amount and tax, each rounded to cents on its own."""
    amount = line_cents(quantity_units=plan.quantity_units, unit_cents=plan.unit_cents)
    tax = tax_cents(amount_cents=amount, rate_units=plan.rate_units, amounts=amounts)
    line: Record = {}
    if plan.item is not None:
        line["ItemCode"] = plan.item["Code"]
        line["Item"] = {key: plan.item[key] for key in ("ItemID", "Name", "Code")}
    line |= {
        "Description": plan.description,
        "UnitAmount": from_cents(plan.unit_cents),
        "TaxType": plan.tax_type,
        "TaxAmount": from_cents(tax),
        "LineAmount": from_cents(amount),
        "AccountCode": plan.account["Code"],
        "AccountID": plan.account["AccountID"],
        "Tracking": list(plan.tracking),
        "Quantity": plan.quantity_units / QUANTITY_UNITS,
        "LineItemID": line_id,
    }
    return line


def set_totals(record: Record) -> None:
    """Write SubTotal, TotalTax and Total from the lines."""
    amounts: LineAmountTypes = record["LineAmountTypes"]
    lines = ((to_cents(line["LineAmount"]), to_cents(line["TaxAmount"])) for line in record["LineItems"])
    totals = sum_lines(lines, amounts=amounts)
    record["SubTotal"] = from_cents(totals.sub_total)
    record["TotalTax"] = from_cents(totals.tax)
    record["Total"] = from_cents(totals.total)


def contact_stub(contact_id: str, name: str) -> Record:
    """Return the contact as documents carry it in paged lists."""
    return {
        "ContactID": contact_id,
        "Name": name,
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def invoice_stub(invoice: Record) -> Record:
    """Return the invoice as payments and allocations carry it."""
    return {
        "Type": invoice["Type"],
        "InvoiceID": invoice["InvoiceID"],
        "InvoiceNumber": invoice.get("InvoiceNumber", ""),
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "IsDiscounted": False,
        "InvoiceAddresses": [],
        "HasErrors": False,
        "InvoicePaymentServices": [],
        "Contact": invoice["Contact"],
        "LineItems": [],
        "CurrencyCode": invoice["CurrencyCode"],
    }


def credit_stub(kind: CreditKind, credit: Record, *, applied_cents: int, day: date) -> Record:
    """Return a credit as the invoice that it settles carries it."""
    stub: Record = {kind.id_field: credit[kind.id_field], "ID": credit[kind.id_field]}
    if "CreditNoteNumber" in credit:
        stub["CreditNoteNumber"] = credit["CreditNoteNumber"]
    set_day(stub, "Date", day)
    stub |= {
        "HasErrors": False,
        "AppliedAmount": from_cents(applied_cents),
        "LineItems": [],
        "Total": credit["Total"],
    }
    return stub


def allocation(invoice: Record, *, allocation_id: str, cents: int, day: date) -> Record:
    """Return an allocation as the credit carries it."""
    return {
        "AllocationID": allocation_id,
        "Amount": from_cents(cents),
        "Date": render_day(day),
        "Invoice": {
            "InvoiceID": invoice["InvoiceID"],
            "InvoiceNumber": invoice.get("InvoiceNumber", ""),
            "Payments": [],
            "CreditNotes": [],
            "Prepayments": [],
            "Overpayments": [],
            "HasErrors": False,
            "IsDiscounted": False,
            "LineItems": [],
        },
        "IsDeleted": False,
    }


def build_invoice(
    *,
    invoice_id: str,
    kind: str,
    contact: Record,
    lines: Sequence[Record],
    day: date,
    due: date | None,
    status: str,
    amounts: LineAmountTypes = "Exclusive",
    number: str = "",
    reference: str = "",
    currency: str,
    currency_rate: float = 1.0,
    branding_theme_id: str | None = None,
    sent: bool = False,
) -> Record:
    """Return a sales invoice or a bill that nothing has settled yet."""
    record: Record = {"Type": kind, "InvoiceID": invoice_id, "InvoiceNumber": number}
    if kind == "ACCREC":
        record["Reference"] = reference
    record |= {
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "AmountDue": 0.0,
        "AmountPaid": 0.0,
        "AmountCredited": 0.0,
        "CurrencyRate": currency_rate,
        "IsDiscounted": False,
        "HasAttachments": False,
        "HasErrors": False,
        "InvoiceAddresses": [],
        "InvoicePaymentServices": [],
        "Contact": contact,
    }
    if kind == "ACCREC":
        record["SentToContact"] = sent
    set_day(record, "Date", day)
    if due is not None:
        set_day(record, "DueDate", due)
    if branding_theme_id is not None and kind == "ACCREC":
        record["BrandingThemeID"] = branding_theme_id
    record |= {
        "Status": status,
        "LineAmountTypes": amounts,
        "LineItems": list(lines),
        "CurrencyCode": currency,
    }
    set_totals(record)
    settle_invoice(record)
    return record


def _sum_cents(items: Iterable[dict[str, Any]], field: str) -> int:
    return sum(to_cents(item[field]) for item in items)


def settle_invoice(invoice: Record) -> None:
    """Work out what is paid, credited and due, and the status that follows (FACTS 7.1)."""
    paid = _sum_cents(invoice["Payments"], "Amount")
    credit_stubs = [*invoice["CreditNotes"], *invoice["Prepayments"], *invoice["Overpayments"]]
    credited = _sum_cents(credit_stubs, "AppliedAmount")
    invoice["AmountPaid"] = from_cents(paid)
    invoice["AmountCredited"] = from_cents(credited)
    if invoice["Status"] in {"VOIDED", "DELETED"}:
        invoice["AmountDue"] = 0.0
        return
    due = to_cents(invoice["Total"]) - paid - credited
    invoice["AmountDue"] = from_cents(due)
    if invoice["Status"] in {OPEN, PAID}:
        _close_or_open(invoice, left=due, settlements=[*invoice["Payments"], *credit_stubs])


def settle_credit(credit: Record) -> None:
    """Work out what remains of a credit note, prepayment or overpayment (FACTS 7.3)."""
    used = _sum_cents(credit["Allocations"], "Amount") + _sum_cents(credit["Payments"], "Amount")
    left = 0 if credit["Status"] in {"VOIDED", "DELETED"} else to_cents(credit["Total"]) - used
    credit["RemainingCredit"] = from_cents(left)
    if credit["Status"] in {OPEN, PAID}:
        _close_or_open(credit, left=left, settlements=[*credit["Allocations"], *credit["Payments"]])


def _close_or_open(document: Record, *, left: int, settlements: Sequence[Record]) -> None:
    if left != 0:
        document["Status"] = OPEN
        document.pop("FullyPaidOnDate", None)
        return
    document["Status"] = PAID
    days = [parse_ms(settlement["Date"]) for settlement in settlements]
    document["FullyPaidOnDate"] = render_ms(max(days)) if days else document["Date"]


def build_credit(
    kind: CreditKind,
    *,
    credit_id: str,
    type_: str,
    contact: Record,
    lines: Sequence[Record],
    day: date,
    status: str,
    currency: str,
    currency_rate: float = 1.0,
    amounts: LineAmountTypes = "Exclusive",
    number: str | None = None,
    reference: str = "",
) -> Record:
    """Return a credit note, prepayment or overpayment of which nothing is used yet."""
    record: Record = {kind.id_field: credit_id, "ID": credit_id, "Type": type_}
    if kind.endpoint == "CreditNotes":
        record["CreditNoteNumber"] = number or ""
    record |= {"Reference": reference, "RemainingCredit": 0.0, "Allocations": [], "Payments": []}
    record |= {"CurrencyRate": currency_rate, "HasErrors": False, "HasAttachments": False}
    record["Contact"] = contact
    set_day(record, "Date", day)
    if kind.endpoint == "CreditNotes":
        record["SentToContact"] = False
        record["InvoiceAddresses"] = []
    record |= {
        "Status": status,
        "LineAmountTypes": amounts,
        "LineItems": list(lines),
        "CurrencyCode": currency,
    }
    set_totals(record)
    settle_credit(record)
    return record


PAYMENT_TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
}


def build_payment(
    *,
    payment_id: str,
    holder: str,
    document: Record,
    account: Record,
    cents: int,
    day: date,
    reference: str = "",
    status: str = "AUTHORISED",
    reconciled: bool = True,
    batch: Record | None = None,
    rate: float | None = None,
) -> Record:
    """
    Return a payment of an invoice, or a refund of a credit; `holder` names the member that holds it.

    `rate` is the payment's own, where it is not the document's.
    """
    rate = document.get("CurrencyRate", 1.0) if rate is None else rate
    record: Record = {"PaymentID": payment_id}
    if batch is not None:
        record |= {"BatchPaymentID": batch["BatchPaymentID"], "BatchPayment": batch}
    record |= {
        "Date": render_day(day),
        "BankAmount": from_cents(cents),
        "Amount": from_cents(cents),
        "Reference": reference,
        "CurrencyRate": rate,
        "PaymentType": PAYMENT_TYPES[document["Type"]],
        "Status": status,
        "HasAccount": True,
        "IsReconciled": reconciled,
        "Account": {key: account[key] for key in ("AccountID", "Code", "Name")},
        holder: _holder_stub(holder, document),
        "HasValidationErrors": False,
    }
    return record


def _holder_stub(holder: str, document: Record) -> Record:
    if holder == "Invoice":
        return invoice_stub(document)
    id_field = f"{holder}ID"
    return {
        id_field: document[id_field],
        "Type": document["Type"],
        **({"CreditNoteNumber": document["CreditNoteNumber"]} if holder == "CreditNote" else {}),
        "ID": document[id_field],
        "HasErrors": False,
        "Contact": document["Contact"],
        "LineItems": [],
        "CurrencyCode": document["CurrencyCode"],
    }


def payment_stub(payment: Record) -> Record:
    """Return the payment as its document carries it."""
    stub = {key: payment[key] for key in ("PaymentID", "Date", "Amount", "Reference", "CurrencyRate")}
    if "BatchPaymentID" in payment:
        stub["BatchPaymentID"] = payment["BatchPaymentID"]
    return stub | {"HasAccount": False, "HasValidationErrors": False}
