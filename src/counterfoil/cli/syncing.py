"""Syncs in the foreground, and says how things stand."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from django.db import connection
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from counterfoil.cli.app import Exit, Stopped, app
from counterfoil.cli.organisations import OrgOption, find_organisation
from counterfoil.config.installation import database_running
from counterfoil.mirror.models import Connection, GateBudget, Organisation, Run, StreamRun
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.engine import NotConnected, sync_organisation
from counterfoil.sync.gate import load_budget
from counterfoil.sync.lease import AlreadySyncing
from counterfoil.sync.streams import STREAM_BY_NAME

console = Console()
progress_console = Console(stderr=True)

_EXIT_OF_STATE = {
    Run.State.SUCCEEDED: Exit.DONE,
    Run.State.PARTIAL: Exit.FAILURES,
    Run.State.FAILED: Exit.FAILURES,
    Run.State.PARKED: Exit.TRY_LATER,
}


@app.command()
def sync(
    org: OrgOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again.")] = False,
    sweep: Annotated[bool, typer.Option("--sweep", help="Do the daily check now.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Sync an organisation now, in the foreground. Leaves with 0 only if every stream succeeded."""
    if full and sweep:
        raise Stopped("Choose --full or --sweep, not both.", Exit.USAGE)
    kind = Run.Kind.FULL if full else Run.Kind.SWEEP if sweep else Run.Kind.DELTA
    with database_running():
        with across_workspaces():
            organisation = find_organisation(org)
        run = _sync(organisation, kind)
        if run.kind != kind and run.state == Run.State.SUCCEEDED:
            run = _sync(organisation, kind)  # the first one finished what had been cut off
        report = _build_report(run, organisation)
        is_lost = _state_of(organisation) == Connection.State.LOST
    if as_json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        _print_report(report)
    raise typer.Exit(Exit.PERSON_MUST_ACT if is_lost else _EXIT_OF_STATE[Run.State(run.state)])


def _sync(organisation: Organisation, kind: str) -> Run:
    try:
        with _showing_progress(organisation):
            return sync_organisation(
                organisation.pk, kind=kind, reason="manual", now=timezone.now, by_person=True
            )
    except AlreadySyncing as busy:
        raise Stopped(str(busy), Exit.TRY_LATER) from busy
    except NotConnected as lost:
        raise Stopped(str(lost), Exit.PERSON_MUST_ACT) from lost
    except KeyboardInterrupt as interrupted:
        raise Stopped(
            "Stopped. What was read is kept; the next sync goes on from there.", Exit.TRY_LATER
        ) from interrupted


@contextmanager
def _showing_progress(organisation: Organisation) -> Iterator[None]:
    """Show a bar for each stream on a terminal, from what the run writes about itself."""
    if not progress_console.is_terminal:
        yield
        return
    done = threading.Event()
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TextColumn("pages"),
               TextColumn("{task.fields[rows]:>9,} rows"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=progress_console) as bars:
        watcher = threading.Thread(target=_watch, args=(organisation, bars, done))
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _watch(organisation: Organisation, bars: Progress, done: threading.Event) -> None:
    shown: dict[str, TaskID] = {}
    while True:
        is_last = done.wait(0.4)
        with in_workspace(organisation.workspace_id):
            run = Run.objects.filter(organisation=organisation).order_by("-started_at").first()
            rows = list(run.streams.all()) if run else []
        for row in rows:
            if row.state != StreamRun.State.WAITING:
                if row.stream not in shown:
                    shown[row.stream] = bars.add_task(STREAM_BY_NAME[row.stream].title, rows=0)
                bars.update(
                    shown[row.stream], total=row.pages_total, completed=row.pages_done, rows=row.rows_read
                )
        if is_last:
            connection.close()
            return


def _state_of(organisation: Organisation) -> str:
    with in_workspace(organisation.workspace_id):
        return Connection.objects.values_list("state", flat=True).get(organisation=organisation)


