"""Campaigns of reminders: the list, what one will send, and switching it on and off."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.reminding import campaigning, showing
from counterfoil.features.reminding.models import Campaign, Message, Wording
from counterfoil.features.reminding.owners import describe_owner
from counterfoil.features.reminding.ruling import list_unreviewed
from counterfoil.features.reminding.tasks import request_pay_links, request_reminders
from counterfoil.features.reminding.trying import MOST_A_DAY
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_number
from counterfoil.web.reminding import describe_top, find_campaign, get_organisation
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_campaigns(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List the campaigns, and how many messages of each left and did not."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "reminders/not_connected.html")
    details = {"rows": showing.list_campaigns(organisation), **describe_top(organisation)}
    return render(request, "reminders/campaigns.html", details)


@require_GET
@for_firm
def show_campaign(request: FirmRequest, organisation_id: int, campaign_id: int) -> HttpResponse:
    """Show what a campaign will say on the days to come, to whom, and who is left out and why."""
    organisation = get_organisation(request)
    campaign = find_campaign(organisation, campaign_id)
    is_over = campaign.state == Campaign.State.ARCHIVED
    now = timezone.now()
    today = describe_owner(organisation, now=now).today
    days = [] if is_over else showing.preview(campaign, now=now)
    if showing.awaits_links(days):
        request_pay_links(organisation.pk)
    latest, _ = showing.list_messages(organisation, campaign_id=campaign.pk)
    return render(
        request,
        "reminders/campaign.html",
        {
            "campaign": campaign,
            "days": days,
            "awaits_links": showing.awaits_links(days),
            "problems": [] if is_over else campaigning.list_problems(campaign),
            "remarks": [] if is_over else campaigning.list_remarks(campaign),
            "unreviewed": [] if is_over else list_unreviewed(campaign, today=today),
            "wordings": Wording.objects.filter(step__campaign=campaign)
            .select_related("step")
            .order_by("step__days", "pk"),
            "most_tests": MOST_A_DAY,
            "latest": latest[:10],
            **describe_top(organisation),
        },
    )


@require_POST
@for_people_who_may(Permission.WORK)
def turn_campaign(request: FirmRequest, organisation_id: int, campaign_id: int) -> HttpResponse:
    """Activate, pause or archive a campaign."""
    organisation = get_organisation(request)
    campaign = find_campaign(organisation, campaign_id)
    acts = {
        "activate": (campaigning.activate, "Active: it sends from now on."),
        "pause": (campaigning.pause, "Paused: nothing of it leaves any more."),
        "archive": (campaigning.archive, "Archived, with what it sent."),
    }
    operation, said = acts.get(request.POST.get("act", ""), acts["pause"])
    try:
        operation(campaign, by=request.user, now=timezone.now())
    except (campaigning.NotReady, campaigning.CannotChange) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
        request_reminders(organisation.pk)
    return redirect("campaign", organisation.pk, campaign.pk)


@require_POST
@for_people_who_may(Permission.WORK)
def turn_all(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Pause everything of an organisation with one switch, or let it go again."""
    organisation = get_organisation(request)
    if request.POST.get("act") == "resume":
        campaigning.resume_all(organisation, by=request.user, now=timezone.now())
        messages.success(request, "Reminders go out again.")
    else:
        campaigning.pause_all(organisation, by=request.user, now=timezone.now())
        messages.success(request, "Paused: no reminder of this organisation leaves any more.")
    return redirect("reminders", organisation.pk)


@require_GET
@for_firm
def show_messages(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List what left and what did not, each with its reason."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "reminders/not_connected.html")
    state = request.GET.get("state", "")
    state = state if state in Message.State.values else ""
    rows, before = showing.list_messages(organisation, state=state, before=read_number(request.GET, "before"))
    details = {"rows": rows, "before": before, "state": state, "states": Message.State.choices}
    return render(request, "reminders/messages.html", {**details, **describe_top(organisation)})
