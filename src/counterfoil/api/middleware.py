"""
Lets programs in, before anything that looks for a cookie or a session.

One transaction per request, which sees the rows of the token's firm and no others, and is rolled back as a
whole when the answer is a problem. What is posted is done once for each key of the program's own. What asks
Xero is only ever looked at, and has no transaction, because none may be open while Xero answers.
"""

import re
from collections.abc import Callable
from copy import copy
from hashlib import sha256
from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from django.core.exceptions import (
    DisallowedHost,
    ImproperlyConfigured,
    PermissionDenied,
    RequestDataTooBig,
)
from django.db import DatabaseError, InterfaceError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags, quote_etag

from counterfoil.api.entry import ASKS_XERO
from counterfoil.api.problems import Problem, tell
from counterfoil.features.access.answers import LONGEST_KEY, KeyUsedForAnother, begin, keep
from counterfoil.features.access.guessing import is_guessing
from counterfoil.features.access.tokens import Caller, NotLetIn, let_in
from counterfoil.features.workspaces.audit import Act, acting_through, record
from counterfoil.mirror.scope import in_workspace

log = structlog.get_logger(__name__)

ROOT = "/api/v1/"
_OPEN = {"openapi-json"}  # what Counterfoil can do is no secret
# PostgreSQL keeps every sign but this one; in an address and in JSON it is written like so.
_NUL = re.compile(rb"\0|%00|\\u0000")
CONTENT_TYPE = "application/json; charset=utf-8"
_LOOKING = ("GET", "HEAD", "OPTIONS")


class _Undone(Exception):
    """What was asked is answered with a problem, so that nothing of it stays."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


class ApiMiddleware:
    """Answers what is asked below /api/v1/; passes everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a program."""
        if not request.path_info.startswith(ROOT):
            return self.get_response(request)
        with timezone.override(None):
            response = _find_etag(request, _answer_safely(request))
        response.headers["X-Frame-Options"] = "DENY"
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def _answer_safely(request: HttpRequest) -> HttpResponse:
    try:
        request.get_host()
        return _answer(request)
    except DisallowedHost:
        return _tell(request, Problem.NOT_FOUND, "This host is not answered for.")
    except RequestDataTooBig:
        return _tell(request, Problem.TOO_LARGE)
    except (DatabaseError, InterfaceError):
        log.exception("the API could not reach the database")
        return _tell(request, Problem.NOT_REACHABLE, headers={"Retry-After": "60"})


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        match = request.resolver_match = resolve(request.path_info)
    except Resolver404:
        return _tell(request, Problem.NOT_FOUND)
    if match.url_name in _OPEN:
        return _view(request, match)
    try:
        caller = let_in(_read_bearer(request), now=timezone.now())
    except NotLetIn:
        return _refuse(request)
    allowance = caller.allowance
    if allowance.is_over:
        response = _tell(request, Problem.TOO_OFTEN, headers={"Retry-After": str(allowance.resets_in_s)})
    else:
        request.caller = caller  # type: ignore[attr-defined]  # ProgramRequest declares both
        request.membership = caller.membership  # type: ignore[attr-defined]
        request.user = caller.membership.user
        response = _act(request, match, caller)
    response.headers["RateLimit-Limit"] = str(allowance.limit)
    response.headers["RateLimit-Remaining"] = str(allowance.left)
    response.headers["RateLimit-Reset"] = str(allowance.resets_in_s)
    return response


def _refuse(request: HttpRequest) -> HttpResponse:
    """Ask for a token; tell whoever shows one wrong token after the other to wait."""
    if _read_bearer(request) and is_guessing(_find_caller(request), now=timezone.now()):
        return _tell(request, Problem.TOO_OFTEN, headers={"Retry-After": "60"})
    return _tell(request, Problem.TOKEN_NEEDED, headers={"WWW-Authenticate": "Bearer"})


def _find_caller(request: HttpRequest) -> str:
    """Return the address that a request comes from, as the limits on signing in count it."""
    try:
        return str(get_adapter().get_client_ip(request))
    except (PermissionDenied, ImproperlyConfigured):  # it passed fewer proxies than there are
        return "unknown"


def _act(request: HttpRequest, match: ResolverMatch, caller: Caller) -> HttpResponse:
    """Do what is asked in the firm's transaction, once for each key, and write down that it was done."""
    key, is_posted = request.headers.get("Idempotency-Key", ""), request.method == "POST"
    if is_posted and not (0 < len(key) <= LONGEST_KEY):
        return _tell(request, Problem.KEY_NEEDED)
    if _NUL.search(request.get_full_path().encode()) or _NUL.search(request.body):
        return _tell(request, Problem.NOT_UNDERSTOOD, "The sign U+0000 stands in no text.")
    if match.url_name == ASKS_XERO:
        response = _view(request, match)
        response.headers["Cache-Control"] = "no-store"
        return response
    try:
        with in_workspace(caller.token.workspace_id), acting_through(caller.name):
            return _act_within(request, match, caller, key if is_posted else "")
    except _Undone as undone:
        return undone.response


