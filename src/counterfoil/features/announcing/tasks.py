"""The background jobs of announcing: tell what waits, find out who is to be told, forget what is old."""

from django.db import close_old_connections, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from counterfoil.features.announcing.telling import list_waiting, tell
from counterfoil.mirror.scope import across_workspaces

_ROUNDS = 20  # then others have their turn


@app.task(name="tell_events", queue="sync")
def tell_events(*, workspace_id: int, subscription_id: int) -> None:
    """Tell a subscription what waits, a hundred events at a time."""
    close_old_connections()
    try:
        for _ in range(_ROUNDS):
            if not tell(workspace_id, subscription_id, now=timezone.now()):
                break
    finally:
        close_old_connections()


@app.periodic(cron="* * * * * */5")
@app.task(name="schedule_events", queue="schedule", queueing_lock="schedule_events", pass_context=False)
def schedule_events(timestamp: int) -> None:
    """Ask for what waits to be told, also after a worker was killed."""
    close_old_connections()
    with across_workspaces():
        for workspace_id, subscription_id in list_waiting(now=timezone.now()):
            job = tell_events.configure(queueing_lock=f"tell:{subscription_id}")
            try:
                with transaction.atomic():
                    job.defer(workspace_id=workspace_id, subscription_id=subscription_id)
            except AlreadyEnqueued:
                continue
