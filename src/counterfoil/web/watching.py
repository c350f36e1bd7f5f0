"""Gives every request a number that its log lines carry, and measures how long its answer took."""

import re
from collections.abc import Callable
from secrets import token_hex
from time import perf_counter

import structlog
from django.http import HttpRequest, HttpResponse

from counterfoil.features.operating.measuring import REQUESTS

REQUEST_ID = "X-Request-ID"

# A proxy or a program may number requests itself; nothing else gets into the log as a number.
_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class WatchingMiddleware:
    """Names each request in the log and in its answer, so that a person can say which one it was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        said = request.headers.get(REQUEST_ID, "")
        number = said if _NUMBER.fullmatch(said) else token_hex(8)
        request.request_id = number  # type: ignore[attr-defined]  # for what tells a program of a problem
        began = perf_counter()
        with structlog.contextvars.bound_contextvars(request=number):
            response = self.get_response(request)
        response.headers[REQUEST_ID] = number
        # The page's name, never its address: that can hold what somebody searched for.
        page = request.resolver_match.view_name if request.resolver_match else "none"
        method = request.method if request.method in _METHODS else "other"
        status = f"{response.status_code // 100}xx"
        REQUESTS.labels(page or "unnamed", method, status).observe(perf_counter() - began)
        return response
