"""The background job of the two-way contact fields: compare both sides of an organisation."""

from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.two_way.acting import compare_organisation
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces


def request_comparing(*, organisation_id: int) -> None:
    """Ask for both sides to be compared, in the transaction of the caller; once is enough."""
    job = compare_fields.configure(queueing_lock=f"fields:{organisation_id}")
    defer_once(job, organisation_id=organisation_id)


@app.task(name="compare_fields", queue="sync")
@sound_connections()
def compare_fields(*, organisation_id: int) -> None:
    """Compare the contact fields of one organisation, and let flow what one side changed."""
    with across_workspaces():
        organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        compare_organisation(organisation, now=timezone.now())
