"""The full copy and the deltas after it, measured in processes of their own."""

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, TypedDict

from tests.factories.sandbox import (
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    RunningSandbox,
    running_sandbox,
)

from counterfoil.config.postgres import EmbeddedPostgres

PAGE_SIZE, SHORT_PAGE = 1000, 100
PAGED = (
    "Contacts", "Invoices", "CreditNotes", "Payments", "Prepayments", "Overpayments", "BankTransactions",
    "ManualJournals",
)  # fmt: skip


class Figures(TypedDict):
    """What was measured; times in seconds, memory in MB."""

    rows: int
    seconds: float
    bare_seconds: float
    memory: int
    bare_memory: int
    calls: int
    expected: int
    in_flight: int
    compressed: int
    answers: int
    megabytes: float
    raw_megabytes: float
    quiet_calls: int
    quiet_read: int
    quiet_rows: int
    quiet_seconds: float
    busy_calls: int
    busy_read: int
    busy_rows: int
    busy_seconds: float
    proof_calls: int
    proof_figures: int
    proof_seconds: float
    preview_calls: int
    preview_seconds: float
    preview_memory: int


def measure(home: Path, *, invoices: int, contacts: int, payments: int) -> Figures:
    """Run the bare script and Counterfoil against one stand-in and one database."""
    database = EmbeddedPostgres(home)
    with (
        running_sandbox(
            watched=False,
            invoices=invoices,
            contacts=contacts,
            payments=payments,
            minute_calls=10_000,
            tier="advanced",
        ) as sandbox,
        database.running(),
    ):
        os.environ.update(_environment(home, sandbox))
        _run("-m", "counterfoil", "migrate")
        _run("-m", "counterfoil", "connect", "--custom")
        bare, bare_memory = _run("-m", "benchmarks.bare_pull", sandbox.url, _dsn(database))
        sandbox.reset_stats()
        full, memory = _run("-m", "counterfoil", "sync", "--full", "--json")
        stats, expected = sandbox.stats(), _expected_calls(sandbox)
        _run("-m", "counterfoil", "sync", "--json")
        quiet, _ = _run("-m", "counterfoil", "sync", "--json")
        sandbox.change_at_random(sandbox.tenant_id(), 50, seed=5)
        busy, _ = _run("-m", "counterfoil", "sync", "--json")
        _run("-m", "counterfoil", "sync", "--sweep", "--json")
        proof, _ = _run("-m", "counterfoil", "verify", "--json")
        began = time.monotonic()
        preview, preview_memory = _run("-m", "counterfoil", "sync", "--full", "--preview", "--json")
        preview_seconds = time.monotonic() - began
    return Figures(
        rows=sum(stream["rows_read"] for stream in full["streams"].values()),
        seconds=full["seconds"],
        bare_seconds=bare["seconds"],
        memory=memory,
        bare_memory=bare_memory,
        calls=full["calls"],
        expected=expected,
        in_flight=max(stats["max_in_flight"].values()),
        compressed=stats["gzip_answers"],
        answers=stats["api_answers"],
        megabytes=stats["bytes_sent"] / 1e6,
        raw_megabytes=stats["bytes_raw"] / 1e6,
        quiet_calls=quiet["calls"],
        quiet_read=_sum(quiet, "rows_read"),
        quiet_rows=_sum(quiet, "rows_new") + _sum(quiet, "rows_changed"),
        quiet_seconds=quiet["seconds"],
        busy_calls=busy["calls"],
        busy_read=_sum(busy, "rows_read"),
        busy_rows=_sum(busy, "rows_new") + _sum(busy, "rows_changed"),
        busy_seconds=busy["seconds"],
        proof_calls=proof["calls"],
        proof_figures=len(proof["findings"]),
        proof_seconds=proof["seconds"],
        preview_calls=preview["calls"],
        preview_seconds=preview_seconds,
        preview_memory=preview_memory,
    )


def _environment(home: Path, sandbox: RunningSandbox) -> dict[str, str]:
    return {
        "COUNTERFOIL_HOME": str(home),
        "DATABASE_URL": "",
        "XERO_CLIENT_ID": CUSTOM_CLIENT_ID,
        "XERO_CLIENT_SECRET": CUSTOM_CLIENT_SECRET,
        **{f"XERO_{name}_URL": sandbox.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
    }


def _expected_calls(sandbox: RunningSandbox) -> int:
    """Return one call per thousand records and paged stream, and one for every other list and report."""
    sizes: dict[str, int] = sandbox.organisations()[0]["records"]
    calls = sum(max(1, math.ceil(sizes[name] / PAGE_SIZE)) for name in PAGED)
    calls += sizes["LinkedTransactions"] // SHORT_PAGE + 1
    unpaged = set(sizes) - set(PAGED) - {"LinkedTransactions"}
    return calls + len(unpaged) + 3


def _sum(report: dict[str, Any], name: str) -> int:
    return sum(int(stream[name]) for stream in report["streams"].values())


def _dsn(database: EmbeddedPostgres) -> str:
    settings = database.connection_settings()
    passwords = settings["OPTIONS"]["passfile"]
    return f"host={settings['HOST']} user={settings['USER']} dbname={settings['NAME']} passfile={passwords}"


def _run(*arguments: str) -> tuple[dict[str, Any], int]:
    """Run a Python command; return the JSON it printed and its peak memory in MB."""
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return json.loads(printed) if printed.startswith(b"{") else {}, round(usage.ru_maxrss / unit)
