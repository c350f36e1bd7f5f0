"""What becomes of reminders when something below happens."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from counterfoil.features.connections.removal import purge_on_removal
from counterfoil.features.connections.signals import connection_removed
from counterfoil.features.reminding.models import PayLink, Reach, Reply
from counterfoil.features.reminding.pausing import pause_for_removal
from counterfoil.mirror.models import Organisation

# What customers wrote, how they are reached, and where they see their invoices, is theirs.
for _model in (PayLink, Reach, Reply):
    purge_on_removal(_model)


@receiver(connection_removed, dispatch_uid="reminding")
def follow_removal(sender: object, *, organisation: Organisation, now: datetime, **_: Any) -> None:
    """Pause every campaign at once, and let go of what names customers (T35)."""
    pause_for_removal(organisation, now=now)
