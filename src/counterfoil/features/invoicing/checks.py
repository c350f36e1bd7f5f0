"""
What Xero would say to a document, said before it is sent: pure, against what the mirror knows.

Each finding has Xero's own words where they are known, ours, the field, and what to do. What Xero would
refuse blocks; what a person should know does not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from counterfoil.domain.totals import LARGEST_AMOUNT, AmountsAre, has_unpayable_fraction, round_price
from counterfoil.features.invoicing.books import AccountFacts, Books, ContactFacts, InvoiceFacts
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.features.invoicing.raw import read_text

LONGEST_DESCRIPTION, LONGEST_TEXT, MOST_CATEGORIES = 4_000, 255, 2
_NOT_VALID = "Account code '{}' is not a valid code for this document."
_MAPPINGS = "Choose another one on the line, or in the mappings of this organisation."


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing about a document.

    `line` counts from one, or is None for the document itself. `cause` is the same for every document
    that fails for the same reason, so that mending it once releases all.
    """

    field: str
    cause: str
    ours: str
    todo: str
    theirs: str = ""
    line: int | None = None
    blocks: bool = True


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
        yield from _check_line(document, line, books, place)
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
    if document.currency not in books.currencies:
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
            _MAPPINGS,
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


def _check_line(document: Document, line: DocumentLine, books: Books, place: int) -> Iterator[Finding]:
    if not line.description and not line.item_code:
        yield Finding(
            "description", "description-missing", "The line says nothing.", "Describe it.", line=place
        )
    if len(line.description) > LONGEST_DESCRIPTION:
        yield Finding(
            "description",
            "description-long",
            f"The description has {len(line.description):,} letters; Xero keeps {LONGEST_DESCRIPTION:,}.",
            "Make it shorter, or put the rest on a line of words below.",
            theirs=f"The field Description has a maximum length of {LONGEST_DESCRIPTION} characters.",
            line=place,
        )
    if line.item_code:
        yield from _check_item(line, books, place)
    if line.is_words:
        return
    account = books.accounts.get(line.account_code)
    yield from _check_account(document, line, account, place)
    if document.amounts_are is not AmountsAre.NO_TAX:
        yield from _check_tax(document, line, account, books, place)
    yield from _check_tracking(line, books, place)
    yield from _check_price(document, line, place)


def _check_item(line: DocumentLine, books: Books, place: int) -> Iterator[Finding]:
    item = books.find_item(line.item_code)
    if item is None:
        yield Finding(
            "item_code",
            f"item:{line.item_code}",
            f"There is no item {line.item_code}.",
            _MAPPINGS,
            theirs=f"Item code '{line.item_code}' is not valid",
            line=place,
        )
    elif not item.is_sold:
        yield Finding(
            "item_code",
            f"item-unsold:{line.item_code}",
            f"{item.name or item.code} is not marked as sold in Xero.",
            "Tick “I sell this item” in Xero, or choose another item.",
            line=place,
            blocks=False,
        )


def _check_account(
    document: Document, line: DocumentLine, account: AccountFacts | None, place: int
) -> Iterator[Finding]:
    code = line.account_code
    if not code:
        yield Finding(
            "account_code",
            f"account-missing:{line.service}",
            "No account is chosen, nor mapped for this service.",
            "Choose it on the line, or map the service to an account.",
            theirs="Account code must be specified.",
            line=place,
            blocks=document.approves,
        )
    elif account is None or not account.takes_lines:
        yield Finding(
            "account_code",
            f"account:{code}",
            f"There is no account {code}."
            if account is None
            else f"{code} {account.name} is a bank or system account: no line can be booked to it.",
            _MAPPINGS,
            theirs=_NOT_VALID.format(code),
            line=place,
        )
    elif not account.is_active:
        yield Finding(
            "account_code",
            f"account:{code}",
            f"The account {code} {account.name} is archived.",
            _MAPPINGS,
            theirs=f"Account code '{code}' has been archived, or has been deleted. Each line item must "
            "reference a valid account.",
            line=place,
        )


def _check_tax(
    document: Document, line: DocumentLine, account: AccountFacts | None, books: Books, place: int
) -> Iterator[Finding]:
    tax = books.taxes.get(line.tax_type)
    if not line.tax_type:
        yield Finding(
            "tax_type",
            f"tax-missing:{line.service}",
            "No tax rate is chosen, nor mapped for this service, and the account has none.",
            "Choose it on the line, or map the service to a tax rate.",
            line=place,
            blocks=document.approves,
        )
    elif tax is None or not tax.is_active:
        yield Finding(
            "tax_type",
            f"tax:{line.tax_type}",
            f"There is no tax rate {line.tax_type}."
            if tax is None
            else f"{tax.name} is not in use any more.",
            _MAPPINGS,
            theirs=f"The TaxType code '{line.tax_type}' does not exist.",
            line=place,
        )
    elif account is not None and account.account_class and account.account_class not in tax.classes:
        yield Finding(
            "tax_type",
            f"tax:{line.tax_type}:{account.code}",
            f"{tax.name} cannot be charged on {account.code} {account.name}.",
            "Choose a tax rate for sales, or another account.",
            theirs=f"The TaxType code '{line.tax_type}' cannot be used with account code '{account.code}'.",
            line=place,
        )


def _check_tracking(line: DocumentLine, books: Books, place: int) -> Iterator[Finding]:
    if len(line.tracking) > MOST_CATEGORIES:
        yield Finding(
            "tracking",
            "tracking-many",
            "A line can have two tracking categories at most.",
            "Take one away.",
            theirs="Each line item can have a maximum of 2 tracking categories.",
            line=place,
        )
    for category_id, option_id in line.tracking:
        category = books.categories.get(category_id)
        option = category.options.get(option_id) if category else None
        if category is None or not category.is_active or option is None or not option.is_active:
            name = option.name if option else category.name if category else "The tracking option"
            yield Finding(
                "tracking",
                f"tracking:{option_id}",
                f"{name} is not in use any more for tracking.",
                _MAPPINGS,
                theirs="The tracking category or its option could not be found.",
                line=place,
            )


def _check_price(document: Document, line: DocumentLine, place: int) -> Iterator[Finding]:
    price = line.unit_amount or Decimal(0)
    kept = round_price(price, decimals=document.decimals)
    if kept != price:
        yield Finding(
            "unit_amount",
            "price-rounded",
            f"Xero will round the price {price.normalize():f} to {kept} before it multiplies.",
            "Choose prices with four decimals, if you mean it to the last digit."
            if document.decimals == 2
            else "Write the price with four decimals at most.",
            line=place,
            blocks=False,
        )
    if not 0 <= (line.discount_rate or 0) <= 100:
        yield Finding(
            "discount_rate",
            "discount",
            "A discount is between 0 and 100 percent.",
            "Correct it.",
            theirs="The DiscountRate must be between 0 and 100.",
            line=place,
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
    if has_unpayable_fraction(totals.total, document.currency):
        yield Finding(
            "total",
            "total-fraction",
            f"The total has a fraction that nobody can pay in {document.currency}. Xero keeps it.",
            "Round the prices, or add a line for the difference.",
            blocks=False,
        )
