"""Decides what an answer of Xero means: all is well, or which error. One closed list."""

from collections.abc import Iterator, Mapping

import msgspec

from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    ConsentLost,
    LostReason,
    NotFound,
    TokenRejected,
    XeroBroken,
    XeroBusy,
    XeroError,
    XeroRefused,
)
from counterfoil.xero.wire.headers import CORRELATION_ID, get_header
from counterfoil.xero.wire.limits import read_limit_reached, read_retry_after

# The only plain text of a failing Xero that may be repeated: anything else could be a proxy's.
# Source: Xero developer guide, "HTTP response codes and errors".
_OFFLINE = (
    "The Xero API is currently offline for maintenance",
    "The Xero API is temporarily unavailable",
    "The Organisation is offline",
)

# Which of these a person may read depends on that person's role in Xero, not only on the permission.
_DEPENDS_ON_ROLE = ("reports", "journals", "manualjournals")


class _Problem(msgspec.Struct, rename="pascal"):
    title: str | None = None
    status: int | None = None
    detail: str | None = None


class _Refusal(msgspec.Struct, rename="pascal"):
    error_number: int | None = None
    message: str | None = None
    detail: str | None = None


def check_answer(status: int, headers: Mapping[str, str], body: bytes, *, path: str = "") -> None:
    """
    Return when the answer is a good one, and raise the `XeroError` that says who acts next otherwise.

    `path` is the resource below the accounting address; it tells a role that lacks a right from an
    organisation that was disconnected. Source: Xero developer guide, "HTTP response codes and errors",
    "OAuth 2.0 API limits", and recorded answers.
    """
    correlation_id = get_header(headers, CORRELATION_ID)
    error = _judge(status, headers, body, path)
    if error is not None:
        error.correlation_id = correlation_id
        raise error


def _judge(status: int, headers: Mapping[str, str], body: bytes, path: str) -> XeroError | None:
    match status:
        case 200 | 201 | 202 | 204:
            # A web page with status 200 comes from a proxy or a sign-in page on the way.
            return AnswerNotUnderstood("a web page came instead of data") if _is_html(headers, body) else None
        case 400 | 405 | 412 | 413 | 414 | 415 | 422 | 501:
            return _read_refusal(body)
        case 401:
            return _judge_unauthorised(headers, body)
        case 403:
            return _judge_forbidden(body, path)
        case 404 | 410:
            return NotFound()
        case 429:
            # The body is empty: all there is to know stands in the headers.
            return XeroBusy(read_limit_reached(headers), retry_after=read_retry_after(headers))
        case 408 | 425:
            return XeroBroken(status)
        case _ if status >= 500:
            return XeroBroken(status, words=_read_offline_words(body))
        case _:
            return AnswerNotUnderstood(f"status {status} is not one that Xero documents")


def _judge_unauthorised(headers: Mapping[str, str], body: bytes) -> XeroError:
    """
    Tell the three meanings of 401 apart; only an expired or invalid token is cured by renewing it.

    A missing scope is `insufficent_scope` in Xero's own spelling, or `AuthorizationUnsuccessful` in the body.
    Source: Xero developer guide, "Granular scopes FAQ", and recorded answers.
    """
    challenge = (get_header(headers, "www-authenticate") or "").lower()
    problem = _read_problem(body)
    detail = (problem.detail or "") if problem else ""
    if "insufficent_scope" in challenge or "insufficient_scope" in challenge:
        return ConsentLost(LostReason.MISSING_SCOPE)
    if detail.startswith("AuthorizationUnsuccessful"):
        return ConsentLost(LostReason.MISSING_SCOPE)
    if "invalid_token" in challenge or problem is not None or not body.strip():
        return TokenRejected()
    return XeroBroken(401)


def _judge_forbidden(body: bytes, path: str) -> XeroError:
    """
    Tell a closed door from a wall in front of it: only Xero's own problem document means lost access.

    A firewall before Xero also answers 403, with a page; taking that for a disconnected organisation would
    ask people to reconnect for nothing. Source: recorded answers; XeroAPI/xero-node#428.
    """
    problem = _read_problem(body)
    if problem is None:
        return XeroBroken(403)
    depends_on_role = path.strip("/").split("/")[0].lower() in _DEPENDS_ON_ROLE
    if depends_on_role or (problem.detail or "").startswith("AuthorizationUnsuccessful"):
        return ConsentLost(LostReason.ROLE_LACKS_RIGHT)
    return ConsentLost(LostReason.ORGANISATION_DISCONNECTED)


def _read_problem(body: bytes) -> _Problem | None:
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return problem if problem.detail or problem.title else None


def _read_refusal(body: bytes) -> XeroRefused:
    """
    Return Xero's number, message and every validation error, wherever in the echoed elements it stands.

    Source: Xero developer guide, "HTTP response codes and errors", ValidationException; some samples write
    Description where others write Message.
    """
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
        problems = tuple(dict.fromkeys(_find_problems(msgspec.json.decode(body))))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return XeroRefused()
    message = refusal.message or refusal.detail
    return XeroRefused(problems, error_number=refusal.error_number, message=message)


def _find_problems(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _find_problems(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "ValidationErrors" and isinstance(item, list):
                yield from _list_messages(item)
            else:
                yield from _find_problems(item)


def _list_messages(errors: list[object]) -> Iterator[str]:
    for error in errors:
        if isinstance(error, dict):
            words = error.get("Message") or error.get("Description")
            if isinstance(words, str):
                yield words


def _read_offline_words(body: bytes) -> str | None:
    text = body[:1000].decode("utf-8", errors="replace")
    return next((words for words in _OFFLINE if words.lower() in text.lower()), None)


def _is_html(headers: Mapping[str, str], body: bytes) -> bool:
    kind = (get_header(headers, "content-type") or "").lower()
    return kind.startswith("text/html") or body[:200].lstrip().lower().startswith(
        (b"<!doctype html", b"<html")
    )
