"""What becomes of recharges when runs, drafts and invoices below them change."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from counterfoil.features.billing.models import BillingRun, RunInvoice
from counterfoil.features.billing.signals import invoices_discarded, invoices_merged, run_gathers
from counterfoil.features.connections.signals import copy_changed
from counterfoil.features.invoicing.signals import drafts_sent
from counterfoil.features.recharging.accompanying import accompany
from counterfoil.features.recharging.bill_tasks import request_following
from counterfoil.features.recharging.billing import gather_into_run
from counterfoil.features.recharging.models import Recharge
from counterfoil.features.recharging.moves import release_recharges
from counterfoil.mirror.models import Operation


@receiver(run_gathers, dispatch_uid="recharging")
def join_run(sender: object, *, run: BillingRun, until: date, now: datetime, **_: Any) -> list[str]:
    """Bill with the month what waits for it."""
    return gather_into_run(run, until=until, now=now)


@receiver(invoices_merged, dispatch_uid="recharging")
def follow_merging(sender: object, *, kept: RunInvoice, merged: Sequence[RunInvoice], **_: Any) -> None:
    """Stand on the invoice that is left; on which line is found by the words."""
    mine = Recharge.objects.filter(run_invoice__in=[kept, *merged])
    mine.update(run_invoice=kept, draft=kept.draft, draft_place=None)


@receiver(invoices_discarded, dispatch_uid="recharging")
def follow_discarding(sender: object, *, invoices: Sequence[RunInvoice], **_: Any) -> None:
    """Be billed another time."""
    mine = Recharge.objects.filter(run_invoice__in=invoices, invoice_id="")
    what = "The run’s invoice was discarded. It is to be billed again."
    release_recharges(list(mine), what=what, by="", now=timezone.now())


@receiver(drafts_sent, dispatch_uid="recharging")
def go_along(sender: object, *, operations: Sequence[Operation], by: str, now: datetime, **_: Any) -> None:
    """Wish for the links and files of what is billed on."""
    for organisation_id in accompany(operations, by=by, now=now):
        request_following(organisation_id, by_person=True)


@receiver(copy_changed, dispatch_uid="recharging-billed")
def follow_copy(sender: object, *, organisation_id: int, **_: Any) -> None:
    """See what became of the invoices."""
    request_following(organisation_id)
