"""How the organisations are doing: the facts for any number of them, in the same few queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, OuterRef, Subquery

from counterfoil.domain.datekit import find_zone
from counterfoil.domain.health import Facts, Failure, Health, judge
from counterfoil.features.connections.queries import CURRENT_STREAMS, find_queued
from counterfoil.mirror.models import (
    Connection,
    Cursor,
    GateBudget,
    Notice,
    Organisation,
    OrganisationProfile,
    Quarantined,
    Run,
    StreamRun,
)
from counterfoil.sync.cadence import RETRY_AFTER, find_next_check, find_next_turn
from counterfoil.sync.gate import load_budget
from counterfoil.sync.lease import list_leased
from counterfoil.sync.passes import NAMED_ONLY
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.sync.verdicts import find_unexplained
from counterfoil.xero.budget import Budget

_UNFINISHED = [Run.State.RUNNING, Run.State.PARKED]


@dataclass(frozen=True)
class OrganisationHealth:
    """One organisation's state with what stands beside it."""

    organisation: Organisation
    health: Health
    zone: ZoneInfo
    as_of: datetime | None
    latest: Run | None
    failed: Mapping[str, StreamRun]
    quarantined: int
    budget: Budget
    heard_at: datetime | None
    next_turn: datetime
    next_check: datetime

    @property
    def unfinished(self) -> Run | None:
        """Its run that is under way or parked, if there is one."""
        return self.latest if self.latest is not None and self.latest.state in _UNFINISHED else None

    @property
    def connection(self) -> Connection:
        """The organisation's connection."""
        return self.organisation.connection


def describe_health(organisation: Organisation, *, now: datetime) -> OrganisationHealth:
    """Return how one organisation is doing; it has a connection."""
    (found,) = list_health([organisation], now=now)
    return found


def list_health(organisations: Sequence[Organisation], *, now: datetime) -> list[OrganisationHealth]:
    """Return how these organisations, all with a connection, are doing, in their order."""
    ids = [organisation.pk for organisation in organisations]
    runs = _Runs(ids)
    quarantined = dict(
        Quarantined.objects.filter(organisation__in=ids, settled_at=None)
        .values_list("organisation")
        .annotate(Count("pk"))
    )
    heard = dict(
        Notice.objects.filter(organisation__in=ids).values_list("organisation").annotate(Max("heard_at"))
    )
    zones = dict(
        OrganisationProfile.objects.filter(organisation__in=ids).values_list("organisation_id", "timezone")
    )
    budgets = {
        row.organisation_id: load_budget(row) for row in GateBudget.objects.filter(organisation__in=ids)
    }
    differing = find_unexplained(ids)
    as_of, queued, leased = _find_as_of(ids), find_queued(ids, now=now), list_leased()
    found = []
    for one in organisations:
        zone, budget = find_zone(zones.get(one.pk)), budgets.get(one.pk, Budget())
        failed, grant = runs.find_failed(one.pk), one.connection.grant
        latest, next_turn = runs.latest.get(one.pk), find_next_turn(one.connection, now=now)
        facts = Facts(
            zone=zone,
            is_lost=one.connection.state == Connection.State.LOST,
            lost_because=one.connection.lost_because,
            app_refused_because=grant.failing_because if grant.is_app_refused else "",
            has_run=latest is not None,
            is_queued=one.pk in queued,
            is_running=latest is not None and latest.state == Run.State.RUNNING,
            is_worked=one.pk in leased,
            waits_until=_find_end_of_wait(latest, budget, now),
            waits_for=latest.sentence if latest and latest.state == Run.State.PARKED else "",
            auto_sync=one.connection.auto_sync,
            failures=[_describe_failure(row) for row in failed.values()],
            tries_again_at=_find_next_try(runs.last.get(one.pk), next_turn, now),
            quarantined=quarantined.get(one.pk, 0),
            differs_because=differing.get(one.pk, ""),
            as_of=as_of.get(one.pk),
        )
        found.append(
            OrganisationHealth(
                organisation=one,
                health=judge(facts),
                zone=zone,
                as_of=facts.as_of,
                latest=latest,
                failed={} if facts.is_running else failed,
                quarantined=facts.quarantined,
                budget=budget,
                heard_at=heard.get(one.pk),
                next_turn=next_turn,
                next_check=find_next_check(one.connection, zone, now=now),
            )
        )
    return found


