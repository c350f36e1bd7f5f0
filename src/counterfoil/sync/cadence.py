"""When an organisation is due for what: after a kill, after its first copy, at its turn, in its night."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from counterfoil.domain.datekit import find_zone
from counterfoil.domain.rhythm import (
    Cost,
    choose_interval,
    latest_quiet_moment,
    latest_turn,
    next_quiet_moment,
    spread,
)
from counterfoil.mirror.models import Connection, GateBudget, Notice, OrganisationProfile, Run
from counterfoil.sync.gate import load_budget
from counterfoil.sync.lease import list_leased
from counterfoil.sync.passes import NAMED_ONLY
from counterfoil.sync.streams import STREAMS
from counterfoil.xero.plans import SMALLEST_DAY

# After a run that failed, sooner than at the next turn, but not at once: Xero may need a moment.
RETRY_AFTER = timedelta(minutes=5)
# The daily check costs more, and what it looks for can wait.
CHECK_AGAIN_AFTER = timedelta(hours=1)

# Webhooks that told of anything so lately are believed to work; a weekend without news is usual.
HEARD_WITHIN = timedelta(days=3)

_NOTED = ("latest_id", "last_id", "checked_id", "tried_id")

_DELTAS_MEASURED, _SWEEPS_MEASURED = 20, 7


# Who cannot wait goes first: what was begun, who just connected, and then the changes before the checks.
_URGENCY = {"resumed": 0, "connected": 1, "closing": 2, "scheduled": 3, "daily": 4}


@dataclass(frozen=True)
class Due:
    """An organisation that wants a run now."""

    organisation_id: int
    kind: str
    reason: str


@dataclass(frozen=True)
class Rhythm:
    """How often an organisation is asked, who decided it, and what it is reckoned from."""

    every: timedelta
    fitting: timedelta
    is_chosen: bool
    is_set: bool
    day_limit: int
    is_limit_told: bool
    hears_webhooks: bool
    cost: Cost


# -- The interval --------------------------------------------------------------------------------


def get_interval(connection: Connection) -> timedelta:
    """Return how often changes are asked for: a person's choice, the installation's setting, or what fits."""
    if connection.chosen_seconds is not None:
        return timedelta(seconds=connection.chosen_seconds)
    every: timedelta | None = settings.COUNTERFOIL_DELTA_EVERY
    return every or timedelta(seconds=connection.fitting_seconds)


def describe_rhythm(connection: Connection, *, now: datetime) -> Rhythm:
    """Return the organisation's rhythm with everything that it is reckoned from, as it is now."""
    row = GateBudget.objects.filter(organisation_id=connection.organisation_id).first()
    told = load_budget(row).day_limit if row else None
    cost = measure_cost(connection.organisation_id)
    heard = has_heard(connection.organisation_id, now=now)
    day_limit = SMALLEST_DAY if told is None else told
    return Rhythm(
        every=get_interval(connection),
        fitting=choose_interval(cost, day_limit=day_limit, hears_webhooks=heard),
        is_chosen=connection.chosen_seconds is not None,
        is_set=settings.COUNTERFOIL_DELTA_EVERY is not None,
        day_limit=day_limit,
        is_limit_told=told is not None,
        hears_webhooks=heard,
        cost=cost,
    )


def reckon_interval(connection: Connection, *, now: datetime) -> None:
    """Keep the interval that fits the organisation by what its runs took and what Xero's plan allows."""
    fitting = describe_rhythm(connection, now=now).fitting
    Connection.objects.filter(pk=connection.pk).update(fitting_seconds=round(fitting.total_seconds()))


def measure_cost(organisation_id: int) -> Cost:
    """Return what the organisation's latest runs took on average; what was never run is taken as planned."""
    deltas = _measure(organisation_id, Run.Kind.DELTA, _DELTAS_MEASURED)
    sweeps = _measure(organisation_id, Run.Kind.SWEEP, _SWEEPS_MEASURED)
    return Cost(
        delta_calls=_mean([calls for calls, _ in deltas]) or sum(stream.in_delta for stream in STREAMS),
        sweep_calls=_mean([calls for calls, _ in sweeps]) or len(STREAMS),
        delta_bytes=_mean([size for _, size in deltas]),
        sweep_bytes=_mean([size for _, size in sweeps]),
        deltas_measured=len(deltas),
        sweeps_measured=len(sweeps),
    )


def has_heard(organisation_id: int, *, now: datetime) -> bool:
    """Say whether webhooks told of the organisation lately."""
    return Notice.objects.filter(organisation_id=organisation_id, heard_at__gte=now - HEARD_WITHIN).exists()


def _measure(organisation_id: int, kind: str, count: int) -> list[tuple[int, int]]:
    finished = Run.objects.filter(
        organisation_id=organisation_id, kind=kind, state__in=[Run.State.SUCCEEDED, Run.State.PARTIAL]
    )
    taken = finished.annotate(calls=Sum("streams__calls"), size=Sum("streams__bytes_received"))
    rows = taken.order_by("-started_at").values_list("calls", "size")[:count]
    return [(calls or 0, size or 0) for calls, size in rows]


