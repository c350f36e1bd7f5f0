"""Opens the installation for a command: settings read, database up, tables as this version needs them."""

from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

from counterfoil.cli.speech import Exit, Stopped, is_watched
from counterfoil.config.logs import leave_terminal_alone


def read_settings(*, narrates: bool = False) -> None:
    """
    Read the settings and make the tables known. Stops with the sentence of a wrong setting.

    On a terminal only a command that narrates shows its log; the others have something better to show.
    """
    try:
        if not narrates:  # only the pages and the worker know of jobs, and those load much more
            settings.PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
        django.setup()
    except ImproperlyConfigured as problem:
        raise Stopped(str(problem), Exit.USAGE) from problem
    if is_watched() and not narrates:
        leave_terminal_alone()


@contextmanager
def open_database(*, even_if_outdated: bool = False) -> Iterator[None]:
    """Hold the database for the length of a block. Stops with a sentence when it is not ready."""
    from counterfoil.config.installation import database_running, is_migrated  # needs the settings
    from counterfoil.config.postgres_programs import DatabaseNotStarted

    try:
        with database_running():
            if not even_if_outdated and not is_migrated():
                raise Stopped(
                    "The database is not ready for this version. Run: counterfoil migrate",
                    Exit.PERSON_MUST_ACT,
                )
            yield
    except DatabaseNotStarted as problem:
        raise Stopped(str(problem), Exit.PERSON_MUST_ACT) from problem
    except OperationalError as problem:
        said = str(problem).strip().splitlines()[-1]
        raise Stopped(f"The database does not answer: {said}", Exit.TRY_LATER) from problem
