"""Where the providers of texts speak to us: no session, no cookie, nothing said to who proves nothing."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from counterfoil.features.reminding.hearing import Call, hear_answer, hear_fate

# What Twilio takes for "nothing to answer"; the others look at the status alone.
_NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@csrf_exempt
@require_http_methods(["GET", "POST"])
def take_fate(request: HttpRequest, token: UUID) -> HttpResponse:
    """Take what a provider tells of a message of ours."""
    return _answer(hear_fate(token, _read_call(request), now=timezone.now()))


@csrf_exempt
@require_http_methods(["GET", "POST"])
def take_answer(request: HttpRequest, token: UUID) -> HttpResponse:
    """Take what somebody wrote back."""
    return _answer(hear_answer(token, _read_call(request), now=timezone.now()))


def _read_call(request: HttpRequest) -> Call:
    body = request.body  # before the form is read from it
    fields = request.POST if request.method == "POST" else request.GET
    return Call(
        address=settings.COUNTERFOIL_URL + request.get_full_path(),
        form={name: fields.get(name, "") for name in fields},
        body=body,
        signature=request.headers.get("X-Twilio-Signature") or request.headers.get("X-Signature", ""),
        signed_at=request.headers.get("X-Timestamp", ""),
    )


def _answer(is_proven: bool) -> HttpResponse:
    return HttpResponse(_NOTHING, content_type="text/xml", status=200 if is_proven else 403)
