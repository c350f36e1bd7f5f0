"""Reads URL-encoded forms, the only kind that Xero's identity server and these pages take."""

from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request

Form = ImmutableMultiDict[str, str]


async def read_form(request: Request) -> Form:
    """Return the fields of a form; bytes that are not text are replaced."""
    body = (await request.body()).decode(errors="replace")
    return ImmutableMultiDict(parse_qsl(body, keep_blank_values=True))
