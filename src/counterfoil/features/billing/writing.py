"""Writes a planned invoice as a draft: to which contact, due when, with which words and lines."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from counterfoil.domain.fields import BadText, ValueMissing, fill_in
from counterfoil.features.billing.models import Agreement
from counterfoil.features.billing.planning import PlannedInvoice, PlannedService
from counterfoil.features.billing.wording import list_values
from counterfoil.features.clients.models import Link
from counterfoil.features.invoicing.books import Books
from counterfoil.features.invoicing.drafting import find_due_date
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft, InvoicingChoices

_LONGEST_REFERENCE = 255
_OF_LINE = ("service", "item_code", "account_code", "tax_type", "tracking")


def find_contacts(agreements: Iterable[Agreement]) -> dict[int, tuple[str, str]]:
    """Return for each agreement the contact that it bills, or why there is none; one query."""
    wanted = {agreement.pk: agreement for agreement in agreements}
    linked: dict[tuple[int, int], list[str]] = defaultdict(list)
    links = Link.objects.filter(client__in={one.client_id for one in wanted.values()})
    for link in links.order_by("pk"):
        linked[link.client_id, link.organisation_id].append(link.contact_id)
    return {pk: _choose_contact(one, linked) for pk, one in wanted.items()}


def build_draft(
    planned: PlannedInvoice, *, contact_id: str, books: Books, choices: InvoicingChoices, now: datetime
) -> tuple[InvoiceDraft, str]:
    """Return the draft of a planned invoice, unsaved, and what is wrong with its reference, if anything."""
    agreement = planned.terms.agreement
    assert agreement.organisation_id is not None  # none else is billed
    reference, problem = _write_reference(planned)
    draft = InvoiceDraft(
        workspace_id=agreement.workspace_id,
        organisation_id=agreement.organisation_id,
        client_id=agreement.client_id,
        contact_id=contact_id,
        reference=reference[:_LONGEST_REFERENCE],
        date=planned.date,
        due_date=_find_due_date(agreement, books, choices, contact_id=contact_id, day=planned.date),
        currency=agreement.currency,
        amounts_are=choices.amounts_are,
        decimals=4 if any(_has_fine_price(one.price) for one in planned.services) else choices.decimals,
        branding_theme_id=agreement.branding_theme_id,
        created_at=now,
        changed_at=now,
    )
    return draft, problem


def build_line(
    draft: InvoiceDraft, planned: PlannedService, *, agreement: Agreement, place: int
) -> DraftLine:
    """Return the line of a draft that bills one planned service, unsaved; a minimum has no discount."""
    line = planned.line
    own = {name: getattr(line, name) for name in _OF_LINE} if line else {}
    discount = agreement.discount_rate if line else None
    return DraftLine(
        workspace_id=draft.workspace_id,
        draft=draft,
        place=place,
        description=planned.description,
        quantity=planned.quantity,
        unit_amount=planned.price,
        discount_rate=discount or None,
        **own,
    )


def _write_reference(planned: PlannedInvoice) -> tuple[str, str]:
    agreement = planned.terms.agreement
    try:
        return fill_in(agreement.reference, list_values(agreement, planned.period)), ""
    except (BadText, ValueMissing) as problem:
        return "", f"The reference: {problem}"


def _choose_contact(agreement: Agreement, linked: dict[tuple[int, int], list[str]]) -> tuple[str, str]:
    if agreement.contact_id:
        return agreement.contact_id, ""
    if agreement.organisation_id is None:
        return "", "Say which organisation bills it."
    known = linked[agreement.client_id, agreement.organisation_id]
    if len(known) == 1:
        return known[0], ""
    if known:
        return "", f"{agreement.client.name} has {len(known)} contacts in Xero: choose one in the agreement."
    return "", f"{agreement.client.name} has no contact in this organisation: link one to the client first."


def _find_due_date(
    agreement: Agreement, books: Books, choices: InvoicingChoices, *, contact_id: str, day: date
) -> date:
    if agreement.due_days is not None:
        return day + timedelta(days=agreement.due_days)
    return find_due_date(books, choices, contact_id=contact_id, day=day)


def _has_fine_price(price: Decimal) -> bool:
    return price != round(price, 2)
