"""The parts of an installation that a person or an init system starts one by one."""

import asyncio

from django.conf import settings

from counterfoil.cli.installation import open_database
from counterfoil.cli.speech import Exit, Stopped, say
from counterfoil.config import installation

_WEB_THREADS = 8
_RESPAWN_AFTER_S = 0.5


def migrate() -> None:
    """Make or renew the tables."""
    with open_database(even_if_outdated=True):
        try:
            installation.migrate()
        except installation.OtherVersion as problem:
            raise Stopped(str(problem), Exit.PERSON_MUST_ACT) from problem
        say("The database is up to date.")


def serve(*, host: str, port: int, processes: int) -> None:
    """Serve the pages until told to stop. A process that dies is replaced."""
    from granian import Granian  # only this part needs the web server
    from granian.constants import Interfaces
    from granian.log import LogLevels

    with open_database(), installation.database_kept_running():
        say(f"Counterfoil is at {settings.COUNTERFOIL_URL} (listening on {host}:{port}).")
        Granian(
            "counterfoil.config.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=processes,
            blocking_threads=_WEB_THREADS,
            respawn_failed_workers=True,
            respawn_interval=_RESPAWN_AFTER_S,
            log_level=LogLevels.warning,
        ).serve()


def work(*, jobs_at_once: int) -> None:
    """Do background jobs until told to stop."""
    from counterfoil.cli.working import work_until_stopped  # only this part needs the jobs

    with open_database(), installation.database_kept_running():
        say("The worker is ready.")
        asyncio.run(work_until_stopped(jobs_at_once))