def _build_report(run: Run, organisation: Organisation) -> dict[str, Any]:
    with in_workspace(run.workspace_id):
        streams = {row.stream: _describe_stream(row) for row in run.streams.all()}
    return {
        "organisation": organisation.name,
        "tenant_id": organisation.tenant_id,
        "kind": run.kind,
        "verdict": run.state,
        "sentence": run.sentence,
        "next_step": run.next_step,
        "parked_until": run.parked_until.isoformat() if run.parked_until else None,
        "seconds": round(((run.finished_at or timezone.now()) - run.started_at).total_seconds(), 3),
        "calls": sum(stream["calls"] for stream in streams.values()),
        "bytes": sum(stream["bytes"] for stream in streams.values()),
        "streams": streams,
    }


def _describe_stream(row: StreamRun) -> dict[str, Any]:
    seconds = (
        (row.finished_at - row.started_at).total_seconds() if row.finished_at and row.started_at else None
    )
    return {
        "rows_read": row.rows_read,
        "rows_new": row.rows_new,
        "rows_changed": row.rows_changed,
        "rows_gone": row.rows_gone,
        "rows_quarantined": row.rows_quarantined,
        "calls": row.calls,
        "bytes": row.bytes_received,
        "seconds": round(seconds, 3) if seconds is not None else None,
        "verdict": row.state,
        "error": row.error,
    }


def _print_report(report: dict[str, Any]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("", "read", "new", "changed", "calls", ""):
        table.add_column(name, justify="left" if name == "" else "right")
    for name, stream in report["streams"].items():
        numbers = [f"{stream[key]:,}" for key in ("rows_read", "rows_new", "rows_changed", "calls")]
        table.add_row(
            STREAM_BY_NAME[name].title, *numbers, stream["error"] or StreamRun.State(stream["verdict"]).label
        )
    console.print(table)
    console.print(
        f"{report['organisation']}: {Run.State(report['verdict']).label}."
        f" {report['calls']:,} calls, {report['bytes'] / 1e6:,.1f} MB, {report['seconds']:,.1f} s.",
        highlight=False,
    )
    for sentence in (report["sentence"], report["next_step"]):
        if sentence:
            console.print(sentence, highlight=False, markup=False)


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say which organisations are connected, how fresh their copies are, and what is left of the limits."""
    with database_running(), across_workspaces():
        rows = [
            _describe_connection(one)
            for one in Connection.objects.select_related("organisation", "grant").order_by("pk")
        ]
    if as_json:
        sys.stdout.write(json.dumps({"connections": rows}, indent=2) + "\n")
    else:
        _print_status(rows)
    raise typer.Exit(
        Exit.PERSON_MUST_ACT if any(row["state"] == Connection.State.LOST for row in rows) else Exit.DONE
    )


def _print_status(rows: list[dict[str, Any]]) -> None:
    if not rows:
        console.print("No organisation is connected.")
    for row in rows:
        left = "unknown" if row["day_left"] is None else f"{row['day_left']:,}"
        for line in (
            f"{row['organisation']}: {row['state']}, {row['mode']}, by {row['connected_by']}",
            f"  as of {row['as_of'] or 'never'}; last run {row['last_run'] or 'none'}; calls left today: {left}",
            f"  {row['lost_because'] or row['last_run_said']}",
        ):
            if line.strip():
                console.print(line, markup=False, highlight=False)


def _describe_connection(one: Connection) -> dict[str, Any]:
    runs = Run.objects.filter(organisation=one.organisation).order_by("-started_at")
    last, good = runs.first(), runs.filter(state=Run.State.SUCCEEDED).first()
    gate = GateBudget.objects.filter(organisation=one.organisation).first()
    return {
        "organisation": one.organisation.name,
        "tenant_id": one.organisation.tenant_id,
        "state": one.state,
        "lost_because": one.lost_because,
        "mode": one.mode,
        "scopes": one.grant.scopes,
        "connected_by": one.connected_by,
        "as_of": good.started_at.isoformat() if good else None,
        "last_run": last.state if last else None,
        "last_run_said": last.sentence if last else "",
        "day_left": load_budget(gate).day_remaining if gate else None,
    }
