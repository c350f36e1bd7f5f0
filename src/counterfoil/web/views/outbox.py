"""The outbox: what waits to be written to Xero, what was refused and why, and what one write does."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.invoicing.queries import find_draft_of
from counterfoil.features.outbox import operations
from counterfoil.features.outbox.progress import measure_progress
from counterfoil.features.outbox.queries import STATES, Show, describe_operation, list_operations
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.permissions import Permission, name_roles
from counterfoil.mirror.models import Operation, Organisation
from counterfoil.sync.outbox.proposing import NotPossibleNow, Result
from counterfoil.sync.outbox.rules import choose_rules, get_rules
from counterfoil.sync.rights import NotTwoWay
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_choice, read_number
from counterfoil.web.requests import FirmRequest

_TABS = [
    (Show.WAITING, "To approve"),
    (Show.MOVING, "On the way"),
    (Show.REFUSED, "Refused"),
    (Show.DONE, "Done"),
    (Show.DRAFTS, "Drafts"),
    (Show.HELD, "Not sent"),
]

_MOST_AT_ONCE = 500


@require_GET
@for_firm
def show_outbox(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List what is to be written to this organisation; first what somebody has to do something about."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "activity/not_connected.html", {"title": "Outbox"})
    after = read_number(request.GET, "after")
    show = read_choice(request.GET, "show", Show.WAITING)
    page = list_operations(organisation, show=show, after=after)
    if "show" not in request.GET and not page.counts[show]:
        show = next((one for one in (Show.REFUSED, Show.MOVING, Show.DONE) if page.counts[one]), show)
        page = list_operations(organisation, show=show) if show is not Show.WAITING else page
    return render(
        request,
        "outbox/list.html",
        {
            "organisation": organisation,
            "show": show,
            "page": page,
            "tabs": [(one, word, page.counts[one]) for one, word in _TABS],
            "total": page.counts[show],
            "is_later_page": after is not None,
            "sending": measure_progress(organisation),
            "rules": get_rules(organisation),
            "may_approve": request.membership.may(Permission.APPROVE),
            "approvers": name_roles(Permission.APPROVE),
        },
    )


@require_GET
@for_firm
def show_sending(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Show how far the sending is; the whole page again once nothing is on its way. Whole without HTMX."""
    organisation = _require(request)
    if not request.headers.get("HX-Request"):
        return redirect("outbox", organisation_id)
    sending = measure_progress(organisation)
    if sending is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "outbox/_sending.html", {"sending": sending, "organisation": organisation})


@require_GET
@for_firm
def show_operation(request: FirmRequest, organisation_id: int, operation_id: int) -> HttpResponse:
    """Show one write: what it sends beside what Xero has, its life so far, and what can be done."""
    organisation = _require(request)
    detail = describe_operation(organisation, operation_id)
    if detail is None:
        raise Http404("There is no such write in this organisation's outbox.")
    return render(
        request,
        "outbox/operation.html",
        {
            "organisation": organisation,
            "detail": detail,
            "operation": detail.row.operation,
            "draft": find_draft_of(detail.row.operation),
            "may_approve": request.membership.may(Permission.APPROVE),
            "approvers": name_roles(Permission.APPROVE),
        },
    )


