"""Month-end: start a run, review what it made beside last month, send it, archive it (X19-X22, issue 8)."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.billing import archiving, deciding
from counterfoil.features.billing.generating import look_ahead
from counterfoil.features.billing.loading import list_billable
from counterfoil.features.billing.models import BillingRun
from counterfoil.features.billing.recurring import choose_automatic, get_billing_choices
from counterfoil.features.billing.reviewing import (
    Only,
    Place,
    is_busy,
    list_invoices,
    list_runs,
    summarise_sent,
)
from counterfoil.features.billing.runs import NotPossible, RunIsArchived, start_run
from counterfoil.features.billing.standing import Stand
from counterfoil.features.billing.summing import sum_lines
from counterfoil.features.billing.tasks import request_making, request_sending, request_waving
from counterfoil.features.billing.waving import AT_ONCE, count_to_review, wave_through
from counterfoil.features.connections.queries import list_connected
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.days import find_today
from counterfoil.mirror.models import Organisation
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.paging import read_choice, read_day, read_name_place, read_number
from counterfoil.web.requests import FirmRequest

_TABS = (Stand.REVIEW, Stand.READY, Stand.HELD, Stand.PUSHED, Stand.LOST, Stand.DISCARDED)
_SELDOM = (Stand.LOST, Stand.DISCARDED)
_MOST_AT_ONCE = 2_000


@require_GET
@for_firm
def show_runs(request: FirmRequest) -> HttpResponse:
    """List the runs, the latest first, and say which organisations fill their queue by themselves."""
    organisations = list_connected()
    return render(
        request,
        "billing_runs/runs.html",
        {
            "runs": list_runs(),
            "choices": [_describe_choices(one) for one in organisations],
            "may_configure": request.membership.may(Permission.CONFIGURE),
        },
    )


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def start(request: FirmRequest) -> HttpResponse:
    """Show what would be billed up to a day, and begin a run with it."""
    organisations = list_connected()
    given = request.GET if request.method == "GET" else request.POST
    organisation = _choose(organisations, read_number(given, "organisation"), request)
    now = timezone.now()
    last_day = read_day(given, "up_to") or (find_today(organisation, now) if organisation else None)
    if request.method == "POST" and organisation is not None and last_day is not None:
        run = start_run(
            organisation,
            first_day=last_day.replace(day=1),
            last_day=last_day,
            by=request.user.email,
            now=now,
        )
        request_making(run, now=now)
        return redirect("billing_run", run.pk)
    outlook = look_ahead(organisation, last_day=last_day) if organisation and last_day else None
    return render(
        request,
        "billing_runs/start.html",
        {
            "organisations": organisations,
            "organisation": organisation,
            "last_day": last_day,
            "outlook": outlook,
        },
    )


@require_GET
@for_firm
def show_run(request: FirmRequest, run_id: int) -> HttpResponse:
    """Show a run: its invoices to review, what is under way, and what became of what was sent."""
    run = _find(run_id)
    today = find_today(run.organisation, timezone.now())
    if run.state == BillingRun.State.ARCHIVED:
        return _show_archive(request, run, today)
    stand = read_choice(request.GET, "show", Stand.REVIEW)
    only = read_choice(request.GET, "only", Only.ALL)
    page = list_invoices(run, today=today, stand=stand, only=only, after=_read_place(request.GET))
    if "show" not in request.GET and not page.counts[stand]:
        stand = next((one for one in _TABS if page.counts[one]), stand)
        page = list_invoices(run, today=today, stand=stand)
    return render(
        request,
        "billing_runs/run.html",
        _describe_progress(request, run, today)
        | {
            "page": page,
            "sums": sum_lines(run, stand),
            "stand": stand,
            "only": only,
            "stands": Stand,
            "tabs": [
                (one, one.label, page.counts[one])
                for one in _TABS
                if page.counts[one] or one not in _SELDOM or one is stand
            ],
            "ready": page.counts[Stand.READY],
            "undecided": sum(page.counts[one] for one in (Stand.REVIEW, Stand.READY, Stand.LOST)),
            "may_archive": request.membership.may(Permission.APPROVE),
        },
    )


@require_GET
@for_firm
def show_live(request: FirmRequest, run_id: int) -> HttpResponse:
    """Show how far it is; the whole page again once it has ended. Whole without HTMX."""
    if not request.headers.get("HX-Request"):
        return redirect("billing_run", run_id)
    run = _find(run_id)
    described = _describe_progress(request, run, find_today(run.organisation, timezone.now()))
    if not described["is_live"]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "billing_runs/_progress.html", described)


@require_POST
@for_people_who_may(Permission.WORK)
def make_again(request: FirmRequest, run_id: int) -> HttpResponse:
    """Make what came due, or what can be billed now, since the invoices were made."""
    request_making(_find(run_id), now=timezone.now())
    return redirect("billing_run", run_id)


@require_POST
@for_people_who_may(Permission.WORK)
def decide(request: FirmRequest, run_id: int) -> HttpResponse:
    """Do with the chosen invoices what the pressed button says."""
    run = _find(run_id)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404("There is no such button.")
    try:
        act(request, run, _read_chosen(request.POST, run))
    except (NotPossible, RunIsArchived) as reason:
        messages.warning(request, str(reason))
    return _back(request, run)


@require_POST
@for_people_who_may(Permission.WORK)
def send(request: FirmRequest, run_id: int) -> HttpResponse:
    """Put everything that is ready into the outbox, in the background."""
    request_sending(_find(run_id), by=request.user, now=timezone.now())
    return redirect(f"{reverse('billing_run', args=[run_id])}?show={Stand.PUSHED.value}")


@require_POST
@for_people_who_may(Permission.APPROVE)
def archive(request: FirmRequest, run_id: int) -> HttpResponse:
    """Close a run for good."""
    try:
        archiving.archive(_find(run_id), by=request.user.email, now=timezone.now())
    except (NotPossible, RunIsArchived) as reason:
        messages.warning(request, str(reason))
    else:
        messages.success(request, "Archived. Nothing of it changes any more.")
    return redirect("billing_run", run_id)


@require_GET
@for_firm
def export_run(request: FirmRequest, run_id: int) -> HttpResponseBase:
    """Send every line of a run, as CSV or as an Excel workbook; of an archived one, as it was kept."""
    run = _find(run_id)
    form = read_form(request.GET)
    of = slugify(run.organisation.name if run.organisation else "") or "organisation"
    name = f"{of}-month-end-{run.last_day.isoformat()}.{form}"
    rows = archiving.list_rows(archiving.describe_run(run))
    return FileResponse(write_file(archiving.COLUMNS, rows, form=form), as_attachment=True, filename=name)


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def save_automatic(request: FirmRequest) -> HttpResponse:
    """Keep whether an organisation's queue fills itself."""
    organisation = get_object_or_404(
        Organisation,
        pk__in=[one.pk for one in list_connected()],
        pk=read_number(request.POST, "organisation"),
    )
    is_automatic = request.POST.get("automatic") == "yes"
    try:
        choose_automatic(
            organisation, is_automatic=is_automatic, days_before=read_number(request.POST, "days") or 0
        )
    except ValueError as reason:
        messages.warning(request, str(reason))
    else:
        said = "fills its queue by itself" if is_automatic else "waits for somebody to start a run"
        messages.success(request, f"Kept: {organisation.name} {said}. Nothing is sent by itself.")
    return redirect("billing_runs")


