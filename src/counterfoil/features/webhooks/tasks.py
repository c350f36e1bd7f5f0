"""The background job of the webhooks: test the address from where the work is done."""

import structlog
from django.db import close_old_connections, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from counterfoil.features.webhooks.testing import run_test

log = structlog.get_logger(__name__)


def request_run(*, workspace_id: int) -> None:
    """Have the address tested in the background, once the caller's transaction is committed."""
    job = test_webhooks.configure(queueing_lock=f"webhooks:{workspace_id}", priority=1)
    try:
        with transaction.atomic():  # a refusal must not spoil the caller's transaction
            job.defer(workspace_id=workspace_id)
    except AlreadyEnqueued:
        log.info("test already waits", workspace=workspace_id)


@app.task(name="test_webhooks", queue="schedule")
def test_webhooks(*, workspace_id: int) -> None:
    """Test the webhook address for a workspace."""
    close_old_connections()
    try:
        run_test(workspace_id=workspace_id, now=timezone.now)
    finally:
        close_old_connections()
