"""The dashboard: the connection, the totals, what changed, and the sync while it runs."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.datekit import today_in
from counterfoil.features.connections.health import describe_health
from counterfoil.features.connections.operations import CannotSync, sync_now
from counterfoil.features.connections.progress import describe_progress
from counterfoil.features.dashboards.news import list_news
from counterfoil.features.dashboards.queries import count_totals
from counterfoil.features.invoices.ageing import Aged
from counterfoil.features.invoices.documents import Question, Source, View, list_documents
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation, Run
from counterfoil.web.figures import Figure, build_list_address, chart_ageing, describe_paid
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.requests import FirmRequest

_NEWS = 8
_LATEST = 6


@require_GET
@for_firm
def show_dashboard(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show the organisation in view, or how to connect the first one."""
    if get_current(request) is None:
        return render(request, "dashboard/not_connected.html")
    return render(request, "dashboard/dashboard.html", _describe(request))


@require_GET
@for_firm
def show_live(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Show the part of the dashboard that changes while a sync runs; whole without HTMX."""
    if not request.headers.get("HX-Request"):
        return redirect("dashboard", organisation_id)
    return render(request, "dashboard/_live.html", _describe(request) | {"is_swap": True})


@require_POST
@for_people_who_may(Permission.WORK)
def start_sync(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Ask for a sync now, and go back to the dashboard, which shows it."""
    organisation = get_current(request)
    assert organisation is not None
    try:
        if sync_now(organisation, now=timezone.now()):
            messages.info(request, "A sync is under way already. Yours begins right after it.")
    except CannotSync as reason:
        messages.warning(request, str(reason))
    return redirect("dashboard", organisation_id)


def _describe(request: FirmRequest) -> dict[str, Any]:
    standing = request.standing
    assert standing is not None
    assert standing.current is not None
    now = timezone.now()
    unfinished = standing.latest and standing.latest.state in (Run.State.RUNNING, Run.State.PARKED)
    source = Source(standing.current, today_in(standing.zone, now))
    totals = count_totals(source)
    charts = chart_ageing(standing.current, totals.owed)
    return {
        "organisation": standing.current,
        "connection": standing.current.connection,
        "totals": totals,
        "today": source.today,
        "charts": charts,
        "owed": [chart.owed for chart in charts],
        "overdue": _describe_overdue(standing.current, totals.overdue),
        "paid": describe_paid(standing.current, totals.paid, totals.paid_in),
        "latest": list_documents([source], Question(view=View.ALL), size=_LATEST).rows,
        "news": list_news(standing.current, limit=_NEWS),
        "progress": describe_progress(standing.latest, now=now) if unfinished and standing.latest else None,
        "run": standing.latest,
        "health": describe_health(standing.current, now=now),
    }


def _describe_overdue(organisation: Organisation, ageing: Sequence[Aged]) -> list[Figure]:
    overdue = Question(view=View.OVERDUE)
    return [
        Figure(
            aged.overdue,
            aged.overdue_count,
            build_list_address(organisation, overdue, currency=aged.currency),
        )
        for aged in ageing
    ]
