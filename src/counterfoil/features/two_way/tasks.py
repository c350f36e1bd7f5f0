"""The background job of the two-way contact fields: compare both sides of an organisation."""

import structlog
from django.db import close_old_connections, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from counterfoil.features.two_way.acting import compare_organisation
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces

log = structlog.get_logger(__name__)


def request_comparing(*, organisation_id: int) -> None:
    """Ask for both sides to be compared, in the transaction of the caller; once is enough."""
    job = compare_fields.configure(queueing_lock=f"fields:{organisation_id}")
    try:
        with transaction.atomic():  # a refusal must not spoil the caller's transaction
            job.defer(organisation_id=organisation_id)
    except AlreadyEnqueued:
        log.debug("comparing already waits", organisation=organisation_id)


@app.task(name="compare_fields", queue="sync")
def compare_fields(*, organisation_id: int) -> None:
    """Compare the contact fields of one organisation, and let flow what one side changed."""
    close_old_connections()
    try:
        with across_workspaces():
            organisation = Organisation.objects.filter(pk=organisation_id).first()
        if organisation is not None:
            compare_organisation(organisation, now=timezone.now())
    finally:
        close_old_connections()
