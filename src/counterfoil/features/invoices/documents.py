"""
The invoices and bills of a record, in the saved views that people know (F12 to F33).

A record may have documents in several organisations. Each has its own today, so that an invoice
due today in Auckland can be overdue while the one in Los Angeles is not due yet (K6).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from counterfoil.domain.money import Money
from counterfoil.domain.statuses import DisplayStatus, InvoiceStatus
from counterfoil.features.contacts.queries import find_contacts_known_as
from counterfoil.features.invoices.listed import SALES, Listed, describe
from counterfoil.features.invoices.ordering import Order, Place
from counterfoil.mirror.models import Invoice, Organisation
from counterfoil.mirror.models.searchable import has_text

PAGE_SIZE = 50
_FEW = 1000


class View(StrEnum):
    """The saved views, in the order of the tabs (F22); "linked" is an older name of Pinned (K8)."""

    OPEN = "open"
    UNPAID = "unpaid"
    OVERDUE = "overdue"
    PAID = "paid"
    PINNED = "pinned"
    ALL = "all"

    @property
    def is_owed(self) -> bool:
        """Say whether every balance in it is owed; the others may hold drafts, on which nobody owes (K9)."""
        return self in (View.OPEN, View.UNPAID, View.OVERDUE)


@dataclass(frozen=True)
class Source:
    """
    Where documents come from: one organisation on its own today, and which documents of it.

    With neither contacts nor documents named, all of them are meant.
    """

    organisation: Organisation
    today: date
    contact_ids: Collection[str] | None = None
    document_ids: Collection[str] | None = None
    pinned_ids: Collection[str] = ()


@dataclass(frozen=True)
class Question:
    """What is asked of documents; `by_name` lets the search look at contacts' names too."""

    view: View = View.OPEN
    kind: str = SALES
    search: str = ""
    by_name: bool = False
    dated_from: date | None = None
    dated_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    status: DisplayStatus | None = None
    currency: str = ""
    contact_id: str = ""
    order: Order = field(default_factory=Order)
    after: Place | None = None
    # The documents that a search found, once they are known to be few.
    found: Collection[str] | None = None

    @property
    def is_narrowed(self) -> bool:
        """Say whether more than a view was asked for."""
        days = self.dated_from or self.dated_to or self.due_from or self.due_to
        return bool(self.search or days or self.status or self.currency or self.contact_id)


@dataclass(frozen=True)
class DocumentPage:
    """One page of documents, and where the next begins."""

    rows: Sequence[Listed]
    next_place: Place | None


@dataclass(frozen=True)
class Balance:
    """
    What was invoiced and is owed in one currency; currencies are never added (K12).

    `paid` is everything that was paid, in parts or whole; `part_paid` the share of it on invoices that
    are still unpaid. What credit notes covered stands apart.
    """

    currency: str
    unpaid: Money
    overdue: Money
    paid: Money
    part_paid: Money
    credited: Money
    unpaid_count: int
    overdue_count: int
    paid_count: int


@dataclass(frozen=True)
class Total:
    """What the rows in one currency come to: currencies are never added."""

    currency: str
    count: int
    total: Decimal
    due: Decimal


@dataclass(frozen=True)
class Tally:
    """How many documents each view would show, and what those of the view asked for come to."""

    counts: Mapping[View, int]
    totals: Sequence[Total]


def look_up(sources: Sequence[Source], question: Question) -> Question:
    """
    Return the question with what its search found, where that is little; one query.

    The database cannot know beforehand how rare a text is, and would walk through all documents in
    their order to find the few that have it. Asking first which they are reads an index once.
    """
    if not question.search or not sources:
        return question
    matching = _narrow(Invoice.objects.filter(_any(sources)), question, sources)
    found = list(matching.order_by().values_list("xero_id", flat=True)[: _FEW + 1])
    return question if len(found) > _FEW else replace(question, found=found)


def list_documents(sources: Sequence[Source], question: Question, *, size: int = PAGE_SIZE) -> DocumentPage:
    """Return a page of documents in the order asked for, the newest first by itself (F15, K7); one query."""
    matching, order = select_documents(sources, question), question.order.fields
    if question.after is not None:
        matching, order = matching.filter(question.order.after(question.after)), question.order.fields_beyond
    # The rows of a page are found by the narrow columns alone, which an index holds; only those are read.
    wanted = matching.order_by(*order).values("xero_id")[: size + 1]
    rows = Invoice.objects.filter(
        organisation__in=[source.organisation for source in sources], xero_id__in=wanted
    )
    ordered = rows.select_related("organisation").defer("raw", "digest").order_by(*question.order.fields)
    found = list(ordered) if sources else []
    last = found[size - 1] if len(found) > size else None
    return DocumentPage(
        rows=_describe_all(found[:size], sources),
        next_place=question.order.place_of(last) if last else None,
    )


