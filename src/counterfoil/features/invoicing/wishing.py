"""Writes a document as a wish of Xero: only what is meant, so that nothing else is touched."""

from decimal import Decimal

from counterfoil.domain.totals import AmountsAre, round_price
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.xero.wishes import ContactRef, EditInvoice, Line, NewInvoice, Tracking


def build_wish(document: Document) -> NewInvoice | EditInvoice:
    """
    Return what is to be so in Xero.

    Every line is told, because an existing line that is left out is deleted. Source: Xero developer
    documentation, "Invoices", updating line items.
    """
    lines = build_lines(document)
    contact = ContactRef(contact_id=document.contact_id)
    if document.xero_id:
        return EditInvoice(
            invoice_id=document.xero_id,
            contact=contact,
            date=document.date,
            due_date=document.due_date,
            amounts_are=document.amounts_are.value,
            lines=lines,
            number=document.number or None,
            reference=document.reference,
            branding_theme_id=document.branding_theme_id or None,
            status="AUTHORISED" if document.approves else None,
        )
    return NewInvoice(
        contact=contact,
        date=document.date,
        due_date=document.due_date,
        amounts_are=document.amounts_are.value,
        lines=lines,
        number=document.number or None,
        reference=document.reference or None,
        currency=document.currency,
        branding_theme_id=document.branding_theme_id or None,
        status="AUTHORISED" if document.approves else "DRAFT",
    )


def build_lines(document: Document) -> list[Line]:
    """Return the lines of a document as Xero reads them."""
    return [_build_line(line, document) for line in document.lines]


def _build_line(line: DocumentLine, document: Document) -> Line:
    if line.is_words:
        return Line(line_item_id=line.line_item_id or None, description=line.description)
    has_tax = document.amounts_are is not AmountsAre.NO_TAX
    return Line(
        line_item_id=line.line_item_id or None,
        description=line.description,
        quantity=Decimal(1) if line.quantity is None else line.quantity,
        # Rounded here, so that the result is the same whatever precision the request asks for.
        unit_amount=round_price(line.unit_amount or Decimal(0), decimals=document.decimals),
        item_code=line.item_code or None,
        account_code=line.account_code or None,
        tax_type=line.tax_type if has_tax and line.tax_type else None,
        tax_amount=line.tax_amount if has_tax else None,
        discount_rate=line.discount_rate,
        discount_amount=line.discount_amount,
        tracking=[Tracking(category_id=category, option_id=option) for category, option in line.tracking]
        or None,
    )
