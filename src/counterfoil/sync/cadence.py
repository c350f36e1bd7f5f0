"""When an organisation is due for what: after a kill, after its first copy, at its interval, once a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from counterfoil.mirror.models import Connection, Run
from counterfoil.sync.lease import is_leased

# After a run that failed, sooner than at the next interval, but not at once: Xero may need a moment.
_RETRY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Cadence:
    """How often changes are asked for, and how often everything that changes hide is read again."""

    delta_every: timedelta
    sweep_every: timedelta


@dataclass(frozen=True)
class Due:
    """An organisation that wants a run now."""

    organisation_id: int
    kind: str
    reason: str


def list_due(cadence: Cadence, *, now: datetime) -> list[Due]:
    """
    Return what is due in every workspace; call it across workspaces.

    An organisation whose run is under way anywhere is not due; one whose run lost its process is.
    """
    due = []
    for connection in Connection.objects.filter(state=Connection.State.CONNECTED).order_by("organisation"):
        found = _find_due(connection, cadence, now)
        if found is not None and not is_leased(connection.organisation_id):
            due.append(Due(connection.organisation_id, *found))
    return due


def _find_due(connection: Connection, cadence: Cadence, now: datetime) -> tuple[str, str] | None:
    runs = Run.objects.filter(organisation_id=connection.organisation_id).order_by("-started_at")
    latest = runs.first()
    if latest is not None and latest.state == Run.State.RUNNING:
        return latest.kind, "resumed"
    if latest is not None and latest.state == Run.State.PARKED:
        return (latest.kind, "resumed") if latest.parked_until and latest.parked_until <= now else None
    runs = runs.exclude(kind=Run.Kind.WEBHOOK)  # they read what was told, and say nothing about the rest
    last = runs.first()
    if last is None:
        return Run.Kind.FULL, "connected"
    if not connection.auto_sync or last.finished_at is None:
        return None
    if last.kind == Run.Kind.FULL and last.state != Run.State.FAILED:
        return Run.Kind.DELTA, "closing"  # what changed while the pages were read
    checked = runs.exclude(kind=Run.Kind.DELTA).first()
    if checked is None or now - checked.started_at >= cadence.sweep_every:
        return Run.Kind.SWEEP, "daily"
    wait = cadence.delta_every
    if last.state == Run.State.FAILED:
        wait = min(wait, _RETRY_AFTER)
    return (Run.Kind.DELTA, "scheduled") if now - last.finished_at >= wait else None
