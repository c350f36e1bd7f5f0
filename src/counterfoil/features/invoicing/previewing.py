"""Shows what sending a draft would do: in words and amounts, against nothing or against Xero's record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from counterfoil.domain.totals import Totals
from counterfoil.domain.wording import say_amount, say_number, say_unit_price
from counterfoil.features.invoicing.books import Books
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.features.invoicing.pushing import LOOSE, Prepared
from counterfoil.features.invoicing.raw import read_invoice
from counterfoil.features.invoicing.wishing import build_wish
from counterfoil.mirror.models import Invoice
from counterfoil.sync.outbox.kinds import kind_of

_STATUS = {True: "Approved", False: "Draft, to be approved in Xero"}


@dataclass(frozen=True)
class Difference:
    """One thing that is said, as it is in Xero and as it would be; `before` is None for a new invoice."""

    title: str
    before: str | None
    after: str

    @property
    def is_changed(self) -> bool:
        """Say whether it would be another than before."""
        return self.before is not None and self.before != self.after


@dataclass(frozen=True)
class LineDifference:
    """One line: new, changed, the same, or gone; with its amount and tax as they would be."""

    mark: str
    description: Difference
    details: Sequence[Difference]
    amount: Difference
    tax: Difference


@dataclass(frozen=True)
class Preview:
    """A draft as a person reads it before it leaves; `text` is what is sent, to the letter."""

    prepared: Prepared
    contact: str
    header: Sequence[Difference]
    lines: Sequence[LineDifference]
    totals: Sequence[Difference]
    text: str


def describe_all(prepared: Sequence[Prepared]) -> list[Preview]:
    """Return the previews of drafts; one query, for the invoices that are edited."""
    edited = [one.document.xero_id for one in prepared if one.document.xero_id]
    rows = Invoice.objects.filter(
        organisation__in={one.document.organisation_id for one in prepared}, xero_id__in=edited
    )
    theirs = {(row.organisation_id, row.xero_id): read_invoice(row) for row in rows}
    return [
        describe(one, theirs.get((one.document.organisation_id, one.document.xero_id))) for one in prepared
    ]


def describe(prepared: Prepared, theirs: Document | None) -> Preview:
    """Return the preview of a draft; `theirs` is the invoice that it edits, as Xero has it."""
    ours, books = prepared.document, prepared.books
    contact = books.contacts.get(ours.contact_id)
    header = list(_compare(_say_header(ours, books), _say_header(theirs, books) if theirs else None))
    wish, operation = build_wish(ours), prepared.operation
    reference = operation.reference if operation else "CF-…"
    in_outbox = operation is not None and operation.status not in LOOSE
    before = theirs.compute_totals(books.rates) if theirs else None
    return Preview(
        prepared=prepared,
        contact=contact.name if contact else "",
        header=header,
        lines=list(_compare_lines(prepared, theirs, before)),
        totals=list(
            _compare(
                _say_totals(ours, prepared.totals), _say_totals(theirs, before) if theirs and before else None
            )
        ),
        text=operation.payload if operation and in_outbox else kind_of(wish).build_payload(wish, reference),
    )


def _compare(after: Mapping[str, str], before: Mapping[str, str] | None) -> Iterator[Difference]:
    for title, value in after.items():
        yield Difference(title, None if before is None else before.get(title, ""), value)


def _say_header(document: Document, books: Books) -> dict[str, str]:
    contact = books.contacts.get(document.contact_id)
    return {
        "To": contact.name if contact else document.contact_id,
        "Date": f"{document.date:%-d %B %Y}",
        "Due": f"{document.due_date:%-d %B %Y}" if document.due_date else "",
        "Number": document.number or "the next one in Xero",
        "Reference": document.reference,
        "Currency": document.currency,
        "Prices": document.amounts_are.label,
        "Branding theme": books.themes.get(document.branding_theme_id, document.branding_theme_id)
        or "as Xero chooses",
        "Becomes": _STATUS[document.approves],
    }


def _say_totals(document: Document, totals: Totals) -> dict[str, str]:
    said = {
        "Subtotal": say_amount(totals.sub_total, document.currency),
        "Tax": say_amount(totals.tax, document.currency),
        "Total": say_amount(totals.total, document.currency),
    }
    return ({"Discount": say_amount(totals.discount, document.currency)} if totals.discount else {}) | said


def _say_line(line: DocumentLine, document: Document, books: Books) -> dict[str, str]:
    if line.is_words:
        return {}
    account, tax = books.accounts.get(line.account_code), books.taxes.get(line.tax_type)
    discount = ""
    if line.discount_rate:
        discount = f"{say_number(line.discount_rate)} %"
    elif line.discount_amount:
        discount = say_amount(line.discount_amount, document.currency)
    return {
        "Quantity": say_number(line.quantity if line.quantity is not None else Decimal(1)),
        "Price": say_unit_price(line.unit_amount or Decimal(0), document.currency),
        "Discount": discount,
        "Item": line.item_code,
        "Account": f"{account.code} {account.name}" if account else line.account_code,
        "Tax rate": tax.name if tax else line.tax_type,
        "Tracking": ", ".join(_say_options(line, books)),
    }


def _say_options(line: DocumentLine, books: Books) -> Iterator[str]:
    for category_id, option_id in line.tracking:
        category = books.categories.get(category_id)
        option = category.options.get(option_id) if category else None
        yield f"{category.name}: {option.name}" if category and option else option_id


def _compare_lines(
    prepared: Prepared, theirs: Document | None, before: Totals | None
) -> Iterator[LineDifference]:
    ours, books = prepared.document, prepared.books
    old = {}
    if theirs is not None and before is not None:
        old = {line.line_item_id: (line, made) for line, made in zip(theirs.lines, before.lines, strict=True)}
    kept = set()
    for line, made in zip(ours.lines, prepared.totals.lines, strict=True):
        was = old.get(line.line_item_id)
        kept.add(line.line_item_id)
        told = _say_line(line, ours, books)
        told_before = _say_line(was[0], theirs, books) if was and theirs else None
        details = [one for one in _compare(told, told_before) if one.after or one.before]
        found = LineDifference(
            mark="same" if was else "new",
            description=Difference("Description", was[0].description if was else None, line.description),
            details=details,
            amount=_amount("Amount", ours, made.amount, was[1].amount if was else None),
            tax=_amount("Tax", ours, made.tax, was[1].tax if was else None),
        )
        parts = (found.description, found.amount, found.tax, *found.details)
        yield replace(found, mark="changed") if any(one.is_changed for one in parts) else found
    for key, (line, made) in old.items():
        if key not in kept and theirs is not None:
            said = _say_line(line, theirs, books)
            yield LineDifference(
                "gone",
                Difference("Description", None, line.description),
                [Difference(title, None, value) for title, value in said.items() if value],
                _amount("Amount", theirs, made.amount, None),
                _amount("Tax", theirs, made.tax, None),
            )


def _amount(title: str, document: Document, after: Decimal, before: Decimal | None) -> Difference:
    said = None if before is None else say_amount(before, document.currency)
    return Difference(title, said, say_amount(after, document.currency))
