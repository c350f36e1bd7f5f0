"""
What a monitoring system asks for: how everything goes, in numbers.

Everything but the requests of this process is read from the database, so that any one process tells of
the whole installation. No label names a person, a firm or an organisation.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.connections.queries import CURRENT_STREAMS
from counterfoil.features.operating.examining import find_oldest_wait
from counterfoil.mirror.models import Connection, Run
from counterfoil.mirror.scope import across_workspaces

_QUANTILES = (0.5, 0.95, 1.0)

_LAG = """
select percentile_disc(%s::float[]) within group (order by extract(epoch from %s - lag.since))
from (
    select min(known.since) as since
    from mirror_cursor known join mirror_connection link on link.organisation_id = known.organisation_id
    where link.state = 'connected' and link.auto_sync and known.stream = any(%s)
    group by known.organisation_id having count(*) = %s
) lag
"""
_JOBS = "select queue_name, status::text, count(*) from procrastinate_jobs group by 1, 2"
_WORKERS = "select count(*) from procrastinate_workers where last_heartbeat > %s - interval '60 seconds'"
_CALLS = (
    "select coalesce(sum(calls), 0), coalesce(sum(writes), 0), coalesce(sum(bytes_received), 0)"
    " from mirror_usage where day = (%s at time zone 'UTC')::date"
)
_LEFT = "select min((state->>'day_remaining')::int) from mirror_gatebudget"
_OUTBOX = "select state, count(*) from mirror_operation group by 1"
_LINKS = "select state, count(*) from mirror_connection group by 1"
_RUNS = "select state, count(*) from mirror_run where started_at > %s - interval '24 hours' group by 1"
_UNREAD = "select count(*) from mirror_quarantined where settled_at is null"
_DELIVERIES = (
    "select count(*), extract(epoch from %s - min(received_at))"
    " from mirror_delivery where unpacked_at is null"
)
_SIZE = "select pg_database_size(current_database())"


class Installation(Collector):
    """The numbers of the whole installation, read anew each time they are asked for."""

    def collect(self) -> Iterable[Metric]:
        """Return every number, in some ten short queries."""
        now = timezone.now()
        with across_workspaces():
            yield from [*_describe_work(now), *_describe_sync(now), *_describe_sending()]

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: it would be asked of the database when a process starts."""
        return []


def _describe_work(now: datetime) -> Iterator[Metric]:
    jobs = _gauge("jobs", "Jobs, by queue and state; finished ones go after a day.", "queue", "state")
    for queue, state, count in _ask(_JOBS):
        jobs.add_metric([queue, state], count)
    yield jobs
    waited = find_oldest_wait(now=now)
    yield _gauge(
        "job_oldest_wait_seconds", "How long the job has waited that waits longest.",
        value=max(waited.total_seconds(), 0) if waited else 0,
    )  # fmt: skip
    yield _gauge("workers", "Workers that said lately that they live.", value=_ask(_WORKERS, now)[0][0])
    yield _gauge("database_bytes", "What the database takes on disk.", value=_ask(_SIZE)[0][0])


def _describe_sync(now: datetime) -> Iterator[Metric]:
    links = _gauge("connections", "Organisations, by whether Xero lets us read them.", "state")
    _add_counts(links, [state.value for state in Connection.State], _ask(_LINKS))
    yield links
    lag = _gauge("sync_lag_seconds", "How old the copies are: median, 95th percentile, worst.", "quantile")
    [(lags,)] = _ask(_LAG, list(_QUANTILES), now, CURRENT_STREAMS, len(CURRENT_STREAMS))
    for quantile, seconds in zip(_QUANTILES, lags or [], strict=False):
        lag.add_metric([str(quantile)], float(seconds))
    yield lag
    runs = _gauge("runs", "Runs begun within a day, by what became of them.", "state")
    _add_counts(runs, [state.value for state in Run.State], _ask(_RUNS, now))
    yield runs
    [(calls, writes, received)] = _ask(_CALLS, now)
    yield _gauge("xero_calls_today", "Calls to Xero on this day, by UTC.", value=calls)
    yield _gauge("xero_writes_today", "Those of them that could change Xero.", value=writes)
    yield _gauge("xero_bytes_today", "Bytes that Xero sent on this day.", value=received)
    [(left,)] = _ask(_LEFT)
    if left is not None:
        yield _gauge("xero_calls_left_least", "Calls of the day left to whoever has fewest.", value=left)
    yield _gauge("quarantined", "Records of Xero's that could not be read.", value=_ask(_UNREAD)[0][0])
    [(waiting, oldest)] = _ask(_DELIVERIES, now)
    yield _gauge("webhooks_waiting", "Deliveries of Xero's that are not yet unpacked.", value=waiting)
    yield _gauge("webhook_oldest_wait_seconds", "How long the first of them waits.", value=float(oldest or 0))


def _describe_sending() -> Iterator[Metric]:
    outbox = _gauge("outbox", "Writes to Xero, by where they stand.", "state")
    _add_counts(outbox, [state.value for state in OutboxState], _ask(_OUTBOX))
    yield outbox


def _gauge(name: str, words: str, *labels: str, value: float | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"counterfoil_{name}", words, labels=labels or None, value=value)


def _add_counts(gauge: GaugeMetricFamily, known: Iterable[str], rows: list[tuple[Any, ...]]) -> None:
    """Tell of every state, also of one in which nothing is: an alarm cannot watch what is not there."""
    counts = dict.fromkeys(known, 0) | {str(state): count for state, count in rows}
    for state, count in counts.items():
        gauge.add_metric([state], count)


def _ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall())


INSTALLATION = CollectorRegistry(auto_describe=False)
INSTALLATION.register(Installation())

PROCESS = CollectorRegistry()
REQUESTS = Histogram(
    "counterfoil_request_seconds",
    "How long this process took to answer, by page and kind of answer.",
    ["page", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10),
    registry=PROCESS,
)
