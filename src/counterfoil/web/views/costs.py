"""Costs that wait to be attributed, one after the other and by keys; and one split over several clients."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.features.clients.models import Client
from counterfoil.features.clients.queries import list_clients
from counterfoil.features.profitability.earnings import find_currency
from counterfoil.features.reports.left_out import list_without_lines
from counterfoil.features.spending import deciding
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.queue import (
    Place,
    View,
    count_costs,
    is_catching_up,
    list_costs,
    select_costs,
)
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web.amounts import NotANumber
from counterfoil.web.costforms import (
    AnothersDeal,
    BadShare,
    keep_shares,
    offer_choice,
    read_shares,
    write_shares,
)
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_choice, read_day, read_number, read_search
from counterfoil.web.pickers import NotOffered
from counterfoil.web.requests import FirmRequest

_OFFERED = 8
_TABS = {
    View.OPEN: "Unattributed",
    View.CHANGED: "Changed since",
    View.SKIPPED: "Left for later",
    View.DECIDED: "Attributed and overhead",
}
_PROBLEMS = (deciding.NotACost, deciding.NothingToUndo, deciding.NobodyNamed)


@require_GET
@for_firm
def show_costs(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show one page of costs, the newest first."""
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "costs/not_connected.html")
    view, search = read_choice(request.GET, "view", View.OPEN), read_search(request.GET)
    tally = count_costs(organisation)
    return render(
        request,
        "costs/costs.html",
        {
            "organisation": organisation,
            "view": view,
            "search": search,
            "tally": tally,
            "currency": find_currency(organisation),
            "tabs": [(one, word, tally.counts[one]) for one, word in _TABS.items()],
            "page": list_costs(organisation, view=view, search=search, after=_read_place(request.GET)),
            "is_catching_up": is_catching_up(organisation),
            "left_out": list_without_lines(organisation),
        },
    )


@require_GET
@for_firm
def find_cost_clients(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Offer the clients whose name, e-mail address or number holds what was typed."""
    search = read_search(request.GET)
    page = list_clients(search=search)
    return render(
        request,
        "costs/_found.html" if request.headers.get("HX-Request") else "costs/find.html",
        {
            "organisation": get_current(request),
            "line_id": read_number(request.GET, "line"),
            "back": request.GET.urlencode(),
            "search": search,
            "view": read_choice(request.GET, "view", View.OPEN),
            "clients": page.rows[:_OFFERED],
            "page": page,
        },
    )


@require_POST
@for_people_who_may(Permission.WORK)
def decide_cost(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Give a cost to a client, call it overhead, leave it for later, keep it, or take a word back."""
    organisation = get_current(request)
    assert organisation is not None
    acts = {"give": _give, "overhead": _overhead, "skip": _skip, "confirm": _confirm, "undo": _undo}
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        messages.error(request, "Nothing was chosen to be done.")
    else:
        _tell(request, organisation, act)
    return redirect(_way_back(request, organisation))


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def split_cost(request: FirmRequest, organisation_id: int, line_id: int) -> HttpResponse:
    """Split a cost over several clients and deals by their shares."""
    organisation = get_current(request)
    assert organisation is not None
    line = get_object_or_404(select_costs(organisation).select_related("verdict"), pk=line_id)
    held = list(line.verdict.shares.all()) if line.verdict else []
    choice, problem = offer_choice(held), ""
    fields = write_shares(held, choice)
    if request.method == "POST":
        fields = keep_shares(request.POST)
        try:
            shares = read_shares(fields, choice)
            deciding.attribute_cost(
                organisation, line_id=line.pk, shares=shares, by=request.user, now=timezone.now()
            )
        except (NotOffered, AnothersDeal, NotANumber, BadShare, *_PROBLEMS) as wrong:
            problem = str(wrong)
        else:
            count = len(shares)
            messages.success(request, f"Split in {count} parts." if count > 1 else "Given to one client.")
            return redirect("costs", organisation.pk)
    return render(
        request,
        "costs/split.html",
        {
            "organisation": organisation,
            "line": line,
            "fields": fields,
            "choice": choice,
            "problem": problem,
        },
        status=422 if problem else 200,
    )


def _tell(
    request: FirmRequest, organisation: Organisation, act: Callable[[FirmRequest, Organisation], str]
) -> None:
    try:
        messages.success(request, act(request, organisation))
    except _PROBLEMS as problem:
        messages.warning(request, str(problem))


def _line_id(request: FirmRequest) -> int:
    return read_number(request.POST, "line") or 0


def _give(request: FirmRequest, organisation: Organisation) -> str:
    client = get_object_or_404(Client, pk=read_number(request.POST, "client"), archived_at=None)
    deciding.attribute_cost(
        organisation,
        line_id=_line_id(request),
        shares=[Shared(client.pk)],
        by=request.user,
        now=timezone.now(),
    )
    return f"Given to {client.name}."


def _overhead(request: FirmRequest, organisation: Organisation) -> str:
    deciding.call_overhead(organisation, line_id=_line_id(request), by=request.user, now=timezone.now())
    return "It counts as overhead."


def _skip(request: FirmRequest, organisation: Organisation) -> str:
    deciding.skip_cost(organisation, line_id=_line_id(request), by=request.user, now=timezone.now())
    return "Left for later. It stays unattributed."


def _confirm(request: FirmRequest, organisation: Organisation) -> str:
    deciding.confirm_cost(organisation, line_id=_line_id(request), by=request.user, now=timezone.now())
    return "Kept as it is."


def _undo(request: FirmRequest, organisation: Organisation) -> str:
    verdict = deciding.undo_last(organisation, by=request.user, now=timezone.now())
    return f"Taken back: {verdict.get_act_display().lower()}."


def _way_back(request: FirmRequest, organisation: Organisation) -> str:
    view = read_choice(request.POST, "view", View.OPEN)
    asked = {"view": view.value, "q": read_search(request.POST)}
    kept = {name: value for name, value in asked.items() if value and value != View.OPEN.value}
    address = reverse("costs", args=[organisation.pk])
    return f"{address}?{urlencode(kept)}" if kept else address


def _read_place(query: QueryDict) -> Place | None:
    day, line_id = read_day(query, "after_day"), read_number(query, "after")
    return Place(day, line_id) if day and line_id is not None else None
