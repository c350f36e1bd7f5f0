"""What a sync costs: calls, and rows written (PAIN 3)."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from counterfoil.mirror.models import Run
from counterfoil.sync.engine import sync_organisation
from counterfoil.sync.streams import STREAMS
from tests.integration.sync.conftest import Mirrored

PAGED = {stream.name for stream in STREAMS if stream.in_delta}


def count_writes() -> dict[str, int]:
    """Return how many rows were written so far in each table of mirrored records and in the change log."""
    tables = [stream.model._meta.db_table for stream in STREAMS] + ["mirror_change", "mirror_quarantined"]
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush()")
        cursor.execute("select pg_stat_clear_snapshot()")
        cursor.execute(
            "select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables"
            " where relname = any(%s)",
            [tables],
        )
        return dict(cursor.fetchall())


def test_a_delta_with_nothing_changed_costs_one_call_per_paged_stream_and_writes_no_row(
    mirrored: Mirrored,
) -> None:
    mirrored.sync(Run.Kind.FULL)
    mirrored.sync(Run.Kind.DELTA)
    before = count_writes()

    run = mirrored.sync(Run.Kind.DELTA)

    assert {name: row.calls for name, row in mirrored.streams(run).items()} == dict.fromkeys(PAGED, 1)
    assert before["mirror_invoice"] > 0
    assert count_writes() == before


def test_a_full_copy_costs_one_call_per_thousand_records_and_every_answer_is_compressed(
    mirrored: Mirrored,
) -> None:
    mirrored.sandbox.reset_stats()

    run = mirrored.sync(Run.Kind.FULL)

    calls = {name: row.calls for name, row in mirrored.streams(run).items()}
    stats = mirrored.sandbox.stats()
    assert calls == {stream.name: 1 for stream in STREAMS} | {"Invoices": 3, "Payments": 2}
    assert 2 <= max(stats["max_in_flight"].values()) <= 5
    assert stats["gzip_answers"] == stats["api_answers"] > 0


class Hours:
    """A clock that waiting moves."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def now(self) -> datetime:
        return timezone.now() + self._shift

    async def sleep(self, seconds: float) -> None:
        self._shift += timedelta(seconds=seconds)

    def sync(self, mirrored: Mirrored, kind: str) -> Run:
        self._shift += timedelta(hours=1)
        return sync_organisation(
            mirrored.organisation.pk, kind=kind, reason="test", now=self.now, sleep=self.sleep
        )


def test_a_delta_with_changes_costs_one_call_for_each_page_of_changes(mirrored: Mirrored) -> None:
    """Contacts whose flags a new invoice contradicts are one call more, 40 of them at once."""
    hours, tenant = Hours(), mirrored.organisation.tenant_id
    hours.sync(mirrored, Run.Kind.FULL)
    hours.sync(mirrored, Run.Kind.DELTA)
    mirrored.sandbox.change_at_random(tenant, 50, seed=5)

    run = hours.sync(mirrored, Run.Kind.DELTA)

    calls = {name: row.calls for name, row in mirrored.streams(run).items()}
    assert sum(row.rows_changed + row.rows_new for row in mirrored.streams(run).values()) >= 50
    assert calls | {"Contacts": 1} == dict.fromkeys(PAGED, 1)
    assert calls["Contacts"] <= 2


def test_a_day_of_hourly_polls_and_a_sweep_stays_under_250_calls(mirrored: Mirrored) -> None:
    """
    24 polls of eight calls are 192; a sweep takes one for each list, and one for each page that it re-reads.

    How much the pages are for 100,000 invoices is measured by `make bench`.
    """
    hours, tenant = Hours(), mirrored.organisation.tenant_id
    hours.sync(mirrored, Run.Kind.FULL)
    hours.sync(mirrored, Run.Kind.DELTA)
    mirrored.sandbox.reset_stats()

    for hour in range(24):
        mirrored.sandbox.change_at_random(tenant, 2, seed=hour)
        hours.sync(mirrored, Run.Kind.DELTA)
    sweep = hours.sync(mirrored, Run.Kind.SWEEP)

    # The invoices' changes are asked for beside the open ones.
    calls = {name: row.calls for name, row in mirrored.streams(sweep).items()}
    assert calls | {"Contacts": 1} == {stream.name: 1 for stream in STREAMS} | {"Invoices": 2}
    assert 24 * 8 + len(STREAMS) < mirrored.sandbox.stats()["api_answers"] < 250
