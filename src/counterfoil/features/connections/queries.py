"""What can be asked about organisations, their connections and the sync."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, Min, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.domain.datekit import find_zone
from counterfoil.mirror.models import (
    Connection,
    Cursor,
    Organisation,
    OrganisationProfile,
    Quarantined,
    Report,
    Run,
    StreamRun,
)
from counterfoil.sync.lease import is_leased
from counterfoil.sync.streams import STREAMS

_TAKEN = timedelta(seconds=15)

# What people look at; the rest is read once a day and would make every page look a day old.
CURRENT_STREAMS = [stream.name for stream in STREAMS if stream.in_delta]


@dataclass(frozen=True)
class Standing:
    """The connected organisations of a workspace, the one in view, and how fresh its copy is."""

    organisations: Sequence[Organisation]
    current: Organisation | None = None
    profile: OrganisationProfile | None = None
    latest: Run | None = None
    is_queued: bool = False
    is_worked: bool = False
    as_of: datetime | None = None

    @property
    def is_syncing(self) -> bool:
        """Say whether a sync is under way, or asked for and not yet begun."""
        return self.is_queued or (self.latest is not None and self.latest.state == Run.State.RUNNING)

    @property
    def is_interrupted(self) -> bool:
        """Say whether a sync was begun and no process is at it."""
        return self.is_syncing and not self.is_worked and not self.is_queued

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone; before its first sync nobody knows it, and UTC is said."""
        return find_zone(self.profile.timezone if self.profile else None)

    @property
    def short_code(self) -> str:
        """Xero's short name of the organisation, for links into Xero."""
        return self.profile.short_code if self.profile else ""

    @property
    def is_lost(self) -> bool:
        """Say whether access to the organisation in view is gone."""
        return self.current is not None and self.current.connection.state == Connection.State.LOST


_waiting: dict[str, "Callable[[], QuerySet[Any, Any]]"] = {}


def count_in_menu(page: str, counting: "Callable[[], QuerySet[Any, Any]]") -> None:
    """
    Have the menu show how much waits on a page; a feature calls it when it is ready.

    `counting` returns a query of one number for the organisation of the query around it.
    """
    _waiting[page] = counting


def count_waiting(organisation: Organisation, page: str) -> int:
    """Return how much waits on the page, as `list_connected` found it."""
    return int(getattr(organisation, f"waiting_{page}", 0))


def list_connected() -> list[Organisation]:
    """Return the organisations that have a connection, working or lost, by name, with what waits in them."""
    counts = {
        f"waiting_{page}": Coalesce(Subquery(counting(), output_field=IntegerField()), 0)
        for page, counting in _waiting.items()
    }
    return list(
        Organisation.objects.filter(connection__isnull=False)
        .select_related("connection__grant")
        .annotate(**counts)
        .order_by("name", "pk")
    )


def describe_standing(
    organisations: Sequence[Organisation], current: Organisation | None, *, now: datetime
) -> Standing:
    """Return how things stand with the organisation in view, in the same few queries every time."""
    if current is None:
        return Standing(organisations=organisations)
    return Standing(
        organisations=organisations,
        current=current,
        profile=OrganisationProfile.objects.filter(organisation=current).defer("raw").first(),
        latest=Run.objects.filter(organisation=current).order_by("-started_at").first(),
        is_queued=is_queued(current.pk, now=now),
        is_worked=is_leased(current.pk),
        as_of=find_as_of(current),
    )


def find_as_of(organisation: Organisation) -> datetime | None:
    """
    Return the moment up to which everything that people look at is known, by Xero's clock.

    It is when the oldest of the readings began, not when it ended: what changed meanwhile may be
    missing. None until each kind was read once.
    """
    known = Cursor.objects.filter(organisation=organisation, stream__in=CURRENT_STREAMS)
    freshness = known.aggregate(oldest=Min("since"), known=Count("stream"))
    return freshness["oldest"] if freshness["known"] == len(CURRENT_STREAMS) else None


def is_queued(organisation_id: int, *, now: datetime) -> bool:
    """
    Say whether a sync of the organisation waits for a worker, or has just been taken by one.

    A job that was taken longer ago has its run by now; or its worker was killed, and it means nothing.
    """
    return bool(find_queued([organisation_id], now=now))


