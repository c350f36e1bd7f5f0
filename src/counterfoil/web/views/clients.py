"""Clients: the list, one client with its documents, and what is known of it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.domain.datekit import list_year
from counterfoil.features.billing.agreed import list_of_client
from counterfoil.features.billing.unbilled import sum_unbilled
from counterfoil.features.clients import operations
from counterfoil.features.clients.linking import unlink_contact
from counterfoil.features.clients.models import Address, Client, Link
from counterfoil.features.clients.queries import (
    Show,
    iterate_clients,
    list_clients,
    list_linked_contacts,
    list_tags,
)
from counterfoil.features.clients.records import find_sources
from counterfoil.features.profitability.of_client import summarise_client
from counterfoil.features.reminding.conversing import list_to_client
from counterfoil.features.two_way.queries import list_of_client as list_differing
from counterfoil.features.two_way.queries import list_sending_of_client
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.features.workspaces.queries import list_colleagues
from counterfoil.mirror.models import Invoice
from counterfoil.web.clientforms import ClientForm
from counterfoil.web.documents import describe_documents
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import find_way_back, read_choice, read_name_place, read_search
from counterfoil.web.recordforms import Sheet, edit_record
from counterfoil.web.requests import FirmRequest

_EXPORTED = [
    "Name", "Number", "E-mail address", "Phone", "Direct phone", "Mobile phone", "Fax", "Address line 1",
    "Address line 2", "City", "Region", "Postcode", "Country", "Looked after by", "Tags", "Notes",
]  # fmt: skip
_UNLINKED = {
    "title": "Not linked to Xero yet",
    "text": "Once a contact in Xero is linked to this client, all its invoices are listed here.",
    "button": "Find it in the queue",
}
_AWAY = {
    "title": "Its organisation is not connected",
    "text": "This client is linked to a contact in Xero. Once its organisation is connected again, its"
    " invoices are listed here as before.",
    "button": "Connect to Xero",
}


@require_GET
@for_firm
def show_clients(request: FirmRequest) -> HttpResponse:
    """List one page of clients by name."""
    show, search = read_choice(request.GET, "show", Show.ACTIVE), read_search(request.GET)
    tag = request.GET.get("tag", "")[:50]
    page = list_clients(show=show, search=search, tag=tag, after=read_name_place(request.GET))
    return render(
        request,
        "clients/clients.html",
        {"page": page, "show": show, "search": search, "tag": tag, "tags": list_tags()},
    )


@require_GET
@for_firm
def export_clients(request: FirmRequest) -> HttpResponseBase:
    """Send every client of the list as it is filtered, with columns that an import understands again."""
    show, search = read_choice(request.GET, "show", Show.ACTIVE), read_search(request.GET)
    rows = (
        (
            one.name,
            one.number,
            one.email,
            one.phone,
            one.direct_phone,
            one.mobile_phone,
            one.fax,
            *_say_address(one),
            one.owner.email if one.owner else "",
            ", ".join(one.tags),
            one.notes,
        )
        for one in iterate_clients(show=show, search=search, tag=request.GET.get("tag", "")[:50])
    )
    form = read_form(request.GET)
    file = write_file(_EXPORTED, rows, form=form)
    return FileResponse(file, as_attachment=True, filename=f"clients-{show}.{form}")


def _say_address(client: Client) -> tuple[str, ...]:
    street = next((one for one in client.addresses.all() if one.kind == Address.Kind.STREET), None)
    if street is None:
        return ("",) * 6
    second = ", ".join(line for line in (street.line_2, street.line_3, street.line_4) if line)
    return (street.line_1, second, street.city, street.region, street.postal_code, street.country)


@require_GET
@for_firm
def show_client(request: FirmRequest, client_id: int) -> HttpResponse:
    """Show one client: its documents in Xero, its people, its deals."""
    client = get_object_or_404(Client.objects.select_related("owner"), pk=client_id)
    sources, linked = find_sources(client, now=timezone.now()), list_linked_contacts(client)
    unlinked = (
        _AWAY | {"href": reverse("setting_up")} if linked else _UNLINKED | {"href": reverse("unmatched")}
    )
    return render(
        request,
        "clients/client.html",
        {
            "client": client,
            "unlinked": unlinked,
            "linked": linked,
            "people": client.people.filter(archived_at=None).order_by("name", "pk"),
            "addresses": client.addresses.order_by("-kind"),
            "differing": list_differing(client),
            "sending": list_sending_of_client(client),
            "agreements": list_of_client(client, now=timezone.now()),
            "unbilled": sum_unbilled(client),
            "earned": summarise_client(client, list_year(timezone.localdate())),
            "reminders": list_to_client(client),
            "deals": client.deals.filter(archived_at=None).order_by("name", "pk"),
            **describe_documents(request, sources),
        },
    )


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def add_client(request: FirmRequest) -> HttpResponse:
    """Create a client."""

    def save(fields: Mapping[str, Any]) -> Client:
        workspace_id = request.membership.workspace_id
        return operations.create_client(workspace_id=workspace_id, fields=fields, now=timezone.now())

    sheet = Sheet("New client", reverse("clients"), "Clients", "The client is added.")
    return edit_record(request, _form(request), sheet, save=save, page="client")


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_client(request: FirmRequest, client_id: int) -> HttpResponse:
    """Change what is known of a client."""
    client = get_object_or_404(Client, pk=client_id)
    name = client.name  # the form writes into the record even when it is refused

    form = _form(request, client)

    def save(_fields: Mapping[str, Any]) -> Client:
        # A sync may have changed the rest since the form was shown.
        present = Client.objects.select_for_update().get(pk=client_id)
        return operations.update_client(present, fields=form.list_changed())

    sheet = Sheet(f"Edit {name}", reverse("client", args=[client_id]), name)
    return edit_record(request, form, sheet, save=save, page="client")


@require_POST
@for_people_who_may(Permission.WORK)
def archive_client(request: FirmRequest, client_id: int) -> HttpResponse:
    """Put a client away, or take it out of the archive again."""
    client = get_object_or_404(Client, pk=client_id)
    if client.archived_at is None:
        operations.archive(client, now=timezone.now())
        messages.success(request, f"{client.name} is archived. Its links and documents are kept.")
    else:
        operations.restore(client)
        messages.success(request, f"{client.name} is a client again.")
    return redirect("client", client_id)


@require_POST
@for_people_who_may(Permission.WORK)
def unlink(request: FirmRequest, link_id: int) -> HttpResponse:
    """Say that a contact in Xero is not this client after all."""
    link = get_object_or_404(Link.objects.select_related("client", "organisation"), pk=link_id)
    client_id = link.client_id
    unlink_contact(link, by=request.user, now=timezone.now())
    messages.success(request, "Unlinked. The contact waits in the unmatched queue again.")
    return redirect("client", client_id)


@require_POST
@for_people_who_may(Permission.WORK)
def pin(request: FirmRequest, organisation_id: int, document_id: str) -> HttpResponse:
    """Pin a document for the whole firm, or take the pin away (F20)."""
    organisation = get_current(request)
    assert organisation is not None
    invoice = get_object_or_404(Invoice.objects.defer("raw"), organisation=organisation, xero_id=document_id)
    is_pinned = request.POST.get("pinned") == "yes"
    if is_pinned:
        operations.pin_documents(
            organisation, document_ids=[document_id], by=request.user, now=timezone.now()
        )
    else:
        operations.unpin_documents(organisation, document_ids=[document_id])
    if request.headers.get("HX-Request"):
        return render(
            request, "components/pin.html", {"invoice": invoice, "is_pinned": is_pinned, "may_pin": True}
        )
    return redirect(find_way_back(request))


def _form(request: FirmRequest, client: Client | None = None) -> ClientForm:
    return ClientForm(
        request.POST if request.method == "POST" else None,
        instance=client or Client(workspace_id=request.membership.workspace_id),
        colleagues=list_colleagues(request.membership.workspace_id),
    )
