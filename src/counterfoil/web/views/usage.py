"""The meter: what the sync takes of Xero's limits, and what the plans cost."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from counterfoil.features.connections.health import describe_health
from counterfoil.features.connections.usage import describe_usage, list_offers, list_plans, measure_month
from counterfoil.sync.cadence import describe_rhythm
from counterfoil.web.charts import HEIGHT, WIDTH, draw_bars
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.requests import FirmRequest
from counterfoil.xero.plans import COMPILED_ON


@require_GET
@for_firm
def show_usage(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show calls and bytes by day, kind of record and reason, the forecast, and Xero's plans."""
    organisation, now = get_current(request), timezone.now()
    if organisation is None or request.standing is None:
        return render(request, "activity/not_connected.html")
    found = describe_health(organisation, now=now)
    rhythm = describe_rhythm(organisation.connection, now=now)
    usage, month = describe_usage(found, rhythm, now=now), measure_month(now=now)
    offers = list_offers(rhythm)
    planned = next((offer.calls_a_day for offer in offers if offer.is_current), 0)
    count = len(request.standing.organisations)
    bars = draw_bars(
        [(f"{one.day:%-d %b}", f"{one.day:%-d %b %Y}: {one.calls:,} calls", one.calls) for one in usage.days]
    )
    return render(
        request,
        "activity/usage.html",
        {
            "organisation": organisation,
            "found": found,
            "rhythm": rhythm,
            "usage": usage,
            "bars": bars,
            "chart": {"width": WIDTH, "height": HEIGHT},
            "offers": offers,
            "month": month,
            "plans": list_plans(organisations=count, size_a_month=month, calls_a_day=planned),
            "count": count,
            "compiled_on": COMPILED_ON,
        },
    )
