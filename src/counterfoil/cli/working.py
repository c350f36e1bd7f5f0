"""Does background jobs, and begins again when the database was away."""

import asyncio
import signal

import psycopg
import structlog
from django.db import close_old_connections
from procrastinate import retry
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.psycopg_connector import PsycopgConnector

from counterfoil.config.outages import find_outage

log = structlog.get_logger(__name__)

_QUEUES = ["sync", "schedule"]
# How long to wait for a connection before the database counts as away, and before it is asked again.
_CONNECTS_WITHIN_S = 10.0
_LOOK_AGAIN_S = 2.0
_JOB_AGAIN_S = 5


class AfterOutage(retry.BaseRetryStrategy):
    """Has a job done again that the database's outage cut off; every job may be done twice."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> retry.RetryDecision | None:
        """Say when, or None where something else was wrong. What is scheduled comes round by itself."""
        if job.queue == "schedule" or find_outage(exception) is None:
            return None
        return retry.RetryDecision(retry_in={"seconds": _JOB_AGAIN_S})


async def work_until_stopped(jobs_at_once: int) -> None:
    """
    Do jobs until SIGTERM or SIGINT.

    An outage of the database ends the worker within, never this process: it waits, and goes on.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    is_away = False
    while not stopping.is_set():
        try:
            await _look_for_database()
            await _work(jobs_at_once, stopping)
        except (ConnectorException, psycopg.OperationalError, OSError) as problem:
            if not is_away:
                outage = find_outage(problem.__cause__ or problem)
                log.warning(
                    "the worker lost the database, and waits for it",
                    outage=outage.word if outage else "unknown",
                    because=str(problem.__cause__ or problem).strip(),
                )
            is_away = True
        else:
            is_away = False
        close_old_connections()
        await _sleep(stopping, _LOOK_AGAIN_S)


async def _look_for_database() -> None:
    """
    Connect to the database once. Raises psycopg.OperationalError while it is away.

    The worker's pool would give up connecting after a while, and then not notice that the database is back.
    """
    connection = await psycopg.AsyncConnection.connect(**connector_params("default"))
    await connection.close()


async def _work(jobs_at_once: int, stopping: asyncio.Event) -> None:
    """Do jobs until told to stop. Raises ConnectorException or OperationalError when the database is lost."""
    connector = PsycopgConnector(
        kwargs=connector_params("default"), timeout=_CONNECTS_WITHIN_S, reconnect_timeout=_CONNECTS_WITHIN_S
    )
    with jobs.replace_connector(connector):
        async with jobs.open_async():
            jobs.perform_import_paths()  # type: ignore[no-untyped-call]  # theirs
            for task in jobs.tasks.values():
                task.retry_strategy = task.retry_strategy or AfterOutage()
            # One place more than for syncs, so that looking for what is due never waits for one.
            worker = asyncio.create_task(
                jobs.run_worker_async(
                    queues=_QUEUES,
                    concurrency=jobs_at_once + 1,
                    fetch_job_polling_interval=1.0,
                    shutdown_graceful_timeout=5.0,
                    install_signal_handlers=False,
                )
            )
            told = asyncio.create_task(stopping.wait())
            await asyncio.wait([worker, told], return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            if stopping.is_set():
                worker.cancel()
            try:
                await worker
            except asyncio.CancelledError:
                return
            # It also ends without an error when one of its listeners was cut off.
            log.warning("the worker was cut off from the database, and begins again")


async def _sleep(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
