"""
Moves recharges from state to state: each move is checked, each is told in the recharge's history.

Whatever bills, settles or asks goes through here, so that nothing is billed twice and nothing happens unsaid.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from counterfoil.domain.recharging import RechargeState, check_move
from counterfoil.features.recharging.models import Recharge, RechargeEvent
from counterfoil.mirror.models import Organisation

# Tells these locks from others in the same database.
_TURNS = 0x2EC4A

BILLABLE = (
    Q(state=RechargeState.READY.value, charge__isnull=False)
    # Another price than before is seen by a person before the client sees it.
    & (Q(source__price_before=None) | Q(source__price_seen_at__isnull=False))
)
"""What may be put on an invoice."""

# What a recharge no longer has once it does not ask.
_ANSWERED: Mapping[str, Any] = {"asks": "", "asked_in": "", "asked_cost": None, "asked_charge": None}
_NOT_BILLED: Mapping[str, Any] = {
    "run_invoice": None,
    "draft": None,
    "draft_place": None,
    "invoice_id": "",
    "invoice_line_id": "",
}


def take_turn(organisation: Organisation) -> None:
    """Wait until nobody else decides about recharges of this organisation, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_TURNS, organisation.pk])


def select_billable(organisation: Organisation) -> "QuerySet[Recharge]":
    """Return what may be put on an invoice now, with its source, its terms and its client."""
    mine = Recharge.objects.filter(BILLABLE, organisation=organisation)
    return mine.select_related("source", "terms", "client", "deal")


def move_recharges(
    recharges: Collection[Recharge], to: RechargeState, *, what: str, by: str, now: datetime, **fields: Any
) -> list[Recharge]:
    """
    Move recharges to a state, writing `fields` beside, and tell it in `what`; all of them or none.

    They are read and locked anew, so that two who move the same at once cannot both succeed. `by` is empty
    for what happens by itself. Raises NotAllowed. Back at Ready, a recharge is on no draft and no invoice.
    """
    with transaction.atomic():
        locked = lock_recharges(recharges)
        for one in locked:
            check_move(RechargeState(one.state), to)
            _write(one, to, now=now, fields=fields)
            one.save()
        tell(locked, what=what, by=by, now=now)
    return locked


def release_recharges(
    recharges: Collection[Recharge], *, what: str, by: str, now: datetime
) -> list[Recharge]:
    """
    Let go of recharges whose draft, or invoice, is no more: they can be billed again.

    One that asked comes to what its source says now, or is let go with it. Raises NotAllowed.
    """
    with transaction.atomic():
        released = []
        for one in lock_recharges(recharges):
            is_gone = one.asks == Recharge.Asks.GONE
            fields = {} if not one.asks else {"cost": one.asked_cost, "charge": one.asked_charge}
            if one.asks and not is_gone and one.asked_charge is None:
                fields["waits_for"] = Recharge.WaitsFor.PAYMENT
            to = RechargeState.DROPPED if is_gone else RechargeState.READY
            released += move_recharges([one], to, what=what, by=by, now=now, **fields)
        return released


def lock_recharges(recharges: Iterable[Recharge]) -> list[Recharge]:
    """Return these recharges as they are now, held until the transaction ends."""
    wanted = Recharge.objects.filter(pk__in=[one.pk for one in recharges]).order_by("pk")
    return list(wanted.select_related("source", "terms", "client").select_for_update(of=["self"]))


def tell(recharges: Iterable[Recharge], *, what: str, by: str, now: datetime) -> None:
    """Write what happened into the history of each."""
    RechargeEvent.objects.bulk_create(
        RechargeEvent(
            workspace_id=one.workspace_id,
            organisation_id=one.organisation_id,
            recharge=one,
            at=now,
            by=by,
            state=one.state,
            what=what,
        )
        for one in recharges
    )


def _write(one: Recharge, to: RechargeState, *, now: datetime, fields: Mapping[str, Any]) -> None:
    one.state, one.changed_at = to.value, now
    values = dict(fields)
    if to is not RechargeState.ASKS:
        values |= _ANSWERED
    if to in (RechargeState.READY, RechargeState.PROPOSED):
        values |= _NOT_BILLED
    for name, value in values.items():
        setattr(one, name, value)
