"""The list of contacts."""

from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from counterfoil.domain.datekit import today_in
from counterfoil.features.contacts.queries import (
    Place,
    Show,
    has_contacts,
    iterate_contacts,
    list_contacts_of,
    list_members,
)
from counterfoil.features.contacts.queries import list_contacts as find_contacts
from counterfoil.features.contacts.survivors import name_survivors
from counterfoil.features.invoices.documents import Source
from counterfoil.features.invoices.owed import list_shares, sum_owed
from counterfoil.mirror.models import ContactGroup
from counterfoil.sync.app import get_addresses
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.paging import read_choice, read_search
from counterfoil.web.requests import FirmRequest

_TABS = [
    (Show.CUSTOMERS, "Customers"),
    (Show.SUPPLIERS, "Suppliers"),
    (Show.NEITHER, "Without invoices"),
    (Show.ALL, "All"),
]

_EXPORTED = [
    "Name", "First name", "Last name", "E-mail address", "Contact number", "Account number", "Customer",
    "Supplier", "Currency", "Status", "In Xero",
]  # fmt: skip


@require_GET
@for_firm
def list_contacts(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List one page by name; customers unless something else is asked (K13)."""
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "contacts/not_connected.html")
    show, search = read_choice(request.GET, "show", Show.CUSTOMERS), read_search(request.GET)
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


@require_GET
@for_firm
def show_group(request: FirmRequest, organisation_id: int, group_id: str) -> HttpResponse:
    """Show the contacts of a group with what each owes, and what they owe together."""
    organisation = get_current(request)
    assert organisation is not None
    assert request.standing is not None
    group = get_object_or_404(
        ContactGroup.objects.defer("raw", "digest"), organisation=organisation, xero_id=group_id
    )
    today = today_in(request.standing.zone, timezone.now())
    members = list_members(organisation, group_id)
    rows, next_place = list_contacts_of(organisation, members, after=_read_place(request.GET))
    shares = list_shares(Source(organisation, today, contact_ids=[row.xero_id for row in rows]))
    return render(
        request,
        "contacts/group.html",
        {
            "organisation": organisation,
            "group": group,
            "count": len(members),
            "sums": sum_owed(Source(organisation, today, contact_ids=members)),
            "rows": [(row, shares.get(row.xero_id, [])) for row in rows],
            "next_place": next_place,
        },
    )


@require_GET
@for_firm
def export_contacts(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Send every contact of the list as it is filtered, as CSV or as an Excel workbook."""
    organisation = get_current(request)
    assert organisation is not None
    assert request.standing is not None
    show, search = read_choice(request.GET, "show", Show.CUSTOMERS), read_search(request.GET)
    addresses, short_code = get_addresses(), request.standing.short_code
    rows = (
        (
            one.name,
            one.first_name,
            one.last_name,
            one.email,
            one.contact_number,
            one.account_number,
            "yes" if one.is_customer else "no",
            "yes" if one.is_supplier else "no",
            one.default_currency,
            one.status.capitalize(),
            addresses.contact_page(short_code, one.xero_id),
        )
        for one in iterate_contacts(organisation, show=show, search=search)
    )
    form = read_form(request.GET)
    name = f"{slugify(organisation.name) or 'organisation'}-contacts-{show}.{form}"
    return FileResponse(write_file(_EXPORTED, rows, form=form), as_attachment=True, filename=name)


def _read_place(query: QueryDict) -> Place | None:
    after = query.get("after")
    return Place(name=query.get("after_name") or "", xero_id=after) if after else None
