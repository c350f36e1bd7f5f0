"""One invoice that is raised here: for whom it is, its lines with live totals, copies and edits (X18)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.domain.totals import AmountsAre
from counterfoil.features.billing.reviewing import find_run_of
from counterfoil.features.clients.models import Client
from counterfoil.features.connections.queries import list_connected
from counterfoil.features.invoicing import drafting, pushing
from counterfoil.features.invoicing.books import Books, read_books
from counterfoil.features.invoicing.mapping import read_mappings
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.features.invoicing.previewing import describe_all
from counterfoil.features.invoicing.pushing import prepare_lines
from counterfoil.features.invoicing.queries import describe_drafts, find_candidates
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.days import find_todays
from counterfoil.mirror.models import Contact, Invoice, Organisation
from counterfoil.sync.app import get_addresses
from counterfoil.sync.outbox.rules import get_rules
from counterfoil.web.draftforms import Pickers, add_blanks, describe_head, read_typed, show_lines
from counterfoil.web.guards import for_people_who_may, get_current
from counterfoil.web.paging import read_number, read_search
from counterfoil.web.requests import FirmRequest


@require_GET
@for_people_who_may(Permission.WORK)
def choose_contact(request: FirmRequest) -> HttpResponse:
    """Ask for whom an invoice is: a contact in one organisation; nothing is chosen by itself (PAIN 2)."""
    organisations, search = list_connected(), read_search(request.GET)
    client_id, draft_id = read_number(request.GET, "client"), read_number(request.GET, "draft")
    client = get_object_or_404(Client, pk=client_id) if client_id else None
    draft = (
        get_object_or_404(InvoiceDraft.objects.select_related("organisation"), pk=draft_id)
        if draft_id
        else None
    )
    if draft is not None:
        organisations = [one for one in organisations if one.pk == draft.organisation_id]
    return render(
        request,
        "invoicing/_candidates.html" if request.headers.get("HX-Request") else "invoicing/choose.html",
        {
            "client": client,
            "draft": draft,
            "search": search,
            "candidates": find_candidates(organisations, search=search, client=client),
            "has_organisation": bool(organisations),
        },
    )


@require_POST
@for_people_who_may(Permission.WORK)
def begin_draft(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Begin an invoice for a contact of this organisation, or give a draft another contact."""
    organisation = _require(request)
    contact = get_object_or_404(
        Contact.objects.defer("raw"), organisation=organisation, xero_id=request.POST.get("contact", "")
    )
    draft_id, client_id = read_number(request.POST, "draft"), read_number(request.POST, "client")
    now = timezone.now()
    if draft_id:
        draft = _find(organisation, draft_id)
        try:
            drafting.change_contact(draft, contact_id=contact.xero_id, now=now)
        except drafting.InOutbox as problem:
            messages.error(request, str(problem))
    else:
        draft = drafting.begin_draft(
            organisation,
            contact_id=contact.xero_id,
            client=get_object_or_404(Client, pk=client_id) if client_id else None,
            by=request.user,
            now=now,
        )
    return redirect("draft", organisation.pk, draft.pk)


@require_POST
@for_people_who_may(Permission.WORK)
def copy_invoice(request: FirmRequest, organisation_id: int, xero_id: str) -> HttpResponse:
    """Begin a new invoice like an earlier one."""
    organisation = _require(request)
    invoice = get_object_or_404(Invoice, organisation=organisation, xero_id=xero_id, kind="ACCREC")
    draft = drafting.copy_invoice(organisation, invoice, by=request.user, now=timezone.now())
    messages.success(request, f"Begun like {invoice.number or 'the earlier one'}, dated today.")
    return redirect("draft", organisation.pk, draft.pk)


@require_POST
@for_people_who_may(Permission.WORK)
def edit_invoice(request: FirmRequest, organisation_id: int, xero_id: str) -> HttpResponse:
    """Begin an edit of an invoice that Xero has."""
    organisation = _require(request)
    invoice = get_object_or_404(Invoice, organisation=organisation, xero_id=xero_id, kind="ACCREC")
    draft = drafting.edit_invoice(organisation, invoice, by=request.user, now=timezone.now())
    return redirect("draft", organisation.pk, draft.pk)


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_draft(request: FirmRequest, organisation_id: int, draft_id: int) -> HttpResponse:
    """Write an invoice: keep it, go on to its preview, or add a line; while it is on its way it is shown."""
    organisation = _require(request)
    draft = _find(organisation, draft_id)
    operation = pushing.find_operations([draft.pk]).get(draft.pk)
    if operation is not None and operation.status not in pushing.LOOSE:
        return _show_on_its_way(request, draft)
    books, offered = _read_offered(draft)
    if request.method == "GET":
        lines = list(draft.lines.all())
        return _show_editor(
            request, draft, lines, forms=show_lines(lines, offered), books=books, offered=offered
        )
    typed = read_typed(request.POST, draft, offered, may_approve=_may_approve(request, organisation))
    act = request.POST.get("act", "save")
    goes_on_writing = act == "add" or "remove" in request.POST
    if goes_on_writing or not typed.is_good:
        describe_head(draft, typed.fields)
        return _show_editor(
            request,
            draft,
            typed.lines,
            forms=typed.forms,
            books=books,
            offered=offered,
            sentences=() if goes_on_writing else typed.sentences,
            status=200 if goes_on_writing else 422,
        )
    drafting.save_draft(draft, fields=typed.fields, lines=typed.lines, now=timezone.now())
    if act == "preview":
        return redirect(f"{reverse('preview_drafts')}?draft={draft.pk}")
    messages.success(request, "The draft is kept here. Nothing was sent.")
    return redirect("draft", organisation.pk, draft.pk)


