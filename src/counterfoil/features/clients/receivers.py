"""What becomes of links when the copy of an organisation has changed."""

from typing import Any

from django.dispatch import receiver

from counterfoil.features.clients.tasks import request_linking
from counterfoil.features.connections.signals import copy_changed


@receiver(copy_changed, dispatch_uid="clients")
def link_newcomers(sender: object, *, organisation_id: int, **_: Any) -> None:
    """Have the contacts that came linked where there is a proof, and merged ones followed."""
    request_linking(organisation_id=organisation_id)
