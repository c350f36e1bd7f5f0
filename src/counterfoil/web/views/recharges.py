"""Recharges: what was paid and waits, what is proposed, to be billed, asks and is done; by keys."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.recharging import NotAllowed
from counterfoil.features.profitability.earnings import find_currency
from counterfoil.features.recharging import deciding
from counterfoil.features.recharging.attached import list_along
from counterfoil.features.recharging.models import Recharge
from counterfoil.features.recharging.noticing import sum_charged
from counterfoil.features.recharging.queue import Place, View, balance, count_views, list_rows
from counterfoil.features.recharging.scanning import begin_watch, find_watch
from counterfoil.features.recharging.tasks import request_look
from counterfoil.features.spending.queue import is_catching_up
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.days import find_today
from counterfoil.mirror.models import Organisation
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_choice, read_day, read_number, read_search
from counterfoil.web.requests import FirmRequest

_TABS = {
    View.FOUND: "Unmatched",
    View.PROPOSED: "Proposed",
    View.READY: "To bill",
    View.ASKS: "Ask you",
    View.DONE: "On invoices",
    View.KEPT: "Not recharged",
}
_PROBLEMS = (
    deciding.NotHere,
    deciding.IsBilled,
    deciding.NothingToUndo,
    deciding.NoDifference,
    deciding.NothingToCredit,
    deciding.NobodyPays,
    deciding.SamePayer,
    NotAllowed,
)


@require_GET
@for_firm
def show_recharges(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show one page of a list, the newest first."""
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "recharges/not_connected.html")
    watch = find_watch(organisation)
    today = find_today(organisation, timezone.now())
    if watch is None:
        context = {"organisation": organisation, "since": today.replace(day=1), "today": today}
        return render(request, "recharges/begin.html", context)
    view, search = read_choice(request.GET, "view", View.FOUND), read_search(request.GET)
    first, last = read_day(request.GET, "from") or watch.since, read_day(request.GET, "to")
    counts = count_views(organisation, watch)
    return render(
        request,
        "recharges/recharges.html",
        {
            "organisation": organisation,
            "watch": watch,
            "view": view,
            "search": search,
            "first": first,
            "last": last,
            "today": today,
            "balance": balance(organisation, since=first, until=last),
            "currency": find_currency(organisation),
            "tabs": [(one, word, counts[one]) for one, word in _TABS.items()],
            "page": list_rows(organisation, watch, view=view, search=search, after=_read_place(request.GET)),
            "is_catching_up": is_catching_up(organisation),
        },
    )


@require_GET
@for_firm
def show_recharge(request: FirmRequest, organisation_id: int, recharge_id: int) -> HttpResponse:
    """Show one recharge: its source, its terms, its differences, and all that happened to it."""
    organisation = get_current(request)
    held = Recharge.objects.select_related("source__rule", "terms", "client", "deal", "draft", "adjusts")
    one = get_object_or_404(held, organisation=organisation, pk=recharge_id)
    charged = sum_charged(one)
    return render(
        request,
        "recharges/recharge.html",
        {
            "organisation": organisation,
            "one": one,
            "source": one.source,
            "adjustments": one.adjustments.exclude(state="dropped").order_by("pk"),
            "charged": charged,
            "difference": None if one.asked_charge is None else one.asked_charge - charged,
            "given_back": None if one.charge is None else -one.charge,
            "along": list_along(one),
            "events": one.events.order_by("-pk")[:100],
        },
    )


