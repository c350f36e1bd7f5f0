"""The pages for what does not exist, is not allowed, or broke. They ask nothing of the database."""

import sys

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from counterfoil.config.outages import find_outage

log = structlog.get_logger(__name__)

_TRY_AFTER_S = 10


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return render(request, "errors/404.html", status=404)


def show_broken(request: HttpRequest) -> HttpResponse:
    """
    Answer a page that failed; rendered without the request, which may be part of what failed.

    Where the database was away, or its disk is full, it is 503, and the page tries again by itself.
    """
    outage = find_outage(sys.exc_info()[1])
    if outage is not None:
        log.error("a page could not be shown", outage=outage.word, because=outage.sentence)
        again = {"Retry-After": str(_TRY_AFTER_S)}
        if request.method in ("GET", "HEAD"):
            again["Refresh"] = str(_TRY_AFTER_S)
        return HttpResponse(render_to_string("errors/503.html"), status=503, headers=again)
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def show_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose protection did not match, as after signing in again in another tab."""
    return render(request, "errors/csrf.html", status=403)
