"""How far the sending is."""

from dataclasses import dataclass

from django.db.models import Count, Min, Q

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Operation, Organisation

_ON_ITS_WAY = (OutboxState.QUEUED, OutboxState.SENDING)


@dataclass(frozen=True)
class Progress:
    """How many writes are on their way, and how many arrived or were refused while these waited."""

    moving: int
    done: int
    refused: int

    @property
    def settled(self) -> int:
        """How many need nothing more of us."""
        return self.done + self.refused

    @property
    def total(self) -> int:
        """All of them."""
        return self.settled + self.moving


def measure_progress(organisation: Organisation) -> Progress | None:
    """
    Return how far it is since the first of what is on its way was approved; None when nothing is.

    What says why it waits is not on its way: it may wait for a person, for weeks.
    """
    mine = Operation.objects.filter(organisation=organisation)
    on_its_way = mine.filter(state__in=_ON_ITS_WAY, sentence="")
    moving = on_its_way.aggregate(count=Count("pk"), since=Min("approved_at"))
    if not moving["count"]:
        return None
    ended = mine.filter(state_since__gte=moving["since"]).aggregate(
        done=Count("pk", filter=Q(state=OutboxState.DONE)),
        refused=Count("pk", filter=Q(state=OutboxState.REFUSED)),
    )
    return Progress(moving["count"], ended["done"], ended["refused"])
