"""
What a copy takes on disk: each table and its indexes, for a thousand invoices with all that comes with them.

    python -m benchmarks.sizes [--invoices N]
"""

import argparse
import sys
from typing import Any

from tests.factories.installation import Installation, find_free_port, temporary_home, wait_until
from tests.factories.sandbox import CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, running_sandbox

_SHOWN = 14
_SIZES = (
    "select relname, n_live_tup, pg_table_size(relid), pg_indexes_size(relid) from pg_stat_user_tables"
    " order by pg_total_relation_size(relid) desc"
)
_WAITING = (
    "select count(*) from procrastinate_jobs where queue_name = 'sync' and status in ('todo', 'doing')"
    " and task_name <> 'sync'"
)


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=10_000)
    invoices = parser.parse_args().invoices
    rows = measure(invoices)
    share = invoices / 1000
    sys.stdout.write("| table | rows | table, kB | indexes, kB |\n|---|---|---|---|\n")
    for name, count, table, indexes in [*rows[:_SHOWN], ("all tables", *_sum(rows))]:
        figures = (f"{count / share:,.0f}", f"{table / share / 1000:,.0f}", f"{indexes / share / 1000:,.0f}")
        sys.stdout.write(f"| {name} | {' | '.join(figures)} |\n")
    return 0


def measure(invoices: int) -> list[tuple[str, int, int, int]]:
    """Return each table's name, rows, and bytes without and in indexes, less what an empty one takes."""
    stand_in = running_sandbox(
        watched=False,
        invoices=invoices,
        contacts=invoices // 5,
        payments=invoices * 77 // 100,
        minute_calls=10_000,
        tier="advanced",
    )
    with temporary_home("counterfoil-bench-") as home, stand_in as sandbox:
        settings = {
            "XERO_CLIENT_ID": CUSTOM_CLIENT_ID,
            "XERO_CLIENT_SECRET": CUSTOM_CLIENT_SECRET,
            **{f"XERO_{name}_URL": sandbox.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
        }
        made = Installation(home, find_free_port(), settings)
        with made.database.running():
            _run(made, "migrate")
            empty = {name: (table, indexes) for name, _, table, indexes in made.ask(_SIZES)}
            _run(made, "connect", "--custom")
            made.start("worker", "worker")
            try:
                wait_until(lambda: _is_copied(made), 3600)
            finally:
                made.stop("worker")
            with made.connect() as connection:
                connection.execute("vacuum analyze")
            return [
                (name, rows, table - empty[name][0], indexes - empty[name][1])
                for name, rows, table, indexes in made.ask(_SIZES)
                if name in empty
            ]


def _run(made: Installation, *verb: str) -> None:
    done = made.run(*verb)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def _is_copied(made: Installation) -> bool:
    """Say whether the copy, the reading that closes it, and all that follows them are done."""
    closed = made.ask("select 1 from mirror_run where kind = 'delta' and state = 'succeeded' limit 1")
    return bool(closed) and made.ask(_WAITING) == [(0,)]


def _sum(rows: list[tuple[str, int, int, int]]) -> tuple[Any, ...]:
    return tuple(sum(column) for column in list(zip(*rows, strict=True))[1:])


if __name__ == "__main__":
    sys.exit(main())
