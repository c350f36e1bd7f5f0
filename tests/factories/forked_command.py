"""
The command `counterfoil` in a process that was forked for it from one that has imported what it is built on.

Its own modules that know settings are imported in the fork, under the environment given to it.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

# What nearly every command loads first, and what reads no setting.
for _name in (
    "croniter",
    "cryptography.fernet",
    "django.forms",
    "django.db.backends.postgresql.base",
    "django.http",
    "django.template.backends.django",
    "holidays",
    "httpx",
    "phonenumbers",
    "procrastinate",
    "psycopg_pool",
    "rapidfuzz.fuzz",
    "rich.progress",
    "structlog",
    "typer",
    "counterfoil.cli.app",
    "counterfoil.domain.reminders.guard",
    "counterfoil.xero.client",
    "counterfoil.xero.consent",
    "counterfoil.xero.records",
):
    import_module(_name)


def run_command(arguments: list[str], environment: dict[str, str], out: str, err: str) -> None:
    """Run the command as `python -m counterfoil` does, with what it says in these files or terminals."""
    from counterfoil.cli.app import main

    os.environ.clear()
    os.environ.update(environment)
    for place, number in ((out, 1), (err, 2)):
        with Path(place).open("ab", buffering=0) as said:
            os.dup2(said.fileno(), number)
    sys.argv = ["counterfoil", *arguments]
    sys.exit(main())
