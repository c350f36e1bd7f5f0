"""What can be done to an invoice or a bill, and the moves that Xero allows (FACTS 7.1)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from xero_sandbox.books.contacts import find_or_add_contact
from xero_sandbox.books.documents import (
    LinePlan,
    build_invoice,
    build_line,
    contact_stub,
    read_day,
    set_day,
    set_totals,
    settle_invoice,
)
from xero_sandbox.books.links import refresh_links
from xero_sandbox.books.locks import check_open
from xero_sandbox.books.money import to_cents
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import (
    ActRefused,
    HasSettlements,
    NotModifiable,
    NumberTaken,
    SettledDocument,
)
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import parse_day

MOVES = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "PAID": {"PAID"},
    "VOIDED": set(),
    "DELETED": set(),
}
STARTING = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"})
_FREE_FIELDS = frozenset({"Reference", "InvoiceNumber", "BrandingThemeID", "Url", "SentToContact"})
_DAY_FIELDS = frozenset({"Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate"})
_AFTER_PAYMENT = (_FREE_FIELDS | _DAY_FIELDS) - {"Date"}
# These make no journal, so Xero leaves UpdatedDateUTC alone on part-paid documents (FACTS 6.3).
SILENT_WHEN_PART_PAID = frozenset({"DueDate", "SentToContact", "ExpectedPaymentDate", "PlannedPaymentDate"})


def add_invoice(organisation: Organisation, fields: Mapping[str, Any]) -> Record:
    """
    Raise an invoice or a bill, filling in what is not given.

    `Type`, `Status`, `ContactID` or `Name`, `Amount` (net, one line) or `LineItems`, `Date`, `DueDate`,
    `InvoiceNumber`, `Reference`, `CurrencyCode`, `CurrencyRate`, `LineAmountTypes`. Raises ActRefused.
    """
    kind, status = fields.get("Type", "ACCREC"), fields.get("Status", "AUTHORISED")
    if kind not in {"ACCREC", "ACCPAY"}:
        raise ActRefused(f"Type {kind} is not ACCREC or ACCPAY")
    if status not in STARTING:
        raise ActRefused("Invoice not of valid status for creation")
    contact = find_or_add_contact(organisation, fields)
    day = _read(fields, "Date") or organisation.clock.now().date()
    profile = organisation.profile
    if status == "AUTHORISED":
        check_open(organisation, day)
    invoice = build_invoice(
        invoice_id=organisation.new_id(),
        kind=kind,
        contact=contact_stub(contact["ContactID"], contact["Name"]),
        lines=build_lines(organisation, fields, sales=kind == "ACCREC"),
        day=day,
        due=_read(fields, "DueDate") or day + timedelta(days=30),
        status=status,
        amounts=fields.get("LineAmountTypes", "Exclusive"),
        number=claim_number(organisation, kind, fields.get("InvoiceNumber")),
        reference=fields.get("Reference", ""),
        currency=fields.get("CurrencyCode", profile["BaseCurrency"]),
        currency_rate=float(fields.get("CurrencyRate", 1.0)),
        branding_theme_id=next(iter(organisation.tables["BrandingThemes"].rows)),
    )
    return organisation.write("Invoices", invoice)


def build_lines(organisation: Organisation, fields: Mapping[str, Any], *, sales: bool) -> list[Record]:
    """Return the lines of a new document, from `LineItems` or one line of `Amount`."""
    given = fields.get("LineItems") or [{"UnitAmount": fields.get("Amount", 100)}]
    accounts = {row.read()["Code"]: row.read() for row in organisation.tables["Accounts"]}
    rates = {row.id: row.read()["EffectiveRate"] for row in organisation.tables["TaxRates"]}
    amounts = fields.get("LineAmountTypes", "Exclusive")
    lines = []
    for item in given:
        code = str(item.get("AccountCode", "200" if sales else "429"))
        if code not in accounts:
            raise ActRefused(f"Account code '{code}' is not a valid code for this document.")
        tax_type = item.get("TaxType", accounts[code]["TaxType"])
        if tax_type not in rates:
            raise ActRefused(f"The TaxType code '{tax_type}' does not exist.")
        plan = LinePlan(
            description=item.get("Description", "Work done" if sales else "Goods received"),
            quantity_units=round(float(item.get("Quantity", 1)) * 10_000),
            unit_cents=to_cents(item.get("UnitAmount", 0)),
            account=accounts[code],
            tax_type=tax_type,
            rate_units=round(rates[tax_type] * 100),
        )
        lines.append(build_line(plan, line_id=organisation.new_id(), amounts=amounts))
    return lines


def set_status(organisation: Organisation, invoice_id: str, status: str) -> Record:
    """Move an invoice to another status, or raise ActRefused; paying alone makes it PAID."""
    invoice = organisation.read("Invoices", invoice_id)
    if status == "VOIDED" and has_settlements(invoice):
        raise HasSettlements(status)
    if status == "PAID" or status not in MOVES[invoice["Status"]]:
        raise NotModifiable
    if status in {"AUTHORISED", "VOIDED"}:
        check_open(organisation, read_day(invoice, "Date"))
    invoice["Status"] = status
    settle_invoice(invoice)
    organisation.write("Invoices", invoice)
    refresh_links(organisation, invoice["InvoiceID"])
    return invoice


def edit_invoice(organisation: Organisation, invoice_id: str, fields: Mapping[str, Any]) -> Record:
    """Change an invoice's fields as far as its status and payments allow, or raise ActRefused."""
    invoice = organisation.read("Invoices", invoice_id)
    settled = has_settlements(invoice)
    if invoice["Status"] in {"VOIDED", "DELETED"}:
        raise NotModifiable
    allowed = _AFTER_PAYMENT if settled else _FREE_FIELDS | _DAY_FIELDS | {"LineItems", "Amount"}
    if set(fields) - allowed:
        raise SettledDocument
    if invoice["Status"] in {"AUTHORISED", "PAID"}:
        check_open(organisation, read_day(invoice, "Date"))
    for name in set(fields) & _FREE_FIELDS:
        if name == "InvoiceNumber" and fields[name] != invoice["InvoiceNumber"]:
            claim_number(organisation, invoice["Type"], fields[name], invoice["InvoiceID"])
        invoice[name] = fields[name]
    for name in set(fields) & _DAY_FIELDS:
        set_day(invoice, name, parse_day(str(fields[name])))
    if {"LineItems", "Amount"} & set(fields):
        lines = build_lines(organisation, fields, sales=invoice["Type"] == "ACCREC")
        invoice["LineItems"] = lines
        set_totals(invoice)
        settle_invoice(invoice)
    is_silent = settled and set(fields) <= SILENT_WHEN_PART_PAID
    return organisation.write("Invoices", invoice, stamp=not is_silent)


def has_settlements(invoice: Record) -> bool:
    """Return whether anything was paid or credited on an invoice."""
    return any(invoice[field] for field in ("Payments", "CreditNotes", "Prepayments", "Overpayments"))


def claim_number(organisation: Organisation, kind: str, wanted: str | None, own_id: str = "") -> str:
    """Return the number of a new document, the next one unless given; raise NumberTaken (FACTS 7.1)."""
    if kind == "ACCPAY":
        return wanted or ""
    if wanted:
        other = organisation.tables["Invoices"].find(wanted)
        if other is not None and other.status != "DELETED" and other.id != own_id:
            raise NumberTaken
        return wanted
    while True:
        number = f"INV-{organisation.next_invoice_number:04d}"
        organisation.next_invoice_number += 1
        if organisation.tables["Invoices"].find(number) is None:
            return number


def _read(fields: Mapping[str, Any], name: str) -> date | None:
    text = fields.get(name)
    return parse_day(str(text)) if text else None
