"""The background job of the reports: draw up what documents post, and work out how customers pay."""

from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.reports.profit_and_loss import draw_up_few
from counterfoil.features.reports.receivables import refresh_outlook
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.drawing import draw_up


def draw_up_soon(organisation: Organisation) -> int:
    """Draw up what little waits, have a worker draw up more; return how many documents it is left."""
    left = draw_up_few(organisation)
    if left:
        request_drawing(organisation_id=organisation.pk)
    return left


def request_drawing(*, organisation_id: int) -> None:
    """Ask for the postings to be drawn up, in the transaction of the caller; once is enough."""
    job = draw_up_postings.configure(queueing_lock=f"postings:{organisation_id}")
    defer_once(job, organisation_id=organisation_id)


@app.task(name="draw_up_postings", queue="sync")
@sound_connections()
def draw_up_postings(*, organisation_id: int) -> None:
    """Draw up all that waits, in small transactions, and work out again what rests on the invoices."""
    with across_workspaces():
        organisation = Organisation.objects.filter(pk=organisation_id).first()
    is_left = organisation is not None
    while is_left:
        assert organisation is not None
        with in_workspace(organisation.workspace_id, must_last=False):
            is_left = draw_up(organisation) > 0
    if organisation is not None:
        with in_workspace(organisation.workspace_id, must_last=False):
            refresh_outlook(organisation, now=timezone.now())