def find_queued(organisation_ids: Sequence[int], *, now: datetime) -> set[int]:
    """Return those of these organisations for which a sync waits, or was just taken."""
    just_taken = Q(
        status="doing", procrastinateevent__type="started", procrastinateevent__at__gte=now - _TAKEN
    )
    jobs = ProcrastinateJob.objects.filter(
        Q(status="todo") | just_taken, task_name="sync", args__organisation_id__in=list(organisation_ids)
    )
    return set(jobs.values_list("args__organisation_id", flat=True))


def list_runs(organisation: Organisation, *, limit: int) -> "QuerySet[Run]":
    """Return the latest runs with their streams, the newest first."""
    return (
        Run.objects.filter(organisation=organisation)
        .prefetch_related("streams")
        .annotate(
            rows_read=Sum("streams__rows_read"),
            rows_new=Sum("streams__rows_new"),
            rows_changed=Sum("streams__rows_changed"),
            calls=Sum("streams__calls"),
        )
        .order_by("-started_at", "-pk")[:limit]
    )


@dataclass(frozen=True)
class RunPlace:
    """A run's place in the list, the latest first."""

    started_at: datetime
    pk: int


def list_run_page(
    organisation: Organisation, *, after: RunPlace | None = None, size: int = 50
) -> tuple[Sequence[Run], RunPlace | None]:
    """Return a page of runs with their streams, the latest first, and where the next begins; two queries."""
    found = Run.objects.filter(organisation=organisation).prefetch_related("streams")
    if after is not None:
        found = found.filter(started_at__lte=after.started_at).filter(
            Q(started_at__lt=after.started_at) | Q(pk__lt=after.pk)
        )
    rows = list(found.order_by("-started_at", "-pk")[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return rows[:size], RunPlace(last.started_at, last.pk) if last else None


def list_quarantined(organisation: Organisation, *, limit: int) -> "QuerySet[Quarantined]":
    """Return the records that could not be read and still wait, the newest first."""
    return Quarantined.objects.filter(organisation=organisation, settled_at=None).order_by("-seen_at", "-pk")[
        :limit
    ]


@dataclass(frozen=True)
class StreamHealth:
    """One stream as the health panel shows it."""

    name: str
    title: str
    rows: int
    gone: int
    quarantined: int
    succeeded_at: datetime | None
    since: datetime | None
    swept_at: datetime | None
    failed: StreamRun | None = None


def list_stream_health(
    organisation: Organisation, failed: Mapping[str, StreamRun] | None = None
) -> list[StreamHealth]:
    """Return every stream with its rows, its last success, and the reading that failed since, if one did."""
    cursors = {cursor.stream: cursor for cursor in Cursor.objects.filter(organisation=organisation)}
    quarantined = dict(
        Quarantined.objects.filter(organisation=organisation, settled_at=None)
        .values_list("stream")
        .annotate(Count("pk"))
    )
    counts = _count_rows(organisation)
    return [
        StreamHealth(
            name=stream.name,
            title=stream.title,
            rows=counts[stream.name][0],
            gone=counts[stream.name][1],
            quarantined=quarantined.get(stream.name, 0),
            succeeded_at=cursors[stream.name].succeeded_at if stream.name in cursors else None,
            since=cursors[stream.name].since if stream.name in cursors else None,
            swept_at=cursors[stream.name].swept_at if stream.name in cursors else None,
            failed=(failed or {}).get(stream.name),
        )
        for stream in STREAMS
    ]


def _count_rows(organisation: Organisation) -> dict[str, tuple[int, int]]:
    """Return the rows still in Xero and those gone from it, by stream; the reports share a table."""
    counts = {}
    for stream in STREAMS:
        rows = stream.model._default_manager.filter(organisation=organisation)
        if stream.model is Report:
            rows = rows.filter(xero_id=stream.name.rpartition("/")[2])
        found = rows.aggregate(
            held=Count("xero_id", filter=Q(gone_at=None)), gone=Count("xero_id", filter=~Q(gone_at=None))
        )
        counts[stream.name] = (found["held"], found["gone"])
    return counts
