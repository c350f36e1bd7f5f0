"""Who may call the Accounting API: token, tenant, scope and limits, in Xero's order (FACTS 2.3, 4)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from xero_sandbox.books.organisation import Organisation
from xero_sandbox.identity.state import AccessToken
from xero_sandbox.wire.answers import Answer, problem, too_many
from xero_sandbox.wire.faults import Fault
from xero_sandbox.world import World


@dataclass(frozen=True)
class Caller:
    """A token that was accepted."""

    token: AccessToken
    client_id: str
    app_name: str


class Refused(Exception):
    """The call goes no further; `answer` says why in Xero's shape."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


def bad_token(correlation_id: str) -> Answer:
    """Return 401 for a token that nobody issued."""
    answer = problem(401, "Unauthorized", "AuthenticationUnsuccessful", correlation_id=correlation_id)
    answer.headers["www-authenticate"] = "Bearer error=invalid_token"
    return answer


def expired_token(expires_s: float, correlation_id: str) -> Answer:
    """Return 401 for a token whose time is up."""
    when = datetime.fromtimestamp(expires_s, UTC)
    detail = f"TokenExpired: token expired at {when:%m/%d/%Y %H:%M:%S}"
    answer = problem(401, "Unauthorized", detail, correlation_id=correlation_id)
    answer.headers["www-authenticate"] = "Bearer error=invalid_token"
    return answer


def missing_scope(correlation_id: str) -> Answer:
    """Return 401 for a scope that was not granted; the misspelling is Xero's own."""
    answer = problem(401, "Unauthorized", "AuthorizationUnsuccessful", correlation_id=correlation_id)
    answer.headers["www-authenticate"] = 'Bearer error="insufficent_scope"'
    return answer


def accept_token(world: World, request: Request, correlation_id: str) -> Caller:
    """Return the caller behind the bearer token, or raise Refused with 401."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    token = world.identity.access_tokens.get(text.strip())
    if scheme.lower() != "bearer" or token is None:
        raise Refused(bad_token(correlation_id))
    if token.expires_s <= world.clock.now_s():
        raise Refused(expired_token(token.expires_s, correlation_id))
    app = world.identity.apps[token.client_id]
    return Caller(token=token, client_id=token.client_id, app_name=app.name)


def find_tenant(world: World, request: Request, caller: Caller, correlation_id: str) -> Organisation:
    """Return the organisation the call is for, or raise Refused with 403."""
    tenant_id = request.headers.get("xero-tenant-id", "").strip().lower()
    app = world.identity.apps[caller.client_id]
    if not tenant_id and app.kind == "custom":
        # A custom connection serves one organisation and need not name it (FACTS 1.8).
        tenant_id = app.tenant_id or ""
    organisation = world.organisations.get(tenant_id)
    connection = world.identity.find_connection(caller.client_id, caller.token.user_id, tenant_id)
    if organisation is None or connection is None:
        answer = problem(403, "Forbidden", "AuthenticationUnsuccessful", correlation_id=correlation_id)
        answer.headers |= world.limits.app_header(caller.client_id, now_s=world.clock.now_s())
        raise Refused(answer)
    return organisation


def spend_call(world: World, caller: Caller, tenant_id: str) -> None:
    """Spend one call of the budgets, or raise Refused with 429."""
    now = world.clock.now_s()
    breach = world.limits.take(caller.client_id, tenant_id, now_s=now)
    if breach is not None:
        world.stats.refusals[breach.kind] += 1
        headers = world.limits.headers(caller.client_id, tenant_id, now_s=now)
        raise Refused(too_many(breach.kind, retry_after_s=breach.retry_after_s, headers=headers))


_PRETENDED_RETRY_S = {"minute": 2, "day": 3_600}


def raise_fault(world: World, caller: Caller, fault: Fault, tenant_id: str, correlation_id: str) -> None:
    """Raise Refused for a fault that replaces the answer; other faults pass."""
    if fault.kind in {"minute", "day", "concurrent"}:
        world.stats.refusals[fault.kind] += 1
        wait = fault.retry_after_s
        if wait is None:
            wait = _PRETENDED_RETRY_S.get(fault.kind)
        headers = world.limits.headers(caller.client_id, tenant_id, now_s=world.clock.now_s())
        left = {"minute": "x-minlimit-remaining", "day": "x-daylimit-remaining"}.get(fault.kind)
        raise Refused(
            too_many(fault.kind, retry_after_s=wait, headers=headers | ({left: "0"} if left else {}))
        )
    if fault.kind == "429_bare":
        world.stats.refusals["bare"] += 1
        raise Refused(Answer(status=429))
    if fault.kind == "503_text":
        body = b"The Xero API is currently offline for maintenance"
        raise Refused(Answer(body, 503, "text/plain"))
    if fault.kind == "500":
        body = b'{"ErrorNumber":500,"Type":"InternalError","Message":"An error occurred in Xero."}'
        raise Refused(Answer(body, 500))
    if fault.kind == "html_404":
        body = b"<!DOCTYPE html><html><head><title>404</title></head><body><h1>Not found</h1></body></html>"
        raise Refused(Answer(body, 404, "text/html"))
    if fault.kind == "token_expired":
        raise Refused(expired_token(world.clock.now_s(), correlation_id))
    if fault.kind == "scope_removed":
        raise Refused(missing_scope(correlation_id))
