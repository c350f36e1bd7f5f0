"""What a sync costs: calls, and rows written (PAIN 3)."""

from django.db import connection

from counterfoil.mirror.models import Run
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
