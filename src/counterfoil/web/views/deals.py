"""Deals: the list, one deal with the documents raised for it, and what is known of it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.features.clients import operations
from counterfoil.features.clients.models import Client, Deal
from counterfoil.features.clients.queries import Show, list_deals
from counterfoil.features.clients.records import find_sources, list_ungathered
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.features.workspaces.queries import list_colleagues
from counterfoil.mirror.models import Organisation
from counterfoil.web.clientforms import DealForm
from counterfoil.web.documents import describe_documents
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.paging import read_choice, read_name_place, read_search
from counterfoil.web.recordforms import Sheet, edit_record
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_deals(request: FirmRequest) -> HttpResponse:
    """List one page of deals by name."""
    show, search = read_choice(request.GET, "show", Show.ACTIVE), read_search(request.GET)
    stage = request.GET.get("stage", "")
    stage = stage if stage in Deal.Stage.values else ""
    page = list_deals(show=show, stage=stage, search=search, after=read_name_place(request.GET))
    return render(
        request,
        "clients/deals.html",
        {"page": page, "show": show, "search": search, "stage": stage, "stages": Deal.Stage.choices},
    )


@require_GET
@for_firm
def show_deal(request: FirmRequest, deal_id: int) -> HttpResponse:
    """Show one deal, the documents raised for it, and those of the client that may belong to it."""
    deal = get_object_or_404(Deal.objects.select_related("client", "owner"), pk=deal_id)
    now = timezone.now()
    sources = find_sources(deal, now=now)
    unlinked = {
        "title": "No invoices yet",
        "text": "Add the invoices that were raised for this deal from the list below.",
        "href": "#gather",
        "button": "Choose invoices",
    }
    find = read_search(request.GET, "find")
    details = {
        "deal": deal,
        "unlinked": unlinked,
        "find": find,
        "ungathered": list_ungathered(deal, now=now, search=find),
        **describe_documents(request, sources),
    }
    return render(request, "clients/deal.html", details)


@require_POST
@for_people_who_may(Permission.WORK)
def gather(request: FirmRequest, deal_id: int) -> HttpResponse:
    """Add documents to a deal, or take them out."""
    deal = get_object_or_404(Deal, pk=deal_id)
    organisation = get_object_or_404(Organisation, pk=request.POST.get("organisation", "0"))
    chosen = request.POST.getlist("document")
    if request.POST.get("act") == "release":
        operations.release_documents(deal, organisation, document_ids=chosen)
    else:
        operations.gather_documents(
            deal, organisation, document_ids=chosen, by=request.user, now=timezone.now()
        )
    return redirect("deal", deal_id)


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def add_deal(request: FirmRequest, client_id: int) -> HttpResponse:
    """Add a piece of work for a client."""
    client = get_object_or_404(Client, pk=client_id)

    def save(fields: Mapping[str, Any]) -> Deal:
        return operations.create_deal(client, fields=fields, now=timezone.now())

    form = _form(request, Deal(workspace_id=client.workspace_id, client=client))
    sheet = Sheet(f"New deal for {client.name}", reverse("client", args=[client_id]), client.name)
    return edit_record(request, form, sheet, save=save, page="deal")


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_deal(request: FirmRequest, deal_id: int) -> HttpResponse:
    """Change what is known of a deal."""
    deal = get_object_or_404(Deal, pk=deal_id)
    name = deal.name

    def save(fields: Mapping[str, Any]) -> Deal:
        return operations.update(deal, fields=fields)

    sheet = Sheet(f"Edit {name}", reverse("deal", args=[deal_id]), name)
    return edit_record(request, _form(request, deal), sheet, save=save, page="deal")


def _form(request: FirmRequest, deal: Deal) -> DealForm:
    return DealForm(
        request.POST if request.method == "POST" else None,
        instance=deal,
        colleagues=list_colleagues(request.membership.workspace_id),
    )
