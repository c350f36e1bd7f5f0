"""What every background job shares: it is asked for once, and works with sound database connections."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import close_old_connections, transaction
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import JobDeferrer
from procrastinate.types import JSONValue

log = structlog.get_logger(__name__)


def defer_once(job: JobDeferrer, **arguments: JSONValue) -> None:
    """Ask for a job in the transaction of the caller; while one of the same lock waits, that is enough."""
    try:
        with transaction.atomic():  # a refusal must not spoil the caller's transaction
            job.defer(**arguments)
    except AlreadyEnqueued:
        log.debug("job already waits", task=job.job.task_name, lock=job.job.queueing_lock)


@contextmanager
def sound_connections() -> Iterator[None]:
    """Let go of connections that broke or grew old, before a job and after it, as Django does it."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()
