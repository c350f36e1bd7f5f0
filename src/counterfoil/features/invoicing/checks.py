"""
What Xero would say to a document, said before it is sent: pure, against what the mirror knows.

Each finding has Xero's own words where they are known, ours, the field, and what to do. What Xero would
refuse blocks; what a person should know does not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from counterfoil.domain.totals import LARGEST_AMOUNT, has_unpayable_fraction
from counterfoil.features.invoicing.books import Books, ContactFacts, InvoiceFacts
from counterfoil.features.invoicing.documents import Document
from counterfoil.features.invoicing.findings import MAPPINGS, Finding
from counterfoil.features.invoicing.line_checks import check_line
from counterfoil.features.invoicing.raw import read_text

LONGEST_TEXT = 255


def check_documents(documents: Sequence[Document], books: Mapping[int, Books]) -> list[list[Finding]]:
    """Return the findings of each document, blocking ones first; numbers must differ among them too."""
    wanted = Counter(
        (document.organisation_id, document.number)
        for document in documents
        if document.number and not document.xero_id
    )
    found = []
    for document in documents:
        findings = list(check_document(document, books[document.organisation_id]))
        if wanted[document.organisation_id, document.number] > 1:
            findings.append(_number_taken(document, "Two of the documents here ask for this number."))
        found.append(sorted(findings, key=lambda finding: not finding.blocks))
    return found


def check_document(document: Document, books: Books) -> Iterator[Finding]:
    """Yield everything that is wrong with one document, or worth knowing."""
    edited = books.invoices.get(document.xero_id) if document.xero_id else None
    yield from _check_edit(document, edited)
    yield from _check_contact(document, books)
    yield from _check_header(document, books)
    yield from _check_days(document, books, edited)
    for place, line in enumerate(document.lines, start=1):
        yield from check_line(document, line, books, place)
    yield from _check_amounts(document, books)


def _check_edit(document: Document, edited: InvoiceFacts | None) -> Iterator[Finding]:
    if not document.xero_id:
        return
    if edited is None:
        yield Finding(
            "invoice",
            "invoice-gone",
            "The invoice that this changes is not in Xero any more.",
            "Discard this change, or raise a new invoice.",
            theirs="The document with the supplied id was not found for this endpoint.",
        )
        return
    if edited.status in {"VOIDED", "DELETED"}:
        yield Finding(
            "invoice",
            "invoice-closed",
            f"The invoice was {edited.status.lower()} in Xero. Nothing of it can be changed.",
            "Raise a new invoice.",
            theirs="Invoice not of valid status for modification",
        )
    elif (edited.is_settled or edited.status == "PAID") and _changes_amounts(document, edited):
        yield Finding(
            "invoice",
            "invoice-settled",
            "Money was received or a credit was set against this invoice, so its amounts and date cannot be "
            "changed.",
            "Give a credit note for the difference, or take the payment away in Xero first.",
            theirs="This document cannot be edited as it has a payment or credit note allocated to it.",
        )
    elif document.read_at_version is not None and edited.updated_at != document.read_at_version:
        yield Finding(
            "invoice",
            "invoice-changed",
            "Somebody changed this invoice in Xero after you began. Your change would undo theirs.",
            "Look at what changed, and begin the edit again.",
        )


def _changes_amounts(document: Document, edited: InvoiceFacts) -> bool:
    """
    Say whether more is changed than Xero allows once something was paid or credited.

    Number, reference, due date, theme, contact, and of a line description, account and tracking stay
    open. Source: Xero developer documentation, "Invoices", updating paid invoices.
    """
    theirs = read_text(
        edited.raw,
        organisation_id=document.organisation_id,
        xero_id=edited.xero_id,
        version=edited.updated_at,
    )
    return _fixed(document) != _fixed(theirs)


def _fixed(document: Document) -> tuple[object, ...]:
    lines = {
        (
            line.line_item_id,
            line.quantity,
            line.unit_amount,
            line.tax_type,
            line.item_code,
            line.discount_rate or Decimal(0),
            line.discount_amount or Decimal(0),
        )
        for line in document.lines
    }
    return document.date, document.currency, document.amounts_are, lines, len(document.lines)


def _check_contact(document: Document, books: Books) -> Iterator[Finding]:
    contact = books.contacts.get(document.contact_id)
    if not document.contact_id:
        yield Finding(
            "contact",
            "contact-missing",
            "Nobody is named to send this invoice to.",
            "Choose the contact.",
            theirs="A Contact must be specified for this type of transaction",
        )
    elif contact is None or (contact.is_gone and not contact.merged_to_id):
        yield Finding(
            "contact",
            "contact-gone",
            f"This contact is not in {books.name or 'the organisation'}.",
            "Choose another contact, or sync and look again.",
            theirs="The document with the supplied id was not found for this endpoint.",
        )
    elif not contact.is_active or contact.merged_to_id:
        yield _unusable(contact)


def _unusable(contact: ContactFacts) -> Finding:
    archived = (
        "The contact with the specified contact details has been archived. The contact must be "
        "un-archived before creating new invoices or credit notes."
    )
    if contact.merged_to_id:
        return Finding(
            "contact",
            f"contact-merged:{contact.xero_id}",
            f"{contact.name} was merged into another contact in Xero.",
            "Choose the contact that it was merged into.",
            theirs=archived,
        )
    return Finding(
        "contact",
        f"contact-archived:{contact.xero_id}",
        f"{contact.name} is archived in Xero, and takes no new invoices.",
        "Restore the contact in Xero, or choose another one.",
        theirs=archived,
    )


def _number_taken(document: Document, ours: str) -> Finding:
    return Finding(
        "number",
        f"number-taken:{document.number}",
        ours,
        "Choose another number, or leave it empty and let Xero number it.",
        theirs="Invoice # must be unique.",
    )


def _check_header(document: Document, books: Books) -> Iterator[Finding]:
    if document.number and books.find_numbered(document.number, except_id=document.xero_id):
        yield _number_taken(document, f"Another invoice has the number {document.number} already.")
    for field, text in (("number", document.number), ("reference", document.reference)):
        if len(text) > LONGEST_TEXT:
            yield Finding(
                field,
                f"{field}-long",
                f"The {field} has {len(text)} letters; Xero keeps {LONGEST_TEXT}.",
                "Make it shorter.",
                theirs=f"The field {_NAMES[field]} has a maximum length of {LONGEST_TEXT} characters.",
            )
    if not document.currency:
        yield Finding(
            "currency",
            "currency-missing",
            "No currency is chosen, and that of the books is not known yet.",
            "Choose one, or press “Sync now”.",
        )
    elif document.currency not in books.currencies:
        yield Finding(
            "currency",
            f"currency:{document.currency}",
            f"{books.name} does not use {document.currency}.",
            f"Add {document.currency} in Xero under Settings, Currencies, or choose another currency.",
            theirs=f"Organisation is not subscribed to currency {document.currency}",
        )
    if document.branding_theme_id and document.branding_theme_id not in books.themes:
        yield Finding(
            "branding_theme_id",
            f"theme:{document.branding_theme_id}",
            "The branding theme is not in Xero any more.",
            MAPPINGS,
            theirs=f"Branding theme with id {document.branding_theme_id} does not exist",
        )
    if not document.lines:
        yield Finding(
            "lines",
            "lines-missing",
            "There is nothing on this invoice.",
            "Add a line.",
            theirs="One or more line items must be specified",
        )


_NAMES = {"number": "InvoiceNumber", "reference": "Reference"}


def _check_days(document: Document, books: Books, edited: InvoiceFacts | None) -> Iterator[Finding]:
    if document.due_date is None and document.approves:
        yield Finding(
            "due_date",
            "due-missing",
            "An approved invoice needs a due date.",
            "Say when it is due.",
            theirs="Due Date cannot be empty.",
        )
    if document.due_date is not None and document.due_date < document.date:
        yield Finding(
            "due_date",
            "due-early",
            "It is due before the day of the invoice.",
            "Look whether the dates are what you mean.",
            blocks=False,
        )
    days = [document.date]
    if edited is not None and edited.date is not None and edited.status == "AUTHORISED":
        days.append(edited.date)
    posts = document.approves or (edited is not None and edited.status == "AUTHORISED")
    for field, kind, lock in (
        ("end of year lock", "end of year", books.year_lock),
        ("period lock", "period", books.period_lock),
    ):
        if lock is not None and min(days) <= lock:
            yield _locked(field, kind, lock, blocks=posts)
            return


def _locked(word: str, kind: str, lock: date, *, blocks: bool) -> Finding:
    said = f"{lock.day} {lock:%B %Y}"
    more = "" if blocks else " It can be kept in Xero as a draft, but not be approved there."
    return Finding(
        "date",
        f"locked:{kind}",
        f"The books are closed up to {said} ({word}).{more}",
        "Choose a later date, or ask an Adviser to move the lock date in Xero.",
        theirs=f"The document date cannot be before the {kind} lock date, currently set at {said}.",
        blocks=blocks,
    )


def _check_amounts(document: Document, books: Books) -> Iterator[Finding]:
    totals = document.compute_totals(books.rates)
    for place, (line, made) in enumerate(zip(document.lines, totals.lines, strict=True), start=1):
        given = (line.quantity, line.unit_amount, made.amount)
        if any(abs(number) > LARGEST_AMOUNT for number in given if number is not None):
            yield Finding(
                "unit_amount",
                "amount-large",
                f"The amount is larger than Xero keeps: {LARGEST_AMOUNT:,}.",
                "Correct the quantity or the price.",
                theirs=f"The line amount must not exceed {LARGEST_AMOUNT:,}",
                line=place,
            )
    if totals.total < 0:
        yield Finding(
            "total",
            "total-negative",
            "The total is below zero.",
            "Give a credit note instead.",
            theirs="The total of a document must not be negative.",
            blocks=document.approves,
        )
    if document.approves and document.lines and totals.total == 0:
        yield Finding(
            "total",
            "total-zero",
            "The total is zero: Xero will take the invoice as paid at once.",
            "Send it, if that is what you mean.",
            blocks=False,
        )
    if document.currency and has_unpayable_fraction(totals.total, document.currency):
        yield Finding(
            "total",
            "total-fraction",
            f"The total has a fraction that nobody can pay in {document.currency}. Xero keeps it.",
            "Round the prices, or add a line for the difference.",
            blocks=False,
        )
