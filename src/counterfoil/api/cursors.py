"""
Where a list goes on, as a text that a program hands back: signed, and good for that list alone.

It names the last row that was given, not a count of rows, so nothing is missed or told twice when rows
come and go meanwhile.
"""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from django.core import signing
from django.http import HttpRequest

from counterfoil.api.problems import ApiProblem, Problem

P = TypeVar("P")


def write_cursor(request: HttpRequest, place: Any) -> str | None:
    """Return a place, which is a dataclass of plain values, as a cursor of the list that was asked for."""
    if place is None:
        return None
    values = [_write(getattr(place, one.name)) for one in fields(place)]
    return signing.dumps(values, salt=_salt(request))


def read_cursor(request: HttpRequest, kind: type[P], text: str) -> P | None:
    """Return the place that a cursor names, or None without one. Raises ApiProblem."""
    if not text:
        return None
    try:
        values = signing.loads(text, salt=_salt(request))
        return kind(*(_READERS[tag](value) for tag, value in values))
    except (signing.BadSignature, ValueError, TypeError, KeyError, InvalidOperation) as error:
        raise ApiProblem(Problem.CURSOR_NOT_OF_THIS_LIST) from error


def _salt(request: HttpRequest) -> str:
    """Return what a cursor is bound to: the firm, the list, and everything else that was asked of it."""
    asked = request.GET.copy()
    asked.pop("cursor", None)
    workspace_id = request.membership.workspace_id  # type: ignore[attr-defined]  # set by the middleware
    said = sorted((name, value) for name, values in asked.lists() for value in values)
    return f"counterfoil.api {workspace_id} {request.path_info} {said!r}"


def _write(value: object) -> tuple[str, str | None]:
    match value:
        case None:
            return "none", None
        case datetime():
            return "moment", value.isoformat()
        case date():
            return "day", value.isoformat()
        case Decimal():
            return "number", str(value)
        case int():
            return "count", str(value)
        case str():
            return "text", value
    raise TypeError(f"A place holds plain values, not {type(value).__name__}.")


_READERS: dict[str, Any] = {
    "none": lambda _: None,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "number": Decimal,
    "count": int,
    "text": str,
}
