"""The list of invoices and bills."""

from datetime import date

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from counterfoil.domain.statuses import DisplayStatus
from counterfoil.features.history.past import BooksAreMoving
from counterfoil.features.invoices.queries import (
    BILLS,
    SALES,
    InvoicePage,
    InvoiceQuestion,
    Listed,
    Owed,
    Place,
    has_invoices,
)
from counterfoil.features.invoices.queries import list_invoices as find_invoices
from counterfoil.sync.app import get_addresses
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.moments import read_then
from counterfoil.web.requests import FirmRequest

_KINDS = {"sales": SALES, "bills": BILLS}
_SHARES = {
    Owed.ALL: "All that is owed",
    Owed.OPEN: "Owed, not yet overdue",
    Owed.OVERDUE: "Owed and overdue",
}
_STATUS_BY_SLUG = {status.slug: status for status in DisplayStatus}


@require_GET
@for_firm
def list_invoices(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List one page, the newest first; everything asked for is in the address."""
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "invoices/not_connected.html")
    kind = request.GET.get("kind", "sales")
    if kind not in _KINDS:
        raise Http404("There are sales and bills.")
    now = timezone.now()
    then = read_then(request.GET, request.standing, now=now)
    question = _read_question(request.GET, _KINDS[kind], today=then.find_day(request.standing, now))
    problem, page = "", InvoicePage([], [], None)
    if not then.is_unknown:
        try:
            page = then.ask(organisation, lambda: find_invoices(organisation, question))
        except BooksAreMoving as moving:
            problem = str(moving)
    return render(
        request,
        "invoices/invoices.html",
        {
            "organisation": organisation,
            "kind": kind,
            "question": question,
            "page": page,
            "statuses": list(DisplayStatus),
            "shares": _SHARES,
            "then": then,
            "problem": problem,
            "contact_name": page.rows[0].invoice.contact_name if question.contact_id and page.rows else "",
            "is_filtered": _is_filtered(question),
            "has_any": page.count > 0 or has_invoices(organisation),
            "rows": [(row, _build_link(row, request.standing.short_code)) for row in page.rows],
            "today": question.today,
        },
    )


def _read_question(query: QueryDict, kind: str, *, today: date) -> InvoiceQuestion:
    owed = query.get("owed", "")
    return InvoiceQuestion(
        kind=kind,
        today=today,
        search=query.get("q", "").strip()[:100],
        status=_STATUS_BY_SLUG.get(query.get("status", "")),
        owed=Owed(owed) if owed in list(Owed) else None,
        currency=query.get("currency", "")[:3],
        contact_id=query.get("contact", "")[:50],
        after=_read_place(query),
    )


def _is_filtered(question: InvoiceQuestion) -> bool:
    return bool(
        question.search or question.status or question.owed or question.currency or question.contact_id
    )


def _build_link(row: Listed, short_code: str) -> str:
    """Return the document's own page in Xero."""
    addresses = get_addresses()
    build = addresses.bill_page if row.invoice.kind == BILLS else addresses.sales_invoice_page
    return build(short_code, row.invoice.xero_id)


def _read_place(query: QueryDict) -> Place | None:
    """Return where the page begins; an address that somebody mangled begins at the top."""
    if "after" not in query:
        return None
    text = query.get("after_date") or ""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return Place(day=day, number=query.get("after_number") or "", xero_id=query.get("after") or "")
