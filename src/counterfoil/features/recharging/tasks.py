"""The background job of recharging: look at what was paid."""

from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.recharging.scanning import look
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces


def request_look(*, organisation_id: int, by_person: bool = False) -> None:
    """Ask for a look at an organisation's costs, in the transaction of the caller; once is enough."""
    job = look_at_costs.configure(
        queueing_lock=f"recharges:{organisation_id}:{'person' if by_person else 'copy'}",
        lock=f"costs:{organisation_id}",  # after those lines were attributed, never meanwhile
        priority=1 if by_person else 0,
    )
    defer_once(job, organisation_id=organisation_id)


@app.task(name="look_at_costs", queue="sync")
@sound_connections()
def look_at_costs(*, organisation_id: int) -> None:
    """Propose what clients pay back, and notice what changed."""
    with across_workspaces():
        organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        look(organisation, now=timezone.now())
