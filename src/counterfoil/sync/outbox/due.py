"""Which organisations have something to send or to look for now."""

from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Attempt, Connection, Operation
from counterfoil.sync.lease import list_pushed

# After a call that was not answered, the others wait this long: Xero may be away.
_BREATHER = timedelta(minutes=1)
_SPOILT = (Attempt.Outcome.NO_ANSWER, Attempt.Outcome.NOT_TAKEN)


def list_due(*, now: datetime) -> list[int]:
    """
    Return the organisations whose outbox has work now; call it across workspaces.

    What another process is at is not due. What a killed process left as Sending is.
    """
    mine = Operation.objects.filter(organisation_id=OuterRef("organisation_id"))
    is_time = Q(next_try_at=None) | Q(next_try_at__lte=now)
    to_send = mine.filter(is_time, state=OutboxState.QUEUED).filter(
        Q(waits_for=None) | Q(waits_for__state=OutboxState.DONE)
    )
    to_look = mine.filter(state=OutboxState.UNKNOWN, next_try_at__lte=now)
    left = mine.filter(state=OutboxState.SENDING)
    connected = Connection.objects.filter(state=Connection.State.CONNECTED).exclude(
        organisation_id__in=list_pushed()
    )
    two_way = connected.filter(mode=Connection.Mode.TWO_WAY)
    sending = two_way.filter(Exists(to_send)).values_list("organisation_id", flat=True)
    looking = connected.filter(Exists(to_look) | Exists(left)).values_list("organisation_id", flat=True)
    resting = _list_resting(now)
    return sorted({*looking, *(one for one in sending if one not in resting)})


def _list_resting(now: datetime) -> set[int]:
    """Return the organisations whose latest call a moment ago came to nothing."""
    latest = Attempt.objects.filter(finished_at__gt=now - _BREATHER).values("organisation_id")
    ids = latest.annotate(last=Max("pk")).values_list("last", flat=True)
    spoilt = Attempt.objects.filter(pk__in=list(ids), outcome__in=_SPOILT)
    return set(spoilt.values_list("organisation_id", flat=True))
