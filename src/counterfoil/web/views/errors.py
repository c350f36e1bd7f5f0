"""The pages for what does not exist, is not allowed, or broke. They ask nothing of the database."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return render(request, "errors/404.html", status=404)


def show_broken(request: HttpRequest) -> HttpResponse:
    """Answer a page that failed; rendered without the request, which may be part of what failed."""
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def show_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose protection did not match, as after signing in again in another tab."""
    return render(request, "errors/csrf.html", status=403)
