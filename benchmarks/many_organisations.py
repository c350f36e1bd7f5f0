"""
Many organisations at once in one worker process: is one starved, does memory grow, are Xero's limits kept?

    python -m benchmarks.many_organisations [--organisations N]

Each is connected by a consent of its own to one app; then one worker copies them all. The stand-in keeps
Xero's limits, the app's 10,000 calls a minute among them.
"""

import argparse
import logging
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import django
import psutil
from django.utils import timezone
from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, RunningSandbox, running_sandbox

from benchmarks.full_pull import _run
from benchmarks.own_database import own_home
from counterfoil.config.postgres import EmbeddedPostgres


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=200)
    parser.add_argument("--invoices", type=int, default=20)
    given = parser.parse_args()
    with own_home() as home:
        figures = measure(home, organisations=given.organisations, invoices=given.invoices)
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value}\n")
    return 0


def measure(home: Path, *, organisations: int, invoices: int) -> dict[str, Any]:
    """Connect so many organisations, let one worker copy them, and return what that took."""
    database = EmbeddedPostgres(home)
    with running_sandbox(invoices=0, contacts=0, tier="advanced", limits=True) as sandbox, database.running():
        os.environ.update(
            {
                "COUNTERFOIL_HOME": str(home),
                "DATABASE_URL": "",
                "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings",
                "XERO_CLIENT_ID": CLIENT_ID,
                "XERO_CLIENT_SECRET": CLIENT_SECRET,
                **{f"XERO_{name}_URL": sandbox.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
            }
        )
        _run("-m", "counterfoil", "migrate")
        django.setup()
        logging.disable(logging.INFO)
        _connect(sandbox, organisations, invoices)
        sandbox.reset_stats()
        with subprocess.Popen(
            [sys.executable, "-m", "counterfoil", "worker"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as worker:
            try:
                memory, connections, seconds = _watch(worker.pid, organisations)
            finally:
                worker.terminate()
        return _report(sandbox, memory, connections, seconds)


def _connect(sandbox: RunningSandbox, organisations: int, invoices: int) -> None:
    from counterfoil.mirror.models import Workspace
    from counterfoil.mirror.scope import across_workspaces, in_workspace
    from counterfoil.sync.connecting import attach_organisation, list_tenants, receive_consent
    from counterfoil.xero.scopes import READ_SCOPES

    with across_workspaces():
        workspace = Workspace.objects.create(name="Everybody")
    for number in range(organisations):
        made = sandbox.add_organisation(
            name=f"Firm {number:03} Ltd", seed=number, invoices=invoices, contacts=10
        )
        now = timezone.now()
        with in_workspace(workspace.pk):
            grant = receive_consent(
                sandbox.consent(str(made["tenantId"])),
                client_id=CLIENT_ID,
                asked_scopes=READ_SCOPES,
                state="s",
                verifier=None,
                workspace_id=workspace.pk,
                now=now,
            )
        [tenant] = list_tenants(grant, now=now)
        with in_workspace(workspace.pk):
            attach_organisation(grant, tenant, connected_by="Robin", now=now)


def _watch(pid: int, organisations: int) -> tuple[list[int], int, float]:
    """Return the worker's memory over time in MB, its most database connections, and the seconds it took."""
    from django.db import connection

    from counterfoil.mirror.models import Run
    from counterfoil.mirror.scope import across_workspaces

    began, memory, most = time.monotonic(), [], 0
    process = psutil.Process(pid)
    while True:
        time.sleep(1.0)
        memory.append(round(process.memory_info().rss / 1e6))
        with across_workspaces(), connection.cursor() as cursor:
            closed = Run.objects.filter(kind=Run.Kind.DELTA, state=Run.State.SUCCEEDED)
            done = closed.values("organisation").distinct().count()
            cursor.execute(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid()"
            )
            most = max(most, cursor.fetchone()[0])
        if done >= organisations:
            return memory, most, time.monotonic() - began


def _report(sandbox: RunningSandbox, memory: list[int], connections: int, seconds: float) -> dict[str, Any]:
    from counterfoil.mirror.models import Run
    from counterfoil.mirror.scope import across_workspaces

    with across_workspaces():
        runs = list(Run.objects.filter(kind=Run.Kind.FULL).order_by("started_at"))
    starts = [run.started_at for run in runs]
    took = sorted((run.finished_at - run.started_at).total_seconds() for run in runs if run.finished_at)
    stats = sandbox.stats()
    quarter = max(1, len(memory) // 4)
    return {
        "organisations": len(runs),
        "full copies that did not succeed": sum(run.state != Run.State.SUCCEEDED for run in runs),
        "seconds until all were copied and closed": round(seconds, 1),
        "calls": stats["api_answers"],
        "refusals": stats["refusals_429"],
        "most calls at once to one organisation": max(stats["max_in_flight"].values()),
        "longest wait for the first run, s": round((starts[-1] - starts[0]).total_seconds(), 1),
        "longest pause between two beginnings, s": round(
            max((later - earlier).total_seconds() for earlier, later in pairwise(starts)), 1
        ),
        "a full copy, median and longest, s": (round(took[len(took) // 2], 1), round(took[-1], 1)),
        "memory after a quarter, half, at the end, at most, MB": (
            memory[quarter],
            memory[2 * quarter],
            memory[-1],
            max(memory),
        ),
        "database connections at most": connections,
    }


if __name__ == "__main__":
    sys.exit(main())
