"""The search over everything: as one types, and whole at its own address."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from counterfoil.features.history.naming import slug_of
from counterfoil.features.searching.hits import Group, Hit, Kind
from counterfoil.features.searching.queries import search_everything
from counterfoil.web.guards import for_firm
from counterfoil.web.paging import read_search
from counterfoil.web.requests import FirmRequest

_WORDS = {
    Kind.CLIENTS: ("Clients", "people"),
    Kind.PEOPLE: ("People", "people"),
    Kind.DEALS: ("Deals", "tag"),
    Kind.CONTACTS: ("Contacts in Xero", "card"),
    Kind.INVOICES: ("Invoices", "invoice"),
    Kind.BILLS: ("Bills", "cart"),
    Kind.CREDIT_NOTES: ("Credit notes", "undo"),
}
_PAGES = {Kind.CLIENTS: "client", Kind.PEOPLE: "person", Kind.DEALS: "deal"}
_LISTS = {Kind.PEOPLE: "client_people"}
_STREAMS = {
    Kind.CONTACTS: "Contacts",
    Kind.INVOICES: "Invoices",
    Kind.BILLS: "Invoices",
    Kind.CREDIT_NOTES: "CreditNotes",
}
_WHILE_TYPING, _ON_THE_PAGE = 5, 20
_WHOLE = "whole-found"


@require_GET
@for_firm
def show_search(request: FirmRequest) -> HttpResponse:
    """Show what was found, as a page, or for a page that asks while somebody types."""
    search = read_search(request.GET)
    is_live = bool(request.headers.get("HX-Request"))
    is_whole = not is_live or request.headers.get("HX-Target") == _WHOLE
    organisations = request.standing.organisations if request.standing else []
    groups = search_everything(
        organisations, search, limit=_ON_THE_PAGE if is_whole else _WHILE_TYPING, now=timezone.now()
    )
    answer = render(
        request,
        "search/_found.html" if is_live else "search/search.html",
        {
            "search": search,
            "is_whole": is_whole,
            "groups": [_describe(group, search) for group in groups],
            "count": sum(len(group.hits) for group in groups),
        },
    )
    patch_vary_headers(answer, ["HX-Request", "HX-Target"])
    return answer


def _describe(group: Group, search: str) -> dict[str, object]:
    title, icon = _WORDS[group.kind]
    return {
        "title": title,
        "icon": icon,
        "hits": [(hit, _address_of(hit)) for hit in group.hits],
        "more": f"{reverse(_LISTS.get(group.kind, group.kind.value))}" if group.has_more else "",
    }


def _address_of(hit: Hit) -> str:
    if hit.organisation is None:
        return reverse(_PAGES[hit.kind], args=[hit.key])
    return reverse("record", args=[hit.organisation.pk, slug_of(_STREAMS[hit.kind]), hit.key])
