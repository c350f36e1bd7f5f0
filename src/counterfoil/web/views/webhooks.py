"""Receives Xero's webhooks: no session, no cookie, no body in the answer, and kept before it is answered."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from counterfoil.features.webhooks.operations import count_refusal
from counterfoil.features.webhooks.selftest import ARRIVED, MARK, describe_arrival, is_mark
from counterfoil.sync.receiving import MAILROOM
from counterfoil.xero.webhooks import SIGNATURE, is_like_signature

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
    signature, now = request.headers.get(SIGNATURE, ""), timezone.now()
    is_test = is_mark(request.headers.get(MARK, ""))
    is_kept = is_like_signature(signature) and MAILROOM.take_in(body, signature, is_test=is_test, now=now)
    if not is_kept and is_like_signature(signature) and not is_test:
        count_refusal(now=now)
    answer = _answer(200 if is_kept else 401)
    if is_test:
        answer.headers[ARRIVED] = describe_arrival(body)
    return answer


def refuse_for_now() -> HttpResponse:
    """Answer that it could not be kept, so that Xero sends it again."""
    return _answer(503)


def _answer(status: int) -> HttpResponse:
    """Answer with nothing, and say so: Xero wants no body."""
    return HttpResponse(status=status, headers={"Content-Length": "0"})


def _said_length(request: HttpRequest) -> int:
    said = request.headers.get("content-length", "")
    return int(said) if said.isdecimal() else 0
