"""Approves at once all of a run that waits for it in the outbox, just as it was shown (K15, X21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from django.db.models import Q

from counterfoil.domain.money import Money
from counterfoil.domain.outbox import OutboxState
from counterfoil.features.billing.models import BillingRun
from counterfoil.features.billing.runs import NotPossible
from counterfoil.features.billing.standing import Stand, list_standing
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.invoicing.pushing import Prepared, prepare, total_of
from counterfoil.features.outbox.operations import approve
from counterfoil.features.workspaces.models import User


class ChangedSince(NotPossible):
    """What waits for approval is not what the person was shown."""

    def __init__(self) -> None:
        super().__init__("What waits for approval has changed since it was shown. Nothing was approved.")


@dataclass(frozen=True)
class Waiting:
    """What of a run waits for approval, and what would be another invoice today, which is left alone."""

    invoices: Sequence[Prepared]
    stale: Sequence[Prepared]

    @property
    def sums(self) -> Sequence[Money]:
        """What they come to by currency, with tax as Xero computes it."""
        return [Money(total, currency) for currency, total in sorted(total_of(self.invoices).items())]

    @property
    def mark(self) -> str:
        """What tells these from any others, and from the same that say something else."""
        digest = blake2b(digest_size=16)
        for one in self.invoices:
            assert one.operation is not None
            digest.update(f"{one.operation.pk}:{one.operation.payload}\n".encode())
        return digest.hexdigest()


def list_waiting(run: BillingRun) -> Waiting:
    """Return the invoices of a run whose sending waits for approval, in the order of their clients."""
    pushed = list_standing(run.invoices.all(), Stand.PUSHED).filter(Q(sent_as=OutboxState.WAITING.value))
    drafts = InvoiceDraft.objects.filter(pk__in=pushed.values("draft")).select_related(
        "organisation", "client"
    )
    prepared = prepare(list(drafts.order_by("client__name", "pk")))
    return Waiting(
        [one for one in prepared if one.waits_for_approval],
        [one for one in prepared if not one.waits_for_approval],
    )


def approve_waiting(run: BillingRun, *, shown: str, who: User, now: datetime) -> int:
    """
    Approve all that waits, if it is what carried this mark when it was shown; return how many.

    Raises ChangedSince and NotTwoWay. What somebody decided about a moment ago is left alone.
    """
    waiting = list_waiting(run)
    if waiting.mark != shown:
        raise ChangedSince
    return len(
        approve([one.operation.pk for one in waiting.invoices if one.operation], who=who, now=now).moved
    )
