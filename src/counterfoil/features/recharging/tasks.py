"""The background job of recharging: look at what was paid."""

import structlog
from django.db import close_old_connections, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from counterfoil.features.recharging.scanning import look
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces

log = structlog.get_logger(__name__)


def request_look(*, organisation_id: int, by_person: bool = False) -> None:
    """Ask for a look at an organisation's costs, in the transaction of the caller; once is enough."""
    job = look_at_costs.configure(
        queueing_lock=f"recharges:{organisation_id}:{'person' if by_person else 'copy'}",
        lock=f"costs:{organisation_id}",  # after those lines were attributed, never meanwhile
        priority=1 if by_person else 0,
    )
    try:
        with transaction.atomic():  # a refusal must not spoil the caller's transaction
            job.defer(organisation_id=organisation_id)
    except AlreadyEnqueued:
        log.debug("a look at costs already waits", organisation=organisation_id)


@app.task(name="look_at_costs", queue="sync")
def look_at_costs(*, organisation_id: int) -> None:
    """Propose what clients pay back, and notice what changed."""
    close_old_connections()
    try:
        with across_workspaces():
            organisation = Organisation.objects.filter(pk=organisation_id).first()
        if organisation is not None:
            look(organisation, now=timezone.now())
    finally:
        close_old_connections()
