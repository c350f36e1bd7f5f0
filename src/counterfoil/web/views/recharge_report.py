"""What was paid for clients and came back, the recharges behind each figure, and what suppliers bill next."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from counterfoil.domain.datekit import Period, add_months, list_year, today_in
from counterfoil.features.recharging.models import Recharge
from counterfoil.features.recharging.recovery import (
    By,
    Figure,
    Question,
    Report,
    Row,
    Sums,
    iterate_behind,
    list_behind,
    report_recovery,
    sum_behind,
)
from counterfoil.features.recharging.renewals import Standing, list_renewals
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.paging import read_choice, read_day, read_number
from counterfoil.web.requests import FirmRequest

_TABS = {By.SUPPLIER: "Suppliers", By.CLIENT: "Clients", By.MONTH: "Months"}
_COLUMNS = (Figure.PAID, Figure.TO_BILL, Figure.BILLED, Figure.RECOVERED, Figure.OWED, Figure.LOST)
_MOST_DAYS = 3700
_PER_PAGE = 50


@require_GET
@for_firm
def show_recovery(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show what came back of what was paid, with totals that the rows add up to."""
    organisation, standing = get_current(request), request.standing
    if organisation is None or standing is None:
        return render(request, "reports/not_connected.html", {"title": "Recovered"})
    today = today_in(standing.zone, timezone.now())
    days, by = _read_days(request.GET, today), read_choice(request.GET, "by", By.SUPPLIER)
    report = report_recovery(organisation, days, by=by)
    first = (max(read_number(request.GET, "page") or 1, 1) - 1) * _PER_PAGE
    shown = report.rows[first : first + _PER_PAGE]
    last_day = days.end - timedelta(days=1)
    return render(
        request,
        "recharges/report.html",
        {
            "organisation": organisation,
            "days": days,
            "last_day": last_day,
            "by": by,
            "tabs": list(_TABS.items()),
            "heads": [figure.label for figure in _COLUMNS],
            "rows": [(row, _name(row, by), _list_figures(row.sums)) for row in shown],
            "totals": [(currency, sums, _list_figures(sums)) for currency, sums in report.totals],
            "count": len(report.rows),
            "page_number": first // _PER_PAGE + 1,
            "has_more": first + _PER_PAGE < len(report.rows),
            "presets": _list_presets(today),
            "asked": urlencode({"from": days.start, "to": last_day, "by": by.value}),
        },
    )


