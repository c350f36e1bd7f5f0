"""The background job of the webhooks: test the address from where the work is done."""

from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.webhooks.testing import run_test


def request_run(*, workspace_id: int) -> None:
    """Have the address tested in the background, once the caller's transaction is committed."""
    job = test_webhooks.configure(queueing_lock=f"webhooks:{workspace_id}", priority=1)
    defer_once(job, workspace_id=workspace_id)


@app.task(name="test_webhooks", queue="schedule")
@sound_connections()
def test_webhooks(*, workspace_id: int) -> None:
    """Test the webhook address for a workspace."""
    run_test(workspace_id=workspace_id, now=timezone.now)
