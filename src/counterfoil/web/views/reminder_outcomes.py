"""What came of a campaign, and what is to come of all of them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from counterfoil.features.reminding.coming import list_coming
from counterfoil.features.reminding.owners import describe_owner
from counterfoil.features.reminding.results import SPANS, sum_results
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.reminding import describe_top, find_campaign, get_organisation
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_results(request: FirmRequest, organisation_id: int, campaign_id: int) -> HttpResponse:
    """Show what left of a campaign, what did not and why, and what was paid within some days."""
    organisation = get_organisation(request)
    campaign = find_campaign(organisation, campaign_id)
    days = next((span for span in SPANS if str(span) == request.GET.get("days")), SPANS[1])
    owner = describe_owner(organisation, now=timezone.now())
    return render(
        request,
        "reminders/results.html",
        {
            "campaign": campaign,
            "results": sum_results(campaign, owner=owner, days=days),
            "days": days,
            "spans": SPANS,
            **describe_top(organisation),
        },
    )


@require_GET
@for_firm
def show_coming(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show the days of the next four weeks on which messages are to come."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "reminders/not_connected.html")
    days = list_coming(organisation, now=timezone.now())
    return render(request, "reminders/coming.html", {"days": days, **describe_top(organisation)})
