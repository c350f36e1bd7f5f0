"""Decides what a line left open: by the line itself, its service, its item, its contact, and the defaults."""

from collections.abc import Sequence
from decimal import Decimal

from counterfoil.domain.totals import AmountsAre
from counterfoil.features.invoicing.books import AccountFacts, Books, ContactFacts, ItemFacts
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.features.invoicing.mapping import Mapped, Meaning
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft


def resolve_draft(
    draft: InvoiceDraft, lines: Sequence[DraftLine], *, books: Books, mapped: Mapped
) -> Document:
    """Return the draft as it would be sent now, by today's mappings."""
    contact = books.contacts.get(draft.contact_id)
    return Document(
        organisation_id=draft.organisation_id,
        contact_id=draft.contact_id,
        date=draft.date,
        due_date=draft.due_date,
        currency=draft.currency,
        lines=tuple(resolve_line(line, books=books, mapped=mapped, contact=contact) for line in lines),
        amounts_are=AmountsAre(draft.amounts_are),
        decimals=draft.decimals,
        number=draft.number,
        reference=draft.reference,
        branding_theme_id=draft.branding_theme_id or mapped.branding_theme_id,
        approves=draft.approves,
        xero_id=draft.xero_id,
        read_at_version=draft.read_at_version,
    )


def resolve_line(
    line: DraftLine, *, books: Books, mapped: Mapped, contact: ContactFacts | None
) -> DocumentLine:
    """
    Return the line with nothing left open that somebody chose anywhere.

    What stands on the line wins; then what its service means; then the item; then the contact's own
    defaults in Xero; then what everything else means; for the tax, last, the account's own.
    """
    if line.quantity is None and line.unit_amount is None and not (line.item_code or line.service):
        return DocumentLine(description=line.description, line_item_id=line.line_item_id)
    # A line that Xero has already says all that it is to say: nothing is added to it unasked.
    own = mapped.find(line.service)
    default = Meaning() if line.line_item_id else mapped.default
    item = books.find_item(line.item_code) if line.item_code else _find_item(books, own)
    code = (
        line.account_code
        or _code_of(books, own.account_id)
        or (item.account_code if item else "")
        or (contact.account_code if contact else "")
        or _code_of(books, default.account_id)
    )
    account = books.accounts.get(code)
    return DocumentLine(
        description=line.description or (item.description or item.name if item else line.service),
        quantity=Decimal(1) if line.quantity is None else line.quantity,
        unit_amount=line.unit_amount if line.unit_amount is not None else item.price if item else None,
        discount_rate=line.discount_rate,
        discount_amount=line.discount_amount,
        item_code=line.item_code or (item.code if item else ""),
        account_code=code,
        tax_type=_decide_tax(line, own, default, item=item, contact=contact, account=account),
        tax_amount=line.tax_amount,
        tracking=tuple(({**default.tracking, **own.tracking, **line.tracking}).items()),
        line_item_id=line.line_item_id,
        service=line.service,
    )


def _decide_tax(
    line: DraftLine,
    own: Meaning,
    default: Meaning,
    *,
    item: ItemFacts | None,
    contact: ContactFacts | None,
    account: AccountFacts | None,
) -> str:
    return (
        line.tax_type
        or own.tax_type
        or (item.tax_type if item else "")
        or (contact.tax_type if contact else "")
        or default.tax_type
        or (account.tax_type if account else "")
    )


def _find_item(books: Books, own: Meaning) -> ItemFacts | None:
    wanted = own.item_id
    return next((item for item in books.items.values() if item.xero_id == wanted), None) if wanted else None


def _code_of(books: Books, account_id: str) -> str:
    """
    Return the account's code, also of an archived one, so that the check can say so.

    One that is gone keeps its id in place of the code: nothing else is booked to in its stead.
    """
    if not account_id:
        return ""
    found = (account.code for account in books.accounts.values() if account.xero_id == account_id)
    return next(found, account_id)
