"""The profit and loss: a page, the documents behind each figure, Xero's own report beside it, and a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.datekit import add_months, today_in
from counterfoil.features.history.in_xero import NotHad
from counterfoil.features.reports.drilldown import PARTS, Wanted, list_pieces
from counterfoil.features.reports.left_out import LeftOut, list_left_out
from counterfoil.features.reports.profit_and_loss import (
    SPANS,
    Asked,
    Line,
    Section,
    Statement,
    Tracking,
    build_statement,
    list_trackings,
)
from counterfoil.features.reports.residual import Beside, ask_xero, compare_with_xero
from counterfoil.features.reports.tasks import draw_up_soon
from counterfoil.mirror.models import Basis, Organisation
from counterfoil.web.charts import ColumnChart, Series, draw_columns
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.guards import for_firm, get_current, speaks_to_xero
from counterfoil.web.paging import read_choice, read_day, read_number
from counterfoil.web.requests import FirmRequest
from counterfoil.web.words import say_amount

_PART_OF = {Section.INCOME: "income", Section.COSTS: "costs", Section.EXPENSES: "expenses"}
_DEFAULT_MONTHS = 6
# A file names all that are missing from it, within reason; the page names a few.
_MOST_NAMED = 1000


@dataclass(frozen=True)
class Cell:
    """A figure, and the documents that it opens; nothing opens where there are none."""

    amount: Decimal
    title: str
    address: str


@dataclass(frozen=True)
class Row:
    """A line of the statement as the page shows it."""

    line: Line
    cells: Sequence[Cell]
    total: Cell
    before: Cell


@require_GET
@for_firm
def show_profit_and_loss(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show the statement that the address asks for."""
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "reports/not_connected.html", {"title": "Profit and loss"})
    trackings = list_trackings(organisation)
    asked = _read_asked(request, trackings)
    left = draw_up_soon(organisation)
    statement = build_statement(organisation, asked)
    currency = request.standing.profile.base_currency if request.standing.profile else ""
    export = reverse("export_profit_and_loss", args=[organisation.pk])
    return render(
        request,
        "reports/profit_and_loss.html",
        {
            "organisation": organisation,
            "asked": asked,
            "currency": currency,
            "statement": statement,
            "sections": [
                (part.section, [_row(organisation, asked, statement, line) for line in part.lines],
                 _row(organisation, asked, statement, part.total, _PART_OF[part.section]))
                for part in statement.parts
            ],
            "gross": _row(organisation, asked, statement, statement.gross, "gross"),
            "net": _row(organisation, asked, statement, statement.net, "net"),
            "by_hand": _row(organisation, asked, statement, statement.by_hand, "hand"),
            "beside": None if asked.option or asked.category else compare_with_xero(organisation, asked),
            "chart": None if asked.category else _chart(statement, currency),
            "trackings": trackings,
            "spans": SPANS,
            "left": left,
            "left_out": list_left_out(organisation),
            "year_before": asked.year_before,
            "last_day": asked.following - timedelta(days=1),
            "export_page": f"{export}?{request.GET.urlencode()}",
        },
    )  # fmt: skip


