"""What a program is told when something cannot be done: problem details, as RFC 9457 describes them."""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from django.http import HttpResponse

CONTENT_TYPE = "application/problem+json"


class Problem(Enum):
    """Every kind of problem: its name in `type`, its status, its title, and what to do next."""

    TOKEN_NEEDED = (
        "token-needed",
        401,
        "No token that is in use came with the request",
        "Send the header `Authorization: Bearer TOKEN` with a token from Settings, API.",
    )
    NOT_ALLOWED = (
        "not-allowed",
        403,
        "The token or its person may not do this",
        "Use a token with the scope that is named, made by somebody whose role includes it.",
    )
    HELD_TO_ORGANISATIONS = (
        "held-to-organisations",
        403,
        "The token is held to some organisations, and this belongs to the firm",
        "Use a token that is good for the whole firm.",
    )
    NOT_FOUND = (
        "not-found",
        404,
        "There is nothing at this address",
        "Check the address and the ids in it; what belongs to another firm is not there either.",
    )
    NOT_IN_XERO = (
        "not-in-xero",
        404,
        "Xero does not have this any more",
        "Ask for a sync; then the copy here is as it is in Xero.",
    )
    NO_SUCH_METHOD = (
        "no-such-method",
        405,
        "This address does not know the method",
        "Use one of the methods that the header `Allow` names.",
    )
    CURSOR_NOT_OF_THIS_LIST = (
        "cursor-not-of-this-list",
        400,
        "The cursor does not belong to this list",
        "Send `next_cursor` as it came, with the same filters, or begin without a cursor.",
    )
    KEY_NEEDED = (
        "idempotency-key-needed",
        400,
        "What is posted needs a key of yours",
        "Send the header `Idempotency-Key` with a text of your own of at most 200 characters, as a UUID is.",
    )
    KEY_USED_FOR_ANOTHER = (
        "idempotency-key-used",
        409,
        "The key was used for something else",
        "Use a new key for what is new; repeat the same request to hear the same answer.",
    )
    NOT_POSSIBLE_NOW = (
        "not-possible-now",
        409,
        "This cannot be done as things stand",
        "Read the detail, look at the record again, and decide anew.",
    )
    CHANGED_SINCE = (
        "changed-since",
        412,
        "This is not as it was when you looked, or it cannot be looked at",
        "Read the record again, and send its new `ETag` as `If-Match`.",
    )
    NOT_UNDERSTOOD = (
        "not-understood",
        400,
        "The request could not be read",
        "Send JSON in UTF-8 with `Content-Type: application/json`.",
    )
    TOO_LARGE = (
        "too-large",
        413,
        "The request is too large",
        "Send less at a time.",
    )
    NOT_VALID = (
        "not-valid",
        422,
        "Something in the request is not as it must be",
        "Correct what `errors` names, and send it again.",
    )
    TOO_OFTEN = (
        "too-often",
        429,
        "The token asked too often",
        "Wait as many seconds as `Retry-After` says.",
    )
    XERO_NOT_ANSWERING = (
        "xero-not-answering",
        503,
        "Xero does not give this at the moment",
        "Ask again after as many seconds as `Retry-After` says; without it, in a minute.",
    )
    BROKEN = (
        "broken",
        500,
        "Something went wrong here",
        "Nothing was changed. Try again later; if it stays, give the operator the request id.",
    )
    NOT_REACHABLE = (
        "not-reachable", 503, "The database does not answer at the moment",
        "Nothing was changed. Try again in a minute.",
    )  # fmt: skip

    def __init__(self, slug: str, status: int, title: str, next_step: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title
        self.next_step = next_step


class ApiProblem(Exception):
    """Something that was asked for is answered with a problem."""

    def __init__(self, problem: Problem, detail: str = "", *, next_step: str = "", **members: Any) -> None:
        super().__init__(detail or problem.title)
        self.problem = problem
        self.detail = detail
        self.next_step = next_step
        self.members = members


def tell(
    problem: Problem,
    detail: str = "",
    *,
    next_step: str = "",
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> HttpResponse:
    """Return the answer that tells of a problem."""
    told = {
        "type": f"/api/#{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail or problem.title,
        "next_step": next_step or problem.next_step,
        **members,
    }
    return HttpResponse(
        json.dumps(told, ensure_ascii=False, default=str),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )
