"""Takes an invoice back that Xero has: by a credit note for it, by voiding it, or by deleting its draft."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from counterfoil.domain.statuses import InvoiceStatus
from counterfoil.domain.totals import LineTotal
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.features.invoicing.raw import read_invoice
from counterfoil.features.invoicing.recording import CannotRecord, ask, is_asked
from counterfoil.features.invoicing.wishing import build_lines
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Invoice, Operation
from counterfoil.xero.wishes import ContactRef, DeleteInvoice, NewCreditNote, VoidInvoice

APPROVED = (InvoiceStatus.AUTHORISED, InvoiceStatus.PAID)
DRAFTED = (InvoiceStatus.DRAFT, InvoiceStatus.SUBMITTED)
_OVER = (InvoiceStatus.VOIDED, InvoiceStatus.DELETED)


def is_untouched(invoice: Invoice) -> bool:
    """Say whether it can be voided: approved, with no payment and no credit."""
    is_settled = invoice.amount_paid or invoice.amount_credited
    return invoice.status == InvoiceStatus.AUTHORISED and not is_settled


def give_credit(
    invoice: Invoice, *, day: date, reference: str, asked: str, by: User, now: datetime
) -> Operation:
    """
    Have a draft credit note raised in Xero with the lines of an invoice; `asked` as for `record_payment`.

    Its total is the invoice's to the cent. Raises CannotRecord, and NotTwoWay.
    """
    if invoice.status not in APPROVED and not is_asked(invoice, asked):
        raise CannotRecord("Only an approved invoice is credited. Edit or delete the draft instead.")
    document = _credit(read_invoice(invoice))
    wish = NewCreditNote(
        contact=ContactRef(contact_id=document.contact_id),
        date=day,
        amounts_are=document.amounts_are.value,
        lines=build_lines(document),
        reference=reference or invoice.number or None,
        currency=document.currency,
        status="DRAFT",
    )
    total = document.compute_totals({}).total
    return ask(invoice, wish, asked=asked, by=by, now=now, amount=total)


def name_to_type(invoice: Invoice) -> str:
    """Return what somebody types who means this invoice and no other."""
    return invoice.number or "no number"


def withdraw(invoice: Invoice, *, typed: str, asked: str, by: User, now: datetime) -> Operation:
    """
    Have an invoice voided in Xero, or its draft deleted, once its number was typed.

    Raises CannotRecord, and NotTwoWay.
    """
    act = delete_draft if invoice.status in DRAFTED else void
    return act(invoice, typed=typed, asked=asked, by=by, now=now)


def void(invoice: Invoice, *, typed: str, asked: str, by: User, now: datetime) -> Operation:
    """Have an approved invoice voided in Xero, once its number was typed. Raises CannotRecord, NotTwoWay."""
    _check_number(invoice, typed)
    wish = VoidInvoice(invoice_id=invoice.xero_id, status="VOIDED")
    return _end(invoice, wish, asked=asked, by=by, now=now)


def delete_draft(invoice: Invoice, *, typed: str, asked: str, by: User, now: datetime) -> Operation:
    """Have a draft deleted in Xero, once its number was typed. Raises CannotRecord, and NotTwoWay."""
    _check_number(invoice, typed)
    wish = DeleteInvoice(invoice_id=invoice.xero_id, status="DELETED")
    return _end(invoice, wish, asked=asked, by=by, now=now)


def _check_number(invoice: Invoice, typed: str) -> None:
    """Ask for exactly the number of the invoice. Raises CannotRecord."""
    wanted = name_to_type(invoice)
    if typed.strip().casefold() != wanted.casefold():
        raise CannotRecord(f"Type {wanted} here; nothing was done.", field="typed")


def _end(
    invoice: Invoice, wish: VoidInvoice | DeleteInvoice, *, asked: str, by: User, now: datetime
) -> Operation:
    if invoice.status in _OVER and not is_asked(invoice, asked):
        raise CannotRecord(f"The invoice was {invoice.status.lower()} in Xero already, and stays so.")
    return ask(invoice, wish, asked=asked, by=by, now=now)


def _credit(document: Document) -> Document:
    """Return what a credit note says for an invoice: the same lines, with what they came to."""
    totals = document.compute_totals({}).lines
    lines = (_credit_line(line, total) for line, total in zip(document.lines, totals, strict=True))
    return replace(document, lines=tuple(lines), xero_id="")


def _credit_line(line: DocumentLine, total: LineTotal) -> DocumentLine:
    """
    Return a line of the credit note; one with a discount names its amount once, without it.

    Source: Xero developer documentation, "Credit Notes": discounts are for sales invoices and quotes alone.
    """
    line = replace(line, line_item_id="")
    if line.discount_rate is None and line.discount_amount is None:
        return line
    return replace(
        line,
        quantity=Decimal(1),
        unit_amount=total.amount,
        discount_rate=None,
        discount_amount=None,
        item_code="",
    )