@require_POST
@for_people_who_may(Permission.APPROVE)
def approve(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Approve what was chosen, or all that waits; it is sent at once."""
    organisation = _require(request)
    chosen = _read_chosen(request.POST, organisation, Show.WAITING)
    try:
        result = operations.approve(chosen, who=request.user, now=timezone.now())
    except NotTwoWay as refusal:
        messages.error(request, str(refusal))
        return _back(request, organisation)
    _tell(request, result, "approved, and on the way to Xero", "approved already, or not waiting for it")
    return _back(request, organisation)


@require_POST
@for_people_who_may(Permission.WORK)
def decide(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Do with what was chosen what the pressed button says."""
    organisation = _require(request)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404("There is no such button.")
    try:
        act(request, organisation)
    except (NotTwoWay, NotPossibleNow) as refusal:
        messages.error(request, str(refusal))
    return _back(request, organisation)


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def save_rules(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Keep who has to approve, and whether documents may be raised as approved (K15)."""
    organisation, now = _require(request), timezone.now()
    rules = choose_rules(
        organisation,
        asks_approval=request.POST.get("asks_approval") == "yes",
        raises_approved=request.POST.get("raises_approved") == "yes",
        by=name_person(request.user),
        now=now,
    )
    asks = "with approval" if rules.asks_approval else "without approval"
    raises = "drafts or approved" if rules.raises_approved else "drafts only"
    record(
        workspace_id=organisation.workspace_id,
        act=Act.OUTBOX_RULES_CHOSEN,
        who=request.user,
        what=f"{organisation.name}: {asks}, {raises}",
        now=now,
    )
    messages.success(request, f"Kept: {organisation.name} is written to {asks}; invoices are {raises}.")
    return redirect("outbox", organisation.pk)


# -- What a button does --------------------------------------------------------------------------


def _resend(request: FirmRequest, organisation: Organisation) -> None:
    chosen = _read_chosen(request.POST, organisation, Show.REFUSED)
    result = operations.resend(chosen, who=request.user, now=timezone.now())
    _tell(request, result, "sent again", "not refused any more")


def _release(request: FirmRequest, organisation: Organisation) -> None:
    count = operations.release(
        organisation, error_key=request.POST.get("error_key", ""), who=request.user, now=timezone.now()
    )
    messages.success(request, f"{count:,} sent again.")


def _hold(request: FirmRequest, organisation: Organisation) -> None:
    reason = request.POST.get("reason", "").strip()[:500]
    if not reason:
        messages.warning(request, "Say why it is not to be sent; nothing was changed.")
        return
    chosen = _read_chosen(request.POST, organisation)
    result = operations.hold(chosen, reason=reason, who=request.user, now=timezone.now())
    _tell(request, result, "marked as “Do not send”", "on the way or done, and left alone")


def _take_back(request: FirmRequest, organisation: Organisation) -> None:
    chosen = _read_chosen(request.POST, organisation)
    result = operations.take_back(chosen, who=request.user, now=timezone.now())
    _tell(request, result, "a draft again", "on the way or done, and left alone")


def _submit(request: FirmRequest, organisation: Organisation) -> None:
    chosen = _read_chosen(request.POST, organisation)
    result = operations.submit(chosen, who=request.user, now=timezone.now())
    _tell(request, result, "asked to be sent", "not a draft any more")


def _found(request: FirmRequest, organisation: Organisation) -> None:
    _settle(request, organisation, is_there=True)
    messages.success(request, "Taken as done: you found it in Xero.")


def _absent(request: FirmRequest, organisation: Organisation) -> None:
    _settle(request, organisation, is_there=False)
    messages.success(request, "It is sent again: you looked, and it is not in Xero.")


def _settle(request: FirmRequest, organisation: Organisation, *, is_there: bool) -> None:
    [operation_id] = _read_chosen(request.POST, organisation)[:1] or [0]
    if not operation_id:
        raise Http404("There is no such write in this organisation's outbox.")
    operations.settle_unknown(operation_id, is_there=is_there, who=request.user, now=timezone.now())


_ACTS: dict[str, Callable[[FirmRequest, Organisation], None]] = {
    "resend": _resend,
    "release": _release,
    "hold": _hold,
    "take_back": _take_back,
    "submit": _submit,
    "found": _found,
    "absent": _absent,
}


def _require(request: FirmRequest) -> Organisation:
    organisation = get_current(request)
    assert organisation is not None
    return organisation


def _read_chosen(form: QueryDict, organisation: Organisation, all_of: Show | None = None) -> list[int]:
    """Return the chosen operations of this organisation; with "all", those that the list shows."""
    mine = Operation.objects.filter(organisation=organisation)
    if all_of is not None and form.get("all"):
        mine = mine.filter(state__in=STATES[all_of])
    else:
        said = [one for one in form.getlist("operation")[:_MOST_AT_ONCE] if one.isdecimal() and len(one) < 19]
        mine = mine.filter(pk__in=[int(one) for one in said])
    return list(mine.order_by("pk").values_list("pk", flat=True))


def _tell(request: FirmRequest, result: Result, done: str, not_done: str) -> None:
    if result.moved:
        messages.success(request, f"{len(result.moved):,} {done}.")
    if result.others:
        messages.info(request, f"{len(result.others):,} {not_done}.")
    if not result.moved and not result.others:
        messages.warning(request, "Nothing was chosen, so nothing was changed.")


def _back(request: FirmRequest, organisation: Organisation) -> HttpResponse:
    recharge, operation = read_number(request.POST, "recharge"), read_number(request.POST, "back")
    if recharge is not None:
        return redirect("recharge", organisation.pk, recharge)
    if operation is not None:
        return redirect("operation", organisation.pk, operation)
    shown = request.POST.get("show", "")
    chosen = f"?show={shown}" if shown in list(Show) else ""
    return redirect(f"{reverse('outbox', args=[organisation.pk])}{chosen}")