def sort_by_trouble(found: Sequence[OrganisationHealth]) -> list[OrganisationHealth]:
    """Return the worst first, and among equals the one that is longest out of date."""
    return sorted(
        found,
        key=lambda one: (
            one.health.state.trouble,
            one.as_of is not None,
            one.as_of or datetime.min.replace(tzinfo=UTC),
            one.organisation.name.casefold(),
        ),
    )


class _Runs:
    """
    The runs that say how organisations stand: the latest, the last that ended, and the last whole look.

    What a stream's latest reading came to is in one of the last two, since every run reads either
    all streams or those that change.
    """

    def __init__(self, ids: Sequence[int]) -> None:
        runs = Run.objects.filter(organisation_id=OuterRef("pk")).order_by("-started_at")
        ended = runs.exclude(state__in=_UNFINISHED).exclude(kind__in=NAMED_ONLY)
        whole = ended.filter(kind__in=[Run.Kind.FULL, Run.Kind.SWEEP])
        noted = (
            Organisation.objects.filter(pk__in=ids)
            .annotate(
                latest_id=Subquery(runs.values("pk")[:1]),
                last_id=Subquery(ended.values("pk")[:1]),
                whole_id=Subquery(whole.values("pk")[:1]),
            )
            .values_list("pk", "latest_id", "last_id", "whole_id")
        )
        by_organisation = {pk: (latest, last, whole) for pk, latest, last, whole in noted}
        found = Run.objects.in_bulk({pk for three in by_organisation.values() for pk in three if pk})
        self.latest = {pk: found[latest] for pk, (latest, _, _) in by_organisation.items() if latest}
        self.last = {pk: found[last] for pk, (_, last, _) in by_organisation.items() if last}
        telling = [pk for _, *two in by_organisation.values() for pk in two if pk]
        self._streams: dict[int, dict[str, StreamRun]] = {}
        # The later run overwrites what an earlier one found.
        for row in StreamRun.objects.filter(run__in=telling).order_by("run__started_at", "place"):
            self._streams.setdefault(row.organisation_id, {})[row.stream] = row

    def find_failed(self, organisation_id: int) -> dict[str, StreamRun]:
        """Return the streams whose latest reading failed, in their order."""
        rows = self._streams.get(organisation_id, {})
        return {name: rows[name] for name in STREAM_BY_NAME if name in rows and _has_failed(rows[name])}


def _has_failed(row: StreamRun) -> bool:
    return row.state not in (StreamRun.State.DONE, StreamRun.State.UNAVAILABLE)


def _describe_failure(row: StreamRun) -> Failure:
    return Failure(
        title=STREAM_BY_NAME[row.stream].title,
        sentence=row.error or "it was not reached before the sync ended.",
        next_step=row.next_step,
        wants_consent=row.fault.startswith("ConsentLost missing_scope"),
    )


def _find_end_of_wait(latest: Run | None, budget: Budget, now: datetime) -> datetime | None:
    if latest is not None and latest.state == Run.State.PARKED:
        return latest.parked_until or now
    return budget.parked_until if budget.parked_until and budget.parked_until > now else None


def _find_next_try(last: Run | None, next_turn: datetime, now: datetime) -> datetime:
    if last is None or last.state != Run.State.FAILED or last.finished_at is None:
        return next_turn
    return min(next_turn, max(last.finished_at + RETRY_AFTER, now))


def _find_as_of(ids: Sequence[int]) -> dict[int, datetime]:
    known = (
        Cursor.objects.filter(organisation__in=ids, stream__in=CURRENT_STREAMS)
        .values_list("organisation")
        .annotate(oldest=Min("since"), known=Count("stream"))
    )
    return {pk: oldest for pk, oldest, count in known if count == len(CURRENT_STREAMS)}
