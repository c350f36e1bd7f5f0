"""What is held back from reminders by hand: the list, holding a client, customer or invoice, letting go."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.reminders.guard import Hold
from counterfoil.features.reminding import holding
from counterfoil.features.reminding.models import Held, HeldClient
from counterfoil.features.reminding.owners import describe_owner
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_search
from counterfoil.web.reminding import describe_top, get_organisation
from counterfoil.web.requests import FirmRequest
from counterfoil.web.wishforms import HoldForm


@require_GET
@for_firm
def show_holds(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List what is held back, and find what is to be."""
    if get_current(request) is None:
        return render(request, "reminders/not_connected.html")
    return _render(request)


@require_POST
@for_people_who_may(Permission.WORK)
def hold(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Hold reminders back for a client, a customer or one invoice."""
    form, organisation = HoldForm(request.POST), get_organisation(request)
    about = holding.read_about(organisation, request.POST.get("about", ""))
    if about is None:
        messages.error(request, "Choose a client, a customer or an invoice.")
        return redirect("reminder_holds", organisation.pk)
    if not form.is_valid():
        return _render(request, form=form, about=about, status=422)
    said = form.cleaned_data
    try:
        holding.hold_back(
            organisation,
            about,
            hold=Hold(said["hold"]),
            until=said["until"],
            by=request.user,
            now=timezone.now(),
        )
    except holding.CannotHold as refusal:
        form.add_error("until", str(refusal))
        return _render(request, form=form, about=about, status=422)
    messages.success(request, "Reminders are held back.")
    return redirect("reminder_holds", organisation.pk)


@require_POST
@for_people_who_may(Permission.WORK)
def end(request: FirmRequest, organisation_id: int, hold_id: int) -> HttpResponse:
    """Let reminders go again."""
    held = get_object_or_404(Held, organisation=get_current(request), pk=hold_id)
    holding.end_hold(held, by=request.user, now=timezone.now())
    messages.success(request, "Reminders go out again.")
    return redirect("reminder_holds", organisation_id)


@require_POST
@for_people_who_may(Permission.WORK)
def end_for_client(request: FirmRequest, organisation_id: int, client_hold_id: int) -> HttpResponse:
    """Let reminders to a whole client go again."""
    held = get_object_or_404(HeldClient.objects.select_related("client"), pk=client_hold_id)
    holding.end_client_hold(held, get_organisation(request), by=request.user, now=timezone.now())
    messages.success(request, "Reminders go out again.")
    return redirect("reminder_holds", organisation_id)


def _render(
    request: FirmRequest, *, form: HoldForm | None = None, about: Any = None, status: int = 200
) -> HttpResponse:
    organisation = get_organisation(request)
    search = read_search(request.GET)
    chosen = about or holding.read_about(organisation, request.GET.get("about", ""))
    owner = describe_owner(organisation, now=timezone.now())
    return render(
        request,
        "reminders/holds.html",
        {
            "rows": holding.list_holds(organisation, today=owner.today),
            "search": search,
            "found": holding.find_about(organisation, search),
            "about": chosen,
            "form": form or HoldForm(initial={"about": chosen.key if chosen else ""}),
            **describe_top(organisation),
        },
        status=status,
    )
