"""The background jobs of the clients: link what is proven."""

from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.clients.linking import link_exact_matches
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces, in_workspace


def request_linking(*, organisation_id: int) -> None:
    """Ask for the proven contacts to be linked, in the transaction of the caller; once is enough."""
    job = link_proven.configure(queueing_lock=f"link:{organisation_id}")
    defer_once(job, organisation_id=organisation_id)


@app.task(name="link_proven", queue="sync")
@sound_connections()
def link_proven(*, organisation_id: int) -> None:
    """Link the contacts of one organisation that are certainly a client."""
    with across_workspaces():
        organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        with in_workspace(organisation.workspace_id):
            link_exact_matches(organisation, now=timezone.now())
