"""Syncs an organisation in the foreground."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_organisation
from counterfoil.cli.speech import Exit, Stopped, is_watched, say, say_json, say_table
from counterfoil.mirror.models import Connection, Organisation, Run, StreamRun
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.engine import NotConnected, sync_organisation
from counterfoil.sync.lease import AlreadySyncing
from counterfoil.sync.streams import STREAM_BY_NAME

# What the state of a run says to the shell.
EXIT_OF_STATE = {
    Run.State.SUCCEEDED: Exit.DONE,
    Run.State.PARTIAL: Exit.FAILURES,
    Run.State.FAILED: Exit.FAILURES,
    Run.State.PARKED: Exit.TRY_LATER,
}


def sync(*, org: str | None, full: bool, sweep: bool, as_json: bool) -> Exit:
    """Sync the organisation that is meant, tell what became of it, and return the exit code."""
    kind = Run.Kind.FULL if full else Run.Kind.SWEEP if sweep else Run.Kind.DELTA
    with open_database():
        with across_workspaces():
            organisation = find_organisation(org)
        run = _sync(organisation, kind)
        if run.kind != kind and run.state == Run.State.SUCCEEDED:
            run = _sync(organisation, kind)  # the first one finished what had been cut off
        report = build_report(run, organisation)
        is_lost = _state_of(organisation) == Connection.State.LOST
    if as_json:
        say_json(report)
    else:
        _print_report(report)
    needs_person = is_lost or run.needs_person
    return Exit.PERSON_MUST_ACT if needs_person else EXIT_OF_STATE[Run.State(run.state)]


def _sync(organisation: Organisation, kind: str) -> Run:
    try:
        with _progress_of(organisation):
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


def _progress_of(organisation: Organisation) -> AbstractContextManager[None]:
    if not is_watched():
        return nullcontext()
    from counterfoil.cli.bars import showing_bars  # only a terminal needs them

    return showing_bars(organisation)


def _state_of(organisation: Organisation) -> str:
    with in_workspace(organisation.workspace_id):
        return Connection.objects.values_list("state", flat=True).get(organisation=organisation)


def build_report(run: Run, organisation: Organisation) -> dict[str, Any]:
    """Return the one object of `--json` about a run."""
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
    rows = []
    for name, stream in report["streams"].items():
        numbers = [f"{stream[key]:,}" for key in ("rows_read", "rows_new", "rows_changed", "calls")]
        said = stream["error"] or StreamRun.State(stream["verdict"]).label
        rows.append([STREAM_BY_NAME[name].title, *numbers, str(said)])
    say_table(["", "read", "new", "changed", "calls", ""], rows, right=(1, 2, 3, 4))
    say(
        f"{report['organisation']}: {Run.State(report['verdict']).label}."
        f" {report['calls']:,} calls, {report['bytes'] / 1e6:,.1f} MB, {report['seconds']:,.1f} s."
    )
    for sentence in (report["sentence"], report["next_step"]):
        if sentence:
            say(sentence)
