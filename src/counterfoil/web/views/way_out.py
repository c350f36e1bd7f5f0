"""
The page behind the link in a text: one press ends the messages, and one takes that back.

It is for people who have no account here and cannot answer the sender. Whoever has the link may use it, so
there is no cookie and no token of a form; to look at it changes nothing, since phones look ahead.
"""

from allauth.core.internal.ratelimit import RateLimitUsage
from allauth.core.internal.ratelimit import consume as spend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from counterfoil.features.reminding import leaving
from counterfoil.features.reminding.models import LedgerEntry
from counterfoil.mirror.scope import in_workspace

# A whole carrier's customers come from few addresses, so who has a link is counted by the link.
_GUESSES = {"way_out": "60/m/ip"}
_PRESSES = {"way_out": "30/h/key"}


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def show_way_out(request: HttpRequest, code: str) -> HttpResponse:
    """Say how it stands with the sender of the link; end its messages, or take that back, when pressed."""
    way, now = leaving.find_way_out(code), timezone.now()
    if not _may_go_on(request, way.code if way else ""):
        return render(request, "reminders/way_out.html", {"is_busy": True}, status=429)
    if way is None:
        raise Http404("There is no such link.")
    with in_workspace(way.workspace_id):
        if request.method == "POST":
            if request.POST.get("act") == "back":
                leaving.come_back(way, now=now)
            else:  # also what a mail program sends by itself: RFC 8058
                leaving.leave(way, now=now)
        standing = leaving.read_standing(way)
        details = {
            "sender": leaving.name_sender(way),
            "is_text": way.channel == "text",
            "has_stopped": standing is not None and standing.act == LedgerEntry.Act.STOPPED,
            "can_undo": leaving.can_undo(standing, way),
        }
    return render(request, "reminders/way_out.html", details)


def _may_go_on(request: HttpRequest, code: str) -> bool:
    """Say whether guesses from an address, or presses of one link, are still few."""
    if code and request.method != "POST":
        return True
    usage: RateLimitUsage | None = spend(
        request,
        app="reminding",
        action="way_out",
        config=_PRESSES if code else _GUESSES,
        key=code or None,
        limit_get=True,
    )
    return usage is not None
