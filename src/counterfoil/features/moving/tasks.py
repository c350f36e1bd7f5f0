"""The background job that writes an export."""

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import sound_connections
from counterfoil.features.moving.waiting import write_takeout


def request_takeout(takeout_id: int, *, workspace_id: int) -> None:
    """Have a worker write it, once the caller's transaction has committed."""
    job = write_export.configure(lock=f"takeout:{workspace_id}")
    with transaction.atomic():
        job.defer(takeout_id=takeout_id, workspace_id=workspace_id)


@app.task(name="write_export", queue="sync")
@sound_connections()
def write_export(*, takeout_id: int, workspace_id: int) -> None:
    """Write an export of the firm."""
    write_takeout(takeout_id, workspace_id=workspace_id, now=timezone.now)
