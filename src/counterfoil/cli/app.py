"""The `counterfoil` command and its exit codes."""

import os
import sys
from enum import IntEnum

import typer
from django.core.exceptions import ImproperlyConfigured
from rich.console import Console

app = typer.Typer(
    help="Keeps a true, current copy of your Xero organisations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
errors = Console(stderr=True)


class Exit(IntEnum):
    """What the process says to the shell."""

    DONE = 0
    FAILURES = 1
    USAGE = 2
    PERSON_MUST_ACT = 3
    TRY_LATER = 75


class Stopped(Exception):
    """A command ends with this sentence and this code."""

    def __init__(self, sentence: str, code: Exit) -> None:
        super().__init__(sentence)
        self.code = code


def main() -> int:
    """Run the command line and return its exit code; wrong usage leaves with 2 by itself."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    try:
        # After the environment is set, because the commands need the settings.
        from counterfoil.cli import commands  # noqa: F401
        from counterfoil.config.postgres import DatabaseNotStarted
    except ImproperlyConfigured as problem:
        return _say(str(problem), Exit.USAGE)
    try:
        app()
    except Stopped as stopped:
        return _say(str(stopped), stopped.code)
    except (ImproperlyConfigured, DatabaseNotStarted) as problem:
        return _say(str(problem), Exit.USAGE)
    return Exit.DONE


def _say(sentence: str, code: Exit) -> Exit:
    errors.print(sentence, style="red", highlight=False, markup=False)
    return code


if __name__ == "__main__":
    sys.exit(main())
