"""Settings, Events: which addresses are told what happens, and what came of telling them."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.announcing import subscribing
from counterfoil.features.announcing.models import EventKind, Subscription
from counterfoil.features.announcing.subscribing import MadeSubscription, SubscriptionRefused
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.forms import SubscriptionForm
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.requests import FirmRequest

_REPLAYED = timedelta(days=1)


@require_GET
@for_firm
def show_events(request: FirmRequest) -> HttpResponse:
    """List the addresses that are told, each with its latest tries, and the form for a new one."""
    return _show(request, SubscriptionForm())


@never_cache
@require_POST
@for_people_who_may(Permission.CONFIGURE)
def add_subscription(request: FirmRequest) -> HttpResponse:
    """Have one more address told, and show the secret that signs, this once."""
    form = SubscriptionForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        made = subscribing.subscribe(
            by=request.membership,
            address=form.cleaned_data["address"],
            kinds=form.cleaned_data["kinds"],
            holds_more=form.cleaned_data["holds_more"],
            now=timezone.now(),
        )
    except SubscriptionRefused as reason:
        form.add_error("address", str(reason))
        return _show(request, form, status=422)
    return _show(request, SubscriptionForm(), made=made)


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def decide(request: FirmRequest, subscription_id: int) -> HttpResponse:
    """Do with a subscription what the pressed button says."""
    found = get_object_or_404(Subscription, pk=subscription_id)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404("There is no such button.")
    messages.success(request, act(request, found))
    return redirect("events")


def _test(request: FirmRequest, found: Subscription) -> str:
    subscribing.send_test(found, now=timezone.now())
    return "A test is on its way; look at what came of it in a few seconds."


def _replay(request: FirmRequest, found: Subscription) -> str:
    now = timezone.now()
    count = subscribing.replay(found, since=now - _REPLAYED, by=request.membership, now=now)
    return f"{count:,} events of the last day are told once more, with the same ids."


def _switch_on(request: FirmRequest, found: Subscription) -> str:
    subscribing.switch(found, is_on=True, by=request.membership, now=timezone.now())
    return "Switched on: what waits is told now."


def _switch_off(request: FirmRequest, found: Subscription) -> str:
    subscribing.switch(found, is_on=False, by=request.membership, now=timezone.now())
    return "Switched off: what happens now is not told."


def _end(request: FirmRequest, found: Subscription) -> str:
    subscribing.unsubscribe(found, by=request.membership, now=timezone.now())
    return "Ended. The address is told nothing any more."


_ACTS: dict[str, Callable[[FirmRequest, Subscription], str]] = {
    "test": _test,
    "replay": _replay,
    "on": _switch_on,
    "off": _switch_off,
    "end": _end,
}


def _show(
    request: FirmRequest, form: SubscriptionForm, *, made: MadeSubscription | None = None, status: int = 200
) -> HttpResponse:
    words = dict(EventKind.choices)
    told = [
        (one, [words.get(kind, kind) for kind in one.subscription.kinds])
        for one in subscribing.describe_all()
    ]
    return render(request, "settings/events.html", {"form": form, "told": told, "made": made}, status=status)
