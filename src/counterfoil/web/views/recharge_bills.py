"""Billing what clients pay back: shown to the cent, then on drafts and on the way to Xero (R6, R9)."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.invoicing.pushing import Prepared
from counterfoil.features.invoicing.queries import Show
from counterfoil.features.recharging.billing import (
    Bill,
    Made,
    bill_now,
    list_billable,
    plan_bills,
    preview_bills,
)
from counterfoil.features.recharging.models import Terms
from counterfoil.features.recharging.queue import count_unseen_prices
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web.guards import for_people_who_may, get_current
from counterfoil.web.requests import FirmRequest

_MOST = 100
"""So many invoices are shown, and billed, at once."""


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def bill_recharges(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show what would be billed, or bill what was chosen of it just as it was shown."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "reports/not_connected.html", {"title": "Bill recharges"})
    if request.method == "POST":
        return _bill(request, organisation)
    plan = plan_bills(organisation, list_billable(organisation), now=timezone.now())
    shown = plan[:_MOST]
    rows = [_describe(bill, prepared) for bill, prepared in zip(shown, preview_bills(shown), strict=True)]
    return render(
        request,
        "recharges/bill.html",
        {
            "organisation": organisation,
            "rows": rows,
            "unseen": count_unseen_prices(organisation),
            "more": len(plan) - len(shown),
            "ready": sum(1 for row in rows if row["value"]),
        },
    )


def _bill(request: FirmRequest, organisation: Organisation) -> HttpResponse:
    seen = _read_seen(request.POST)
    if not seen:
        messages.error(request, "Choose what is to be billed.")
        return redirect("recharge_bills", organisation.pk)
    made = bill_now(organisation, seen, by=request.user, now=timezone.now())
    _tell(request, made, count=len(seen))
    if not made.drafts:
        return redirect("recharge_bills", organisation.pk)
    return redirect(f"{reverse('drafts')}?show={Show.ON_THE_WAY.value}")


def _tell(request: FirmRequest, made: Made, *, count: int) -> None:
    operations = made.pushed.operations
    waiting = sum(1 for one in operations if one.status is OutboxState.WAITING)
    if waiting:
        messages.success(request, f"{_count(waiting)} in the outbox, waiting for approval.")
    if len(operations) > waiting:
        messages.success(request, f"{_count(len(operations) - waiting)} on the way to Xero.")
    for draft, sentence in made.pushed.refused[:5]:
        name = draft.client.name if draft.client else "a draft"
        messages.error(request, f"Not sent, {name}: {sentence} It is among your drafts.")
    if not made.drafts:
        messages.error(
            request, "Nothing was billed: it was billed meanwhile, or comes to something else. Look again."
        )


def _count(number: int) -> str:
    return "One invoice is" if number == 1 else f"{number} invoices are"


def _describe(bill: Bill, prepared: Prepared | None) -> dict[str, Any]:
    lines: Sequence[Any] = []
    if prepared is not None:
        lines = [
            (recharge, line, total)
            for recharge, (line, total) in zip(bill.recharges, prepared.lines_made, strict=True)
        ]
    return {
        "bill": bill,
        "prepared": prepared,
        "lines": lines,
        "contact": prepared.books.contacts.get(bill.draft.contact_id) if prepared else None,
        "findings": prepared.findings if prepared else [],
        "waits": sum(1 for one in bill.recharges if one.terms.when == Terms.When.RUN),
        "value": _write_seen(bill) if prepared is not None and prepared.can_go else "",
        "problem": bill.problem or (prepared.not_two_way if prepared else ""),
    }


def _write_seen(bill: Bill) -> str:
    """Return what is billed, as it is shown, for the form: what comes to something else is not billed."""
    return ",".join(f"{one.pk}:{one.charge}" for one in bill.recharges)


def _read_seen(form: QueryDict) -> dict[int, Decimal]:
    seen: dict[int, Decimal] = {}
    for value in form.getlist("bill")[:_MOST]:
        for part in value.split(","):
            key, _, charge = part.partition(":")
            try:
                amount = Decimal(charge)
            except InvalidOperation:
                continue
            if key.isascii() and key.isdigit() and len(key) < 19 and amount.is_finite():
                seen[int(key)] = amount
    return seen
