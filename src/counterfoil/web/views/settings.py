"""Settings: the account and its connections, the health of the sync, and the way out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from counterfoil.features.connections.operations import name_counts, remove_connection
from counterfoil.features.connections.queries import describe_budget, list_stream_health
from counterfoil.sync.app import find_app, get_redirect_uri
from counterfoil.web.forms import RemovalForm
from counterfoil.web.guards import for_connectors, for_firm, get_current, speaks_to_xero, within_firm
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_account(request: FirmRequest) -> HttpResponse:
    """Show the firm and its connections."""
    return render(request, "settings/account.html")


@require_GET
@for_firm
def show_integrations(request: FirmRequest) -> HttpResponse:
    """Show how every stream is doing, what it cost, and whether the app is set up."""
    organisation, app = get_current(request), find_app(request.membership.workspace_id)
    return render(
        request,
        "settings/integrations.html",
        {
            "organisation": organisation,
            "health": list_stream_health(organisation) if organisation else [],
            "budget": describe_budget(organisation, now=timezone.now()) if organisation else None,
            "app": app,
            "redirect_uri": get_redirect_uri(),
        },
    )


@require_http_methods(["GET", "POST"])
@for_connectors
@speaks_to_xero
def remove(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """List what removing the connection takes away, and do it once confirmed (T33 to T37)."""
    organisation = get_current(request)
    assert organisation is not None
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        removal = remove_connection(organisation, who=request.user, now=timezone.now())
        removed = name_counts(removal.counts)
        what = f"Removed: {', '.join(removed)}." if removed else "There was nothing to remove."
        messages.success(request, f"The connection to {removal.name} is removed. {what}")
        if removal.farewell.problem:
            messages.warning(request, f"{removal.farewell.problem} {removal.farewell.next_step}")
        return redirect("settings")
    status = 422 if form.errors else 200
    with within_firm(request):
        return render(
            request, "settings/remove.html", {"organisation": organisation, "form": form}, status=status
        )