def _act_within(request: HttpRequest, match: ResolverMatch, caller: Caller, key: str) -> HttpResponse:
    path, now = request.get_full_path(), timezone.now()
    if key:
        try:
            given = begin(caller.token, key=key, method="POST", path=path, body=request.body, now=now)
        except KeyUsedForAnother:
            return _tell(request, Problem.KEY_USED_FOR_ANOTHER)
        if given is not None:
            headers = {"Idempotency-Replayed": "true"}
            return HttpResponse(given.body, status=given.status, content_type=CONTENT_TYPE, headers=headers)
    if key and (wanted := request.headers.get("If-Match")) and not _is_as_seen(request, match, wanted):
        return _tell(request, Problem.CHANGED_SINCE)
    response = _view(request, match)
    if response.status_code >= 400:
        raise _Undone(response)
    if request.method not in _LOOKING:
        record(
            workspace_id=caller.token.workspace_id,
            act=Act.DONE_BY_PROGRAM,
            who=caller.membership.user,
            what=f"{request.method} {request.path_info}",
            now=now,
        )
    if key:
        keep(caller.token, key=key, status=response.status_code, body=response.content.decode())
    return response


def _is_as_seen(request: HttpRequest, match: ResolverMatch, wanted: str) -> bool:
    """Say whether what stands at the address that is posted to is still what the program saw there."""
    with connection.cursor() as cursor:  # of two programs that saw the same, one posts after the other
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [request.path_info])
    looking = copy(request)
    looking.method = "GET"
    seen = _view(looking, match)
    return seen.status_code == 200 and (wanted.strip() == "*" or _mark(seen) in parse_etags(wanted))


def _mark(response: HttpResponse) -> str:
    return quote_etag(sha256(response.content).hexdigest()[:32])


def _view(request: HttpRequest, match: ResolverMatch) -> HttpResponse:
    view: Callable[..., Any] = match.func
    try:
        response: HttpResponse = view(request, *match.args, **match.kwargs)
    except Http404:
        return _tell(request, Problem.NOT_FOUND)
    if response.status_code == 405:
        return _tell(request, Problem.NO_SUCH_METHOD, headers={"Allow": response.headers.get("Allow", "")})
    return response


def _read_bearer(request: HttpRequest) -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _find_etag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give an answer the mark of its content, and leave the content away when the program has it already."""
    is_kept = response.headers.get("Cache-Control") != "no-store"
    if request.method != "GET" or response.status_code != 200 or not is_kept:
        return response
    etag = _mark(response)
    response.headers["ETag"] = etag
    found = get_conditional_response(request, etag=etag, response=response)
    if found is not response and found is not None:
        for name, value in response.headers.items():
            if name.startswith("RateLimit"):
                found.headers[name] = value
        return found
    return response


def _tell(
    request: HttpRequest, problem: Problem, detail: str = "", headers: dict[str, str] | None = None
) -> HttpResponse:
    return tell(problem, detail, headers=headers, request_id=getattr(request, "request_id", ""))
