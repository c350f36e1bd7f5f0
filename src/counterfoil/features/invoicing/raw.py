"""Reads an invoice as Xero sent it: for a copy, for an edit, and to show what an edit would change."""

from dataclasses import replace
from datetime import date as Day  # noqa: N812 - fields are called date
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from counterfoil.domain.totals import AmountsAre
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.mirror.models import Invoice
from counterfoil.xero.wire.dates import parse_calendar_date


class _TrackingRaw(msgspec.Struct, frozen=True):
    category_id: str = msgspec.field(name="TrackingCategoryID", default="")
    option_id: str = msgspec.field(name="TrackingOptionID", default="")
    category: str = msgspec.field(name="Name", default="")
    option: str = msgspec.field(name="Option", default="")


class _LineRaw(msgspec.Struct, frozen=True):
    line_item_id: str = msgspec.field(name="LineItemID", default="")
    description: str = msgspec.field(name="Description", default="")
    quantity: Decimal | None = msgspec.field(name="Quantity", default=None)
    unit_amount: Decimal | None = msgspec.field(name="UnitAmount", default=None)
    item_code: str = msgspec.field(name="ItemCode", default="")
    account_code: str = msgspec.field(name="AccountCode", default="")
    tax_type: str = msgspec.field(name="TaxType", default="")
    tax_amount: Decimal | None = msgspec.field(name="TaxAmount", default=None)
    line_amount: Decimal | None = msgspec.field(name="LineAmount", default=None)
    discount_rate: Decimal | None = msgspec.field(name="DiscountRate", default=None)
    discount_amount: Decimal | None = msgspec.field(name="DiscountAmount", default=None)
    tracking: list[_TrackingRaw] = msgspec.field(name="Tracking", default_factory=list)


class _InvoiceRaw(msgspec.Struct, frozen=True):
    contact: dict[str, Any] = msgspec.field(name="Contact", default_factory=dict)
    date: str = msgspec.field(name="Date", default="")
    due_date: str = msgspec.field(name="DueDate", default="")
    currency: str = msgspec.field(name="CurrencyCode", default="")
    amounts_are: str = msgspec.field(name="LineAmountTypes", default="Exclusive")
    number: str = msgspec.field(name="InvoiceNumber", default="")
    reference: str = msgspec.field(name="Reference", default="")
    branding_theme_id: str = msgspec.field(name="BrandingThemeID", default="")
    status: str = msgspec.field(name="Status", default="")
    lines: list[_LineRaw] = msgspec.field(name="LineItems", default_factory=list)


_decoder = msgspec.json.Decoder(_InvoiceRaw)


def read_invoice(invoice: Invoice) -> Document:
    """Return the invoice as it is in Xero; tax amounts stand as Xero has them."""
    read = read_text(
        invoice.raw,
        organisation_id=invoice.organisation_id,
        xero_id=invoice.xero_id,
        version=invoice.updated_at,
    )
    return read if read.currency else replace(read, currency=invoice.currency)


def read_text(text: str, *, organisation_id: int, xero_id: str, version: datetime | None) -> Document:
    """Return the invoice that Xero sent as this text; `version` is when Xero last changed it."""
    raw = _decoder.decode(text)
    return Document(
        organisation_id=organisation_id,
        contact_id=str(raw.contact.get("ContactID", "")),
        date=_read_day(raw.date) or Day.min,
        due_date=_read_day(raw.due_date),
        currency=raw.currency,
        lines=tuple(_read_line(line) for line in raw.lines),
        amounts_are=AmountsAre(raw.amounts_are),
        decimals=4,
        number=raw.number,
        reference=raw.reference,
        branding_theme_id=raw.branding_theme_id,
        approves=raw.status in {"AUTHORISED", "PAID"},
        xero_id=xero_id,
        read_at_version=version,
    )


def _read_line(line: _LineRaw) -> DocumentLine:
    # Xero writes a line of words with noughts.
    is_words = not line.quantity and not line.unit_amount and not line.line_amount
    return DocumentLine(
        description=line.description.replace("\r\n", "\n"),  # as browsers give it back
        quantity=None if is_words else line.quantity,
        unit_amount=None if is_words else line.unit_amount,
        discount_rate=line.discount_rate or None,
        discount_amount=None if line.discount_rate else line.discount_amount or None,
        item_code=line.item_code,
        account_code=line.account_code,
        tax_type=line.tax_type,
        tax_amount=None if is_words else line.tax_amount,
        tracking=tuple((one.category_id, one.option_id) for one in line.tracking if one.option_id),
        line_item_id=line.line_item_id,
    )


def _read_day(text: str) -> Day | None:
    return parse_calendar_date(text) if text else None