@require_POST
@for_people_who_may(Permission.WORK)
def show_totals(request: FirmRequest, organisation_id: int, draft_id: int) -> HttpResponse:
    """Work out what is typed at this moment, as Xero would; nothing is kept."""
    draft = _find(_require(request), draft_id)
    _, offered = _read_offered(draft)
    typed = read_typed(request.POST, draft, offered, may_approve=_may_approve(request, draft.organisation))
    describe_head(draft, typed.fields)
    (prepared,) = prepare_lines([(draft, typed.lines)])
    return render(
        request,
        "invoicing/_totals.html",
        {"prepared": prepared, "sentences": typed.sentences, "draft": draft},
    )


@require_POST
@for_people_who_may(Permission.WORK)
def discard_draft(request: FirmRequest, organisation_id: int, draft_id: int) -> HttpResponse:
    """Throw a draft away."""
    draft = _find(_require(request), draft_id)
    try:
        drafting.discard_draft(draft)
    except drafting.InOutbox as problem:
        messages.error(request, str(problem))
        return redirect("draft", organisation_id, draft_id)
    messages.success(request, "The draft is thrown away. Xero never had it.")
    return redirect("drafts")


@require_POST
@for_people_who_may(Permission.WORK)
def take_back(request: FirmRequest, organisation_id: int, draft_id: int) -> HttpResponse:
    """Take a draft out of the outbox, to change it."""
    draft = _find(_require(request), draft_id)
    if pushing.take_back_draft(draft, by=request.user, now=timezone.now()):
        messages.success(request, "Taken back. It is not sent until you send it again.")
    else:
        messages.warning(request, "It was sent already, or is being sent at this moment.")
    return redirect("draft", organisation_id, draft_id)


def _show_editor(
    request: FirmRequest,
    draft: InvoiceDraft,
    lines: Sequence[DraftLine],
    *,
    forms: Any,
    books: Books,
    offered: Pickers,
    sentences: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    (prepared,) = prepare_lines([(draft, lines)])
    contact = prepared.books.contacts.get(draft.contact_id)
    return render(
        request,
        "invoicing/editor.html",
        {
            "organisation": draft.organisation,
            "draft": draft,
            "contact": contact,
            "forms": add_blanks(forms, offered),
            "offered": offered,
            "amounts": AmountsAre.choices(),
            "currencies": sorted(books.currencies | {draft.currency}),
            "themes": books.themes,
            "prepared": prepared,
            "sentences": sentences,
            "may_approve": _may_approve(request, draft.organisation),
            "billing_run": find_run_of(draft),
        },
        status=status,
    )


def _show_on_its_way(request: FirmRequest, draft: InvoiceDraft) -> HttpResponse:
    (standing,) = describe_drafts([draft], today=find_todays([draft.organisation], timezone.now()))
    (preview,) = describe_all([standing.prepared])
    short_code = request.standing.short_code if request.standing else ""
    xero_id = standing.in_xero.xero_id if standing.in_xero else ""
    return render(
        request,
        "invoicing/on_its_way.html",
        {
            "organisation": draft.organisation,
            "draft": draft,
            "standing": request.standing,
            "found": standing,
            "preview": preview,
            "billing_run": find_run_of(draft),
            "events": standing.prepared.operation.events.order_by("pk")
            if standing.prepared.operation
            else [],
            "xero_page": get_addresses().sales_invoice_page(short_code, xero_id) if xero_id else "",
        },
    )


def _read_offered(draft: InvoiceDraft) -> tuple[Books, Pickers]:
    key = draft.organisation_id
    books = read_books([key])[key]
    return books, Pickers.of(books, read_mappings([key])[key])


def _may_approve(request: FirmRequest, organisation: Organisation) -> bool:
    """Approved invoices need the firm's choice for this organisation, and the right to approve (K15)."""
    return request.membership.may(Permission.APPROVE) and get_rules(organisation).raises_approved


def _find(organisation: Organisation, draft_id: int) -> InvoiceDraft:
    return get_object_or_404(
        InvoiceDraft.objects.select_related("organisation", "client"),
        organisation=organisation,
        pk=draft_id,
    )


def _require(request: FirmRequest) -> Organisation:
    organisation = get_current(request)
    assert organisation is not None
    return organisation