# -- What a button does --------------------------------------------------------------------------


def _ready(request: FirmRequest, run: BillingRun, chosen: list[int]) -> None:
    count = deciding.mark_ready(chosen, by=request.user.email, now=timezone.now())
    _tell(request, count, chosen, "ready to be sent", "no contact, or sent already")


def _ready_plain(request: FirmRequest, run: BillingRun, chosen: list[int]) -> None:
    now = timezone.now()
    today = find_today(run.organisation, now)
    if count_to_review(run) > AT_ONCE:
        request_waving(run, by=request.user, today=today, now=now)
        return
    count = wave_through(run, by=request.user.email, today=today, now=now)
    if count:
        messages.success(request, f"{_count(count)} as the last time and without a problem: ready.")
    else:
        messages.info(request, "None is just as the last time; each wants a look.")


def _hold(request: FirmRequest, run: BillingRun, chosen: list[int]) -> None:
    count = deciding.hold(chosen, why=request.POST.get("why", ""), by=request.user.email, now=timezone.now())
    _tell(request, count, chosen, "on hold; no other run bills it meanwhile", "sent already")


def _reopen(request: FirmRequest, run: BillingRun, chosen: list[int]) -> None:
    count = deciding.reopen(chosen, by=request.user.email, now=timezone.now())
    _tell(request, count, chosen, "to be reviewed again", "sent already")


def _discard(request: FirmRequest, run: BillingRun, chosen: list[int]) -> None:
    count = deciding.discard(chosen, by=request.user.email, now=timezone.now())
    _tell(request, count, chosen, "discarded; what it billed is billed by the next run", "sent already")


