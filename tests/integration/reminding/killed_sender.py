"""
Sends reminders in processes of their own, which are killed with SIGKILL, or wait, where they are told to.

The script reads one order a line, forks for each, and answers how that process ended.
"""

import json
import os
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any


def send(order: dict[str, Any]) -> None:
    """Send one organisation's reminders, and die on the way if the order says so."""
    from counterfoil.features.reminding.providers.base import Letter, Outcome, Taken
    from counterfoil.features.reminding.sending import send_due
    from counterfoil.mirror.models import Organisation
    from counterfoil.mirror.scope import across_workspaces
    from counterfoil.sync.lease import AlreadyReminding

    class Post:
        """A carrier that puts every message in a file, where it outlives this process."""

        name = "post"

        def carry(self, letter: Letter) -> Outcome:
            with Path(order["file"]).open("a") as file:
                file.write(letter.token + "\n")
            return Taken(letter.token)

    def passes(step: str) -> None:
        if step == order["kill_at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        if step == order["wait_at"]:
            Path(order["file"] + ".waits").touch()
            while not Path(order["file"] + ".goes").exists():
                time.sleep(0.01)

    with across_workspaces():
        organisation = Organisation.objects.get(pk=order["organisation"])
    moment = datetime.fromisoformat(order["now"])
    try:
        send_due(organisation, now=lambda: moment, carrier=Post(), passes=passes)
    except AlreadyReminding:  # the database has not noticed yet that the last one is dead
        os._exit(75)


def answer(order: dict[str, Any]) -> int:
    """Fork for an order and return how that process ended; a signal is a negative number."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    send(order)
    os._exit(0)


if __name__ == "__main__":
    import django

    django.setup()
    import counterfoil.features.reminding.sending  # noqa: F401 - what is imported before a fork is imported once

    for line in sys.stdin:
        sys.stdout.write(f"{answer(json.loads(line))}\n")
        sys.stdout.flush()
