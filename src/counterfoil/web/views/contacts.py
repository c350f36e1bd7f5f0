"""The list of contacts."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from counterfoil.features.contacts.queries import Place, Show, has_contacts
from counterfoil.features.contacts.queries import list_contacts as find_contacts
from counterfoil.features.contacts.survivors import name_survivors
from counterfoil.sync.app import get_addresses
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.paging import read_search
from counterfoil.web.requests import FirmRequest

_TABS = [
    (Show.CUSTOMERS, "Customers"),
    (Show.SUPPLIERS, "Suppliers"),
    (Show.NEITHER, "Without invoices"),
    (Show.ALL, "All"),
]


@require_GET
@for_firm
def list_contacts(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List one page by name; customers unless something else is asked (K13)."""
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "contacts/not_connected.html")
    asked = request.GET.get("show", "")
    show = Show(asked) if asked in list(Show) else Show.CUSTOMERS
    search = read_search(request.GET)
    page = find_contacts(organisation, show=show, search=search, after=_read_place(request.GET))
    addresses, short_code = get_addresses(), request.standing.short_code
    survivors = name_survivors(organisation, page.rows)
    return render(
        request,
        "contacts/contacts.html",
        {
            "organisation": organisation,
            "show": show,
            "tabs": _TABS,
            "search": search,
            "page": page,
            "rows": [
                (one, addresses.contact_page(short_code, one.xero_id), survivors.get(one.xero_id))
                for one in page.rows
            ],
            "has_any": page.count > 0 or has_contacts(organisation),
        },
    )


def _read_place(query: QueryDict) -> Place | None:
    after = query.get("after")
    return Place(name=query.get("after_name") or "", xero_id=after) if after else None
