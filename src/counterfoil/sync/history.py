"""Writes down what happens to connections, in words that hold no customer's name and no amount."""

from collections.abc import Iterable
from datetime import datetime

from counterfoil.mirror.models import Connection, ConnectionEvent


def note_events(
    connections: Iterable[Connection],
    kind: ConnectionEvent.Kind,
    *,
    now: datetime,
    what: str = "",
    who: str = "",
) -> None:
    """Write that the same happened to these connections; `who` is empty when nobody here did it."""
    ConnectionEvent.objects.bulk_create(
        ConnectionEvent(
            organisation_id=connection.organisation_id,
            workspace_id=connection.workspace_id,
            kind=kind,
            what=what,
            who=who[:255],
            at=now,
        )
        for connection in connections
    )
