"""What is owed to us: by age and client, how long they take, who takes longer, and what to expect when."""

from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from counterfoil.domain.datekit import today_in
from counterfoil.features.invoices.ageing import sum_ageing
from counterfoil.features.invoices.documents import Source
from counterfoil.features.reports.ageing import MOST, list_aged_clients
from counterfoil.features.reports.receivables import Forecast, describe_receivables
from counterfoil.features.reports.tasks import request_drawing
from counterfoil.web.charts import ColumnChart, Series, draw_columns
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.figures import chart_ageing
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.requests import FirmRequest
from counterfoil.web.words import say_amount


@require_GET
@for_firm
def show_receivables(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show all of it; each figure that is a sum of documents opens them."""
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "reports/not_connected.html", {"title": "Receivables"})
    now = timezone.now()
    today = today_in(request.standing.zone, now)
    source = Source(organisation, today)
    found, is_old = describe_receivables(organisation, today=today, now=now)
    if is_old:
        request_drawing(organisation_id=organisation.pk)
    forecasts = found.found.forecasts if found else []
    return render(
        request,
        "reports/receivables.html",
        {
            "organisation": organisation,
            "today": today,
            "charts": chart_ageing(organisation, sum_ageing(source)),
            "clients": list_aged_clients(source),
            "most": MOST,
            "receivables": found,
            "is_old": is_old,
            "forecasts": [
                (one, _chart(one, number) if number < 3 else None) for number, one in enumerate(forecasts)
            ],
            "export_page": reverse("export_receivables", args=[organisation.pk]),
        },
    )


@require_GET
@for_firm
def export_receivables(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Send what each client owes by age, as CSV or as an Excel workbook."""
    organisation = get_current(request)
    assert organisation is not None
    assert request.standing is not None
    form = read_form(request.GET)
    source = Source(organisation, today_in(request.standing.zone, timezone.now()))
    titles = ["Client or contact", "Currency", "Current", "1–30 days", "31–60 days", "61–90 days"]
    titles += ["Over 90 days", "Owed", "Invoices"]

    def rows() -> Iterator[tuple[Any, ...]]:
        for one in list_aged_clients(source, most=None):
            yield (one.name, one.currency, *one.amounts, one.total, one.count)

    name = f"{slugify(organisation.name) or 'organisation'}-receivables.{form}"
    return FileResponse(write_file(titles, rows(), form=form), as_attachment=True, filename=name)


def _chart(forecast: Forecast, number: int) -> ColumnChart:
    weeks = [(week.first, week.amount) for week in forecast.weeks if week.first is not None]
    says = [f"{say_amount(amount, forecast.currency)} {forecast.currency}" for _, amount in weeks]
    return draw_columns(
        f"expected-{number}",
        f"Expected by week in {forecast.currency}",
        text=f"Weeks from {weeks[0][0]:%-d %b %Y}, and what is expected later.",
        columns=[*(f"{first:%-d %b}" for first, _ in weeks[:-1]), "later"],
        series=[Series("expected", [amount for _, amount in weeks], says)],
    )