@require_POST
@for_people_who_may(Permission.WORK)
def begin_recharging(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Look at what was paid from a day on."""
    organisation = _get(request)
    since = read_day(request.POST, "since")
    if since is None:
        messages.error(request, "Say from which day on.")
    else:
        begin_watch(organisation, since=since, by=request.user.email, now=timezone.now())
        request_look(organisation_id=organisation.pk, by_person=True)
        messages.success(request, "Costs are being looked at. What clients pay back is proposed in a moment.")
    return redirect("recharges", organisation.pk)


@require_POST
@for_people_who_may(Permission.WORK)
def decide_recharge(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Accept, follow what was chosen before, leave to the firm, answer what asks, or take a word back."""
    organisation = _get(request)
    acts: dict[str, Callable[[FirmRequest, Organisation], str]] = {
        "accept": _accept,
        "follow": _follow,
        "keep": _keep,
        "decline": _decline,
        "seen": _see,
        "credit": _answer,
        "bill": _answer,
        "leave": _answer,
        "credited": _credit_by_hand,
        "undo": _undo,
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        messages.error(request, "Nothing was chosen to be done.")
    else:
        try:
            messages.success(request, act(request, organisation))
        except _PROBLEMS as problem:
            messages.warning(request, str(problem))
    return redirect(_way_back(request, organisation))


def _accept(request: FirmRequest, organisation: Organisation) -> str:
    count = deciding.accept(
        organisation, source_ids=_ids(request, "source"), by=request.user, now=timezone.now()
    )
    return f"{count} recharge{'s' if count > 1 else ''} can be billed."


def _follow(request: FirmRequest, organisation: Organisation) -> str:
    ids = _ids(request, "line")
    for line_id in ids:
        deciding.follow_choice(organisation, line_id=line_id, by=request.user, now=timezone.now())
    return "Done as before." if len(ids) == 1 else f"{len(ids)} done as before."


def _keep(request: FirmRequest, organisation: Organisation) -> str:
    ids = _ids(request, "line")
    for line_id in ids:
        deciding.keep_cost(organisation, line_id=line_id, by=request.user, now=timezone.now())
    return "Not recharged: the firm bears it." if len(ids) == 1 else f"{len(ids)} are not recharged."


def _decline(request: FirmRequest, organisation: Organisation) -> str:
    ids = _ids(request, "source")
    for source_id in ids:
        deciding.decline(organisation, source_id=source_id, by=request.user, now=timezone.now())
    return "Not recharged: the firm bears it." if len(ids) == 1 else f"{len(ids)} are not recharged."


def _see(request: FirmRequest, organisation: Organisation) -> str:
    [source_id] = _ids(request, "source")[:1]
    deciding.see_price(organisation, source_id=source_id, by=request.user, now=timezone.now())
    return "The new price may be billed."


def _answer(request: FirmRequest, organisation: Organisation) -> str:
    said = deciding.Answer(request.POST["act"])
    made = deciding.answer(
        organisation,
        recharge_id=read_number(request.POST, "recharge") or 0,
        answer=said,
        by=request.user,
        now=timezone.now(),
    )
    if made is None:
        return "It is left as it was billed."
    word = "credited" if said is deciding.Answer.CREDIT else "billed"
    return f"The difference can be {word} now: it is under “To bill”. The invoice stays as it is."


def _credit_by_hand(request: FirmRequest, organisation: Organisation) -> str:
    recharge_id = read_number(request.POST, "recharge") or 0
    deciding.credit_by_hand(organisation, recharge_id=recharge_id, by=request.user, now=timezone.now())
    return "Taken as credited: it goes with no invoice."


def _undo(request: FirmRequest, organisation: Organisation) -> str:
    return f"Taken back: {deciding.undo_last(organisation, by=request.user, now=timezone.now())}."


def _ids(request: FirmRequest, name: str) -> list[int]:
    found = [
        int(one) for one in request.POST.getlist(name) if one.isascii() and one.isdigit() and len(one) < 19
    ]
    if not found:
        raise deciding.NotHere
    return found


def _get(request: FirmRequest) -> Organisation:
    organisation = get_current(request)
    if organisation is None:
        raise Http404
    return organisation


def _way_back(request: FirmRequest, organisation: Organisation) -> str:
    view = read_choice(request.POST, "view", View.FOUND)
    asked = {"view": view.value, "q": read_search(request.POST)}
    kept = {name: value for name, value in asked.items() if value and value != View.FOUND.value}
    address = reverse("recharges", args=[organisation.pk])
    return f"{address}?{urlencode(kept)}" if kept else address


def _read_place(query: QueryDict) -> Place | None:
    day, row_id = read_day(query, "after_day"), read_number(query, "after")
    return Place(day, row_id) if day and row_id is not None else None
