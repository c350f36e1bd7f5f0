"""What the sync has done: its runs, what went wrong and what to do, and what could not be read."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from counterfoil.features.connections.queries import list_quarantined, list_runs
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.requests import FirmRequest

_RUNS = 30
_QUARANTINED = 50


@require_GET
@for_firm
def show_sync(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show the latest runs and the quarantine."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "activity/not_connected.html")
    return render(
        request,
        "activity/sync.html",
        {
            "organisation": organisation,
            "runs": list_runs(organisation, limit=_RUNS),
            "quarantined": list_quarantined(organisation, limit=_QUARANTINED),
        },
    )