@require_GET
@for_firm
def export_recovery(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Send the whole report as a file; its last lines are the totals."""
    organisation, standing = get_current(request), request.standing
    assert organisation is not None
    assert standing is not None
    days = _read_days(request.GET, today_in(standing.zone, timezone.now()))
    by = read_choice(request.GET, "by", By.SUPPLIER)
    titles = [_TABS[by], "From", "To", "Currency", *(figure.label for figure in _COLUMNS), "Margin"]
    form = read_form(request.GET)
    name = f"{slugify(organisation.name) or 'organisation'}-recharges-by-{by}-{days.start}.{form}"
    rows = _list_cells(report_recovery(organisation, days, by=by), days)
    return FileResponse(write_file(titles, rows, form=form), as_attachment=True, filename=name)


@require_GET
@for_firm
def show_behind(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Show the recharges, with their documents, that sum to one figure of the report."""
    organisation, standing = get_current(request), request.standing
    assert organisation is not None
    assert standing is not None
    question = _read_question(request.GET, today_in(standing.zone, timezone.now()))
    return render(
        request,
        "recharges/behind.html",
        {
            "organisation": organisation,
            "question": question,
            "last_day": question.days.end - timedelta(days=1),
            "page": list_behind(organisation, question, after=read_number(request.GET, "after")),
            "sums": [
                (currency, getattr(sums, question.figure.value))
                for currency, sums in sum_behind(organisation, question)
            ],
            "asked": request.GET.urlencode(),
        },
    )


@require_GET
@for_firm
def export_behind(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Send the recharges behind a figure as a file."""
    organisation, standing = get_current(request), request.standing
    assert organisation is not None
    assert standing is not None
    question = _read_question(request.GET, today_in(standing.zone, timezone.now()))
    form = read_form(request.GET)
    name = f"{slugify(organisation.name) or 'organisation'}-recharges-{question.figure}.{form}"
    rows = (_list_recharge(one) for one in iterate_behind(organisation, question))
    return FileResponse(write_file(_RECHARGE, rows, form=form), as_attachment=True, filename=name)


@require_GET
@for_firm
def show_renewals(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show what suppliers are to bill next, and what did not come."""
    organisation, standing = get_current(request), request.standing
    if organisation is None or standing is None:
        return render(request, "reports/not_connected.html", {"title": "Renewals"})
    today = today_in(standing.zone, timezone.now())
    renewals = list_renewals(organisation, today=today)
    return render(
        request,
        "recharges/renewals.html",
        {
            "organisation": organisation,
            "today": today,
            "late": [one for one in renewals if one.standing is Standing.LATE],
            "coming": [one for one in renewals if one.standing is Standing.COMING],
        },
    )


_RECHARGE = (
    "Supplier", "Document", "Date", "What was bought", "Client", "State", "Cost", "Currency of the cost",
    "Charge", "Currency of the charge", "Came back", "Cost in that currency",
)  # fmt: skip


def _list_recharge(one: Recharge) -> tuple[Any, ...]:
    source = one.source
    return (
        source.contact_name,
        source.number,
        source.day,
        source.description,
        one.client.name,
        one.get_state_display(),
        one.cost,
        source.currency,
        one.charge,
        one.currency,
        one.settled,
        one.paid,  # type: ignore[attr-defined]  # annotated by `find_behind`
    )


def _list_cells(report: Report, days: Period) -> Iterator[tuple[Any, ...]]:
    frame = (days.start, days.end - timedelta(days=1))
    named = [(_name(row, report.by), row.currency, row.sums) for row in report.rows]
    totals = [("All of them", currency, sums) for currency, sums in report.totals]
    for name, currency, sums in (*named, *totals):
        yield (name, *frame, currency, *(amount for _, amount in _list_figures(sums)), sums.margin)


def _list_figures(sums: Sums) -> Sequence[tuple[Figure, Any]]:
    return [(figure, getattr(sums, figure.value)) for figure in _COLUMNS]


def _name(row: Row, by: By) -> str:
    if by is By.MONTH:
        return f"{date.fromisoformat(row.key[:10]):%B %Y}"
    return row.name or "No supplier"


def _read_days(query: QueryDict, today: date) -> Period:
    """Return the days that the address names, else the last twelve months with this one."""
    first, last = read_day(query, "from"), read_day(query, "to")
    if first is None or last is None or last < first or (last - first).days > _MOST_DAYS:
        return list_year(today)
    if date(1900, 1, 1) > first or last > date(9000, 1, 1):
        return list_year(today)
    return Period(first, last + timedelta(days=1))


def _read_question(query: QueryDict, today: date) -> Question:
    key = query.get("key")
    return Question(
        days=_read_days(query, today),
        figure=read_choice(query, "figure", Figure.PAID),
        by=read_choice(query, "by", By.SUPPLIER),
        key=None if key is None else key.replace("\x00", "")[:100],
        currency=query.get("currency", "").replace("\x00", "")[:3],
    )


def _list_presets(today: date) -> Sequence[tuple[str, date, date]]:
    this = today.replace(day=1)
    spans = [
        ("This month", this, add_months(this, 1)),
        ("Last month", add_months(this, -1), this),
        ("This calendar year", date(today.year, 1, 1), date(today.year + 1, 1, 1)),
        ("Last 12 months", add_months(this, -11), add_months(this, 1)),
        ("Last 24 months", add_months(this, -23), add_months(this, 1)),
    ]
    return [(word, first, end - timedelta(days=1)) for word, first, end in spans]
