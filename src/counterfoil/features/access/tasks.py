"""The background job of access: answers that nobody asks for again are forgotten."""

import structlog
from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.features.access.answers import forget_old
from counterfoil.mirror.scope import across_workspaces

log = structlog.get_logger(__name__)


@app.periodic(cron="17 3 * * *")
@app.task(name="forget_answers", queue="schedule", queueing_lock="forget_answers", pass_context=False)
def forget_answers(timestamp: int) -> None:
    """Forget what programs were answered more than a week ago."""
    close_old_connections()
    with across_workspaces():
        count = forget_old(now=timezone.now())
    log.info("kept answers forgotten", count=count)