def iterate_documents(sources: Sequence[Source], question: Question) -> Iterator[Listed]:
    """Yield every document that the question finds, in its order; nothing is held in memory."""
    matching = select_documents(sources, question).defer("raw", "digest").order_by(*question.order.fields)
    today_of = {source.organisation.pk: source.today for source in sources}
    for invoice in matching.iterator(chunk_size=2000):
        yield describe(invoice, today_of[invoice.organisation_id])


def tally_documents(sources: Sequence[Source], question: Question) -> Tally:
    """Return what each view would show under the same filters, and the totals per currency; one query."""
    if not sources:
        return Tally(dict.fromkeys(View, 0), [])
    shown = _among(sources, question, question.view)
    in_view: dict[str, Any] = {
        f"in_{view.value}": Count("xero_id", filter=_among(sources, question, view)) for view in View
    }
    grouped: Any = (
        _narrow(Invoice.objects.filter(_any(sources)), question, sources).order_by().values("currency")
    )
    rows = grouped.annotate(
        **in_view,
        shown=Count("xero_id", filter=shown),
        total_sum=Sum("total", filter=shown, default=Decimal(0)),
        due_sum=Sum("amount_due", filter=shown, default=Decimal(0)),
    ).order_by("-shown", "currency")
    return Tally(
        counts={view: sum(row[f"in_{view.value}"] for row in rows) for view in View},
        totals=[
            Total(row["currency"], row["shown"], row["total_sum"], row["due_sum"])
            for row in rows
            if row["shown"]
        ],
    )


def count_views(sources: Sequence[Source], question: Question) -> Mapping[View, int]:
    """Return how many documents each view would show under the same search and dates; one query."""
    return tally_documents(sources, question).counts


def has_invoices(organisation: Organisation, *, kind: str = "") -> bool:
    """Say whether any invoice or bill has been read yet, or any of this kind."""
    narrowed = {"kind": kind} if kind else {}
    return Invoice.objects.filter(organisation=organisation, **narrowed).exists()


def keep_known(organisation: Organisation, document_ids: Sequence[str]) -> list[str]:
    """Return those of the ids that are invoices or bills of the organisation; one query."""
    known = Invoice.objects.filter(organisation=organisation, xero_id__in=document_ids)
    return list(known.values_list("xero_id", flat=True))


def _describe_all(invoices: Sequence[Invoice], sources: Sequence[Source]) -> list[Listed]:
    today_of = {source.organisation.pk: source.today for source in sources}
    return [describe(invoice, today_of[invoice.organisation_id]) for invoice in invoices]


def sum_documents(sources: Sequence[Source], *, kind: str = SALES) -> list[Balance]:
    """Return what was paid and is owed per currency, the one with the most invoices first; one query."""
    if not sources:
        return []
    is_unpaid, is_overdue = _any(sources, view=View.UNPAID), _any(sources, view=View.OVERDUE)
    approved = Q(status__in=[InvoiceStatus.AUTHORISED, InvoiceStatus.PAID])
    rows = (
        Invoice.objects.filter(_any(sources), approved, kind=kind, gone_at=None)
        .values("currency")
        .annotate(
            unpaid=Sum("amount_due", filter=is_unpaid, default=Decimal(0)),
            overdue=Sum("amount_due", filter=is_overdue, default=Decimal(0)),
            paid=Sum("amount_paid", default=Decimal(0)),
            part_paid=Sum("amount_paid", filter=is_unpaid, default=Decimal(0)),
            credited=Sum("amount_credited", default=Decimal(0)),
            unpaid_count=Count("xero_id", filter=is_unpaid),
            overdue_count=Count("xero_id", filter=is_overdue),
            paid_count=Count("xero_id", filter=_any(sources, view=View.PAID)),
            count=Count("xero_id"),
        )
        .order_by("-count", "currency")
    )
    return [_read_balance(row) for row in rows]


def _read_balance(row: Mapping[str, Any]) -> Balance:
    def money(name: str) -> Money:
        return Money(row[name], row["currency"])

    return Balance(
        currency=row["currency"],
        unpaid=money("unpaid"),
        overdue=money("overdue"),
        paid=money("paid"),
        part_paid=money("part_paid"),
        credited=money("credited"),
        unpaid_count=row["unpaid_count"],
        overdue_count=row["overdue_count"],
        paid_count=row["paid_count"],
    )


