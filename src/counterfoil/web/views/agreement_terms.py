"""What changes an agreement from a day on: its prices, its pauses, its last day."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from counterfoil.features.billing import agreeing
from counterfoil.features.billing.models import AgreementLine, LinePrice, Pause
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.days import find_today
from counterfoil.web.amounts import NotANumber
from counterfoil.web.draftforms import TooLong
from counterfoil.web.guards import for_people_who_may
from counterfoil.web.paging import read_number as read_key
from counterfoil.web.requests import FirmRequest
from counterfoil.web.typed import read_number
from counterfoil.web.views.agreements import find_agreement, read_day, try_to


@require_POST
@for_people_who_may(Permission.WORK)
def change_price(request: FirmRequest, agreement_id: int) -> HttpResponse:
    """Set what a line costs from a day on."""
    line = get_object_or_404(
        AgreementLine.objects.select_related("agreement"),
        agreement=agreement_id,
        pk=read_key(request.POST, "line") or 0,
    )
    since, amount = read_day(request.POST, "since"), _read_amount(request, request.POST.get("amount", ""))
    if since is None or amount is None:
        messages.error(request, "Say from which day, and what it costs then, as in 1250.00.")
        return redirect("agreement", agreement_id)

    def change() -> None:
        agreeing.change_price(line, since=since, amount=amount, by=request.user, now=timezone.now())

    return try_to(request, "agreement", change, "The new price is kept.", agreement_id)


@require_POST
@for_people_who_may(Permission.WORK)
def drop_price(request: FirmRequest, agreement_id: int, price_id: int) -> HttpResponse:
    """Take a price away that has billed nothing."""
    found = LinePrice.objects.select_related("line__agreement")
    price = get_object_or_404(found, line__agreement=agreement_id, pk=price_id)

    def drop() -> None:
        agreeing.drop_price(price, by=request.user, now=timezone.now())

    return try_to(request, "agreement", drop, "The price is taken away.", agreement_id)


@require_POST
@for_people_who_may(Permission.WORK)
def pause_agreement(request: FirmRequest, agreement_id: int) -> HttpResponse:
    """Bill nothing for some days."""
    agreement = find_agreement(agreement_id)
    first_day, last_day = read_day(request.POST, "first_day"), read_day(request.POST, "last_day")
    if first_day is None or (last_day is None and request.POST.get("last_day")):
        messages.error(request, "Say from which day it is paused.")
        return redirect("agreement", agreement_id)

    def pause() -> None:
        agreeing.pause(
            agreement,
            first_day=first_day,
            last_day=last_day,
            why=request.POST.get("why", ""),
            by=request.user,
            now=timezone.now(),
        )

    return try_to(request, "agreement", pause, "Paused. These days are not billed.", agreement_id)


@require_POST
@for_people_who_may(Permission.WORK)
def resume_agreement(request: FirmRequest, agreement_id: int, pause_id: int) -> HttpResponse:
    """End a pause, or take it away."""
    paused = get_object_or_404(Pause.objects.select_related("agreement"), agreement=agreement_id, pk=pause_id)
    on = read_day(request.POST, "on") or find_today(find_agreement(agreement_id).organisation, timezone.now())

    def resume() -> None:
        agreeing.resume(paused, on=on, by=request.user, now=timezone.now())

    return try_to(request, "agreement", resume, "It goes on.", agreement_id)


@require_POST
@for_people_who_may(Permission.WORK)
def end_agreement(request: FirmRequest, agreement_id: int) -> HttpResponse:
    """Say on which day it ends, or that it goes on."""
    agreement, last_day = find_agreement(agreement_id), read_day(request.POST, "last_day")
    if last_day is None and request.POST.get("last_day"):
        messages.error(request, "The last day is not a date.")
        return redirect("agreement", agreement_id)

    def end() -> None:
        agreeing.end(agreement, last_day=last_day, by=request.user, now=timezone.now())

    said = "It goes on without an end." if last_day is None else "Its last day is kept."
    return try_to(request, "agreement", end, said, agreement_id)


def _read_amount(request: FirmRequest, text: str) -> Decimal | None:
    try:
        return read_number(text)
    except (NotANumber, TooLong) as problem:
        messages.error(request, str(problem))
        return None
