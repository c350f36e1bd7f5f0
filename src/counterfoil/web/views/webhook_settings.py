"""Setting webhooks up: the address, the key, whether Xero has called, and a test of our own."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.connections.own_app import save_webhook_key
from counterfoil.features.webhooks.feed import Feed, FeedState, describe_feed, describe_feed_of
from counterfoil.features.webhooks.operations import note_keys
from counterfoil.features.webhooks.selftest import get_receiver_address
from counterfoil.features.webhooks.tasks import request_run
from counterfoil.features.webhooks.testing import (
    NoWebhookKey,
    ask_for_test,
    find_signing_key,
    find_test,
)
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import XeroApp
from counterfoil.sync.app import find_app
from counterfoil.sync.cadence import describe_rhythm
from counterfoil.web.forms import WebhookKeyForm
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_webhooks(request: FirmRequest) -> HttpResponse:
    """Show how to set webhooks up, and how they are."""
    return render(request, "settings/webhooks.html", describe_set_up(request))


@require_GET
@for_firm
def show_live(request: FirmRequest) -> HttpResponse:
    """Show how they are, for a page that asks again and again. Whole without HTMX."""
    if not request.headers.get("HX-Request"):
        return redirect("webhook_settings")
    return render(request, "webhooks/_live.html", describe_set_up(request))


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def save_key(request: FirmRequest) -> HttpResponse:
    """Keep the key of the firm's own app; it is never shown again."""
    app, form = XeroApp.objects.filter(is_current=True).first(), WebhookKeyForm(request.POST)
    if app is None or not form.is_valid():
        return render(request, "settings/webhooks.html", describe_set_up(request, form), status=422)
    now = timezone.now()
    save_webhook_key(app, key=form.cleaned_data["key"])
    note_keys(now=now)
    record(
        workspace_id=app.workspace_id,
        act=Act.WEBHOOK_KEY_SAVED,
        who=request.user,
        what=app.client_id,
        now=now,
    )
    messages.success(request, "The key is saved. Now let Xero send its intent to receive.")
    return redirect("webhook_settings")


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def start_test(request: FirmRequest) -> HttpResponse:
    """Have the worker test the address, and go back to the page, which shows what it finds."""
    workspace_id = request.membership.workspace_id
    try:
        find_signing_key(workspace_id)
    except NoWebhookKey as missing:
        messages.warning(request, str(missing))
    else:
        ask_for_test(workspace_id=workspace_id, asked_by=request.user.email, now=timezone.now())
        request_run(workspace_id=workspace_id)
    return redirect("webhook_settings")


def describe_set_up(request: FirmRequest, form: WebhookKeyForm | None = None) -> dict[str, Any]:
    """Return what the partial `webhooks/_set_up.html` shows; the wizard shows it too."""
    app, organisation, now = find_app(request.membership.workspace_id), get_current(request), timezone.now()
    feed = Feed(FeedState.NOT_SET_UP)
    if organisation is not None:
        feed = describe_feed_of(organisation, now=now)
    elif app is not None:
        feed = describe_feed(
            client_id=app.client_id,
            organisation=None,
            workspace_id=request.membership.workspace_id,
            now=now,
        )
    test = find_test()
    return {
        "organisation": organisation,
        "app": app,
        "feed": feed,
        "rhythm": describe_rhythm(organisation.connection, now=now) if organisation else None,
        "test": test,
        "is_testing": test is not None and test.finished_at is None,
        "receiver": get_receiver_address(),
        "form": form or WebhookKeyForm(),
        "is_through_other_app": organisation is not None
        and app is not None
        and organisation.connection.grant.client_id != app.client_id,
    }
