"""Reads control requests and turns refusals into plain JSON errors."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xero_sandbox.books.organisation import RecordNotFound
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.world import OrganisationNotFound

Owner = TypeVar("Owner")
Endpoint = Callable[[Owner, Request], Awaitable[Response]]


async def read_fields(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request; an empty body is an empty object."""
    body = await request.body()
    if not body.strip():
        return {}
    try:
        fields = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise ActRefused(f"The body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ActRefused("The body must be a JSON object")
    return fields


def answers_json(endpoint: Endpoint[Owner]) -> Endpoint[Owner]:
    """Answer refusals of the wrapped endpoint with 400 or 404 and a sentence."""

    @wraps(endpoint)
    async def wrapped(self: Owner, request: Request) -> Response:
        try:
            return await endpoint(self, request)
        except (RecordNotFound, OrganisationNotFound) as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        except (ActRefused, ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return wrapped
