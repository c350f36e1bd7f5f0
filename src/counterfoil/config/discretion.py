"""
What a log never says: whose record it was, what somebody typed, and what opens a door.

Lines of our own carry numbers of rows. Libraries, and the words of an exception, can quote what they were
given: a row that was refused, an address that somebody asked for, the arguments of a job. Such words are
left out here, for every line alike, and what helps to find the fault stays.
"""

import sys
import traceback
from typing import Any, Protocol, cast

import psycopg
import structlog

# The argument of a job in which it carries the number of the request that asked for it.
ASKED_BY = "asked_by_request"

# Values of fields with such a name are hidden, whatever the code around them does.
_SECRET_WORDS = ("token", "secret", "password", "authorization", "cookie", "code_verifier")
# What PostgreSQL says of itself, by how its code begins: the connection, room, a restart, a lock, a name
# in a statement. Everything else can quote a value. Source: PostgreSQL, "Error Codes".
_OF_THE_SERVER = ("08", "40", "42", "53", "55", "57", "58", "XX")


class _Answered(Protocol):
    """What Django notes with a line about a request."""

    request: Any
    status_code: int


def hide_secrets(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Put "[hidden]" in place of a value that is named like a secret."""
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "[hidden]"
    return event


def reword_libraries(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Say in our words what Django and Procrastinate say by quoting an address or a job's arguments."""
    record = event["_record"]
    if record.name.startswith("django.security.") and not hasattr(record, "status_code"):
        event["event"] = "request not to be trusted"
    elif hasattr(record, "status_code") and hasattr(record, "request"):
        event.update(_describe_request(cast(_Answered, record)))
    elif isinstance(job := getattr(record, "job", None), dict):
        named = f"{job['task_name']}[{job['id']}]"
        event["event"] = event["event"].replace(job["call_string"], named)
        event.setdefault("job", job["id"])
        event.setdefault("task", job["task_name"])
        if asked_by := job["task_kwargs"].get(ASKED_BY):
            event.setdefault("request", asked_by)
    return event


class FailureFormatter:
    """Renders an exception: where it happened, what it was, and its words when they can name nobody."""

    def __init__(self, *, tells_all: bool) -> None:
        self._tells_all = tells_all

    def __call__(
        self, _logger: object, _name: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        """Put the text in place of the exception itself."""
        given = event.pop("exc_info", None)
        if isinstance(given, BaseException):
            error: BaseException | None = given
        else:
            error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given else None
        if error is not None:
            event["exception"] = describe_failure(error, tells_all=self._tells_all)
        return event


def describe_failure(error: BaseException, *, tells_all: bool = False) -> str:
    """Return an exception and what it came of, each with its place in the code; never a value that it met."""
    told: list[str] = []
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        words = str(now) if tells_all else _find_words(now)
        told.append(
            "".join(
                [*traceback.format_tb(now.__traceback__), type(now).__qualname__, f": {words}" * bool(words)]
            )
        )
        if isinstance(now, BaseExceptionGroup):
            told.extend(describe_failure(inner, tells_all=tells_all) for inner in now.exceptions)
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
    return "\nwhich came of:\n".join(told)


def _find_words(error: BaseException) -> str:
    """Return what an exception says, if that can hold no value of anybody's."""
    if getattr(error, "may_be_logged", False):
        return str(error)
    if isinstance(error, psycopg.Error):
        return _describe_refusal(error)
    if isinstance(error, OSError):
        return error.strerror or ""
    return ""


def _describe_refusal(error: psycopg.Error) -> str:
    """Return what PostgreSQL refused: its code, and the rule or the column; never the row."""
    code = error.sqlstate or ""
    if not code or code.startswith(_OF_THE_SERVER):
        said = (error.diag.message_primary or str(error)).strip()
        return " ".join(filter(None, [code, said.splitlines()[-1] if said else ""]))
    places = [error.diag.table_name, error.diag.column_name, error.diag.constraint_name]
    return " ".join([code, *(place for place in places if place)])


def _describe_request(record: _Answered) -> dict[str, Any]:
    """Return what may be said of a request: its page's name, since its address can hold names and secrets."""
    match = getattr(record.request, "resolver_match", None)
    return {
        "event": "request failed" if record.status_code >= 500 else "request refused",
        "page": match.view_name if match else "none",
        "method": record.request.method if record.request.method in _METHODS else "other",
        "status": record.status_code,
    }


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
