"""What a person can do with a draft before it leaves: begin, copy, edit, save, discard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from counterfoil.domain.datekit import find_zone, today_in
from counterfoil.domain.outbox import OutboxState
from counterfoil.domain.terms import due_on
from counterfoil.domain.totals import compute_line
from counterfoil.features.clients.models import Client, Link
from counterfoil.features.invoicing.books import Books, read_books
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.features.invoicing.mapping import get_choices
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft, InvoicingChoices
from counterfoil.features.invoicing.pushing import LOOSE, find_operations
from counterfoil.features.invoicing.raw import read_invoice
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Invoice, Organisation


class InOutbox(Exception):
    """The draft is on its way: it is taken back before it is changed."""

    def __init__(self, state: OutboxState) -> None:
        todo = "It is in Xero now." if state is OutboxState.DONE else "Take it back first."
        super().__init__(f"This invoice is “{state.label}” and cannot be changed here. {todo}")


def begin_draft(
    organisation: Organisation, *, contact_id: str, by: User, now: datetime, client: Client | None = None
) -> InvoiceDraft:
    """Begin an invoice for a contact, dated today there, due by the contact's terms, in its currency."""
    books = read_books([organisation.pk], contact_ids=[contact_id])[organisation.pk]
    choices, contact = get_choices(organisation), books.contacts.get(contact_id)
    today = today_in(find_zone(books.timezone), now)
    return InvoiceDraft.objects.create(
        workspace_id=organisation.workspace_id,
        organisation=organisation,
        client=client or _find_client(organisation, contact_id),
        contact_id=contact_id,
        date=today,
        due_date=find_due_date(books, choices, contact_id=contact_id, day=today),
        currency=(contact.currency if contact else "") or books.base_currency,
        amounts_are=choices.amounts_are,
        decimals=choices.decimals,
        created_by=by,
        created_at=now,
        changed_at=now,
    )


def find_due_date(books: Books, choices: InvoicingChoices, *, contact_id: str, day: date) -> date:
    """Return when it is due: by the contact's terms, the organisation's, or what was chosen here."""
    contact = books.contacts.get(contact_id)
    terms = (contact.terms if contact else None) or books.terms
    return due_on(day, terms) if terms else day + timedelta(days=choices.due_days)


def copy_invoice(organisation: Organisation, invoice: Invoice, *, by: User, now: datetime) -> InvoiceDraft:
    """Begin a new invoice with the contact and lines of an earlier one, dated today."""
    earlier = read_invoice(invoice)
    with transaction.atomic():
        draft = begin_draft(organisation, contact_id=earlier.contact_id, by=by, now=now)
        draft.currency, draft.amounts_are = earlier.currency, earlier.amounts_are.value
        draft.reference, draft.branding_theme_id = earlier.reference, earlier.branding_theme_id
        draft.decimals = _needed_decimals(earlier, draft.decimals)
        draft.save()
        # The tax is computed anew: a rate can have changed since.
        _write_lines(draft, (_as_row(line, keeps_id=False) for line in earlier.lines))
    return draft


def edit_invoice(organisation: Organisation, invoice: Invoice, *, by: User, now: datetime) -> InvoiceDraft:
    """Begin an edit of an invoice that Xero has; one that somebody began already is gone on with."""
    for begun in InvoiceDraft.objects.filter(organisation=organisation, xero_id=invoice.xero_id):
        operation = find_operations([begun.pk]).get(begun.pk)
        if operation is None or operation.status in LOOSE:
            return begun
    theirs = read_invoice(invoice)
    rates = read_books([organisation.pk])[organisation.pk].rates
    with transaction.atomic():
        draft = InvoiceDraft.objects.create(
            workspace_id=organisation.workspace_id,
            organisation=organisation,
            client=_find_client(organisation, theirs.contact_id),
            contact_id=theirs.contact_id,
            number=theirs.number,
            reference=theirs.reference,
            date=theirs.date,
            due_date=theirs.due_date,
            currency=theirs.currency,
            amounts_are=theirs.amounts_are.value,
            decimals=_needed_decimals(theirs, get_choices(organisation).decimals),
            branding_theme_id=theirs.branding_theme_id,
            xero_id=invoice.xero_id,
            read_at_version=invoice.updated_at,
            created_by=by,
            created_at=now,
            changed_at=now,
        )
        rows = [_as_row(line, keeps_id=True) for line in theirs.lines]
        for row, line in zip(rows, theirs.lines, strict=True):
            row.tax_amount = _tax_by_hand(line, theirs, rates)
        _write_lines(draft, rows)
    return draft


def save_draft(
    draft: InvoiceDraft, *, fields: Mapping[str, Any], lines: Sequence[DraftLine], now: datetime
) -> None:
    """Keep what was written. Raises InOutbox while it is on its way to Xero."""
    require_loose(draft)
    with transaction.atomic():
        for name, value in fields.items():
            setattr(draft, name, value)
        draft.changed_at = now
        draft.save()
        draft.lines.all().delete()
        _write_lines(draft, lines)


def change_contact(draft: InvoiceDraft, *, contact_id: str, now: datetime) -> None:
    """Raise the draft for another contact of the same organisation. Raises InOutbox."""
    require_loose(draft)
    draft.contact_id, draft.changed_at = contact_id, now
    draft.client = _find_client(draft.organisation, contact_id)
    draft.save(update_fields=["contact_id", "client", "changed_at"])


def discard_draft(draft: InvoiceDraft) -> None:
    """Throw a draft away that Xero never got. Raises InOutbox."""
    require_loose(draft)
    draft.delete()


def require_loose(draft: InvoiceDraft) -> None:
    """Raise InOutbox unless the draft can be changed."""
    operation = find_operations([draft.pk]).get(draft.pk)
    if operation is not None and operation.status not in LOOSE:
        raise InOutbox(operation.status)


def _find_client(organisation: Organisation, contact_id: str) -> Client | None:
    link = (
        Link.objects.filter(organisation=organisation, contact_id=contact_id).select_related("client").first()
    )
    return link.client if link else None


def _needed_decimals(document: Document, least: int) -> int:
    """Keep prices to the last digit: four decimals where one of them has more than two."""
    prices = (line.unit_amount for line in document.lines if line.unit_amount is not None)
    return 4 if any(price != round(price, 2) for price in prices) else least


def _tax_by_hand(line: DocumentLine, document: Document, rates: Mapping[str, Decimal]) -> Decimal | None:
    """Return the tax of a line where somebody set it in Xero; it is not what the rate makes of the amount."""
    if line.tax_amount is None:
        return None
    bare = replace(line, tax_amount=None).with_rate(rates.get(line.tax_type, Decimal(0)))
    made = compute_line(bare, amounts_are=document.amounts_are, decimals=document.decimals)
    return line.tax_amount if line.tax_amount != made.tax else None


def _as_row(line: DocumentLine, *, keeps_id: bool) -> DraftLine:
    return DraftLine(
        item_code=line.item_code,
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        discount_rate=line.discount_rate,
        discount_amount=line.discount_amount,
        account_code=line.account_code,
        tax_type=line.tax_type,
        tracking=dict(line.tracking),
        line_item_id=line.line_item_id if keeps_id else "",
    )


def _write_lines(draft: InvoiceDraft, lines: Iterable[DraftLine]) -> None:
    rows = list(lines)
    for place, row in enumerate(rows, start=1):
        row.pk, row.draft, row.workspace_id, row.place = None, draft, draft.workspace_id, place
    DraftLine.objects.bulk_create(rows)
