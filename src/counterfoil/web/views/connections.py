"""What happened to the connections, what each may do, and the small changes to them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.connections.cards import describe_permissions, list_cards, list_events
from counterfoil.features.connections.operations import hold_to_one_organisation, look_again, make_read_only
from counterfoil.web.guards import for_connectors, for_firm, get_current, speaks_to_xero
from counterfoil.web.requests import FirmRequest
from counterfoil.xero.errors import XeroError


@require_GET
@for_firm
def show_history(request: FirmRequest) -> HttpResponse:
    """Show what happened to the connections, latest first, one page at a time."""
    before = request.GET.get("before", "")
    is_number = before.isascii() and before.isdigit() and len(before) < 19
    page = list_events(before=int(before) if is_number else None)
    return render(request, "settings/history.html", {"page": page, "is_later_page": is_number})


@require_GET
@for_firm
def show_permissions(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Compare what was asked, granted and needed, and say what does not work (PAIN 10)."""
    organisation = get_current(request)
    assert organisation is not None
    connection = organisation.connection
    details = {
        "organisation": organisation,
        "card": list_cards([organisation], now=timezone.now())[0],
        "permissions": describe_permissions(connection),
    }
    return render(request, "settings/permissions.html", details)


@require_POST
@for_connectors
def stop_writing(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Make a two-way connection read-only."""
    organisation = get_current(request)
    assert organisation is not None
    make_read_only(organisation, who=request.user, now=timezone.now())
    messages.success(request, f"{organisation.name} is read-only now. Nothing is written to it any more.")
    return redirect("settings")


@require_POST
@for_connectors
@speaks_to_xero
def try_again(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """See whether lost access is back, without another consent."""
    organisation = get_current(request)
    assert organisation is not None
    try:
        look_again(organisation, now=timezone.now())
    except XeroError as error:
        messages.warning(request, f"Not yet. {error.sentence}")
    else:
        messages.success(request, f"Access to {organisation.name} is back. Its sync is about to start.")
    return redirect("settings")


@require_POST
@for_connectors
def hold_to_one(request: FirmRequest) -> HttpResponse:
    """Hold the firm to one organisation, or lift that (T20)."""
    is_held = request.POST.get("hold") == "yes"
    hold_to_one_organisation(
        request.membership.workspace, is_held=is_held, who=request.user, now=timezone.now()
    )
    messages.success(
        request,
        "No second organisation can be connected from now on."
        if is_held
        else "Several organisations can be connected from now on.",
    )
    return redirect("settings")
