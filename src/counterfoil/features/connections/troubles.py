"""What is wrong with a connection, in plain words, with the one thing that helps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from counterfoil.mirror.models import Connection
from counterfoil.xero.errors import LostReason

# When a permission has fewer days left than this, renewing it has failed for weeks.
_WARN_BEFORE = timedelta(days=30)


class Remedy(StrEnum):
    """What helps; the page makes a button of it."""

    RECONNECT = "reconnect"
    CONNECT_ANEW = "connect_anew"
    CORRECT_APP = "correct_app"
    WAIT = "wait"


@dataclass(frozen=True)
class Trouble:
    """One trouble: what it is, what it means, and what helps."""

    title: str
    text: str
    remedy: Remedy

    @property
    def needs_person(self) -> bool:
        """Say whether somebody has to act; an outage heals by itself."""
        return self.remedy is not Remedy.WAIT


def describe_trouble(connection: Connection, *, now: datetime) -> Trouble | None:
    """Return what is wrong with the connection, or None. An outage is not a lost permission (K18)."""
    grant = connection.grant
    if connection.state == Connection.State.LOST:
        if connection.lost_reason == LostReason.DEMO_RESET:
            return Trouble("Xero’s demo company was reset", connection.lost_because, Remedy.CONNECT_ANEW)
        return Trouble("Access is lost", connection.lost_because, Remedy.RECONNECT)
    if grant.is_app_refused:
        return Trouble("Xero does not accept the app", grant.failing_because, Remedy.CORRECT_APP)
    if grant.failing_since is None:
        return None
    ends_at = grant.ends_at
    if ends_at is not None and ends_at - now < _WARN_BEFORE:
        days = max((ends_at - now).days, 0)
        text = f"It could not be renewed, and Xero ends it in {days} days. {grant.failing_because}"
        return Trouble("The permission is about to end", text, Remedy.RECONNECT)
    return Trouble("Xero cannot be reached", grant.failing_because, Remedy.WAIT)
