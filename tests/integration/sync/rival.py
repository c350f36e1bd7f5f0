"""
A process that competes for what only one may do at a time, with the lock or without it.

    python -m tests.integration.sync.rival renew|sync with|without ID...

It says when it is ready, waits for the word to go, which all its rivals get at once, and writes what it got.
"""

import sys
from contextlib import nullcontext

import django
from django.db.models import QuerySet


def compete(act: str, lock: str, *ids: int) -> str:
    """Do one act when the word comes and say what came of it."""
    django.setup()
    from django.utils import timezone

    from counterfoil.sync import engine
    from counterfoil.sync.lease import AlreadySyncing
    from counterfoil.sync.tokens import take_token

    if lock == "without":
        QuerySet.select_for_update = lambda self, **_: self  # type: ignore[method-assign]
        engine.hold_lease = nullcontext  # type: ignore[assignment,attr-defined]  # taken out
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    if act == "renew":
        grant, workspace = ids
        return take_token(grant, workspace, rejected=None, now=timezone.now)[0]
    try:
        return str(engine.sync_organisation(ids[0], kind="delta", reason="test", now=timezone.now).pk)
    except AlreadySyncing:
        return "already syncing"


if __name__ == "__main__":
    sys.stdout.write(compete(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
