"""Settings: the account and its connections, the health of the sync, and the way out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.connections import operations
from counterfoil.features.connections.cards import list_cards, list_removed
from counterfoil.features.connections.diagnostics import build_diagnostics
from counterfoil.features.connections.health import (
    describe_health,
    list_health,
    sort_by_trouble,
)
from counterfoil.features.connections.progress import describe_progress
from counterfoil.features.connections.queries import list_stream_health
from counterfoil.features.connections.usage import list_offers
from counterfoil.features.operating.retaining import RULES
from counterfoil.features.two_way.switching import describe_choice
from counterfoil.features.webhooks.feed import describe_feed_of
from counterfoil.sync.app import find_app, get_redirect_uri
from counterfoil.sync.cadence import describe_rhythm, get_interval
from counterfoil.web.forms import AutoSyncForm, RhythmForm
from counterfoil.web.guards import for_connectors, for_firm, get_current
from counterfoil.web.requests import FirmRequest
from counterfoil.web.words import say_every


@require_GET
@for_firm
def show_account(request: FirmRequest) -> HttpResponse:
    """Show the firm and its connections."""
    organisations = request.standing.organisations if request.standing else []
    cards = list_cards(organisations, now=timezone.now())
    return render(request, "settings/account.html", {"cards": cards, "removed": list_removed()})


@require_GET
@for_firm
def list_organisations(request: FirmRequest) -> HttpResponse:
    """Show every organisation of the firm, the one in most trouble first."""
    found = list_health(request.standing.organisations, now=timezone.now()) if request.standing else []
    return render(request, "settings/organisations.html", {"organisations": sort_by_trouble(found)})


@require_GET
@for_firm
def show_integrations(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show how every stream is doing, what it cost, and whether the app is set up."""
    organisation, now = get_current(request), timezone.now()
    found = describe_health(organisation, now=now) if organisation else None
    rhythm = describe_rhythm(organisation.connection, now=now) if organisation else None
    return render(
        request,
        "settings/integrations.html",
        {
            "organisation": organisation,
            "feed": describe_feed_of(organisation, now=now) if organisation else None,
            "standing_health": found,
            "health": list_stream_health(organisation, found.failed) if organisation and found else [],
            "progress": describe_progress(found.unfinished, now=now) if found and found.unfinished else None,
            "app": find_app(request.membership.workspace_id),
            "redirect_uri": get_redirect_uri(),
            "rhythm": rhythm,
            "offers": list_offers(rhythm) if rhythm else [],
            "fields": describe_choice(organisation) if organisation else None,
            "next_turn": found.next_turn if found else None,
            "next_check": found.next_check if found else None,
            "kept": RULES,
        },
    )


@require_GET
@for_firm
def show_diagnostics(request: FirmRequest) -> HttpResponse:
    """Show the text to hand to whoever helps, ready to be copied."""
    now = timezone.now()
    found = list_health(request.standing.organisations, now=now) if request.standing else []
    text = build_diagnostics(found, now=now)
    return render(request, "settings/diagnostics.html", {"text": text})


@require_POST
@for_connectors
def switch_auto_sync(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Switch auto-sync on or off, and go back to where the switch was pressed."""
    organisation, form = get_current(request), AutoSyncForm(request.POST)
    assert organisation is not None
    if form.is_valid():
        is_on = form.cleaned_data["auto_sync"] == "on"
        operations.switch_auto_sync(organisation, is_on=is_on, who=request.user, now=timezone.now())
        said = "is read by itself again" if is_on else "is read only when somebody presses “Sync now”"
        messages.success(request, f"{organisation.name} {said}.")
    return _go_back(request, organisation_id)


@require_POST
@for_connectors
def choose_rhythm(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Choose how often the organisation is asked for changes."""
    organisation, form = get_current(request), RhythmForm(request.POST)
    assert organisation is not None
    if form.is_valid():
        operations.choose_rhythm(
            organisation, every=form.cleaned_data["every"], who=request.user, now=timezone.now()
        )
        organisation.connection.refresh_from_db()
        said = say_every(get_interval(organisation.connection))
        messages.success(request, f"{organisation.name} is asked for changes {said}.")
    else:
        messages.warning(request, "Choose one of the intervals on the list. Nothing was changed.")
    return _go_back(request, organisation_id)


def _go_back(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Return to the account when the form stood there, else to the organisation's integration."""
    return redirect("settings") if "account" in request.POST else redirect("integrations", organisation_id)
