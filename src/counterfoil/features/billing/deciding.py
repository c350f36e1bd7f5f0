"""What people decide about a run's invoices before they leave: ready, on hold, discarded, merged."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from counterfoil.features.billing.models import BillingRun, RunInvoice, Service
from counterfoil.features.billing.runs import NotPossible
from counterfoil.features.billing.signals import invoices_discarded, invoices_merged
from counterfoil.features.billing.standing import UNSENT, Stand, list_standing
from counterfoil.features.invoicing.drafting import InOutbox, discard_draft, require_loose
from counterfoil.features.invoicing.models import DraftLine

_State = RunInvoice.State


def mark_ready(invoice_ids: Collection[int], *, by: str, now: datetime) -> int:
    """Say of reviewed invoices with a contact that they may be sent. Return how many."""
    return _decide(invoice_ids, (Stand.REVIEW, Stand.HELD), _State.READY, by=by, now=now)


def hold(invoice_ids: Collection[int], *, why: str, by: str, now: datetime) -> int:
    """Put invoices on hold, with the reason; no other run bills them meanwhile. Return how many."""
    if not why.strip():
        raise NotPossible("Say why it is put on hold.")
    before = (Stand.REVIEW, Stand.READY)
    return _decide(invoice_ids, before, _State.HELD, by=by, now=now, why=why.strip()[:255])


def reopen(invoice_ids: Collection[int], *, by: str, now: datetime) -> int:
    """Take invoices back to be reviewed. Return how many."""
    return _decide(invoice_ids, (Stand.READY, Stand.HELD), _State.REVIEW, by=by, now=now)


@transaction.atomic
def discard(invoice_ids: Collection[int], *, by: str, now: datetime) -> int:
    """
    Let go of what invoices bill that were not sent, so that it can be billed again. Return how many.

    Of one whose draft was thrown away elsewhere, this is what lets go of it. Raises NotPossible.
    """
    invoices = _lock(invoice_ids, (*UNSENT, Stand.LOST))
    Service.objects.filter(invoice__in=invoices).delete()
    for invoice in invoices:
        _drop(invoice, by=by, now=now)
    invoices_discarded.send(sender=None, invoices=invoices)
    return len(invoices)


@transaction.atomic
def merge(invoice_ids: Collection[int], *, by: str, now: datetime) -> RunInvoice:
    """
    Make one invoice of several for the same contact and currency, dated as the latest. Raises NotPossible.

    The lines keep their order, one invoice after the other.
    """
    invoices = _lock(invoice_ids, (*UNSENT, Stand.LOST, Stand.PUSHED))
    if len(invoices) < 2 or len(_group_by_target(invoices)) != 1:
        raise NotPossible("Choose two or more for the same contact, in the same organisation and currency.")
    return _merge(invoices, by=by, now=now)


@transaction.atomic
def merge_by_client(invoice_ids: Collection[int], *, by: str, now: datetime) -> int:
    """Make one invoice of all of a contact, as `merge` does; return how many. Raises NotPossible."""
    groups = _group_by_target(_lock(invoice_ids, (*UNSENT, Stand.LOST, Stand.PUSHED)))
    merged = [_merge(some, by=by, now=now) for some in groups if len(some) > 1]
    if not merged:
        raise NotPossible("No two of these are for the same contact, in the same currency.")
    return len(merged)


def _group_by_target(invoices: Collection[RunInvoice]) -> Collection[list[RunInvoice]]:
    groups: dict[object, list[RunInvoice]] = defaultdict(list)
    for one in invoices:
        if one.draft is None:
            raise NotPossible("The draft of one of them was thrown away. Bill it again first.")
        target = (one.draft.contact_id, one.draft.currency, one.draft.amounts_are)
        groups[(one.organisation_id, one.client_id, *target)].append(one)
    return groups.values()


def _merge(invoices: Sequence[RunInvoice], *, by: str, now: datetime) -> RunInvoice:
    for draft in [one.draft for one in invoices if one.draft is not None]:
        try:
            require_loose(draft)
        except InOutbox as problem:
            raise NotPossible(f"One of them is on its way. {problem}") from problem
    return _merge_into(max(invoices, key=lambda one: (one.date, -one.pk)), invoices, by=by, now=now)


def _merge_into(kept: RunInvoice, invoices: Collection[RunInvoice], *, by: str, now: datetime) -> RunInvoice:
    assert kept.draft is not None
    rows, place = [], 0
    for invoice in invoices:
        place = _move_services(invoice, kept, place)
        rows += list(invoice.draft.lines.order_by("place")) if invoice.draft else []
    for number, row in enumerate(rows, start=1):
        row.draft, row.place = kept.draft, number
    DraftLine.objects.bulk_update(rows, ["draft", "place"])
    drafts = [one.draft for one in invoices if one.draft is not None]
    kept.draft.decimals = max(draft.decimals for draft in drafts)  # no price loses a digit
    kept.draft.changed_at = now
    kept.draft.save(update_fields=["decimals", "changed_at"])
    others = [invoice for invoice in invoices if invoice.pk != kept.pk]
    invoices_merged.send(sender=None, kept=kept, merged=others)
    for invoice in others:
        _drop(invoice, by=by, now=now)
    kept.state, kept.why_held = _State.REVIEW, ""
    kept.problem = " ".join(filter(None, (one.problem for one in invoices)))
    kept.save()
    return kept


def _move_services(invoice: RunInvoice, kept: RunInvoice, place: int) -> int:
    services = list(Service.objects.filter(invoice=invoice).order_by("place"))
    for service in services:
        place += 1
        service.invoice, service.place = kept, place
    Service.objects.bulk_update(services, ["invoice", "place"])
    return place


def _drop(invoice: RunInvoice, *, by: str, now: datetime) -> None:
    """Mark an invoice that bills nothing any more, and throw its draft away."""
    draft, invoice.draft = invoice.draft, None
    invoice.state, invoice.decided_by, invoice.decided_at = _State.DISCARDED, by, now
    invoice.why_held = ""
    invoice.save()
    if draft is not None:
        try:
            discard_draft(draft)
        except InOutbox as problem:
            raise NotPossible(str(problem)) from problem


def _lock(invoice_ids: Collection[int], stands: Collection[Stand]) -> list[RunInvoice]:
    """Return those of the invoices that stand so in an open run, kept from others."""
    found = RunInvoice.objects.filter(run__state=BillingRun.State.OPEN)
    locking = found.filter(pk__in=invoice_ids).select_for_update(of=("self",)).order_by("pk")
    locked = list(locking.values_list("pk", flat=True))
    # A statement that waits for a lock goes on with the outbox as it was before the wait, when what it
    # waited for may just have been sent: how they stand is asked for by another one.
    return list(list_standing(found.filter(pk__in=locked).select_related("draft"), *stands).order_by("pk"))


@transaction.atomic
def _decide(
    invoice_ids: Collection[int],
    before: Collection[Stand],
    after: str,
    *,
    by: str,
    now: datetime,
    why: str = "",
) -> int:
    invoices = [
        one
        for one in _lock(invoice_ids, before)
        if after != _State.READY or (one.draft is not None and one.draft.contact_id)
    ]
    return RunInvoice.objects.filter(pk__in=[one.pk for one in invoices]).update(
        state=after, why_held=why, decided_by=by, decided_at=now
    )
