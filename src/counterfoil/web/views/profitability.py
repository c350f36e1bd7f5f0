"""What clients, deals and colleagues earned: the report, its file, and the documents behind each figure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from counterfoil.domain.datekit import Period, add_months, list_year, today_in
from counterfoil.features.connections.queries import Standing
from counterfoil.features.profitability.asking import Behind, By, Figure, Place, Whose
from counterfoil.features.profitability.behind import list_parts, list_worked
from counterfoil.features.profitability.earnings import Report, Row, find_currency, report_earnings
from counterfoil.features.reports.left_out import LeftOut, list_without_lines
from counterfoil.features.spending.queue import is_catching_up
from counterfoil.web.charts import ColumnChart, Series, draw_columns
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.paging import read_choice, read_day, read_number
from counterfoil.web.requests import FirmRequest
from counterfoil.web.sparks import Spark, draw_spark
from counterfoil.web.words import say_amount

_PER_PAGE = 50
_MOST_DAYS = 3700
_MOST_NAMED = 500
_TABS = {By.CLIENT: "Clients", By.DEAL: "Deals", By.OWNER: "Looked after by", By.MONTH: "Months"}
_SORTS = {
    "margin": lambda row: row.now.margin,
    "invoiced": lambda row: row.now.invoiced,
    "paid": lambda row: row.now.paid,
    "costs": lambda row: row.now.costs,
    "time": lambda row: row.now.time,
    "rate": lambda row: row.now.rate if row.now.rate is not None else _LEAST_RATE,
    "change": lambda row: row.change,
}
_LEAST_RATE = -(10**12)
_TITLES = ["Invoiced", "Paid of it", "Direct costs", "Time", "Margin", "Margin in percent"]


@require_GET
@for_firm
def show_profitability(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show the ranking with its totals, which are the books."""
    organisation, standing = get_current(request), request.standing
    if organisation is None or standing is None:
        return render(request, "reports/not_connected.html", {"title": "Profitability"})
    today = today_in(standing.zone, timezone.now())
    days, by = read_period(request.GET, today), read_choice(request.GET, "by", By.CLIENT)
    report = report_earnings(organisation, days, by=by)
    ranked = _sort(report, request.GET.get("sort", ""))
    first = (max(read_number(request.GET, "page") or 1, 1) - 1) * _PER_PAGE
    shown = ranked[first : first + _PER_PAGE]
    return render(
        request,
        "reports/profitability.html",
        {
            "organisation": organisation,
            "report": report,
            "days": days,
            "last_day": days.end - timedelta(days=1),
            "by": by,
            "tabs": list(_TABS.items()),
            "presets": _list_presets(today, standing),
            "heads": _describe_heads(request.GET),
            "rows": [(number, row, _draw_spark(row, report)) for number, row in enumerate(shown, first + 1)],
            "count": len(ranked),
            "page_number": first // _PER_PAGE + 1,
            "has_more": first + _PER_PAGE < len(ranked),
            "chart": _draw_chart(report),
            "month_rows": list(report.by_month.items()),
            "asked": urlencode({"from": days.start, "to": days.end - timedelta(days=1), "by": by.value}),
            "is_catching_up": is_catching_up(organisation),
            "left_out": list_without_lines(organisation),
        },
    )


