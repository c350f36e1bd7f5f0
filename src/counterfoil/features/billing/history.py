"""Writes down what was changed about an agreement, in sentences that name the field, before and after."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model

from counterfoil.domain.billing_calendar import Billed, Every
from counterfoil.features.billing.models import Agreement, AgreementChange, AgreementLine
from counterfoil.features.billing.wording import say_day

_TITLES = {
    "name": "Name",
    "deal": "Deal",
    "organisation": "Organisation",
    "contact_id": "Contact",
    "currency": "Currency",
    "every": "Period",
    "billed": "Billed",
    "anchor": "Periods begin on",
    "starts_on": "First day",
    "last_day": "Last day",
    "minimum": "Minimum",
    "discount_rate": "Discount",
    "due_days": "Due after days",
    "po_number": "PO number",
    "reference": "Reference",
    "branding_theme_id": "Branding theme",
    "notes": "Notes",
    "is_automatic": "Bills itself to the review queue",
    "owner": "Looked after by",
}
_OF_LINE = {
    "kind": "bills",
    "description": "description",
    "service": "service",
    "item_code": "item",
    "account_code": "account",
    "tax_type": "tax rate",
    "tracking": "tracking",
    "quantity": "quantity",
    "is_split": "split by days",
    "unit": "unit",
    "included": "included",
    "rate_card": "rate card",
    "markup_rate": "mark-up",
    "starts_on": "first day",
    "last_day": "last day",
}
# Their values are Xero's ids, or too long to be read twice.
_UNSAID = frozenset({"contact_id", "branding_theme_id", "notes", "tracking"})


def note(agreement: Agreement, said: Sequence[str], *, by: str, now: datetime) -> None:
    """Keep who changed what; nothing is kept of a change that changed nothing."""
    if said:
        AgreementChange.objects.create(
            workspace_id=agreement.workspace_id,
            agreement=agreement,
            at=now,
            by=by[:255],
            what=list(said),
        )


def tell_changes(agreement: Agreement, fields: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each field that would change."""
    return [
        f"{_TITLES.get(name, name)}{_tell(name, getattr(agreement, name), value)}."
        for name, value in fields.items()
        if getattr(agreement, name) != value
    ]


def tell_line_changes(line: AgreementLine, fields: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each field of a line that would change."""
    return [
        f"“{line.description}”, {_OF_LINE.get(name, name)}{_tell(name, getattr(line, name), value)}."
        for name, value in fields.items()
        if getattr(line, name) != value
    ]


def _tell(name: str, before: Any, after: Any) -> str:
    if name in _UNSAID:
        return " changed"
    return f": {_say(name, before)} → {_say(name, after)}"


def _say(name: str, value: Any) -> str:
    match value:
        case None | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case date():
            return say_day(value)
        case Decimal():
            return f"{value.normalize():f}"
        case Model():
            return str(value)
    if name == "every":
        return Every(value).label
    if name == "billed":
        return Billed(value).label
    return str(AgreementLine.Kind(value).label) if name == "kind" else str(value)
