"""Starts the embedded server again when it died under the processes that use it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from counterfoil.config.postgres import EmbeddedPostgres
from counterfoil.config.postgres_programs import DatabaseNotStarted

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 1.0
_LONGEST_PAUSE_S = 15.0


@contextmanager
def kept_running(database: EmbeddedPostgres) -> Iterator[None]:
    """
    Look after the server for the length of a block, in which this process counts among its users.

    Every process that runs for long does; one of them starts it, and the others find it running.
    """
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep, args=(database, stopping), name="database-keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep(database: EmbeddedPostgres, stopping: threading.Event) -> None:
    pause = _LOOK_EVERY_S
    while not stopping.wait(pause):
        if database.is_running():
            pause = _LOOK_EVERY_S
            continue
        log.error("the database has died; starting it again", folder=str(database.folder))
        try:
            database.start_again()
            log.warning("the database runs again; what was committed is there")
            pause = _LOOK_EVERY_S
        except (DatabaseNotStarted, OSError) as problem:
            log.warning("the database did not start; trying again", because=str(problem))
            pause = min(pause * 2, _LONGEST_PAUSE_S)
