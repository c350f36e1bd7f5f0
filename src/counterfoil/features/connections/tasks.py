"""The background jobs of the connections: sync one organisation, find out which are due, read webhooks."""

from collections.abc import Sequence
from typing import Any

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.connections import rereading, resuming  # noqa: F401 - their jobs are found here
from counterfoil.features.connections.signals import copy_changed
from counterfoil.features.connections.verifying import request_after
from counterfoil.features.webhooks.operations import note_keys
from counterfoil.mirror.models import Run
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.cadence import list_due
from counterfoil.sync.deliveries import unpack_deliveries
from counterfoil.sync.engine import NotConnected, sync_organisation
from counterfoil.sync.inbox import fetch_told, list_told
from counterfoil.sync.lease import AlreadySyncing
from counterfoil.sync.reading_again import read_records_again
from counterfoil.sync.tokens import renew_idle_grants

log = structlog.get_logger(__name__)

_LOOK_AGAIN_S = 3

# Runs that read everything, or all that changes hide; what they leave behind is held against Xero.
_PROVED = (Run.Kind.FULL, Run.Kind.SWEEP)
_ENDED_WELL = (Run.State.SUCCEEDED, Run.State.PARTIAL)
# A tick comes every five seconds, so that as many can begin in each.
WAITING_AT_MOST = 100


def request_sync(
    *, organisation_id: int, kind: str, reason: str, by_person: bool = False, in_s: int = 0
) -> None:
    """
    Ask for a run in the background, in the transaction of the caller, at once or after some seconds.

    Asking again while one waits changes nothing; but what a person asks for, by "Sync now" or by connecting,
    is not taken for what is scheduled: that may read less, and gives up when it meets another run.
    """
    job = sync.configure(
        queueing_lock=f"sync:{organisation_id}:{kind}" if by_person else f"sync:{organisation_id}",
        priority=1 if by_person else 0,
        schedule_in={"seconds": in_s} if in_s else None,
    )
    defer_once(job, organisation_id=organisation_id, kind=kind, reason=reason, by_person=by_person)


@app.task(name="sync", queue="sync")
@sound_connections()
def sync(*, organisation_id: int, kind: str, reason: str, by_person: bool = False) -> None:
    """Sync one organisation; when another process is at it, that one does the work."""
    try:
        run = sync_organisation(
            organisation_id, kind=kind, reason=reason, now=timezone.now, by_person=by_person
        )
        if run.kind in _PROVED and run.state in _ENDED_WELL:
            request_after(run, now=timezone.now())
        copy_changed.send(sender=None, organisation_id=organisation_id)
        if by_person and run.resumes and run.kind != Run.Kind.FULL and run.state in _ENDED_WELL:
            # It ended what had been cut off, which was less, or was read in part before anybody asked.
            request_sync(organisation_id=organisation_id, kind=kind, reason=reason, by_person=True)
    except AlreadySyncing as busy:
        log.info("no sync", organisation=organisation_id, because=str(busy))
        if by_person:  # who asked gets a sync; what was scheduled comes round again
            request_sync(
                organisation_id=organisation_id, kind=kind, reason=reason, by_person=True, in_s=_LOOK_AGAIN_S
            )
    except NotConnected as lost:
        log.info("no sync", organisation=organisation_id, because=str(lost))


def request_reading_again(
    *, organisation_id: int, stream: str, xero_ids: Sequence[str], in_s: int = 0
) -> None:
    """Ask for these records to be read once more in the background, ahead of what is scheduled."""
    job = read_again.configure(priority=1, schedule_in={"seconds": in_s} if in_s else None)
    job.defer(organisation_id=organisation_id, stream=stream, xero_ids=list(xero_ids))


@app.task(name="read_again", queue="sync")
@sound_connections()
def read_again(*, organisation_id: int, stream: str, xero_ids: list[str]) -> None:
    """Read records once more; while another process is at the organisation, soon after."""
    try:
        read_records_again(organisation_id, stream=stream, xero_ids=xero_ids, now=timezone.now)
    except AlreadySyncing:
        request_reading_again(
            organisation_id=organisation_id, stream=stream, xero_ids=xero_ids, in_s=_LOOK_AGAIN_S
        )
    except NotConnected as lost:
        log.info("not read again", organisation=organisation_id, because=str(lost))


@app.periodic(cron="* * * * * */5")
@app.task(name="schedule_syncs", queue="schedule", queueing_lock="schedule_syncs", pass_context=False)
@sound_connections()
def schedule_syncs(timestamp: int) -> None:
    """
    Ask for the runs that are due: at their turn, at their quiet hour, and after a worker was killed.

    When all are due at once, as after a night without power, only so many wait at a time, the most
    urgent first: what becomes urgent meanwhile is never behind hundreds that are not.
    """
    with across_workspaces():
        waiting = ProcrastinateJob.objects.filter(queue_name="sync", status="todo")
        places = WAITING_AT_MOST - waiting.count()
        # Whoever waits for a person's sync already is not copied twice; the next tick looks again.
        asked_for = set(waiting.filter(task_name="sync").values_list("args__organisation_id", flat=True))
        due = [one for one in list_due(now=timezone.now()) if one.organisation_id not in asked_for]
        for one in due[: max(places, 0)]:
            request_sync(organisation_id=one.organisation_id, kind=one.kind, reason=one.reason)


@app.periodic(cron="* * * * * */5")
@app.task(name="read_webhooks", queue="schedule", queueing_lock="read_webhooks", pass_context=False)
@sound_connections()
def read_webhooks(timestamp: int) -> None:
    """Unpack what Xero delivered, and have the records that it names fetched."""
    note_keys(now=timezone.now())
    unpack_deliveries(now=timezone.now())
    with across_workspaces():
        for organisation_id in list_told(now=timezone.now()):
            _request_fetch(organisation_id)


def _request_fetch(organisation_id: int) -> None:
    job = fetch_told_of.configure(queueing_lock=f"told:{organisation_id}")
    defer_once(job, organisation_id=organisation_id)


@app.task(name="fetch_told_of", queue="sync")
@sound_connections()
def fetch_told_of(*, organisation_id: int) -> None:
    """Fetch what webhooks told of one organisation; when another process is at it, soon after."""
    try:
        fetch_told(organisation_id, now=timezone.now)
        copy_changed.send(sender=None, organisation_id=organisation_id)
    except (AlreadySyncing, NotConnected) as not_now:
        log.info("no fetch", organisation=organisation_id, because=str(not_now))


@app.periodic(cron="41 * * * *")
@app.task(name="renew_idle", queue="schedule", queueing_lock="renew_idle", pass_context=False)
@sound_connections()
def renew_idle(timestamp: int) -> None:
    """Keep permissions alive that no sync has used for days."""
    renew_idle_grants(now=timezone.now)


@app.periodic(cron="17 * * * *")
@app.task(name="tidy_jobs", queue="schedule", pass_context=True)
async def tidy_jobs(context: Any, timestamp: int) -> None:
    """Forget finished jobs after a day; what they did is told by the runs."""
    await context.app.job_manager.delete_old_jobs(nb_hours=24, include_failed=True, include_cancelled=True)
