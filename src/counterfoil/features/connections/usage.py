"""What the sync costs: what was spent, what is left, and what another rhythm would take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from counterfoil.domain.rhythm import DAY, INTERVALS, bytes_a_day, calls_a_day, fits, forecast_calls
from counterfoil.features.connections.health import OrganisationHealth
from counterfoil.mirror.models import Connection, Usage
from counterfoil.sync.cadence import Rhythm
from counterfoil.xero.plans import GIGABYTE, PLANS, Plan

_DAYS_A_MONTH = 30
SHOWN_DAYS = 30


@dataclass(frozen=True)
class Offer:
    """One interval that may be chosen, with what it takes of the day and of the month."""

    every: timedelta
    calls_a_day: int
    percent: int
    bytes_a_month: int
    is_within_share: bool
    is_current: bool

    @property
    def percent_said(self) -> str:
        """The share of the day, as it is written."""
        return f"{self.percent:,} %" if self.percent else "under 1 %"

    @property
    def is_choosable(self) -> bool:
        """Say whether a person may choose it; an installation's own setting can be another."""
        return self.every in INTERVALS

    @property
    def seconds(self) -> int:
        """The interval as a form sends it."""
        return round(self.every.total_seconds())


def list_offers(rhythm: Rhythm) -> Sequence[Offer]:
    """Return what each interval would cost this organisation, by what its own runs took."""
    offered = INTERVALS if rhythm.every in INTERVALS else (rhythm.every, *INTERVALS)
    return [
        Offer(
            every=every,
            calls_a_day=calls_a_day(rhythm.cost, every),
            percent=round(calls_a_day(rhythm.cost, every) * 100 / rhythm.day_limit),
            bytes_a_month=bytes_a_day(rhythm.cost, every) * _DAYS_A_MONTH,
            is_within_share=fits(rhythm.cost, every, day_limit=rhythm.day_limit),
            is_current=every == rhythm.every,
        )
        for every in offered
    ]


@dataclass(frozen=True)
class DayOfUse:
    """What one day took, by UTC, as Xero counts its months."""

    day: date
    calls: int
    size: int


@dataclass(frozen=True)
class Share:
    """What one kind of record, or one reason, took of the days shown."""

    name: str
    calls: int
    size: int


@dataclass(frozen=True)
class UsageReport:
    """What an organisation took of Xero's limits lately, and what the rest of today is planned to take."""

    days: Sequence[DayOfUse]
    streams: Sequence[Share]
    reasons: Sequence[Share]
    planned_today: int
    forecast: int

    @property
    def today(self) -> DayOfUse:
        """The last of the days."""
        return self.days[-1]

    @property
    def calls(self) -> int:
        """The calls of all the days shown."""
        return sum(day.calls for day in self.days)

    @property
    def size(self) -> int:
        """The bytes of all the days shown."""
        return sum(day.size for day in self.days)


@dataclass(frozen=True)
class PlanOffer:
    """One of Xero's plans, and whether the firm's use is within it."""

    plan: Plan
    has_places: bool
    has_calls: bool
    overage: Decimal | None


def describe_usage(found: OrganisationHealth, rhythm: Rhythm, *, now: datetime) -> UsageReport:
    """Return what the organisation took by day, kind of record and reason, and the forecast for today."""
    today = now.astimezone(UTC).date()
    first = today - DAY * (SHOWN_DAYS - 1)
    rows = Usage.objects.filter(organisation=found.organisation, day__gte=first)
    by_day = {day: (calls, size) for day, calls, size in _sum_by(rows, "day")}
    days = [DayOfUse(day, *by_day.get(day, (0, 0))) for day in (first + DAY * n for n in range(SHOWN_DAYS))]
    midnight = datetime.combine(today + DAY, time(), tzinfo=UTC)
    is_planned = found.connection.auto_sync and found.connection.state == Connection.State.CONNECTED
    planned = forecast_calls(
        rhythm.cost, rhythm.every, next_turn=found.next_turn, next_check=found.next_check, end=midnight
    )
    planned = planned if is_planned else 0
    return UsageReport(
        days=days,
        streams=[Share(*row) for row in _sum_by(rows, "stream")],
        reasons=[Share(*row) for row in _sum_by(rows, "reason")],
        planned_today=planned,
        forecast=days[-1].calls + planned,
    )


def measure_month(*, now: datetime) -> int:
    """Return the bytes that Xero sent the firm in the last 30 days, the organisation's own page left out."""
    first = now.astimezone(UTC).date() - DAY * (_DAYS_A_MONTH - 1)
    # Source: Xero's pricing page: the Organisation endpoint is not counted.
    counted = Usage.objects.filter(day__gte=first).exclude(stream="Organisation")
    return counted.aggregate(size=Sum("bytes_received"))["size"] or 0


def list_plans(*, organisations: int, size_a_month: int, calls_a_day: int) -> list[PlanOffer]:
    """Return Xero's plans with what this many organisations and bytes a month mean in each."""
    return [
        PlanOffer(
            plan=plan,
            has_places=plan.connections is None or organisations <= plan.connections,
            has_calls=calls_a_day <= plan.calls_a_day,
            overage=_price_overage(plan, size_a_month),
        )
        for plan in PLANS
    ]


def _price_overage(plan: Plan, size: int) -> Decimal | None:
    if plan.included_gb is None or plan.each_further_gb is None:
        return None
    beyond = max(Decimal(size) / GIGABYTE - plan.included_gb, Decimal(0))
    return (beyond * plan.each_further_gb).quantize(Decimal("0.01"))


def _sum_by(rows: "QuerySet[Usage]", name: str) -> list[tuple[Any, int, int]]:
    summed = rows.values_list(name).annotate(calls=Sum("calls"), size=Sum("bytes_received"))
    return [(key, calls, size) for key, calls, size in summed.order_by("-calls", name)]
