"""Agreements: the list, one with what it will bill, writing it, and what becomes of it (X36)."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.domain.billing_calendar import Every
from counterfoil.features.billing import agreeing
from counterfoil.features.billing.agreed import (
    Place,
    Show,
    find_row,
    iterate_agreements,
    list_agreements,
)
from counterfoil.features.billing.forecasting import forecast
from counterfoil.features.billing.models import Agreement, AgreementLine, RateCard, Service
from counterfoil.features.billing.unbilled import sum_unbilled
from counterfoil.features.billing.wording import FIELDS
from counterfoil.features.clients.models import Client
from counterfoil.features.connections.queries import list_connected
from counterfoil.features.invoicing.books import Books, read_books
from counterfoil.features.invoicing.mapping import Mapped, read_mappings
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.features.workspaces.queries import list_colleagues
from counterfoil.mirror.days import find_today
from counterfoil.web.agreementforms import AgreementForm, BeginForm
from counterfoil.web.agreementlines import LineForm, add_blanks, read_lines, show_lines
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.draftforms import Pickers
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.paging import read_choice, read_search
from counterfoil.web.paging import read_day as read_any_day
from counterfoil.web.paging import read_number as read_key
from counterfoil.web.requests import FirmRequest
from counterfoil.web.typed import is_billable_day

_TABS = [
    (Show.ACTIVE, "Active"),
    (Show.PAUSED, "Paused"),
    (Show.ENDING, "Ending"),
    (Show.ENDED, "Ended"),
    (Show.DRAFTS, "Drafts"),
    (Show.ARCHIVED, "Archived"),
]
_EXPORTED = [
    *("Client", "Agreement", "State", "Organisation", "Period", "Billed", "First day", "Last day"),
    *("Fixed fees a month", "Currency", "Next bill", "PO number"),
]
_HISTORY = 50


@require_GET
@for_firm
def show_agreements(request: FirmRequest) -> HttpResponse:
    """List one page of agreements by client and name."""
    show, search = read_choice(request.GET, "show", Show.ACTIVE), read_search(request.GET)
    page = list_agreements(show=show, search=search, now=timezone.now(), after=_read_place(request.GET))
    return render(
        request,
        "agreements/agreements.html",
        {"page": page, "show": show, "search": search, "tabs": _TABS},
    )


@require_GET
@for_firm
def export_agreements(request: FirmRequest) -> HttpResponseBase:
    """Send every agreement of the list as it is filtered."""
    show = read_choice(request.GET, "show", Show.ACTIVE)
    found = iterate_agreements(show=show, search=read_search(request.GET), now=timezone.now())
    rows = (
        (
            one.agreement.client.name,
            one.agreement.name,
            one.standing.value.capitalize(),
            one.agreement.organisation.name if one.agreement.organisation else "",
            one.agreement.get_every_display(),
            one.agreement.get_billed_display(),
            one.agreement.starts_on,
            one.agreement.last_day,
            one.worth.amount,
            one.worth.currency,
            one.next_bill,
            one.agreement.po_number,
        )
        for one in found
    )
    form = read_form(request.GET)
    file = write_file(_EXPORTED, rows, form=form)
    return FileResponse(file, as_attachment=True, filename=f"agreements-{show}.{form}")


@require_GET
@for_firm
def show_agreement(request: FirmRequest, agreement_id: int) -> HttpResponse:
    """Show one agreement: what it bills, what it will bill, its pauses and its history."""
    agreement, now = find_agreement(agreement_id), timezone.now()
    today = find_today(agreement.organisation, timezone.now())
    lines = list(agreement.lines.select_related("rate_card").prefetch_related("prices"))
    services = agreement.services.select_related("invoice__run", "invoice__draft")
    return render(
        request,
        "agreements/agreement.html",
        {
            "agreement": agreement,
            "row": find_row(agreement, now=now),
            "lines": [(line, list(line.prices.all())) for line in lines],
            "priced": [line for line in lines if line.kind in agreeing.PRICED],
            "from_the_start": agreeing.FROM_THE_START,
            "forecast": forecast(agreement, today=today, now=now),
            "unbilled": sum_unbilled(agreement.client),
            "pauses": agreement.pauses.order_by("-first_day"),
            "changes": agreement.changes.order_by("-pk")[:_HISTORY],
            "services": services.order_by("-start", "place")[:_HISTORY],
            "today": today,
        },
    )


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def add_agreement(request: FirmRequest) -> HttpResponse:
    """Begin an agreement: with whom, what it is called, from when."""
    client_id = read_key(request.GET, "client")
    organisations = list_connected()
    now = timezone.now()
    initial = {
        "client": client_id,
        "starts_on": now.date().replace(day=1),
        "every": Every.MONTH,
    }
    form = BeginForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        values = dict(form.cleaned_data)
        client = values.pop("client")
        organisation, currency = _choose_organisation(client, organisations)
        agreement = agreeing.begin_agreement(
            client,
            fields=values
            | {
                "organisation": organisation,
                "currency": currency,
                "anchor": values["starts_on"].replace(day=1),
            },
            by=request.user,
            now=now,
        )
        return redirect("edit_agreement", agreement.pk)
    return render(
        request,
        "agreements/begin.html",
        {"form": form, "has_clients": Client.objects.filter(archived_at=None).exists()},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_agreement(request: FirmRequest, agreement_id: int) -> HttpResponse:
    """Write an agreement: keep it, activate it, or add a line; beside it stands what it will bill."""
    agreement = find_agreement(agreement_id)
    books, offered = _read_offered(agreement)
    form = _form(request, agreement, books)
    kept, billed, today = _read_kept(agreement)
    if request.method == "GET":
        forms = show_lines(list(kept.values()), offered, today=today, billed=billed)
        return _show_editor(request, agreement, form, forms, offered, typed=None)
    typed = read_lines(request.POST, offered, kept=kept, billed=billed, today=today)
    act = request.POST.get("act", "save")
    goes_on_writing = act == "add" or "remove" in request.POST
    is_good = form.is_valid() and typed.is_good
    if goes_on_writing or not is_good:
        sentences = () if goes_on_writing else [*_list_sentences(form), *typed.sentences]
        status = 200 if goes_on_writing else 422
        return _show_editor(
            request, agreement, form, typed.forms, offered, typed=typed, sentences=sentences, status=status
        )
    try:
        saved = agreeing.save_agreement(
            agreement, fields=form.list_values(), lines=typed.values, by=request.user, now=timezone.now()
        )
    except agreeing.NotPossible as problem:
        return _show_editor(
            request, agreement, form, typed.forms, offered, typed=typed, sentences=[str(problem)], status=422
        )
    if act == "activate":
        return _activate(request, saved)
    messages.success(request, "Kept.")
    return redirect("agreement", agreement_id)


@require_POST
@for_people_who_may(Permission.WORK)
def preview_agreement(request: FirmRequest, agreement_id: int) -> HttpResponse:
    """Show what would be billed of what is typed at this moment; nothing is kept."""
    agreement = find_agreement(agreement_id)
    books, offered = _read_offered(agreement)
    form = _form(request, agreement, books)
    kept, billed, today = _read_kept(agreement)
    typed = read_lines(request.POST, offered, kept=kept, billed=billed, today=today)
    form.is_valid()
    return render(
        request,
        "agreements/_forecast.html",
        {
            "agreement": agreement,
            "sentences": [*_list_sentences(form), *typed.sentences],
            "forecast": forecast(agreement, today=today, now=timezone.now(), typed=typed.as_typed(agreement)),
        },
    )


@require_POST
@for_people_who_may(Permission.WORK)
def set_agreement_state(request: FirmRequest, agreement_id: int) -> HttpResponse:
    """Activate, put away, take out of the archive, or throw a draft away."""
    agreement, act = find_agreement(agreement_id), request.POST.get("act", "")
    if act == "activate":
        return _activate(request, agreement)
    if act == "delete":
        return try_to(request, "agreements", lambda: agreeing.delete_draft(agreement), "Thrown away.")
    states = {"archive": Agreement.State.ARCHIVED, "draft": Agreement.State.DRAFT}
    if act in states:
        agreeing.set_state(agreement, states[act], by=request.user, now=timezone.now())
        messages.success(
            request,
            "Archived. No run bills it." if act == "archive" else "It is a draft again; no run bills it.",
        )
    return redirect("agreement", agreement_id)


@require_POST
@for_people_who_may(Permission.WORK)
def copy_agreement(request: FirmRequest, agreement_id: int) -> HttpResponse:
    """Begin another agreement like this one."""
    agreement = find_agreement(agreement_id)
    starts_on = read_day(request.POST, "starts_on") or find_today(agreement.organisation, timezone.now())
    copied = agreeing.copy_agreement(agreement, starts_on=starts_on, by=request.user, now=timezone.now())
    messages.success(request, "Begun like the other one. It is a draft until you activate it.")
    return redirect("edit_agreement", copied.pk)


def _activate(request: FirmRequest, agreement: Agreement) -> HttpResponse:
    now = timezone.now()
    problems = forecast(agreement, today=find_today(agreement.organisation, timezone.now()), now=now).problems
    if problems:
        messages.error(request, f"Kept, and not activated yet: {problems[0]}")
        return redirect("edit_agreement", agreement.pk)
    agreeing.set_state(agreement, Agreement.State.ACTIVE, by=request.user, now=now)
    messages.success(request, "Activated. The next run bills it.")
    return redirect("agreement", agreement.pk)


def try_to(
    request: FirmRequest, page: str, act: Callable[[], object], said: str, *place: int
) -> HttpResponse:
    """Do it, or say why it is not possible; then go on at the page."""
    try:
        act()
    except agreeing.NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said)
    return redirect(page, *place)


def _show_editor(
    request: FirmRequest,
    agreement: Agreement,
    form: AgreementForm,
    forms: list[LineForm],
    offered: Pickers,
    *,
    typed: Any,
    sentences: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "agreements/editor.html",
        {
            "agreement": agreement,
            "form": form,
            "forms": add_blanks(forms, offered),
            "offered": offered,
            "kinds": AgreementLine.Kind.choices,
            "cards": RateCard.objects.filter(kind=RateCard.Kind.BILLED, archived_at=None).order_by("name"),
            "fields": FIELDS,
            "sentences": sentences,
            "forecast": forecast(
                agreement,
                today=find_today(agreement.organisation, timezone.now()),
                now=timezone.now(),
                typed=typed.as_typed(agreement) if typed else None,
            ),
        },
        status=status,
    )


def _form(request: FirmRequest, agreement: Agreement, books: Books | None) -> AgreementForm:
    return AgreementForm(
        request.POST if request.method == "POST" else None,
        instance=agreement,
        books=books,
        colleagues=list_colleagues(request.membership.workspace_id),
        organisations=list_connected(),
    )


def _list_sentences(form: AgreementForm) -> list[str]:
    """What is wrong with the form, each with the field that it is about."""
    said = []
    for name, errors in form.errors.items():
        label = form.fields[name].label or name.replace("_", " ").capitalize() if name in form.fields else ""
        said += [f"{label}: {error}" if label else str(error) for error in errors]
    return said


def _read_offered(agreement: Agreement) -> tuple[Books | None, Pickers]:
    key = agreement.organisation_id
    if key is None:
        return None, Pickers.of(Books(organisation_id=0), Mapped())
    books = read_books([key])[key]
    return books, Pickers.of(books, read_mappings([key])[key])


def _read_kept(agreement: Agreement) -> tuple[dict[int, AgreementLine], frozenset[int], date]:
    """Return the lines as they are kept, which of them have billed something, and which day it is."""
    lines = {line.pk: line for line in agreement.lines.prefetch_related("prices")}
    billed = Service.objects.filter(agreement=agreement, line__isnull=False).values_list("line", flat=True)
    return lines, frozenset(key for key in billed if key), find_today(agreement.organisation, timezone.now())


def _choose_organisation(client: Client, organisations: Sequence[Any]) -> tuple[Any, str]:
    """Return where the client is linked, or the only organisation there is, with its currency."""
    linked = set(client.links.values_list("organisation", flat=True))
    candidates = [one for one in organisations if one.pk in linked] or list(organisations)
    chosen = candidates[0] if len(candidates) == 1 or (candidates and linked) else None
    if chosen is None:
        return None, "GBP"
    return chosen, read_books([chosen.pk])[chosen.pk].base_currency or "GBP"


def read_day(query: QueryDict, name: str) -> date | None:
    """Return a day that can be billed."""
    day = read_any_day(query, name)
    return day if day and is_billable_day(day) else None


def find_agreement(agreement_id: int) -> Agreement:
    """Return the agreement, or answer that there is none."""
    return get_object_or_404(
        Agreement.objects.select_related("client", "organisation", "deal", "owner"), pk=agreement_id
    )


def _read_place(query: QueryDict) -> Place | None:
    after = read_key(query, "after")
    if after is None:
        return None
    return Place(query.get("after_client") or "", query.get("after_name") or "", after)
