"""What customers answered, and what a person says that it means."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.reminders.replies import Meaning
from counterfoil.features.reminding import showing
from counterfoil.features.reminding.models import Reply
from counterfoil.features.reminding.replying import CannotDecide, decide_reply
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_number
from counterfoil.web.reminderforms import MeaningForm
from counterfoil.web.reminding import describe_top
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_replies(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List replies, the latest first, with what each seems to mean."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "reminders/not_connected.html")
    rows, before = showing.list_replies(organisation, before=read_number(request.GET, "before"))
    details = {"rows": rows, "before": before, **describe_top(organisation)}
    return render(request, "reminders/replies.html", details)


@require_POST
@for_people_who_may(Permission.WORK)
def decide(request: FirmRequest, organisation_id: int, reply_id: int) -> HttpResponse:
    """Say what a reply means; what it holds back is held."""
    reply = get_object_or_404(Reply, organisation=get_current(request), pk=reply_id)
    form = MeaningForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say what the reply means, and until when as a day.")
        return redirect("reminder_replies", organisation_id)
    meaning = Meaning(form.cleaned_data["meaning"])
    try:
        held = decide_reply(
            reply, meaning=meaning, until=form.cleaned_data["until"], by=request.user, now=timezone.now()
        )
    except CannotDecide as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Reminders are held back." if held else "Noted.")
    return redirect("reminder_replies", organisation_id)
