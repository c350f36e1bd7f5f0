"""Sends what is ready into the outbox, as drafts unless a firm chose otherwise (K15, X19, X21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from counterfoil.features.billing.models import BillingRun, RunInvoice
from counterfoil.features.billing.runs import lock_open
from counterfoil.features.billing.standing import Stand, list_standing
from counterfoil.features.invoicing.pushing import push
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.scope import in_workspace

_AT_ONCE = 50


@dataclass(frozen=True)
class RunPushed:
    """What pushing came to: how many are in the outbox, and why each other is not."""

    sent: int
    refused: Sequence[tuple[RunInvoice, str]]


def push_ready(run: BillingRun, *, by: User, now: datetime) -> RunPushed:
    """
    Put every invoice that is ready into the outbox; each goes, or says why not. Raises RunIsArchived.

    Every fifty are kept by themselves. One that is in the outbox already, by whatever way, is not ready.
    """
    refused: list[tuple[RunInvoice, str]] = []
    sent, last, is_done = 0, 0, False
    with in_workspace(run.workspace_id):
        total = list_standing(lock_open(run).invoices.all(), Stand.READY).count()
        BillingRun.objects.filter(pk=run.pk).update(total=total)
    while not is_done:
        with in_workspace(run.workspace_id):
            some = _list_ready(lock_open(run), after=last)
            made = _push_some(some, by=by, now=now)
            sent, last, is_done = sent + made.sent, some[-1].pk if some else last, len(some) < _AT_ONCE
            refused += made.refused
            BillingRun.objects.filter(pk=run.pk).update(done=sent + len(refused))
    with in_workspace(run.workspace_id):
        _remember_sent(run, by=by, now=now)
    return RunPushed(sent, refused)


def _list_ready(run: BillingRun, *, after: int) -> list[RunInvoice]:
    ready = run.invoices.filter(pk__gt=after).select_for_update(of=("self",))
    found = list_standing(ready.select_related("draft__organisation"), Stand.READY)
    return list(found.order_by("pk")[:_AT_ONCE])


def _push_some(some: Sequence[RunInvoice], *, by: User, now: datetime) -> RunPushed:
    by_draft = {one.draft_id: one for one in some if one.draft is not None}
    pushed = push([one.draft for one in some if one.draft is not None], by=by, now=now)
    refused = [(by_draft[draft.pk], sentence) for draft, sentence in pushed.refused]
    for invoice, sentence in refused:
        invoice.state, invoice.problem = RunInvoice.State.REVIEW, sentence
    RunInvoice.objects.bulk_update([one for one, _ in refused], ["state", "problem"])
    return RunPushed(len(pushed.operations), refused)


def _remember_sent(run: BillingRun, *, by: User, now: datetime) -> None:
    """Write down who sent what the outbox has; what was sent from a draft's own page comes along."""
    found = list_standing(run.invoices.exclude(state=RunInvoice.State.PUSHED), Stand.PUSHED)
    RunInvoice.objects.filter(pk__in=list(found.values_list("pk", flat=True))).update(
        state=RunInvoice.State.PUSHED, decided_by=by.email, decided_at=now, problem="", why_held=""
    )
