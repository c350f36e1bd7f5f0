"""What can be asked about invoices and bills: one page at a time, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from counterfoil.domain.statuses import DisplayStatus, InvoiceStatus, display_status, is_part_paid
from counterfoil.mirror.models import Invoice, Organisation

PAGE_SIZE = 50

SALES, BILLS = "ACCREC", "ACCPAY"


@dataclass(frozen=True)
class Place:
    """A row's place in the list, by which the next page is found without counting rows."""

    day: date | None
    number: str
    xero_id: str


@dataclass(frozen=True)
class Listed:
    """An invoice as a row of the list."""

    invoice: Invoice
    status: DisplayStatus | None
    is_part_paid: bool

    @property
    def word(self) -> str:
        """The status in words; one that Xero has invented since is shown as Xero writes it."""
        return self.status.value if self.status else self.invoice.status.capitalize()

    @property
    def slug(self) -> str:
        """The status for style sheets."""
        return self.status.slug if self.status else "unknown"


@dataclass(frozen=True)
class InvoicePage:
    """One page of the list, how many rows there are in all, and where the next page begins."""

    rows: Sequence[Listed]
    count: int
    next_place: Place | None


@dataclass(frozen=True)
class InvoiceQuestion:
    """What is asked for."""

    kind: str
    today: date
    search: str = ""
    status: DisplayStatus | None = None
    after: Place | None = None


def list_invoices(organisation: Organisation, question: InvoiceQuestion) -> InvoicePage:
    """Return a page of invoices by date, number and id, the newest first; two queries."""
    matching = _filter(organisation, question)
    page = matching if question.after is None else matching.filter(_after(question.after))
    found = list(page.defer("raw", "digest").order_by("-date", "-number", "xero_id")[: PAGE_SIZE + 1])
    rows = found[:PAGE_SIZE]
    last = rows[-1] if len(found) > PAGE_SIZE else None
    return InvoicePage(
        rows=[describe(invoice, question.today) for invoice in rows],
        count=matching.count(),
        next_place=Place(last.date, last.number, last.xero_id) if last else None,
    )


def list_latest(organisation: Organisation, *, today: date, limit: int) -> list[Listed]:
    """Return the newest sales invoices; one query."""
    matching = _filter(organisation, InvoiceQuestion(kind=SALES, today=today))
    newest = matching.defer("raw", "digest").order_by("-date", "-number", "xero_id")[:limit]
    return [describe(invoice, today) for invoice in newest]


def has_invoices(organisation: Organisation) -> bool:
    """Say whether any invoice or bill has been read yet."""
    return Invoice.objects.filter(organisation=organisation).exists()


def _filter(organisation: Organisation, question: InvoiceQuestion) -> "QuerySet[Invoice]":
    invoices = Invoice.objects.filter(organisation=organisation, kind=question.kind, gone_at=None)
    if question.search:
        invoices = invoices.filter(
            Q(number__icontains=question.search)
            | Q(contact_name__icontains=question.search)
            | Q(reference__icontains=question.search)
        )
    if question.status is None:
        # Deleted ones stay in the copy, and are listed only when asked for.
        return invoices.exclude(status=InvoiceStatus.DELETED)
    return invoices.filter(_has_status(question.status, question.today))


def _has_status(status: DisplayStatus, today: date) -> Q:
    """Return the rows that `display_status` gives this word; a test holds the two together."""
    unpaid = Q(status=InvoiceStatus.AUTHORISED, amount_due__gt=0)
    overdue = unpaid & Q(due_date__lt=today)
    not_overdue = unpaid & (Q(due_date=None) | Q(due_date__gte=today))
    covered = Q(amount_paid__gt=0) | Q(amount_credited__gt=0)
    return {
        DisplayStatus.DRAFT: Q(status=InvoiceStatus.DRAFT),
        DisplayStatus.AWAITING_APPROVAL: Q(status=InvoiceStatus.SUBMITTED),
        DisplayStatus.OPEN: not_overdue & ~covered,
        DisplayStatus.PARTIALLY_PAID: not_overdue & covered,
        DisplayStatus.OVERDUE: overdue,
        DisplayStatus.PAID: Q(status=InvoiceStatus.PAID)
        | Q(status=InvoiceStatus.AUTHORISED, amount_due__lte=0),
        DisplayStatus.VOIDED: Q(status=InvoiceStatus.VOIDED),
        DisplayStatus.DELETED: Q(status=InvoiceStatus.DELETED),
    }[status]


def _after(place: Place) -> Q:
    """Return what comes after a place; undated rows come first, as PostgreSQL sorts them."""
    same_day = Q(number__lt=place.number) | Q(number=place.number, xero_id__gt=place.xero_id)
    if place.day is None:
        return Q(date=None) & same_day | Q(date__isnull=False)
    # The first bound lets the index jump to the day.
    return Q(date__lte=place.day) & (Q(date__lt=place.day) | same_day)


def describe(invoice: Invoice, today: date) -> Listed:
    """Return the invoice with the word that people see for it on this day."""
    try:
        status = InvoiceStatus(invoice.status)
    except ValueError:
        return Listed(invoice=invoice, status=None, is_part_paid=False)
    return Listed(
        invoice=invoice,
        status=display_status(
            status=status,
            amount_due=invoice.amount_due,
            amount_paid=invoice.amount_paid,
            amount_credited=invoice.amount_credited,
            due_date=invoice.due_date,
            today=today,
        ),
        is_part_paid=is_part_paid(
            status=status,
            amount_due=invoice.amount_due,
            amount_paid=invoice.amount_paid,
            amount_credited=invoice.amount_credited,
        ),
    )
