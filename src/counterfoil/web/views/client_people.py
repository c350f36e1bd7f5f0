"""People at clients: the list, one person with the documents that are theirs, and what is known of them."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.features.clients import operations
from counterfoil.features.clients.linking import give_to_person, take_from_person
from counterfoil.features.clients.models import Client, Link, Person
from counterfoil.features.clients.queries import Show, list_linked_contacts, list_people
from counterfoil.features.clients.records import find_sources
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.clientforms import PersonForm
from counterfoil.web.documents import describe_documents
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.paging import read_choice, read_name_place, read_number, read_search
from counterfoil.web.recordforms import Sheet, edit_record
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_people(request: FirmRequest) -> HttpResponse:
    """List one page of people by name."""
    show, search = read_choice(request.GET, "show", Show.ACTIVE), read_search(request.GET)
    page = list_people(show=show, search=search, after=read_name_place(request.GET))
    return render(request, "clients/people.html", {"page": page, "show": show, "search": search})


@require_GET
@for_firm
def show_person(request: FirmRequest, person_id: int) -> HttpResponse:
    """Show one person, and the documents of the contacts in Xero that are theirs."""
    person = get_object_or_404(Person.objects.select_related("client"), pk=person_id)
    sources = find_sources(person, now=timezone.now())
    linked = list_linked_contacts(person.client)
    unlinked = {
        "title": "No contact of their own",
        "text": "Say below which of the client’s contacts in Xero is theirs; its invoices are then here."
        if linked
        else "The client is linked to no contact in Xero yet.",
        "href": reverse("client", args=[person.client_id]),
        "button": f"Go to {person.client.name}",
    }
    details = {
        "person": person,
        "unlinked": unlinked,
        "linked": linked,
        **describe_documents(request, sources),
    }
    return render(request, "clients/person.html", details)


@require_POST
@for_people_who_may(Permission.WORK)
def own_contact(request: FirmRequest, person_id: int) -> HttpResponse:
    """Say that a contact in Xero of the client is this person's own, or that it is not."""
    person = get_object_or_404(Person, pk=person_id)
    link_id = read_number(request.POST, "link")
    link = get_object_or_404(Link, pk=link_id or 0, client=person.client_id)
    act = give_to_person if request.POST.get("act") == "own" else take_from_person
    act(link, person)
    return redirect("person", person_id)


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def add_person(request: FirmRequest, client_id: int) -> HttpResponse:
    """Add someone to speak to at a client."""
    client = get_object_or_404(Client, pk=client_id)

    def save(fields: Mapping[str, Any]) -> Person:
        return operations.create_person(client, fields=fields, now=timezone.now())

    form = PersonForm(request.POST or None, instance=Person(workspace_id=client.workspace_id, client=client))
    sheet = Sheet(f"New person at {client.name}", reverse("client", args=[client_id]), client.name)
    return edit_record(request, form, sheet, save=save, page="person")


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_person(request: FirmRequest, person_id: int) -> HttpResponse:
    """Change what is known of a person."""
    person = get_object_or_404(Person, pk=person_id)
    name = person.name

    form = PersonForm(request.POST or None, instance=person)

    def save(_fields: Mapping[str, Any]) -> Person:
        # A sync may have changed the rest since the form was shown.
        present = Person.objects.select_for_update().get(pk=person_id)
        return operations.update(present, fields=form.list_changed())

    sheet = Sheet(f"Edit {name}", reverse("person", args=[person_id]), name)
    return edit_record(request, form, sheet, save=save, page="person")
