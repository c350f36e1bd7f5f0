"""What recharging does when lines below were attributed."""

from typing import Any

from django.dispatch import receiver

from counterfoil.features.recharging.tasks import request_look
from counterfoil.features.spending.signals import costs_attributed


@receiver(costs_attributed, dispatch_uid="recharging")
def follow_costs(sender: object, *, organisation_id: int, **_: Any) -> None:
    """Look at what the lines say now."""
    request_look(organisation_id=organisation_id)
