"""The invoices that are raised here: their list, their preview, sending and approving many at once (X20)."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.connections.queries import list_connected
from counterfoil.features.invoicing import pushing
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.invoicing.previewing import describe_all
from counterfoil.features.invoicing.pushing import prepare, total_of
from counterfoil.features.invoicing.queries import MOST_AT_ONCE, Place, Show, list_drafts
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.days import find_todays
from counterfoil.sync.rights import NotTwoWay
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.paging import read_choice, read_number
from counterfoil.web.requests import FirmRequest

_TABS = [
    (Show.WRITING, "Being written"),
    (Show.ON_THE_WAY, "On the way"),
    (Show.IN_XERO, "In Xero"),
    (Show.ALL, "All"),
]


@require_GET
@for_firm
def show_drafts(request: FirmRequest) -> HttpResponse:
    """List the invoices that are raised here, of all organisations, the latest first."""
    organisations = list_connected()
    show = read_choice(request.GET, "show", Show.WRITING)
    today = find_todays(organisations, timezone.now())
    page = list_drafts(organisations, today=today, show=show, after=_read_place(request.GET))
    return render(
        request,
        "invoicing/drafts.html",
        {
            "page": page,
            "show": show,
            "tabs": [(value, word, page.counts[value]) for value, word in _TABS],
            "has_organisation": bool(organisations),
        },
    )


@require_GET
@for_firm
def preview_drafts(request: FirmRequest) -> HttpResponse:
    """Show what sending drafts would do: what is said, the totals to the cent, and what Xero would say."""
    prepared = prepare(_list_chosen(request.GET))
    waiting = [one for one in prepared if one.waits_for_approval]
    ready = [one for one in prepared if one.can_go and not one.waits_for_approval]
    return render(
        request,
        "invoicing/preview.html",
        {
            "waiting": waiting,
            "may_approve": request.membership.may(Permission.APPROVE),
            "previews": describe_all(prepared),
            "ready": ready,
            "stopped": len(prepared) - len(ready) - len(waiting),
            "sums": total_of(ready).items(),
        },
    )


@require_POST
@for_people_who_may(Permission.WORK)
def push_drafts(request: FirmRequest) -> HttpResponse:
    """Put the chosen drafts into the outbox; each goes or is told why not."""
    drafts = _list_chosen(request.POST)
    if not drafts:
        messages.error(request, "Choose which drafts to send.")
        return redirect("drafts")
    pushed = pushing.push(drafts, by=request.user, now=timezone.now())
    sent = len(pushed.operations)
    waiting = sum(1 for one in pushed.operations if one.status.value == "waiting")
    if waiting:
        messages.success(request, f"{_count(waiting)} in the outbox, waiting for approval.")
    if sent - waiting:
        messages.success(request, f"{_count(sent - waiting)} on the way to Xero.")
    for draft, sentence in pushed.refused[:5]:
        messages.error(request, f"Not sent, {draft.reference or draft.number or 'a draft'}: {sentence}")
    if len(pushed.refused) > 5:
        messages.error(request, f"{len(pushed.refused) - 5} more were not sent; their previews say why.")
    if len(drafts) == 1 and sent:
        return redirect("draft", drafts[0].organisation_id, drafts[0].pk)
    return redirect(f"{reverse('drafts')}?show={Show.ON_THE_WAY.value if sent else Show.WRITING.value}")


@require_POST
@for_people_who_may(Permission.APPROVE)
def approve_drafts(request: FirmRequest) -> HttpResponse:
    """Approve the sending of drafts that wait for it."""
    drafts = _list_chosen(request.POST)
    try:
        count = pushing.approve_drafts(drafts, by=request.user, now=timezone.now())
    except NotTwoWay as problem:
        messages.error(request, str(problem))
    else:
        if count:
            messages.success(request, f"{_count(count)} approved, and on the way to Xero.")
        else:
            messages.warning(request, "Nothing waits for approval as it was shown. Look at it again.")
    if len(drafts) == 1:
        return redirect("draft", drafts[0].organisation_id, drafts[0].pk)
    return redirect(f"{reverse('drafts')}?show={Show.ON_THE_WAY.value}")


def _count(number: int) -> str:
    return "One invoice is" if number == 1 else f"{number} invoices are"


def _list_chosen(query: QueryDict) -> list[InvoiceDraft]:
    """Return the named drafts of connected organisations, in the order of their dates."""
    keys = [int(key) for key in query.getlist("draft")[:MOST_AT_ONCE] if key.isascii() and key.isdigit()]
    found = InvoiceDraft.objects.filter(pk__in=[key for key in keys if key < 2**63])
    organisations = list_connected()
    return list(
        found.filter(organisation__in=organisations)
        .select_related("organisation", "client")
        .order_by("date", "pk")
    )


def _read_place(query: QueryDict) -> Place | None:
    after = read_number(query, "after")
    try:
        moment = parse_datetime(query.get("after_at", ""))
    except ValueError:
        return None
    return Place(moment, after) if after is not None and moment is not None else None
