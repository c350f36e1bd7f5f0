"""The background jobs of announcing: tell what waits, find out who is to be told, forget what is old."""

from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.announcing.telling import list_waiting, tell
from counterfoil.mirror.scope import across_workspaces

_ROUNDS = 20  # then others have their turn


@app.task(name="tell_events", queue="sync")
@sound_connections()
def tell_events(*, workspace_id: int, subscription_id: int) -> None:
    """Tell a subscription what waits, a hundred events at a time."""
    for _ in range(_ROUNDS):
        if not tell(workspace_id, subscription_id, now=timezone.now()):
            break


@app.periodic(cron="* * * * * */5")
@app.task(name="schedule_events", queue="schedule", queueing_lock="schedule_events", pass_context=False)
@sound_connections()
def schedule_events(timestamp: int) -> None:
    """Ask for what waits to be told, also after a worker was killed."""
    with across_workspaces():
        for workspace_id, subscription_id in list_waiting(now=timezone.now()):
            job = tell_events.configure(queueing_lock=f"tell:{subscription_id}")
            defer_once(job, workspace_id=workspace_id, subscription_id=subscription_id)
