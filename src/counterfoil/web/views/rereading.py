"""Reading kinds of record again: choose, see what it would change, apply it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.resync import UnsafePlan
from counterfoil.features.connections.rereading import (
    NothingChosen,
    UnderWay,
    request_apply,
    request_preview,
)
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation, Resync
from counterfoil.sync import resync
from counterfoil.sync.applying import PlanExpired, is_applicable
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.requests import FirmRequest


@require_GET
@for_people_who_may(Permission.CONFIGURE)
def show_rereading(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show what can be read again and what it costs, how a reading goes on, and what it would change."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "activity/not_connected.html", {"title": "Read again"})
    return render(request, "activity/read_again.html", _describe(organisation))


@require_GET
@for_firm
def show_reading(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Show how far a reading is; the whole page again once it has ended. Whole without HTMX."""
    organisation = get_current(request)
    assert organisation is not None
    latest = resync.find_latest(organisation)
    if not request.headers.get("HX-Request"):
        return redirect("read_again", organisation_id)
    if not resync.is_under_way(latest, now=timezone.now()):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "activity/_reading.html", {"wish": latest, "organisation": organisation})


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def start_rereading(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Ask for a preview of what was chosen."""
    organisation = get_current(request)
    assert organisation is not None
    try:
        request_preview(
            organisation,
            streams=request.POST.getlist("stream"),
            asked_by=request.user.email,
            now=timezone.now(),
        )
    except (NothingChosen, UnderWay) as reason:
        messages.warning(request, str(reason))
    return redirect("read_again", organisation_id)


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def settle_rereading(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Apply the plan that was shown, or let it go."""
    organisation = get_current(request)
    assert organisation is not None
    wish = resync.find_latest(organisation)
    # The number says which plan the person saw; a newer one is another plan.
    if wish is None or str(wish.pk) != request.POST.get("plan"):
        messages.warning(request, str(PlanExpired()))
    elif request.POST.get("act") != "apply":
        resync.drop(organisation, now=timezone.now())
        messages.success(request, "Nothing was changed.")
    else:
        agreed = request.POST.get("agreed") == "yes"
        try:
            request_apply(wish, agreed=agreed, who=request.user, now=timezone.now())
        except (PlanExpired, UnsafePlan) as refused:
            messages.warning(request, str(refused))
    return redirect("read_again", organisation_id)


def _describe(organisation: Organisation) -> dict[str, Any]:
    latest, now = resync.find_latest(organisation), timezone.now()
    under_way = resync.is_under_way(latest, now=now)
    context: dict[str, Any] = {
        "organisation": organisation,
        "wish": latest,
        "is_under_way": under_way,
        "costs": [] if under_way else resync.list_costs(organisation),
    }
    if latest is not None and latest.plan and not under_way:
        context["plan"] = resync.read_plan(latest)
        context["can_apply"] = latest.state == Resync.State.READY and is_applicable(latest, now=now)
    return context
