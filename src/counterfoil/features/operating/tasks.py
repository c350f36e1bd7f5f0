"""The background job that forgets."""

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.features.operating.retaining import forget_all

log = structlog.get_logger(__name__)


@app.periodic(cron="11 2 * * *")
@app.task(name="forget_old", queue="schedule", queueing_lock="forget_old", pass_context=False)
def forget_old(timestamp: int) -> None:
    """Delete, once a day, what has been kept as long as it was meant to be."""
    for table, count in forget_all(now=timezone.now()).items():
        log.info("old rows deleted", table=table, count=count)
