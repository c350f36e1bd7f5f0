"""Takes up the jobs whose worker is gone: killed, or cut off from the database while it did them."""

from typing import Any

import structlog
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

log = structlog.get_logger(__name__)

# A worker says every ten seconds that it lives.
_SILENT_FOR_S = 45.0


@app.periodic(cron="* * * * * */15")
@app.task(name="resume_jobs", queue="schedule", queueing_lock="resume_jobs", pass_context=True)
async def resume_jobs(context: Any, timestamp: int) -> None:
    """
    Have every job done again whose worker has not been heard of.

    What is scheduled comes round by itself, and what waits already, under the same lock, is not asked for
    twice; such jobs are only closed.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_SILENT_FOR_S):
        is_asked_for = job.queue == "schedule"
        if not is_asked_for:
            try:
                await manager.retry_job(job)
            except ConnectorException:  # another worker was first, or the same waits already
                is_asked_for = True
        if is_asked_for:
            await _close(manager, job)
        log.warning("a job whose worker is gone", task=job.task_name, is_done_again=not is_asked_for)


async def _close(manager: Any, job: Any) -> None:
    try:
        await manager.finish_job(job, status=Status.FAILED, delete_job=False)
    except ConnectorException:
        log.info("another worker has closed the job", task=job.task_name)
