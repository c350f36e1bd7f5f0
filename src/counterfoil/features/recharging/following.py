"""
Follows what became of the invoices that pass costs on: drafted, billed, paid in part, settled, or void (R7).

All of it is read from the outbox and the copy of Xero, so that asking twice changes nothing. Settled means
that nothing is owed any more; what came back is told apart from what was credited.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec
from django.db.models import Exists, OuterRef, Q

from counterfoil.domain.instalments import SettledBy
from counterfoil.domain.money import get_minor_units
from counterfoil.domain.outbox import OutboxState
from counterfoil.domain.recharging import RechargeState
from counterfoil.domain.recovering import recover
from counterfoil.domain.wording import say_amount
from counterfoil.features.invoices.settlements import list_instalments
from counterfoil.features.invoicing.pushing import find_operations
from counterfoil.features.recharging.models import Recharge
from counterfoil.features.recharging.moves import move_recharges, release_recharges, take_turn, tell
from counterfoil.mirror.models import Invoice, Organisation
from counterfoil.mirror.scope import in_workspace

_State = RechargeState
_UNSENT = [_State.GATHERED.value, _State.DRAFTED.value]
_IN_XERO = [_State.DRAFTED.value, _State.BILLED.value, _State.SETTLED.value, _State.ASKS.value]
_GONE = ("VOIDED", "DELETED")
_ORDER = (_State.DRAFTED, _State.BILLED, _State.SETTLED)


@dataclass(frozen=True)
class Seen:
    """An invoice as Xero has it: where that puts its recharges, and what was received for it."""

    invoice: Invoice
    state: RechargeState
    received: Decimal

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"Invoice {self.invoice.number}" if self.invoice.number else "The invoice"


def follow_invoices(organisation: Organisation, *, now: datetime) -> int:
    """Bring all recharges of an organisation up to what became of their invoices; return how many moved."""
    with in_workspace(organisation.workspace_id):
        take_turn(organisation)
        moved = _let_go(organisation, now=now)
        arrived = _find_arrived(organisation, now=now)
        changed = _list_changed(organisation, arrived)
        seen = _look_at(organisation, {one.invoice_id for one in changed})
        for one in changed:
            found = seen.get(one.invoice_id)
            if found is not None:
                moved += _follow(one, found, now=now)
        return moved


def _let_go(organisation: Organisation, *, now: datetime) -> int:
    """Take back to be billed what stood on a draft that somebody threw away; a run lets go by itself."""
    lost = Recharge.objects.filter(
        organisation=organisation, state=_State.DRAFTED.value, draft=None, run_invoice=None, invoice_id=""
    )
    what = "Its draft was thrown away before Xero had it. It is to be billed again."
    return len(release_recharges(list(lost), what=what, by="", now=now))


def _find_arrived(organisation: Organisation, *, now: datetime) -> set[int]:
    """Write down which invoice in Xero each draft became; return the recharges on them."""
    unsent = Recharge.objects.filter(
        organisation=organisation, state__in=_UNSENT, invoice_id="", draft__isnull=False
    )
    waiting = list(unsent.select_related("source"))
    done = {
        draft_id: operation
        for draft_id, operation in find_operations({one.draft_id or 0 for one in waiting}).items()
        if operation.status is OutboxState.DONE and operation.xero_id
    }
    arrived = [one for one in waiting if one.draft_id in done]
    for one in arrived:
        invoice_id = done[one.draft_id or 0].xero_id
        if one.state == _State.GATHERED:
            what = "The invoice of the billing run is in Xero."
            move_recharges([one], _State.DRAFTED, what=what, by="", now=now, invoice_id=invoice_id)
        else:
            Recharge.objects.filter(pk=one.pk).update(invoice_id=invoice_id, changed_at=now)
    return {one.pk for one in arrived}


def _list_changed(organisation: Organisation, arrived: set[int]) -> list[Recharge]:
    """Return the recharges whose invoice changed here since they were last followed."""
    newer = Invoice.objects.filter(
        organisation=OuterRef("organisation"),
        xero_id=OuterRef("invoice_id"),
        changed_here_at__gte=OuterRef("changed_at"),
    )
    mine = Recharge.objects.filter(organisation=organisation, state__in=_IN_XERO).exclude(invoice_id="")
    found = mine.filter(Q(pk__in=arrived) | Exists(newer))
    return list(found.select_related("source", "terms", "client").order_by("pk"))


def _look_at(organisation: Organisation, invoice_ids: Iterable[str]) -> Mapping[str, Seen]:
    invoices = list(Invoice.objects.filter(organisation=organisation, xero_id__in=list(invoice_ids)))
    credited = list_instalments([one for one in invoices if one.amount_credited])
    seen = {}
    for one in invoices:
        parts = credited[one.organisation_id, one.xero_id].parts if one.amount_credited else ()
        settlements = [part.settlement for part in parts]
        # Money that came before the invoice did is money; a credit note is none.
        prepaid = sum(
            (each.amount for each in settlements if each.by in (SettledBy.PREPAYMENT, SettledBy.OVERPAYMENT)),
            Decimal(0),
        )
        seen[one.xero_id] = Seen(one, _judge(one), one.amount_paid + prepaid)
    return seen


def _judge(invoice: Invoice) -> RechargeState:
    if invoice.status in _GONE or invoice.gone_at is not None:
        return _State.READY
    if invoice.status == "PAID":
        return _State.SETTLED
    return _State.BILLED if invoice.status == "AUTHORISED" else _State.DRAFTED


def _follow(recharge: Recharge, seen: Seen, *, now: datetime) -> int:
    """Move one recharge to where its invoice is, and write down what came back of it."""
    before = _State(recharge.state)
    if seen.state is _State.READY:
        how = "voided" if seen.invoice.status == "VOIDED" else "deleted"
        what = f"{seen.name} was {how} in Xero. Nothing asks the client for this now."
        released = release_recharges([recharge], what=what, by="", now=now)
        Recharge.objects.filter(pk__in=[one.pk for one in released]).update(settled=Decimal(0))
        return 1
    settled = _recover(recharge, seen)
    values = {
        "settled": settled,
        "invoice_line_id": recharge.invoice_line_id or _find_line(recharge, seen.invoice),
    }
    if before is _State.ASKS:
        # It goes on asking; once answered, it stands where its invoice does.
        Recharge.objects.filter(pk=recharge.pk).update(asked_in=seen.state.value, changed_at=now, **values)
        return 0
    steps = _list_steps(before, seen.state)
    for step in steps:
        move_recharges([recharge], step, what=_say(seen, step, recharge, settled), by="", now=now, **values)
    if not steps:
        Recharge.objects.filter(pk=recharge.pk).update(changed_at=now, **values)
        if settled != recharge.settled:
            tell([recharge], what=_say_received(seen, recharge, settled), by="", now=now)
    return len(steps)


def _list_steps(before: RechargeState, after: RechargeState) -> Sequence[RechargeState]:
    """Return the states on the way, one after the other; back from Settled when a payment was taken away."""
    if before is after:
        return ()
    at, to = _ORDER.index(before), _ORDER.index(after)
    if to > at:
        return _ORDER[at + 1 : to + 1]
    return (after,) if (before, after) == (_State.SETTLED, _State.BILLED) else ()


def _recover(recharge: Recharge, seen: Seen) -> Decimal:
    unit = Decimal(1).scaleb(-get_minor_units(recharge.currency))
    charge = recharge.charge or Decimal(0)
    return recover(charge, received=seen.received, total=seen.invoice.total, unit=unit)


def _say(seen: Seen, step: RechargeState, recharge: Recharge, settled: Decimal) -> str:
    if step is _State.DRAFTED:
        return f"{seen.name} is a draft in Xero."
    if step is _State.BILLED:
        is_open_again = recharge.state == _State.SETTLED
        said = "is owed again: a payment was taken away." if is_open_again else "was approved in Xero."
        part = f" {_say_received(seen, recharge, settled)}" if settled else ""
        return f"{seen.name} {said}{part}"
    if settled == (recharge.charge or Decimal(0)):
        return f"{seen.name} is paid: {say_amount(settled, recharge.currency)} came back."
    missing = say_amount((recharge.charge or Decimal(0)) - settled, recharge.currency)
    return f"{seen.name} is settled; {missing} of it was credited and did not come back."


def _say_received(seen: Seen, recharge: Recharge, settled: Decimal) -> str:
    amounts = (seen.received, seen.invoice.total, settled, recharge.charge or Decimal(0))
    received, total, got, charge = (say_amount(one, recharge.currency) for one in amounts)
    return f"{received} of {total} was received; its share is {got} of {charge}."


def _find_line(recharge: Recharge, invoice: Invoice) -> str:
    """Return the id of the line that bills it, if one and only one line of Xero's invoice can be that."""
    lines = msgspec.json.Decoder(float_hook=Decimal).decode(invoice.raw).get("LineItems") or []
    mine = [line for line in lines if Decimal(line.get("LineAmount") or 0) == recharge.charge]
    if len(mine) > 1 and recharge.draft_place and recharge.draft_place <= len(lines):
        mine = [line for line in mine if line is lines[recharge.draft_place - 1]]
    return str(mine[0].get("LineItemID", "")) if len(mine) == 1 else ""
