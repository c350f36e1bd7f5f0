"""
Which contacts are read just before an edit of them is sent, since Xero takes whatever is written last.

What could not be read then is not edited: nobody knows what would be overwritten.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Operation, Organisation
from counterfoil.sync.outbox.moves import Step, lock, take_steps
from counterfoil.sync.outbox.taking import ASKS_TO_LOOK, list_ready

READ_AT_ONCE = 40
"""As many as one call asks for by id, so that forty edits cost one call more."""


def list_next_edits(organisation: Organisation, *, kinds_off: set[str], now: datetime) -> dict[int, str]:
    """Return the edits that go next, each with its contact's id; empty when something else goes next."""
    ready = list_ready(organisation.pk, now=now).exclude(kind__in=kinds_off)
    first = ready.first()
    if first is None or not ready.filter(ASKS_TO_LOOK, pk=first.pk).exists():
        return {}
    return dict(ready.filter(ASKS_TO_LOOK).values_list("pk", "xero_id")[:READ_AT_ONCE])


def refuse_blind(edits: Collection[int], *, seen: Iterable[str], now: datetime) -> None:
    """Refuse those edits whose contact is not among what was read just now."""
    still = Operation.objects.filter(Q(pk__in=edits) & ~Q(xero_id__in=set(seen)), state=OutboxState.QUEUED)
    steps = [
        Step(
            one,
            OutboxState.REFUSED,
            "The contact could not be read from Xero just before this was sent. Nothing was sent, so that"
            " nothing there is overwritten.",
            "Look at the contact in Xero, and send this again.",
            error_key=f"contact-unread:{one.xero_id}",
        )
        for one in lock(still)
    ]
    take_steps(steps, now=now)
