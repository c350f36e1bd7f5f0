"""What becomes of the reports when the copy of an organisation has changed."""

from typing import Any

from django.dispatch import receiver

from counterfoil.features.connections.removal import purge_on_removal
from counterfoil.features.connections.signals import copy_changed
from counterfoil.features.reports.models import Outlook
from counterfoil.features.reports.tasks import request_drawing

purge_on_removal(Outlook)


@receiver(copy_changed, dispatch_uid="reports")
def follow_copy(sender: object, *, organisation_id: int, **_: Any) -> None:
    """Have the postings drawn up of the documents that came, and habits worked out again."""
    request_drawing(organisation_id=organisation_id)