def _mean(values: list[int]) -> int:
    """Return the mean, rounded up so that no plan is too hopeful."""
    return -(-sum(values) // len(values)) if values else 0


# -- What is due ---------------------------------------------------------------------------------


def list_due(*, now: datetime) -> list[Due]:
    """
    Return what is due in every workspace, the most urgent first; call it across workspaces.

    An organisation whose run is under way anywhere is not due; one whose run lost its process is. It
    takes the same few queries for any number of organisations.
    """
    leased = list_leased()
    connections = [one for one in _list_connections() if one.organisation_id not in leased]
    runs = Run.objects.in_bulk({vars(one)[name] for one in connections for name in _NOTED} - {None})
    due = []
    for connection in connections:
        found = find_due(connection, _know(connection, runs), now=now)
        if found is not None:
            due.append(Due(connection.organisation_id, *found))
    return sorted(due, key=lambda one: (_URGENCY[one.reason], one.organisation_id))


@dataclass(frozen=True, slots=True)
class KnownRuns:
    """The runs of one organisation that decide what is due, and the zone of its nights."""

    zone: ZoneInfo
    latest: Run | None
    last: Run | None
    """The last of those that look at everything, or at all changes."""
    checked: Run | None
    """The last of those that look at everything, and did."""
    tried: Run | None
    """The last of those that look at everything, and perhaps failed."""


def _know(connection: Connection, runs: Mapping[int, Run]) -> KnownRuns:
    noted = vars(connection)
    latest, last, checked, tried = (runs.get(noted[name]) for name in _NOTED)
    return KnownRuns(find_zone(noted["xero_timezone"]), latest, last, checked, tried)


def _list_connections() -> "QuerySet[Connection]":
    runs = Run.objects.filter(organisation_id=OuterRef("organisation_id")).order_by("-started_at")
    whole = runs.filter(kind__in=[Run.Kind.FULL, Run.Kind.SWEEP])
    profiles = OrganisationProfile.objects.filter(organisation_id=OuterRef("organisation_id"))
    return (
        Connection.objects.filter(state=Connection.State.CONNECTED)
        .annotate(
            latest_id=Subquery(runs.values("pk")[:1]),
            last_id=Subquery(runs.exclude(kind__in=NAMED_ONLY).values("pk")[:1]),
            checked_id=Subquery(whole.exclude(state=Run.State.FAILED).values("pk")[:1]),
            tried_id=Subquery(whole.values("pk")[:1]),
            xero_timezone=Subquery(profiles.values("timezone")[:1]),
        )
        .order_by(F("organisation_id"))
    )


def find_due(connection: Connection, runs: KnownRuns, *, now: datetime) -> tuple[str, str] | None:
    """Return the kind of run that an organisation wants now, and why; None when it wants none."""
    latest, last = runs.latest, runs.last
    # What was begun is ended, also when auto-sync was switched off meanwhile.
    if latest is not None and latest.state == Run.State.RUNNING:
        return latest.kind, "resumed"
    if latest is not None and latest.state == Run.State.PARKED:
        return (latest.kind, "resumed") if latest.parked_until and latest.parked_until <= now else None
    if last is None:
        return Run.Kind.FULL, "connected"
    if last.finished_at is None:
        return None
    if last.kind == Run.Kind.FULL and last.state != Run.State.FAILED:
        return Run.Kind.DELTA, "closing"  # what changed while the pages were read
    if not connection.auto_sync:
        return None
    if _wants_check(connection, runs, now):
        return Run.Kind.SWEEP, "daily"
    is_retry = last.state == Run.State.FAILED and now - last.finished_at >= RETRY_AFTER
    place = spread(connection.organisation_id)
    is_turn = last.finished_at < latest_turn(get_interval(connection), place=place, now=now)
    return (Run.Kind.DELTA, "scheduled") if is_turn or is_retry else None


def _wants_check(connection: Connection, runs: KnownRuns, now: datetime) -> bool:
    """Say whether its quiet hour has come since the last check; a machine that slept checks when it wakes."""
    tried = runs.tried
    if (
        tried is not None
        and tried.state == Run.State.FAILED
        and tried.finished_at is not None
        and now - tried.finished_at < CHECK_AGAIN_AFTER
    ):
        return False
    quiet = latest_quiet_moment(runs.zone, place=spread(connection.organisation_id), now=now)
    return runs.checked is None or runs.checked.started_at < quiet


def find_next_check(connection: Connection, zone: ZoneInfo, *, now: datetime) -> datetime:
    """Return when the organisation's next daily check comes, if none is due now."""
    return next_quiet_moment(zone, place=spread(connection.organisation_id), now=now)


def find_next_turn(connection: Connection, *, now: datetime) -> datetime:
    """Return when the organisation is next asked for changes, if it is not now."""
    every = get_interval(connection)
    return latest_turn(every, place=spread(connection.organisation_id), now=now) + every
