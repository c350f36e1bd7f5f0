"""Who owes what, now or then: per currency and per contact, each figure leading to what makes it up."""

from decimal import Decimal, InvalidOperation

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from counterfoil.features.history.past import BooksAreMoving
from counterfoil.features.invoices.ageing import Aged, sum_ageing
from counterfoil.features.invoices.documents import Source
from counterfoil.features.invoices.listed import BILLS, SALES
from counterfoil.features.invoices.owed import Share, SharePage, SharePlace, list_owing, sum_owed
from counterfoil.web.figures import chart_ageing
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.moments import read_then
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_owed(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show the sums and the contacts behind them; which side and when stand in the address."""
    organisation, standing = get_current(request), request.standing
    if organisation is None or standing is None:
        return render(request, "invoices/not_connected.html")
    now = timezone.now()
    then = read_then(request.GET, standing, now=now)
    is_payable = request.GET.get("kind") == "bills"
    kind = BILLS if is_payable else SALES
    source = Source(organisation, then.find_day(standing, now))

    def ask() -> tuple[list[Share], list[Aged], SharePage]:
        page = list_owing(source, kind=kind, after=_read_place(request.GET))
        return sum_owed(source, kind=kind), sum_ageing(source, kind=kind), page

    sums, ageing, page, problem = list[Share](), list[Aged](), SharePage([], None), ""
    if not then.is_unknown:
        try:
            sums, ageing, page = then.ask(organisation, ask)
        except BooksAreMoving as moving:
            problem = str(moving)
    return render(
        request,
        "owed/owed.html",
        {
            "organisation": organisation,
            "kind": "bills" if is_payable else "sales",
            "opens": "bills" if is_payable else "invoices",
            "sums": sums,
            "charts": chart_ageing(organisation, ageing, moment=_keep_moment(request.GET)),
            "today": source.today,
            "page": page,
            "then": then,
            "problem": problem,
        },
    )


def _keep_moment(query: QueryDict) -> dict[str, str]:
    """Return what of the address says when the page is asked about, for the lists that it opens."""
    return {name: query.get(name, "") for name in ("as_at", "by") if query.get(name)}


def _read_place(query: QueryDict) -> SharePlace | None:
    try:
        due = Decimal(query.get("after_due", ""))
    except InvalidOperation:
        return None
    if not due.is_finite():
        return None
    return SharePlace(due, query.get("after", "")[:50], query.get("after_currency", "")[:3])
