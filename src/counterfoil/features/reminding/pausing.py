"""Stops and starts sending: one campaign, all of an organisation, or because Xero was disconnected (T35)."""

from datetime import datetime

from django.db import transaction

from counterfoil.domain.reminders.guard import Why
from counterfoil.features.reminding.models import Campaign, Message
from counterfoil.mirror.models import Organisation

_REMOVED = "The organisation’s connection was removed."


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
