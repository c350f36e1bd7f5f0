"""Receives Xero's webhooks: no session, no cookie, no body in the answer, and kept before it is answered."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from counterfoil.sync.inbox import store_delivery
from counterfoil.xero.webhooks import SIGNATURE, is_signed

# An event takes some 450 bytes; this holds more than 15,000.
MAX_BYTES = 8 * 1024 * 1024


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    """
    Keep what Xero signed and answer 200; answer 401 to anything else, and 413 unread to what is too long.

    Source: Xero developer guide, "Webhooks", intent to receive and response rules.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    body = request.read(MAX_BYTES + 1) if _said_length(request) <= MAX_BYTES else None
    if body is None or len(body) > MAX_BYTES:
        return _answer(413)
    if not is_signed(body, request.headers.get(SIGNATURE, ""), settings.XERO_WEBHOOK_KEY):
        return _answer(401)
    store_delivery(body, now=timezone.now())
    return _answer(200)


def _answer(status: int) -> HttpResponse:
    """Answer with nothing, and say so: Xero wants no body."""
    return HttpResponse(status=status, headers={"Content-Length": "0"})


def _said_length(request: HttpRequest) -> int:
    said = request.headers.get("content-length", "")
    return int(said) if said.isdecimal() else 0
