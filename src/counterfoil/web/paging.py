"""Reads from an address what a list is asked for; an address that somebody mangled asks for the start."""

from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from django.http import HttpRequest, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme

from counterfoil.features.clients.queries import Place as NamePlace
from counterfoil.features.invoices.ordering import Order, Sort
from counterfoil.features.invoices.ordering import Place as DocumentPlace

Choice = TypeVar("Choice", bound=StrEnum)

_LONGEST_SEARCH = 100


def read_search(query: QueryDict, name: str = "q") -> str:
    """Return what was searched for; a zero byte is in no text, and PostgreSQL refuses to look for one."""
    return query.get(name, "").replace("\x00", "").strip()[:_LONGEST_SEARCH]


def read_choice(query: QueryDict, name: str, default: Choice) -> Choice:
    """Return which of a few was asked for."""
    asked = query.get(name, "")
    return type(default)(asked) if asked in list(type(default)) else default


def read_day(query: QueryDict, name: str) -> date | None:
    """Return a calendar date, as a browser's date field writes it."""
    try:
        return date.fromisoformat(query.get(name) or "")
    except ValueError:
        return None


def read_number(query: QueryDict, name: str) -> int | None:
    """Return a whole number."""
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def read_name_place(query: QueryDict) -> NamePlace | None:
    """Return after which name and number a list goes on."""
    after = read_number(query, "after")
    return None if after is None else NamePlace(name=query.get("after_name") or "", pk=after)


def read_order(query: QueryDict) -> Order:
    """Return by what documents are sorted; a minus in front means the largest or newest first."""
    asked = query.get("sort", "")
    name = asked.removeprefix("-")
    if name not in list(Sort):
        return Order()
    return Order(Sort(name), is_ascending=not asked.startswith("-"))


def write_order(order: Order) -> str:
    """Return an order as it stands in an address."""
    return f"{'' if order.is_ascending else '-'}{order.sort.value}"


def read_document_place(query: QueryDict, order: Order) -> DocumentPlace | None:
    """Return after which document a list in this order goes on."""
    after, given = query.get("after"), query.get("after_by") or ""
    if not after:
        return None
    value: date | Decimal | str | None
    match order.sort:
        case Sort.DATE | Sort.DUE:
            value = read_day(query, "after_by")
            if given and value is None:
                return None
        case Sort.BALANCE | Sort.TOTAL:
            value = _read_amount(given)
            if value is None:
                return None
        case Sort.NUMBER:
            value = None
    return DocumentPlace(value=value, number=query.get("after_number") or "", xero_id=after)


def write_document_place(place: DocumentPlace | None) -> dict[str, str]:
    """Return the parameters of an address by which a list goes on after this document."""
    if place is None:
        return {}
    value = "" if place.value is None else str(place.value)
    return {"after": place.xero_id, "after_by": value, "after_number": place.number}


def _read_amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**15 else None


def find_way_back(request: HttpRequest) -> str:
    """Return the page that a form was sent from, or the dashboard; never a page of somebody else's."""
    origin = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        origin, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return origin if is_ours else "/"
