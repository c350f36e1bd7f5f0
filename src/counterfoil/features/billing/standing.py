"""
Where an invoice of a run stands: what people decided, unless what became of its draft says otherwise.

A draft can be sent, taken back or thrown away on its own page too, and a process can be killed between
two steps. So whether an invoice is on its way is never remembered; it is read from the outbox each time.
"""

from enum import StrEnum

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast

from counterfoil.features.billing.models import RunInvoice
from counterfoil.features.invoicing.pushing import CAUSE, LOOSE
from counterfoil.mirror.models import Operation

_LOOSE = [state.value for state in LOOSE if state is not None]


class Stand(StrEnum):
    """Where it stands, in the order in which it is worked on."""

    REVIEW = "review"
    READY = "ready"
    HELD = "held"
    LOST = "lost"
    PUSHED = "pushed"
    DISCARDED = "discarded"

    @property
    def label(self) -> str:
        """What people read."""
        return _LABELS[self]


_LABELS = {
    Stand.REVIEW: "To review",
    Stand.READY: "Ready",
    Stand.HELD: "On hold",
    Stand.LOST: "Draft thrown away",
    Stand.PUSHED: "Sent",
    Stand.DISCARDED: "Discarded",
}

UNSENT = (Stand.REVIEW, Stand.READY, Stand.HELD)
"""What people can still decide about."""


def with_stand(invoices: "QuerySet[RunInvoice]") -> "QuerySet[RunInvoice]":
    """Give each invoice its `stand`, and `sent_as`, the state of its draft in the outbox if it has one."""
    latest = Operation.objects.filter(
        cause_kind=CAUSE, cause_id=Cast(OuterRef("draft_id"), CharField(max_length=64))
    ).order_by("-pk")
    is_loose = Q(sent_as=None) | Q(sent_as__in=_LOOSE)
    stored = RunInvoice.State
    return invoices.annotate(sent_as=Subquery(latest.values("state")[:1])).annotate(
        stand=Case(
            When(state=stored.DISCARDED, then=Value(Stand.DISCARDED.value)),
            # Of a forgotten organisation nothing is left to look at; what was sent stays sent.
            When(draft=None, organisation=None, state=stored.PUSHED, then=Value(Stand.PUSHED.value)),
            When(draft=None, then=Value(Stand.LOST.value)),
            When(~is_loose, then=Value(Stand.PUSHED.value)),
            When(state=stored.PUSHED, then=Value(Stand.REVIEW.value)),  # taken back, or Xero refused it
            default=F("state"),
            output_field=CharField(),
        )
    )


def list_standing(invoices: "QuerySet[RunInvoice]", *stands: Stand) -> "QuerySet[RunInvoice]":
    """Leave the invoices that stand so."""
    return with_stand(invoices).filter(Q(stand__in=[stand.value for stand in stands]))
