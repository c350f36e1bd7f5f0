"""Waves through what is as it was the last time: the invoices of a run without a problem or a difference."""

from datetime import date, datetime

from counterfoil.features.billing.deciding import mark_ready
from counterfoil.features.billing.models import BillingRun
from counterfoil.features.billing.reviewing import find_plain
from counterfoil.features.billing.runs import lock_open
from counterfoil.features.billing.standing import Stand, list_standing
from counterfoil.mirror.scope import in_workspace

AT_ONCE = 200


def count_to_review(run: BillingRun) -> int:
    """Return how many invoices wait for a look."""
    return list_standing(run.invoices.all(), Stand.REVIEW).count()


def wave_through(run: BillingRun, *, by: str, today: date, now: datetime) -> int:
    """
    Say of every invoice to be reviewed that is as the last one that it may be sent. Return how many.

    Every two hundred are looked at and kept by themselves, and counted on the run. Raises RunIsArchived.
    """
    with in_workspace(run.workspace_id):
        waiting = list_standing(lock_open(run).invoices.all(), Stand.REVIEW)
        ids = list(waiting.order_by("pk").values_list("pk", flat=True))
        BillingRun.objects.filter(pk=run.pk).update(total=len(ids), done=0)
    count = 0
    for start in range(0, len(ids), AT_ONCE):
        with in_workspace(run.workspace_id):
            some = ids[start : start + AT_ONCE]
            count += mark_ready(find_plain(lock_open(run), some, today=today), by=by, now=now)
            BillingRun.objects.filter(pk=run.pk).update(done=start + len(some))
    return count
