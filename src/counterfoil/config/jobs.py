"""Lets a background job know which request asked for it, and names both in every line of its log."""

from typing import Any

import structlog
from procrastinate.app import App
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from counterfoil.config.discretion import ASKED_BY


class CarryingJobManager(JobManager):
    """Writes the number of the present request into the jobs that it asks for, and those into theirs."""

    def batch_defer_jobs(self, jobs: list[Job], connection: Any | None = None) -> list[Job]:
        """Put jobs into the queue."""
        return super().batch_defer_jobs([_carry(job) for job in jobs], connection)

    async def batch_defer_jobs_async(self, jobs: list[Job], connection: Any | None = None) -> list[Job]:
        """Put jobs into the queue."""
        return await super().batch_defer_jobs_async([_carry(job) for job in jobs], connection)


async def name_in_log(call_next: AsyncCallNext, context: JobContext, _worker: Worker) -> Any:
    """Run a job; each line of the log until it ends says which job, and which request asked for it."""
    job = context.job
    names: dict[str, Any] = {"job": job.id, "task": job.task_name}
    # It is no argument of the task; it is put back for what the worker says when the job has ended.
    if asked_by := job.task_kwargs.pop(ASKED_BY, None):
        names["request"] = asked_by
    try:
        with structlog.contextvars.bound_contextvars(**names):
            return await call_next()
    finally:
        if asked_by:
            job.task_kwargs[ASKED_BY] = asked_by


def prepare(app: App) -> None:
    """Make the queue carry and name; Procrastinate calls it once, when the queue is ready."""
    app.job_manager = CarryingJobManager(app.connector)
    app.worker_defaults["worker_middleware"] = [name_in_log]


def _carry(job: Job) -> Job:
    asked_by = structlog.contextvars.get_contextvars().get("request")
    return job.evolve(task_kwargs={**job.task_kwargs, ASKED_BY: asked_by}) if asked_by else job