def _bill_again(request: FirmRequest, run: BillingRun, chosen: list[int]) -> None:
    if deciding.discard(chosen, by=request.user.email, now=timezone.now()):
        request_making(run, now=timezone.now())


def _merge(request: FirmRequest, run: BillingRun, chosen: list[int]) -> None:
    count = deciding.merge_by_client(chosen, by=request.user.email, now=timezone.now())
    messages.success(request, f"{_count(count)} made of several.")


_Act = Callable[[FirmRequest, BillingRun, list[int]], None]
_ACTS: dict[str, _Act] = {
    "ready": _ready,
    "ready_plain": _ready_plain,
    "hold": _hold,
    "reopen": _reopen,
    "discard": _discard,
    "bill_again": _bill_again,
    "merge": _merge,
}


def _tell(request: FirmRequest, count: int, chosen: list[int], done: str, not_done: str) -> None:
    if not chosen:
        messages.warning(request, "Nothing was chosen, so nothing was changed.")
    elif count:
        messages.success(request, f"{_count(count)} {done}.")
    if count < len(chosen):
        messages.warning(request, f"{len(chosen) - count} left alone: {not_done}.")


def _count(number: int) -> str:
    return "One invoice is" if number == 1 else f"{number:,} invoices are"


# -- What the pages show -------------------------------------------------------------------------


def _describe_progress(request: FirmRequest, run: BillingRun, today: date) -> dict[str, Any]:
    sent = summarise_sent(run, today=today)
    busy = is_busy(run, now=timezone.now())
    return {
        "run": run,
        "sent": sent,
        "outbox": [(state, sent.in_outbox[state]) for state in OutboxState if sent.in_outbox.get(state)],
        "waiting": sent.in_outbox.get(OutboxState.WAITING, 0),
        "may_approve": request.membership.may(Permission.APPROVE),
        "in_xero": sorted(sent.in_xero.items(), key=lambda one: one[0].value),
        "is_busy": busy,
        "is_stopped": bool(run.doing) and not busy,
        "is_live": busy or sent.is_moving,
    }


def _show_archive(request: FirmRequest, run: BillingRun, today: date) -> HttpResponse:
    sent = summarise_sent(run, today=today)
    return render(
        request,
        "billing_runs/archive.html",
        {
            "run": run,
            "invoices": [_describe_archived(one) for one in archiving.describe_run(run)],
            "in_xero": sorted(sent.in_xero.items(), key=lambda one: one[0].value),
        },
    )


def _describe_archived(one: dict[str, Any]) -> dict[str, Any]:
    """Turn the texts of an archived invoice into days and amounts."""
    services = [
        service
        | {
            "start": date.fromisoformat(service["from"]),
            "end": date.fromisoformat(service["to"]),
            "sum": Decimal(service["amount"]),
        }
        for service in one["services"]
    ]
    total = Decimal(one["total"]) if one["total"] else None
    return one | {"day": date.fromisoformat(one["date"]), "sum": total, "services": services}


def _describe_choices(organisation: Organisation) -> dict[str, Any]:
    return {
        "organisation": organisation,
        "choices": get_billing_choices(organisation),
        "agreements": list_billable(organisation_id=organisation.pk).count(),
        "taking_part": list_billable(organisation_id=organisation.pk, is_automatic=True).count(),
    }


def _find(run_id: int) -> BillingRun:
    return get_object_or_404(BillingRun.objects.select_related("organisation"), pk=run_id)


def _choose(
    organisations: Sequence[Organisation], wanted: int | None, request: FirmRequest
) -> Organisation | None:
    """Return the organisation that was named, else the one in view: the page names it."""
    current = request.standing.current if request.standing else None
    if wanted is None:
        return current
    return next((one for one in organisations if one.pk == wanted), None)


def _read_chosen(form: QueryDict, run: BillingRun) -> list[int]:
    said = [one for one in form.getlist("invoice")[:_MOST_AT_ONCE] if one.isdecimal() and len(one) < 19]
    chosen = run.invoices.filter(pk__in=[int(one) for one in said])
    return list(chosen.order_by("pk").values_list("pk", flat=True))


def _read_place(query: QueryDict) -> Place | None:
    place = read_name_place(query)
    return Place(place.name, place.pk) if place else None


def _back(request: FirmRequest, run: BillingRun) -> HttpResponse:
    shown, only = request.POST.get("show", ""), request.POST.get("only", "")
    query = QueryDict(mutable=True)
    query.update({"show": shown} if shown in list(Stand) else {})
    query.update({"only": only} if only and only in list(Only) else {})
    address = reverse("billing_run", args=[run.pk])
    return redirect(f"{address}?{query.urlencode()}" if query else address)