@require_GET
@for_firm
def show_pieces(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Show the documents that add up to one figure."""
    organisation = get_current(request)
    assert organisation is not None
    assert request.standing is not None
    wanted = _read_wanted(request.GET, today_in(request.standing.zone, timezone.now()))
    profile = request.standing.profile
    return render(
        request,
        "reports/pieces.html",
        {
            "organisation": organisation,
            "wanted": wanted,
            "currency": profile.base_currency if profile else "",
            "found": list_pieces(organisation, wanted),
        },
    )


@require_POST
@for_firm
@speaks_to_xero
def ask_for_report(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Read Xero's own report of the months in view, and come back to them."""
    organisation = get_current(request)
    assert organisation is not None
    if request.POST.get("basis") not in list(Basis):
        raise Http404("Xero has no report of this kind.")
    asked = _read_asked(request, [], request.POST)
    try:
        ask_xero(organisation, asked, asked_by=request.user.email, now=timezone.now)
    except NotHad as problem:
        messages.error(request, f"Xero’s report was not read. {problem} {problem.next_step}")
    kept = {"basis": asked.basis.value, "months": asked.months, "until": f"{asked.last:%Y-%m}"}
    page = reverse("profit_and_loss", args=[organisation.pk])
    return redirect(f"{page}?{urlencode(kept)}#beside")


@require_GET
@for_firm
def export_profit_and_loss(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Send the statement as it is shown, as CSV or as an Excel workbook."""
    organisation = get_current(request)
    assert organisation is not None
    asked = _read_asked(request, list_trackings(organisation))
    left = draw_up_soon(organisation)
    statement = build_statement(organisation, asked)
    beside = None if asked.option or asked.category else compare_with_xero(organisation, asked)
    rows = [*_flatten(statement, beside), *_list_gaps(left, list_left_out(organisation, most=_MOST_NAMED))]
    form = read_form(request.GET)
    titles = ["Part", "Code", "Account", *(column.title for column in statement.columns)]
    titles += ["Total", "A year before"]
    name = f"{slugify(organisation.name) or 'organisation'}-profit-and-loss-{asked.basis.value}.{form}"
    return FileResponse(write_file(titles, iter(rows), form=form), as_attachment=True, filename=name)


def _flatten(statement: Statement, beside: Beside | None) -> Iterator[tuple[Any, ...]]:
    def flat(part: str, line: Line) -> tuple[Any, ...]:
        return (part, line.code, line.title, *line.amounts, line.total, line.before)

    for part in statement.parts:
        for line in part.lines:
            yield flat(part.section.value, line)
        yield flat(part.section.value, part.total)
    yield flat("", statement.gross)
    yield flat("", statement.net)
    yield flat("", statement.by_hand)
    if beside is None or beside.asked_at is None:
        return
    for reason, amounts in beside.list_reasons():
        yield ("Difference to Xero", "", reason.value, *amounts, sum(amounts, Decimal(0)), "")
    yield ("Xero’s report", "", "Net profit", *("" if one is None else one for one in beside.net), "", "")


def _list_gaps(left: int, left_out: LeftOut) -> Iterator[tuple[Any, ...]]:
    """Say what the figures are without, in the same columns."""
    if left:
        yield ("Not in these figures", "", f"{left} documents are still being added up")
    for one in left_out.named:
        name = " ".join(filter(None, [one.title or one.document_id, one.contact_name]))
        yield ("Not in these figures", "", f"{name}: its text here cannot be read; read it from Xero again")
    if left_out.others:
        yield ("Not in these figures", "", f"{left_out.others} more documents that cannot be read")


def _read_asked(request: FirmRequest, trackings: Sequence[Tracking], query: QueryDict | None = None) -> Asked:
    query = request.GET if query is None else query
    assert request.standing is not None
    today = today_in(request.standing.zone, timezone.now())
    months = read_number(query, "months")
    month = _read_month(query.get("until", "")) or today.replace(day=1)
    options = {key for one in trackings for key in one.options}
    option, category = query.get("option", ""), query.get("category", "")
    return Asked(
        last=month,
        months=months if months in SPANS else _DEFAULT_MONTHS,
        basis=read_choice(query, "basis", Basis.ACCRUAL),
        option=option if option in options else "",
        category=category if category in {one.category_id for one in trackings} else "",
    )


def _read_month(text: str) -> date | None:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if 1970 <= month.year <= 2200 else None


def _read_wanted(query: QueryDict, today: date) -> Wanted:
    part = query.get("part", "")
    after, pk = read_day(query, "after"), read_number(query, "after_row")
    month = today.replace(day=1)
    return Wanted(
        basis=read_choice(query, "basis", Basis.ACCRUAL),
        first=read_day(query, "from") or month,
        last=read_day(query, "to") or add_months(month, 1) - timedelta(days=1),
        account=query.get("account", "").replace("\x00", "")[:50],
        part=part if part in PARTS else "net",
        option=query.get("option", "").replace("\x00", "")[:50],
        also=query.get("also", "").replace("\x00", "")[:50],
        category=query.get("category", "").replace("\x00", "")[:50],
        by_hand="by_hand" in query,
        after=(after, pk) if after is not None and pk is not None else None,
    )


def _row(organisation: Organisation, asked: Asked, statement: Statement, line: Line, part: str = "") -> Row:
    which = {"by_hand": "yes"} if part == "hand" else {"part": part} if part else {"account": line.account}
    fixed = {"basis": asked.basis.value, "option": asked.option, **which}
    page = reverse("profit_and_loss_pieces", args=[organisation.pk])

    def address(first: date, last: date, more: Mapping[str, str]) -> str:
        query = {**fixed, "from": first, "to": last, **more}
        return f"{page}?{urlencode({name: value for name, value in query.items() if value})}"

    cells = [
        Cell(
            amount,
            column.title,
            address(
                column.first,
                column.last,
                {"category": asked.category, "also": column.option} if asked.category else {},
            ),
        )
        for amount, column in zip(line.amounts, statement.columns, strict=True)
    ]
    then = asked.year_before
    return Row(
        line,
        cells,
        Cell(line.total, "Total", address(asked.first, asked.following - timedelta(days=1), {})),
        Cell(line.before, "A year before", address(then.first, then.following - timedelta(days=1), {})),
    )


def _chart(statement: Statement, currency: str) -> ColumnChart | None:
    if statement.is_empty:
        return None
    income = statement.get_part(Section.INCOME).total

    def draw(name: str, amounts: Sequence[Decimal]) -> Series:
        return Series(name, amounts, [f"{say_amount(one, currency)} {currency}" for one in amounts])

    columns = [column.title for column in statement.columns]
    return draw_columns(
        "profit",
        "Income, cost of sales and operating expenses by month",
        text=f"From {columns[0]} to {columns[-1]}: income {say_amount(income.total, currency)} {currency},"
        f" net profit {say_amount(statement.net.total, currency)} {currency}.",
        columns=[f"{column.first:%b}" for column in statement.columns],
        series=[draw(part.section.value, part.total.amounts) for part in statement.parts],
    )