# Deleted drafts stay in the copy, and appear in no view.
_VISIBLE = ~Q(status=InvoiceStatus.DELETED)


def has_view(view: View, source: Source) -> Q:
    """
    Return which documents of an organisation are in a view on its own today.

    Source: F23 to F27 as K6 settles them: due today, and without a due date, is open.
    """
    unpaid = Q(status=InvoiceStatus.AUTHORISED, amount_due__gt=0)
    match view:
        case View.OPEN:
            return unpaid & (Q(due_date=None) | Q(due_date__gte=source.today))
        case View.UNPAID:
            return unpaid
        case View.OVERDUE:
            return unpaid & Q(due_date__lt=source.today)
        case View.PAID:
            return Q(status=InvoiceStatus.PAID) | Q(status=InvoiceStatus.AUTHORISED, amount_due__lte=0)
        case View.PINNED:
            return _VISIBLE & Q(xero_id__in=list(source.pinned_ids))
        case View.ALL:
            return _VISIBLE


def is_due_between(first: date | None, last: date | None) -> Q:
    """Return which documents are due on these days, both included; None is no bound."""
    after = Q(due_date__gte=first) if first else Q()
    return after & Q(due_date__lte=last) if last else after


def has_status(status: DisplayStatus, source: Source) -> Q:
    """Return the documents that `display_status` gives this word; a test holds the two together."""
    overdue, open_ = has_view(View.OVERDUE, source), has_view(View.OPEN, source)
    covered = Q(amount_paid__gt=0) | Q(amount_credited__gt=0)
    return {
        DisplayStatus.DRAFT: Q(status=InvoiceStatus.DRAFT),
        DisplayStatus.AWAITING_APPROVAL: Q(status=InvoiceStatus.SUBMITTED),
        DisplayStatus.OPEN: open_ & ~covered,
        DisplayStatus.PARTIALLY_PAID: open_ & covered,
        DisplayStatus.OVERDUE: overdue,
        DisplayStatus.PAID: has_view(View.PAID, source),
        DisplayStatus.VOIDED: Q(status=InvoiceStatus.VOIDED),
        DisplayStatus.DELETED: Q(status=InvoiceStatus.DELETED),
    }[status]


def select_documents(sources: Sequence[Source], question: Question) -> "QuerySet[Invoice]":
    """Return which documents a question finds, in no order yet."""
    if not sources:
        return Invoice.objects.none()
    return _narrow(Invoice.objects.filter(_any(sources, question, question.view)), question, sources)


def _narrow(
    invoices: "QuerySet[Invoice]", question: Question, sources: Sequence[Source]
) -> "QuerySet[Invoice]":
    invoices = invoices.filter(kind=question.kind, gone_at=None)
    if question.found is not None:
        invoices = invoices.filter(xero_id__in=list(question.found))
    elif question.search:
        found = has_text(question.search)
        if question.by_name:
            contacts = find_contacts_known_as([source.organisation for source in sources], question.search)
            found |= Q(contact_id__in=contacts.values("xero_id"))
        invoices = invoices.filter(found)
    if question.dated_from:
        invoices = invoices.filter(date__gte=question.dated_from)
    if question.dated_to:
        invoices = invoices.filter(date__lte=question.dated_to)
    invoices = invoices.filter(is_due_between(question.due_from, question.due_to))
    if question.currency:
        invoices = invoices.filter(currency=question.currency)
    if question.contact_id:
        invoices = invoices.filter(contact_id=question.contact_id)
    return invoices


def _among(sources: Sequence[Source], question: Question, view: View) -> Q:
    """Return the same of documents that are known to belong to a source; one source needs no more said."""
    if len(sources) == 1:
        return _is_in(view, question.status, sources[0])
    return _any(sources, question, view)


def _any(sources: Sequence[Source], question: Question | None = None, view: View | None = None) -> Q:
    """Return which documents belong to one of the sources, and are in a view under a question's status."""
    status = question.status if question else None
    return reduce(or_, [_belongs(source) & _is_in(view, status, source) for source in sources])


def _is_in(view: View | None, status: DisplayStatus | None, source: Source) -> Q:
    if status is None:
        return has_view(view, source) if view else Q()
    # Deleted ones are in no view, but whoever asks for them by their status is shown them.
    in_view = has_view(view, source) if view and view is not View.ALL else Q()
    return in_view & has_status(status, source)


def _belongs(source: Source) -> Q:
    belongs = Q(organisation=source.organisation)
    if source.contact_ids is not None:
        belongs &= Q(contact_id__in=list(source.contact_ids))
    if source.document_ids is not None:
        belongs &= Q(xero_id__in=list(source.document_ids))
    return belongs
