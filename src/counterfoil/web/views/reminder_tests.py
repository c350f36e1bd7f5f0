"""Sending a message of a campaign to oneself, as a test."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from counterfoil.features.reminding.models import Message, Wording
from counterfoil.features.reminding.trying import CannotTry, send_test
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.guards import for_people_who_may, speaks_to_xero, within_firm
from counterfoil.web.reminding import get_organisation
from counterfoil.web.requests import FirmRequest


@require_POST
@for_people_who_may(Permission.WORK)
@speaks_to_xero
def send(request: FirmRequest, organisation_id: int, campaign_id: int) -> HttpResponse:
    """Send one version of a step to a number of one's own, or to one's own e-mail address."""
    organisation = get_organisation(request)
    said = request.POST.get("wording", "")
    with within_firm(request):
        wording = get_object_or_404(
            Wording.objects.select_related("step__campaign__organisation"),
            pk=int(said) if said.isdecimal() and len(said) < 19 else 0,
            step__campaign=campaign_id,
            step__campaign__organisation=organisation,
        )
    try:
        message = send_test(
            organisation, wording, to=request.POST.get("to", "")[:40], by=request.user, now=timezone.now
        )
    except CannotTry as refusal:
        messages.error(request, f"No test was sent. {refusal}")
    else:
        if message.state == Message.State.SENT:
            messages.success(request, "The test is on its way, and stands among the messages.")
        else:
            messages.warning(request, f"{message.get_state_display()}. {message.reason}")
    return redirect("campaign", organisation_id, campaign_id)