@require_GET
@for_firm
def export_profitability(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Send the whole ranking as a file, with what is nobody's, so that its last line is the books."""
    organisation, standing = get_current(request), request.standing
    assert organisation is not None
    assert standing is not None
    days = read_period(request.GET, today_in(standing.zone, timezone.now()))
    by = read_choice(request.GET, "by", By.CLIENT)
    report = report_earnings(organisation, days, by=by)
    titles = [_TABS[by], "From", "To", "Currency", *_TITLES]
    form = read_form(request.GET)
    name = f"{slugify(organisation.name) or 'organisation'}-profitability-by-{by}-{days.start}.{form}"
    gaps = _list_gaps(list_without_lines(organisation, most=_MOST_NAMED), len(titles))
    return FileResponse(
        write_file(titles, chain(_list_cells(report), gaps), form=form), as_attachment=True, filename=name
    )


@require_GET
@for_firm
def show_behind(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Show the documents, or the hours, that sum to one figure of the report."""
    organisation, standing = get_current(request), request.standing
    assert organisation is not None
    assert standing is not None
    behind = read_behind(request.GET, today_in(standing.zone, timezone.now()))
    place = _read_place(request.GET)
    is_time = behind.figure is Figure.TIME
    page: Any = (list_worked if is_time else list_parts)(organisation, behind, after=place)
    return render(
        request,
        "reports/behind.html",
        {
            "organisation": organisation,
            "behind": behind,
            "last_day": behind.days.end - timedelta(days=1),
            "page": page,
            "currency": find_currency(organisation),
            "is_time": is_time,
        },
    )


def read_period(query: QueryDict, today: date) -> Period:
    """Return the days that the address names, else the last twelve months with this one."""
    first, last = read_day(query, "from"), read_day(query, "to")
    if first is None or last is None or last < first or (last - first).days > _MOST_DAYS:
        return list_year(today)
    if date(1900, 1, 1) > first or last > date(9000, 1, 1):
        return read_period(QueryDict(), today)
    return Period(first, last + timedelta(days=1))


def read_behind(query: QueryDict, today: date) -> Behind:
    """Return which figure the address names."""
    return Behind(
        days=read_period(query, today),
        figure=read_choice(query, "figure", Figure.REVENUE),
        whose=read_choice(query, "whose", Whose.CLIENTS),
        by=read_choice(query, "by", By.CLIENT),
        key=_read_key(query),
        has_key="key" in query,
    )


def _read_key(query: QueryDict) -> int | None:
    key = read_number(query, "key")
    most = date.max.toordinal() if query.get("by") == By.MONTH else 2**31 - 1
    return key if key and key <= most else None


def _read_place(query: QueryDict) -> Place | None:
    day, pk = read_day(query, "after_day"), read_number(query, "after")
    return Place(day, pk) if day and pk is not None else None


def _list_presets(today: date, standing: Standing) -> Sequence[tuple[str, date, date]]:
    this = today.replace(day=1)
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    spans = [
        ("This month", this, add_months(this, 1)),
        ("Last month", add_months(this, -1), this),
        ("This quarter", quarter, add_months(quarter, 3)),
        ("Last quarter", add_months(quarter, -3), quarter),
        ("This calendar year", date(today.year, 1, 1), date(today.year + 1, 1, 1)),
        ("Last 12 months", add_months(this, -11), add_months(this, 1)),
        ("Last 24 months", add_months(this, -23), add_months(this, 1)),
    ]
    return [(word, first, end - timedelta(days=1)) for word, first, end in spans]


def _sort(report: Report, asked: str) -> Sequence[Row]:
    if report.by is By.MONTH and not asked:
        return sorted(report.rows, key=lambda row: str(row.key))
    key = _SORTS.get(asked.removeprefix("-"))
    if key is None:
        return report.rows
    return sorted(report.rows, key=key, reverse=not asked.startswith("-"))


def _describe_heads(query: QueryDict) -> Sequence[tuple[str, str, str]]:
    """Return each head with what sorts by it, the largest first and then the least, and how it is sorted."""
    now = query.get("sort", "") or "margin"
    words = ["Invoiced", "Paid", "Direct costs", "Time", "Margin", "Rate", "Change"]
    keys = ["invoiced", "paid", "costs", "time", "margin", "rate", "change"]
    return [
        (
            word,
            f"-{key}" if now == key else key,
            "descending" if now == key else "ascending" if now == f"-{key}" else "",
        )
        for word, key in zip(words, keys, strict=True)
    ]


def _draw_spark(row: Row, report: Report) -> Spark | None:
    if len(report.months) < 2 or report.by is By.MONTH:
        return None
    return draw_spark(row.read_trend(report.months))


def _draw_chart(report: Report) -> ColumnChart | None:
    if len(report.months) < 2 or report.total.is_nothing or len(report.months) > 24:
        return None
    months = list(report.by_month.values())
    series = [
        ("Revenue", [one.invoiced for one in months]),
        ("Costs and time", [one.costs + one.time for one in months]),
        ("Margin", [one.margin for one in months]),
    ]
    total = report.total
    return draw_columns(
        "margin",
        "Margin by month",
        text=(
            f"Clients brought {say_amount(total.invoiced, report.currency)} {report.currency}, of which"
            f" {say_amount(total.margin, report.currency)} were left."
        ),
        columns=[f"{month:%b}" if len(report.months) <= 12 else f"{month:%m/%y}" for month in report.months],
        series=[
            Series(
                name, values, [f"{say_amount(value, report.currency)} {report.currency}" for value in values]
            )
            for name, values in series
        ],
    )


def _list_gaps(left_out: LeftOut, width: int) -> Iterator[tuple[Any, ...]]:
    """Name what is in no figure, as wide as the table."""
    for one in left_out.named:
        words = " ".join(filter(None, [one.title or one.document_id, one.contact_name]))
        yield (f"Not in these figures, because it cannot be read: {words}", *[None] * (width - 1))
    if left_out.others:
        words = f"Not in these figures: {left_out.others} more documents that cannot be read"
        yield (words, *[None] * (width - 1))


def _list_cells(report: Report) -> Iterator[tuple[Any, ...]]:
    frame = (report.days.start, report.days.end - timedelta(days=1), report.currency)
    for row in report.rows:
        one = row.now
        yield (row.name, *frame, one.invoiced, one.paid, one.costs, one.time, one.margin, one.rate)
    total, other, books = report.total, report.unclaimed.now, report.books
    yield (
        "All of them",
        *frame,
        total.invoiced,
        total.paid,
        total.costs,
        total.time,
        total.margin,
        total.rate,
    )
    yield ("Revenue of nobody’s client", *frame, other.invoiced, other.paid, 0, 0, other.invoiced, None)
    yield ("Overhead", *frame, 0, 0, report.costs.overhead, 0, -report.costs.overhead, None)
    yield ("Unattributed costs", *frame, 0, 0, report.costs.open, 0, -report.costs.open, None)
    yield ("The books", *frame, books.invoiced, books.paid, books.costs, 0, books.margin, books.rate)
