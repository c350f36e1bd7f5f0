"""The background job of spending: bring the lines up to the mirror, and attribute them."""

from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.spending.gathering import gather_lines
from counterfoil.features.spending.signals import costs_attributed
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces, in_workspace


def request_attributing(*, organisation_id: int, by_person: bool = False) -> None:
    """
    Ask for the costs to be attributed, in the transaction of the caller; once is enough.

    What a person does is followed ahead of what is scheduled: they look at the figures next.
    """
    job = attribute_costs.configure(
        queueing_lock=f"costs:{organisation_id}:{'person' if by_person else 'copy'}",
        lock=f"costs:{organisation_id}",
        priority=1 if by_person else 0,
    )
    defer_once(job, organisation_id=organisation_id)


@app.task(name="attribute_costs", queue="sync")
@sound_connections()
def attribute_costs(*, organisation_id: int) -> None:
    """Read the lines of what changed in one organisation, and say whose they are."""
    with across_workspaces():
        organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        gather_lines(organisation, now=timezone.now())
        with in_workspace(organisation.workspace_id):
            costs_attributed.send(sender=Organisation, organisation_id=organisation_id)
