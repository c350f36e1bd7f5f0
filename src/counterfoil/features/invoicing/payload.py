"""Writes a document in Xero's words, as it is sent: only what is meant, so that nothing else is touched."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from counterfoil.domain.totals import AmountsAre, round_price
from counterfoil.features.invoicing.books import Books
from counterfoil.features.invoicing.documents import Document, DocumentLine

Payload = dict[str, Any]


def build_payload(document: Document, books: Books) -> Payload:
    """
    Return the invoice as Xero is told it.

    The contact is named by its id alone: anything more would change the contact itself. Every line is
    told, because an existing line that is left out is deleted (FACTS 7.1).
    """
    payload: Payload = {"InvoiceID": document.xero_id} if document.xero_id else {"Type": "ACCREC"}
    payload |= {
        "Contact": {"ContactID": document.contact_id},
        "Date": document.date.isoformat(),
        "LineAmountTypes": document.amounts_are.value,
        "CurrencyCode": document.currency,
        "Reference": document.reference,
        "LineItems": [_build_line(line, document, books) for line in document.lines],
    }
    if document.due_date is not None:
        payload["DueDate"] = document.due_date.isoformat()
    if document.number:
        payload["InvoiceNumber"] = document.number
    if document.branding_theme_id:
        payload["BrandingThemeID"] = document.branding_theme_id
    if document.approves:
        payload["Status"] = "AUTHORISED"
    elif not document.xero_id:
        payload["Status"] = "DRAFT"
    return payload


def _build_line(line: DocumentLine, document: Document, books: Books) -> Mapping[str, Any]:
    told: Payload = {"LineItemID": line.line_item_id} if line.line_item_id else {}
    told["Description"] = line.description
    if line.is_words:
        return told
    told["Quantity"] = Decimal(1) if line.quantity is None else line.quantity
    # Rounded here, so that the result is the same whatever precision the request asks for.
    told["UnitAmount"] = round_price(line.unit_amount or Decimal(0), decimals=document.decimals)
    optional = {
        "ItemCode": line.item_code,
        "AccountCode": line.account_code,
        "TaxType": "" if document.amounts_are is AmountsAre.NO_TAX else line.tax_type,
        "DiscountRate": line.discount_rate,
        "DiscountAmount": line.discount_amount,
        "TaxAmount": line.tax_amount,
    }
    told |= {name: value for name, value in optional.items() if value not in (None, "")}
    if line.tracking:
        told["Tracking"] = [_name_option(books, *pair) for pair in line.tracking]
    return told


def _name_option(books: Books, category_id: str, option_id: str) -> Mapping[str, str]:
    """Name an option by ids and by names: older parts of Xero's API read the names only."""
    category = books.categories.get(category_id)
    option = category.options.get(option_id) if category else None
    named = {"TrackingCategoryID": category_id, "TrackingOptionID": option_id}
    return named | ({"Name": category.name, "Option": option.name} if category and option else {})
