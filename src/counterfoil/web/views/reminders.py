"""Campaigns of reminders: the list, composing one, what it will send, and switching it on and off."""

from datetime import time

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.features.reminding import campaigning, showing
from counterfoil.features.reminding.models import Campaign, Message
from counterfoil.features.reminding.tasks import request_reminders
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_number
from counterfoil.web.reminderforms import FIRST_WORDS, CampaignForm, StepForms, read_steps
from counterfoil.web.requests import FirmRequest

_NINE = time(9)


@require_GET
@for_firm
def show_campaigns(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List the campaigns, and how many messages of each left and did not."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "reminders/not_connected.html")
    details = {"rows": showing.list_campaigns(organisation), **_describe(organisation)}
    return render(request, "reminders/campaigns.html", details)


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_campaign(request: FirmRequest, organisation_id: int, campaign_id: int | None = None) -> HttpResponse:
    """Compose a campaign, or change one that does not send."""
    organisation = _get_organisation(request)
    campaign = _find(organisation, campaign_id) if campaign_id else None
    sent = request.POST if request.method == "POST" else None
    instance = campaign or Campaign(
        organisation=organisation,
        workspace_id=organisation.workspace_id,
        send_at=_NINE,
        name="Overdue invoices",
    )
    form = CampaignForm(sent, instance=instance, organisation=organisation)
    steps = StepForms(sent, prefix="step", initial=_list_steps(campaign))
    problem = ""
    if sent is not None and form.is_valid() and steps.is_valid():
        try:
            saved = campaigning.save_campaign(
                form.save(commit=False), says=read_steps(steps), by=request.user, now=timezone.now()
            )
        except ValidationError as wrong:
            problem = " ".join(wrong.messages)
        except campaigning.CannotChange as wrong:
            problem = str(wrong)
        else:
            return redirect("campaign", organisation.pk, saved.pk)
    return render(
        request,
        "reminders/compose.html",
        {
            "organisation": organisation,
            "campaign": campaign,
            "form": form,
            "steps": steps,
            "problem": problem,
        },
        status=422 if problem or form.errors or steps.total_error_count() else 200,
    )


@require_GET
@for_firm
def show_campaign(request: FirmRequest, organisation_id: int, campaign_id: int) -> HttpResponse:
    """Show what a campaign will say on the days to come, to whom, and who is left out and why."""
    organisation = _get_organisation(request)
    campaign = _find(organisation, campaign_id)
    is_over = campaign.state == Campaign.State.ARCHIVED
    latest, _ = showing.list_messages(organisation, campaign_id=campaign.pk)
    return render(
        request,
        "reminders/campaign.html",
        {
            "campaign": campaign,
            "days": [] if is_over else showing.preview(campaign, now=timezone.now()),
            "problems": [] if is_over else campaigning.list_problems(campaign),
            "latest": latest[:10],
            **_describe(organisation),
        },
    )


@require_POST
@for_people_who_may(Permission.WORK)
def turn_campaign(request: FirmRequest, organisation_id: int, campaign_id: int) -> HttpResponse:
    """Activate, pause or archive a campaign."""
    organisation = _get_organisation(request)
    campaign = _find(organisation, campaign_id)
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
    organisation = _get_organisation(request)
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
    return render(request, "reminders/messages.html", {**details, **_describe(organisation)})


def _describe(organisation: Organisation) -> dict[str, object]:
    """Return what every page of reminders says on top."""
    return {
        "organisation": organisation,
        "is_all_paused": showing.is_all_paused(organisation),
        "is_only_shown": showing.is_only_shown(organisation),
        "unread": showing.count_unread(organisation),
    }


def _get_organisation(request: FirmRequest) -> Organisation:
    organisation = get_current(request)
    assert organisation is not None
    return organisation


def _find(organisation: Organisation, campaign_id: int) -> Campaign:
    return get_object_or_404(Campaign, organisation=organisation, pk=campaign_id)


def _list_steps(campaign: Campaign | None) -> list[dict[str, object]]:
    if campaign is None:
        return [{"days": 3, "language": "en", "text": FIRST_WORDS}]
    return [
        {"days": step.days, "language": one.language, "subject": one.subject, "text": one.text}
        for step in campaign.steps.prefetch_related("wordings")
        for one in step.wordings.all()
    ]
