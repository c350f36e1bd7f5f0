"""
Runs every measurement and writes the figures to docs/performance.md: make bench.

    python -m benchmarks [--invoices N]   smaller runs print their figures and write nothing
"""

import argparse
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import many_organisations
from benchmarks.full_pull import Figures, measure
from benchmarks.own_database import own_home
from benchmarks.sandbox_page import PageFigures, measure_pages

FULL_SIZE = 100_000
MANY_SIZE, MANY_INVOICES = 200, 20
TARGET = Path(__file__).resolve().parent.parent / "docs" / "performance.md"

PAGE = """# Performance

Measured by `make bench` on {day} with {cores} cores, Python {python}: everything (the stand-in Xero,
PostgreSQL and the syncing process) on the same machine, so the figures are ratios between two
programs in the same run rather than promises about yours.

## Full copy of one organisation

{invoices:,} invoices, {contacts:,} contacts, {payments:,} payments and everything else ({rows:,} records),
from the stand-in with no added latency and its minute limit lifted; empty tables, embedded PostgreSQL.

| | Counterfoil | bare script | ratio |
|---|---|---|---|
| wall time | {seconds:.1f} s | {bare_seconds:.1f} s | **{ratio:.2f}×** |
| records a second | {rate:,.0f} | {bare_rate:,.0f} | |
| peak memory of the process | {memory} MB | {bare_memory} MB | |

The bare script (`benchmarks/bare_pull.py`) does the same reads five at a time, decodes the same
structs with msgspec, and writes the same columns by COPY and upsert. It has no gate, resume,
progress, change log, quarantine, or isolation between firms.

* Calls: {calls}. That is one for every 1,000 records of a paged list, one for every 100 billable
  expenses (Xero fixes that page), one for each unpaged list and report: {expected} expected.
* At most {in_flight} calls in flight; {compressed} of {answers} answers compressed;
  {megabytes:.1f} MB travelled for {raw_megabytes:.0f} MB of JSON.

## Changes

| | calls | records read | rows written | wall time |
|---|---|---|---|---|
| nothing changed | {quiet_calls} | {quiet_read} | {quiet_rows} | {quiet_seconds:.2f} s |
| 50 random changes | {busy_calls} | {busy_read} | {busy_rows} | {busy_seconds:.2f} s |

## The proof, and reading again

| | calls | wall time |
|---|---|---|
| a proof of a true copy, {proof_figures} figures | {proof_calls} | {proof_seconds:.1f} s |
| a preview of reading everything again | {preview_calls} | {preview_seconds:.1f} s |

A proof asks for one record of each paged list, for the unpaged lists whole, for all contacts with
their balances, and for three reports. A preview reads every record, one page after the other, and holds
it against its row, member by member and column by column, in {preview_memory} MB.

## The stand-in

A page of 1,000 of the {invoices:,} invoices, asked for and read to its last compressed byte, one
page after the other: **{page_ms:.1f} ms** at the median, {page_p95_ms:.1f} ms at the 95th percentile
of {pages} pages, {page_kb:.0f} kB each.
"""

MANY = """
## Many organisations at once

{organisations} organisations of {invoices} invoices, connected to one app, copied and closed by one
worker process with its standing settings, while the stand-in keeps Xero's limits
(`python -m benchmarks.many_organisations`).

| | |
|---|---|
{rows}
"""


def main() -> int:
    """Measure, print, and keep the figures of a full-sized run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=FULL_SIZE)
    invoices = parser.parse_args().invoices
    with own_home() as home:
        figures = measure(home, invoices=invoices, contacts=invoices // 5, payments=invoices * 77 // 100)
    page = render(figures, measure_pages(invoices=invoices), invoices)
    if invoices == FULL_SIZE:
        with own_home() as home:
            many = many_organisations.measure(home, organisations=MANY_SIZE, invoices=MANY_INVOICES)
        page += render_many(many)
    sys.stdout.write(page)
    if invoices == FULL_SIZE:
        TARGET.write_text(page + keep_others(page, TARGET.read_text()))
    return 0


def keep_others(page: str, old: str) -> str:
    """Return the sections of the old page that the new one lacks: those that other benchmarks measure."""
    new = {section.partition("\n")[0] for section in page.split("\n## ")}
    kept = [section for section in old.split("\n## ")[1:] if section.partition("\n")[0] not in new]
    return "".join(f"\n## {section.rstrip()}\n" for section in kept)


def render_many(figures: Mapping[str, object]) -> str:
    """Return the section about many organisations."""
    rows = "\n".join(f"| {name} | {value} |" for name, value in figures.items())
    return MANY.format(organisations=MANY_SIZE, invoices=MANY_INVOICES, rows=rows)


def render(figures: Figures, pages: PageFigures, invoices: int) -> str:
    """Return the page of figures."""
    return PAGE.format(
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        invoices=invoices,
        contacts=invoices // 5,
        payments=invoices * 77 // 100,
        ratio=figures["seconds"] / figures["bare_seconds"],
        rate=figures["rows"] / figures["seconds"],
        bare_rate=figures["rows"] / figures["bare_seconds"],
        **figures,
        **pages,
    )


if __name__ == "__main__":
    sys.exit(main())
