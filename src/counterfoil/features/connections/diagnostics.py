"""
A block of text for whoever helps: how everything stands, and nothing that may not be shown to them.

Only our own words, numbers, times and Xero's correlation ids go in; never what Xero or a person wrote, since
that can name somebody. Organisations go by their number here.
"""

import platform
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import django
from django.conf import settings
from django.db import connection
from django.db.models import Count

from counterfoil import __version__
from counterfoil.features.connections.health import OrganisationHealth
from counterfoil.mirror.models import Attempt, Cursor, Operation, Quarantined, Run, StreamRun
from counterfoil.sync.cadence import get_interval
from counterfoil.sync.streams import STREAM_BY_NAME

_RUNS = 5

# Of these the value helps and tells nothing; of all others only whether they are set.
_SHOWN_SETTINGS = ("DEBUG", "COUNTERFOIL_DEMO", "COUNTERFOIL_DELTA_EVERY")
_NAMED_SETTINGS = ("XERO_CLIENT_ID", "XERO_CLIENT_SECRET", "XERO_WEBHOOK_KEY")
_ADDRESSES = {
    "XERO_LOGIN_URL": "https://login.xero.com",
    "XERO_IDENTITY_URL": "https://identity.xero.com",
    "XERO_API_URL": "https://api.xero.com",
    "XERO_WEB_URL": "https://go.xero.com",
}


def build_diagnostics(found: Sequence[OrganisationHealth], *, now: datetime) -> str:
    """Return the text for these organisations; safe to hand to anyone."""
    lines = [*_describe_installation(now)]
    for one in found:
        lines += ["", *_describe_organisation(one)]
    return "\n".join(lines) + "\n"


def _describe_installation(now: datetime) -> Iterator[str]:
    yield f"Counterfoil {__version__} diagnostics, {_say(now)}"
    yield f"python {platform.python_version()}, django {django.get_version()}, postgresql {_find_server()}"
    yield f"system {platform.system()} {platform.machine()}"
    for name in _SHOWN_SETTINGS:
        yield f"setting {name}: {getattr(settings, name)}"
    for name in _NAMED_SETTINGS:
        yield f"setting {name}: {'set' if getattr(settings, name) else 'not set'}"
    for name, usual in _ADDRESSES.items():
        yield f"setting {name}: {'as usual' if getattr(settings, name) == usual else 'another address'}"


def _describe_organisation(one: OrganisationHealth) -> Iterator[str]:
    link, grant, budget = one.connection, one.connection.grant, one.budget
    yield f"organisation {one.organisation.pk}: {one.health.state.value}, next step {one.health.step.value}"
    yield f"  mode {link.mode}, auto-sync {'on' if link.auto_sync else 'off'}, every {get_interval(link)}"
    yield f"  as of {_say(one.as_of)}, next turn {_say(one.next_turn)}, next check {_say(one.next_check)}"
    yield f"  zone {one.zone.key}, webhooks last told {_say(one.heard_at)}"
    yield f"  consent {grant.kind}, renewed {_say(grant.refreshed_at)}, access until {_say(grant.expires_at)}"
    yield f"  permissions {' '.join(sorted(grant.scopes)) or 'none'}"
    yield (
        f"  calls left today {budget.day_remaining} of {budget.day_limit}, told {_say(budget.day_told_at)},"
        f" under way {budget.in_flight}, held until {_say(budget.held_until)},"
        f" parked until {_say(budget.parked_until)}"
    )
    yield from _describe_outbox(one)
    yield from _describe_streams(one)
    yield from _describe_runs(one)


def _describe_outbox(one: OrganisationHealth) -> Iterator[str]:
    mine = Operation.objects.filter(organisation=one.organisation)
    counts = mine.values_list("state").annotate(Count("pk")).order_by("state")
    yield f"  outbox {', '.join(f'{state} {count}' for state, count in counts) or 'empty'}"
    latest = Attempt.objects.filter(organisation=one.organisation).order_by("-pk")
    for attempt in latest[:_RUNS]:
        trace = f", Xero's correlation id {attempt.correlation_id}" if attempt.correlation_id else ""
        yield (
            f"    {attempt.pk} {attempt.kind} {attempt.outcome}, began {_say(attempt.started_at)},"
            f" tries {attempt.tries}{f', {attempt.fault}' if attempt.fault else ''}{trace}"
        )


def _describe_streams(one: OrganisationHealth) -> Iterator[str]:
    cursors = {cursor.stream: cursor for cursor in Cursor.objects.filter(organisation=one.organisation)}
    waiting = Quarantined.objects.filter(organisation=one.organisation, settled_at=None)
    quarantined = dict(waiting.values_list("stream").annotate(Count("pk")))
    yield "  streams: last success, since, checked; in quarantine; what is wrong"
    for name in STREAM_BY_NAME:
        cursor, failed = cursors.get(name), one.failed.get(name)
        times = [cursor.succeeded_at, cursor.since, cursor.swept_at] if cursor else [None] * 3
        wrong = f"; {_name_fault(failed)}" if failed else ""
        yield f"    {name}: {', '.join(map(_say, times))}; {quarantined.get(name, 0)}{wrong}"


def _describe_runs(one: OrganisationHealth) -> Iterator[str]:
    runs = Run.objects.filter(organisation=one.organisation).prefetch_related("streams")
    yield f"  last {_RUNS} runs"
    for run in runs.order_by("-started_at")[:_RUNS]:
        rows = list(run.streams.all())
        took = run.finished_at - run.started_at if run.finished_at else timedelta()
        yield (
            f"    {run.pk} {run.kind} {run.state}, began {_say(run.started_at)}, took"
            f" {took.total_seconds():.1f} s, resumed {run.resumes}, parked until {_say(run.parked_until)},"
            f" calls {sum(row.calls for row in rows)}, read {sum(row.rows_read for row in rows)},"
            f" unreadable {sum(row.rows_quarantined for row in rows)}"
        )
        for row in rows:
            if row.fault:
                yield f"      {row.stream}: {_name_fault(row)}"


def _name_fault(row: StreamRun) -> str:
    trace = f", Xero's correlation id {row.correlation_id}" if row.correlation_id else ""
    return f"{row.state}, {row.fault or 'not reached'}{trace}"


def _find_server() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        return str(cursor.fetchone()[0])


def _say(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else "never"
