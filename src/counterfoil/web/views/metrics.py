"""The numbers for a monitoring system, for whoever knows the token or asks from this machine."""

from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from counterfoil.features.operating.measuring import INSTALLATION, PROCESS

_HERE = {"127.0.0.1", "::1"}
_PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


@require_GET
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Answer with every number; 401 to whoever may not know them."""
    if not _is_allowed(request):
        return HttpResponse(
            "Set COUNTERFOIL_METRICS_TOKEN, and send it: Authorization: Bearer …\n",
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return HttpResponse(
        generate_latest(INSTALLATION) + generate_latest(PROCESS), content_type=CONTENT_TYPE_LATEST
    )


def _is_allowed(request: HttpRequest) -> bool:
    """
    Say whether the token is right; without one, whether the caller is this machine.

    Behind a proxy every caller seems to be this machine, so that there only the token counts.
    """
    if token := settings.COUNTERFOIL_METRICS_TOKEN:
        said = request.headers.get("Authorization", "")
        return compare_digest(said.encode(), f"Bearer {token}".encode())
    has_proxy = settings.ALLAUTH_TRUSTED_PROXY_COUNT or settings.COUNTERFOIL_URL.startswith("https://")
    was_passed_on = any(name in request.headers for name in _PASSED_ON)
    return not has_proxy and not was_passed_on and request.META.get("REMOTE_ADDR") in _HERE
