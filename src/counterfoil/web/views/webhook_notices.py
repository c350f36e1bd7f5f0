"""The log of what Xero told by webhook, and having it read again."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.webhooks.feed import describe_feed_of
from counterfoil.features.webhooks.operations import replay_notices
from counterfoil.features.webhooks.told import (
    KINDS,
    Place,
    Question,
    Standing,
    has_been_told,
    list_deliveries,
    list_told,
    measure_freshness,
)
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Delivery
from counterfoil.sync.deliveries import replay_deliveries
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.requests import FirmRequest

_MOST_CHOSEN = 500


@require_GET
@for_firm
def show_told(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show what Xero told of this organisation, the latest first."""
    organisation, now = get_current(request), timezone.now()
    if organisation is None:
        return render(request, "webhooks/not_connected.html")
    question = _read_question(request.GET)
    page = list_told(organisation, question)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    is_filtered = bool(question.kind or question.standing)
    return render(
        request,
        "webhooks/told.html",
        {
            "organisation": organisation,
            "question": question,
            "kinds": KINDS,
            "standings": Standing,
            "page": page,
            "is_filtered": is_filtered,
            "has_any": bool(page.rows) or has_been_told(organisation),
            "freshness": measure_freshness(organisation, since=midnight),
            "feed": describe_feed_of(organisation, now=now),
            "sees_deliveries": _sees_deliveries(request),
            "kept_for": settings.COUNTERFOIL_WEBHOOKS_KEPT,
        },
    )


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def replay(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Have one record, those chosen, or all told of since a moment read again."""
    organisation, now = get_current(request), timezone.now()
    assert organisation is not None
    since, chosen = _read_moment(request.POST.get("since", "")), _read_chosen(request.POST)
    if since is None and not chosen:
        messages.warning(request, "Nothing was chosen, so nothing is read again.")
        return redirect("told", organisation_id)
    if since is not None:
        count = replay_notices(organisation, since=since, now=now)
    else:
        count = replay_notices(organisation, notice_ids=chosen, now=now)
    what = f"{count:,} record{'' if count == 1 else 's'} of {organisation.name}"
    record(
        workspace_id=organisation.workspace_id,
        act=Act.WEBHOOKS_REPLAYED,
        who=request.user,
        what=what,
        now=now,
    )
    messages.success(request, f"{what}: read again within seconds.")
    return redirect("told", organisation_id)


@require_GET
@for_people_who_may(Permission.CONFIGURE)
def show_deliveries(request: FirmRequest) -> HttpResponse:
    """Show each post of Xero's: all to the installation's operators, those of its own app to a firm."""
    before = request.GET.get("before", "")
    rows, next_before = list_deliveries(
        firm_id=_find_firm(request), before=int(before) if before.isdecimal() and len(before) < 19 else None
    )
    return render(
        request,
        "webhooks/deliveries.html",
        {
            "rows": rows,
            "next_before": next_before,
            "is_later_page": bool(before),
            "kept_for": settings.COUNTERFOIL_WEBHOOKS_KEPT,
        },
    )


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def replay_delivery(request: FirmRequest, delivery_id: int) -> HttpResponse:
    """Have everything that one delivery told of read again."""
    firm_id, now = _find_firm(request), timezone.now()
    own = Delivery.objects.filter(pk=delivery_id, is_test=False)
    if not (own if firm_id is None else own.filter(firm_id=firm_id)).exists():
        raise Http404("There is no delivery with this number.")
    replay_deliveries(delivery_id=delivery_id, now=now)
    what = f"delivery {delivery_id}"
    record(
        workspace_id=request.membership.workspace_id,
        act=Act.WEBHOOKS_REPLAYED,
        who=request.user,
        what=what,
        now=now,
    )
    messages.success(request, f"What delivery {delivery_id} told of is read again within seconds.")
    return redirect("deliveries")


def _find_firm(request: FirmRequest) -> int | None:
    """Return whose deliveries this person may see; None for all, which is for operators."""
    return None if request.user.is_staff else request.membership.workspace_id


def _sees_deliveries(request: FirmRequest) -> bool:
    if not request.membership.may(Permission.CONFIGURE):
        return False
    rows, _ = list_deliveries(firm_id=_find_firm(request))
    return bool(rows)


def _read_question(query: QueryDict) -> Question:
    kind, standing = query.get("kind", ""), query.get("standing", "")
    after, after_id = _read_moment(query.get("after", "")), query.get("after_id", "")
    return Question(
        kind=kind if kind in KINDS else "",
        standing=Standing(standing) if standing in list(Standing) else None,
        after=Place(after, int(after_id)) if after and after_id.isdecimal() and len(after_id) < 19 else None,
    )


def _read_chosen(form: QueryDict) -> list[int]:
    """Return the rows that were ticked, or the one whose own button was pressed."""
    said = form.getlist("only") or form.getlist("notice")
    return [int(one) for one in said[:_MOST_CHOSEN] if one.isdecimal() and len(one) < 19]


def _read_moment(text: str) -> datetime | None:
    """Return a moment; without a zone it is meant in the organisation's own."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return timezone.make_aware(moment) if moment and timezone.is_naive(moment) else moment
