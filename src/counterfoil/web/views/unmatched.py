"""The unmatched queue: contacts with documents that are nobody's client yet (X26, X27)."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.clients import linking
from counterfoil.features.clients.models import Client
from counterfoil.features.clients.queries import list_clients
from counterfoil.features.clients.queue import Place, Side, list_queue
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Contact, Organisation
from counterfoil.sync.app import get_addresses
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_choice, read_number, read_search
from counterfoil.web.requests import FirmRequest

_OFFERED = 8


@require_GET
@for_firm
def show_queue(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show one page of the queue, those with the most documents first."""
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "unmatched/not_connected.html")
    side = read_choice(request.GET, "side", Side.CUSTOMERS)
    page = list_queue(organisation, side=side, after=_read_place(request.GET))
    addresses, short_code = get_addresses(), request.standing.short_code
    tally = page.tally
    return render(
        request,
        "unmatched/unmatched.html",
        {
            "organisation": organisation,
            "side": side,
            "page": page,
            "tally": tally,
            "tabs": [
                (Side.CUSTOMERS, "Customers", tally.customers),
                (Side.SUPPLIERS, "Suppliers", tally.suppliers),
                (Side.ALL, "All", tally.queued),
            ],
            "unlike": [row.contact_id for row in page.rows if row.name and row.match is None],
            "rows": [(row, addresses.contact_page(short_code, row.contact_id)) for row in page.rows],
        },
    )


@require_GET
@for_firm
def find_clients(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Offer the clients whose name, e-mail address or number holds what was typed."""
    search = read_search(request.GET)
    page = list_clients(search=search)
    return render(
        request,
        "unmatched/_found.html" if request.headers.get("HX-Request") else "unmatched/find.html",
        {
            "organisation": get_current(request),
            "contact_id": request.GET.get("contact", ""),
            "side": read_choice(request.GET, "side", Side.CUSTOMERS),
            "search": search,
            "clients": page.rows[:_OFFERED],
            "page": page,
        },
    )


@require_POST
@for_people_who_may(Permission.WORK)
def decide(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Link a contact to a client, make a client of it, skip it, or take the last decision back."""
    organisation = get_current(request)
    assert organisation is not None
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        messages.error(request, "Nothing was chosen to be done.")
    else:
        _tell(request, organisation, act)
    side = read_choice(request.POST, "side", Side.CUSTOMERS)
    return redirect(f"{reverse('unmatched', args=[organisation.pk])}?side={side.value}")


def _tell(
    request: FirmRequest, organisation: Organisation, act: "Callable[[FirmRequest, Organisation], str]"
) -> None:
    try:
        messages.success(request, act(request, organisation))
    except (linking.AlreadyDecided, linking.CannotUndo, linking.NothingToUndo) as problem:
        messages.warning(request, str(problem))


def _link(request: FirmRequest, organisation: Organisation) -> str:
    client = get_object_or_404(Client, pk=read_number(request.POST, "client"), archived_at=None)
    contact_id = request.POST.get("contact", "")
    linking.link_contact(
        organisation, contact_id=contact_id, client=client, by=request.user, now=timezone.now()
    )
    return f"Linked to {client.name}: its documents are on the client’s page."


def _create(request: FirmRequest, organisation: Organisation) -> str:
    contact = get_object_or_404(
        Contact.objects.defer("raw"), organisation=organisation, xero_id=request.POST.get("contact", "")
    )
    link = linking.create_client_from_contact(
        organisation, contact=contact, by=request.user, now=timezone.now()
    )
    return f"{link.client.name} is a client now, and linked."


def _create_all(request: FirmRequest, organisation: Organisation) -> str:
    count = linking.create_clients_from_contacts(
        organisation, contact_ids=request.POST.getlist("contact"), by=request.user, now=timezone.now()
    )
    return "One client was made, and linked." if count == 1 else f"{count} clients were made, and linked."


def _skip(request: FirmRequest, organisation: Organisation) -> str:
    count = linking.skip_contacts(
        organisation, contact_ids=request.POST.getlist("contact"), by=request.user, now=timezone.now()
    )
    return "Skipped. It is asked about no more." if count == 1 else f"{count} contacts skipped."


def _undo(request: FirmRequest, organisation: Organisation) -> str:
    decision = linking.undo_last(organisation, by=request.user, now=timezone.now())
    return f"Taken back: {decision.get_act_display().lower()}."


def _link_exact(request: FirmRequest, organisation: Organisation) -> str:
    count = linking.link_exact_matches(organisation, now=timezone.now(), by=request.user)
    return (
        f"{count} contact{'' if count == 1 else 's'} linked by exact proof."
        if count
        else ("There is no exact match among these; each needs a look.")
    )


_ACTS: "dict[str, Callable[[FirmRequest, Organisation], str]]" = {
    "link": _link,
    "create": _create,
    "create_all": _create_all,
    "skip": _skip,
    "undo": _undo,
    "exact": _link_exact,
}


def _read_place(query: QueryDict) -> Place | None:
    documents = read_number(query, "after_documents")
    after = query.get("after")
    return Place(documents, after) if after and documents is not None else None
