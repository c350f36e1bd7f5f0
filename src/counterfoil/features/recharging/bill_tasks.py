"""The background job that follows what is billed on: which files go along, and what became of invoices."""

from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.recharging.accompanying import send_files
from counterfoil.features.recharging.following import follow_invoices
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces


def request_following(organisation_id: int, *, by_person: bool = False) -> None:
    """Ask for recharges to be followed, in the transaction of the caller; once is enough."""
    job = follow_recharges.configure(
        queueing_lock=f"recharges-billed:{organisation_id}",
        lock=f"recharges-billed:{organisation_id}",
        priority=1 if by_person else 0,
    )
    defer_once(job, organisation_id=organisation_id)


@app.task(name="follow_recharges", queue="sync")
@sound_connections()
def follow_recharges(*, organisation_id: int) -> None:
    """Send the files that go along with invoices, and see what was paid of these."""
    with across_workspaces():
        organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        send_files(organisation, now=timezone.now)
        follow_invoices(organisation, now=timezone.now())
