"""The parts of an installation that a person or an init system starts one by one."""

import asyncio
from typing import cast

from django.conf import settings

from counterfoil.cli.installation import open_database
from counterfoil.cli.speech import Exit, Stopped, say
from counterfoil.config import installation

_WEB_THREADS = 8


def migrate() -> None:
    """Make or renew the tables."""
    with open_database(even_if_outdated=True):
        try:
            installation.migrate()
        except installation.OtherVersion as problem:
            raise Stopped(str(problem), Exit.PERSON_MUST_ACT) from problem
        say("The database is up to date.")


def serve(*, host: str, port: int) -> None:
    """Serve the pages until told to stop."""
    from granian import Granian  # only this part needs the web server
    from granian.constants import Interfaces
    from granian.log import LogLevels

    with open_database():
        say(f"Counterfoil is at {settings.COUNTERFOIL_URL} (listening on {host}:{port}).")
        Granian(
            "counterfoil.config.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            blocking_threads=_WEB_THREADS,
            log_level=LogLevels.warning,
        ).serve()


def work(*, jobs_at_once: int) -> None:
    """Do background jobs until told to stop."""
    with open_database():
        say("The worker is ready.")
        asyncio.run(_work(jobs_at_once))


async def _work(jobs_at_once: int) -> None:
    from procrastinate.contrib.django import app as jobs  # only this part needs the jobs
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = cast(DjangoConnector, jobs.connector).get_worker_connector()
    with jobs.replace_connector(connector):
        async with jobs.open_async():
            # One place more than for syncs, so that looking for what is due never waits for one.
            await jobs.run_worker_async(
                queues=["sync", "schedule"],
                concurrency=jobs_at_once + 1,
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=5.0,
            )
