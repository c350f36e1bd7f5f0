"""What becomes of events when a connection is removed."""

from counterfoil.features.announcing.models import Event
from counterfoil.features.connections.removal import purge_on_removal

purge_on_removal(Event)
