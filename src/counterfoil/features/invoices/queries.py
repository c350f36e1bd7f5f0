"""What can be asked about invoices and bills: one page at a time, the newest first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

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


class Owed(StrEnum):
    """A share of what is owed, as figures name it: all of it, what is not yet overdue, what is."""

    ALL = "all"
    OPEN = "open"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Total:
    """What the rows in one currency come to: currencies are never added."""

    currency: str
    count: int
    total: Decimal
    due: Decimal


@dataclass(frozen=True)
class InvoicePage:
    """One page of the list, what all its rows come to, and where the next page begins."""

    rows: Sequence[Listed]
    totals: Sequence[Total]
    next_place: Place | None

    @property
    def count(self) -> int:
        """How many rows there are on all pages."""
        return sum(total.count for total in self.totals)


@dataclass(frozen=True)
class InvoiceQuestion:
    """What is asked for."""

    kind: str
    today: date
    search: str = ""
    status: DisplayStatus | None = None
    owed: Owed | None = None
    currency: str = ""
    contact_id: str = ""
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
        totals=_add_up(matching),
        next_place=Place(last.date, last.number, last.xero_id) if last else None,
    )


def iterate_invoices(organisation: Organisation, question: InvoiceQuestion) -> Iterator[Listed]:
    """Yield every row that the question finds, in the order of the list."""
    matching = _filter(organisation, question).defer("raw", "digest").order_by("-date", "-number", "xero_id")
    return (describe(invoice, question.today) for invoice in matching)


def sum_invoices(organisation: Organisation, question: InvoiceQuestion) -> list[Total]:
    """Return what the same rows come to that the list shows for the question; one query."""
    return _add_up(_filter(organisation, question))


def _add_up(matching: "QuerySet[Invoice]") -> list[Total]:
    sums = (
        matching.order_by()
        .values("currency")
        .annotate(count=Count("xero_id"), total_sum=Sum("total"), due_sum=Sum("amount_due"))
    )
    return [
        Total(row["currency"], row["count"], row["total_sum"], row["due_sum"])
        for row in sums.order_by("-count", "currency")
    ]


@dataclass(frozen=True)
class Share:
    """What is owed in one currency, by one contact or by all: and how much of it is overdue."""

    currency: str
    due: Decimal
    overdue: Decimal
    count: int
    overdue_count: int
    contact_id: str = ""
    contact_name: str = ""

    @property
    def open(self) -> Decimal:
        """What is owed and not yet overdue."""
        return self.due - self.overdue

    @property
    def open_count(self) -> int:
        """How many documents are owed and not yet overdue."""
        return self.count - self.overdue_count


@dataclass(frozen=True)
class SharePlace:
    """A row's place in the list of contacts by what they owe."""

    due: Decimal
    contact_id: str
    currency: str


@dataclass(frozen=True)
class SharePage:
    """One page of contacts with what they owe, and where the next page begins."""

    rows: Sequence[Share]
    next_place: SharePlace | None


def sum_owed(organisation: Organisation, *, kind: str, today: date, contact_id: str = "") -> list[Share]:
    """Return what is owed per currency, most documents first; one query."""
    question = InvoiceQuestion(kind=kind, today=today, owed=Owed.ALL, contact_id=contact_id)
    grouped: Any = _filter(organisation, question).order_by().values("currency")
    rows = grouped.annotate(**_sum_shares(today)).order_by("-count", "currency")
    return [_read_share(row) for row in rows]


def list_owing(
    organisation: Organisation, *, kind: str, today: date, after: SharePlace | None = None
) -> SharePage:
    """Return a page of contacts by what they owe, the most first, each currency by itself; one query."""
    question = InvoiceQuestion(kind=kind, today=today, owed=Owed.ALL)
    owing: Any = _filter(organisation, question).order_by().values("contact_id", "currency")
    rows = owing.annotate(name=Max("contact_name"), **_sum_shares(today))
    if after is not None:
        same = Q(contact_id__gt=after.contact_id) | Q(
            contact_id=after.contact_id, currency__gt=after.currency
        )
        rows = rows.filter(Q(due__lt=after.due) | Q(due=after.due) & same)
    found = [_read_share(row) for row in rows.order_by("-due", "contact_id", "currency")[: PAGE_SIZE + 1]]
    shown = found[:PAGE_SIZE]
    last = shown[-1] if len(found) > PAGE_SIZE else None
    return SharePage(
        rows=shown, next_place=SharePlace(last.due, last.contact_id, last.currency) if last else None
    )


def _sum_shares(today: date) -> dict[str, Any]:
    is_overdue = _IS_OWED[Owed.OVERDUE](today)
    return {
        "due": Sum("amount_due"),
        "overdue": Sum("amount_due", filter=is_overdue, default=Decimal(0)),
        "count": Count("xero_id"),
        "overdue_count": Count("xero_id", filter=is_overdue),
    }


def _read_share(row: Mapping[str, Any]) -> Share:
    return Share(
        currency=row["currency"],
        due=row["due"],
        overdue=row["overdue"],
        count=row["count"],
        overdue_count=row["overdue_count"],
        contact_id=row.get("contact_id", ""),
        contact_name=row.get("name", ""),
    )


def list_latest(organisation: Organisation, *, today: date, limit: int) -> list[Listed]:
    """Return the newest sales invoices; one query."""
    matching = _filter(organisation, InvoiceQuestion(kind=SALES, today=today))
    newest = matching.defer("raw", "digest").order_by("-date", "-number", "xero_id")[:limit]
    return [describe(invoice, today) for invoice in newest]


def has_invoices(organisation: Organisation) -> bool:
    """Say whether any invoice or bill has been read yet."""
    return Invoice.objects.filter(organisation=organisation).exists()


def keep_known(organisation: Organisation, document_ids: Sequence[str]) -> list[str]:
    """Return those of the ids that are invoices or bills of the organisation; one query."""
    known = Invoice.objects.filter(organisation=organisation, xero_id__in=document_ids)
    return list(known.values_list("xero_id", flat=True))


def _filter(organisation: Organisation, question: InvoiceQuestion) -> "QuerySet[Invoice]":
    invoices = Invoice.objects.filter(organisation=organisation, kind=question.kind, gone_at=None)
    if question.search:
        invoices = invoices.filter(
            Q(number__icontains=question.search)
            | Q(contact_name__icontains=question.search)
            | Q(reference__icontains=question.search)
        )
    if question.currency:
        invoices = invoices.filter(currency=question.currency)
    if question.contact_id:
        invoices = invoices.filter(contact_id=question.contact_id)
    if question.owed is not None:
        invoices = invoices.filter(_IS_OWED[question.owed](question.today))
    if question.status is None:
        # Deleted ones stay in the copy, and are listed only when asked for.
        return invoices.exclude(status=InvoiceStatus.DELETED)
    return invoices.filter(has_status(question.status, question.today))


_UNPAID = Q(status=InvoiceStatus.AUTHORISED, amount_due__gt=0)
_IS_OWED: Mapping[Owed, Callable[[date], Q]] = {
    Owed.ALL: lambda _today: _UNPAID,
    Owed.OPEN: lambda today: _UNPAID & (Q(due_date=None) | Q(due_date__gte=today)),
    Owed.OVERDUE: lambda today: _UNPAID & Q(due_date__lt=today),
}


def has_status(status: DisplayStatus, today: date) -> Q:
    """Return the rows that `display_status` gives this word; a test holds the two together."""
    overdue = _IS_OWED[Owed.OVERDUE](today)
    not_overdue = _IS_OWED[Owed.OPEN](today)
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
