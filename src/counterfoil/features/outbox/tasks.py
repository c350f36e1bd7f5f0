"""The background jobs of the outbox: send one organisation's, and find out which have something to send."""

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.connections.signals import copy_changed
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.lease import AlreadyPushing
from counterfoil.sync.outbox.due import list_due
from counterfoil.sync.outbox.sending import push_organisation

log = structlog.get_logger(__name__)

# People wait for what they send; it goes before what is scheduled.
_URGENT = 2


def request_push(organisation_id: int) -> None:
    """Ask for the outbox to be sent, in the transaction of the caller; asking twice changes nothing."""
    job = push.configure(queueing_lock=f"push:{organisation_id}", priority=_URGENT)
    defer_once(job, organisation_id=organisation_id)


@app.task(name="push", queue="sync")
@sound_connections()
def push(*, organisation_id: int) -> None:
    """Send one organisation's outbox; when another process is at it, that one does the work."""
    try:
        report = push_organisation(organisation_id, now=timezone.now)
        if report.states:
            copy_changed.send(sender=None, organisation_id=organisation_id)
    except (AlreadyPushing, NotConnected) as not_now:
        log.info("no push", organisation=organisation_id, because=str(not_now))


@app.periodic(cron="* * * * * */5")
@app.task(name="schedule_pushes", queue="schedule", queueing_lock="schedule_pushes", pass_context=False)
@sound_connections()
def schedule_pushes(timestamp: int) -> None:
    """Ask for the outboxes that have something to send or to look for, also after a worker was killed."""
    with across_workspaces():
        for organisation_id in list_due(now=timezone.now()):
            request_push(organisation_id)
