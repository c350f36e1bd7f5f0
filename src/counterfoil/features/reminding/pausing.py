"""Pauses campaigns that nobody may go on with by itself: Xero was disconnected (T35), a backup restored."""

from datetime import datetime

from django.db import transaction

from counterfoil.domain.reminders.guard import Why
from counterfoil.features.reminding.models import Campaign, Message, Reply
from counterfoil.mirror.models import Organisation

_REMOVED = "The organisation’s connection was removed."
_RESTORED = (
    "Restored from a backup of {moment:%Y-%m-%d %H:%M} UTC. What was sent since, and who said STOP since, is"
    " not known here: bring in the opt-outs of your provider before you resume."
)
_MOVED = (
    "Brought here from another installation, as it was at {moment:%Y-%m-%d %H:%M} UTC. What is sent from"
    " there, and who says STOP there, is not known here: end the campaign there before you resume it."
)


def pause_for_removal(organisation: Organisation, *, now: datetime) -> None:
    """
    Pause all campaigns and drop what they planned, in the transaction that removes the connection.

    They stay paused when it is connected again: nothing of a backlog is ever sent. Of what was sent, ids and
    digests stay; names, numbers and texts go.
    """
    mine = Message.objects.filter(organisation=organisation)
    with transaction.atomic():
        active = Campaign.objects.filter(organisation=organisation, state=Campaign.State.ACTIVE)
        active.update(state=Campaign.State.PAUSED, state_because=_REMOVED)
        mine.filter(state=Message.State.PLANNED).update(
            state=Message.State.DROPPED, why=Why.REMOVED, settled_at=now
        )
        mine.update(contact_name="", address="", subject="", text="", said="")


def pause_for_restore(*, made_at: datetime, now: datetime) -> int:
    """
    Pause all campaigns of all firms, drop what they planned and our own answers; return how many paused.

    Call it across workspaces. The backup knows neither what was sent after it nor who said STOP.
    """
    return _pause_all(_RESTORED.format(moment=made_at), now=now)


def pause_for_move(*, made_at: datetime, now: datetime) -> int:
    """Pause all campaigns of a firm that was brought here and drop what they planned; return how many."""
    return _pause_all(_MOVED.format(moment=made_at), now=now)


def _pause_all(because: str, *, now: datetime) -> int:
    """Pause every campaign that the scope shows."""
    active = Campaign.objects.filter(state=Campaign.State.ACTIVE)
    paused = active.update(state=Campaign.State.PAUSED, state_because=because)
    Message.objects.filter(state=Message.State.PLANNED).update(
        state=Message.State.DROPPED, why=Why.TOO_LATE, settled_at=now
    )
    Reply.objects.filter(answer_state=Reply.Answer.WAITING).update(answer_state=Reply.Answer.FAILED)
    return paused
