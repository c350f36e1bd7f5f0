"""Writes backups and restores them."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.speech import Exit, Stopped, remark, say
from counterfoil.config.installation import OtherVersion
from counterfoil.config.postgres_programs import ProgramMissing
from counterfoil.features.operating import backing_up, restoring
from counterfoil.features.operating.alone import DatabaseInUse
from counterfoil.features.operating.archives import DamagedBackup, NotABackup
from counterfoil.features.operating.dumping import DatabaseProgramFailed

_ACTS = (
    ProgramMissing,
    OtherVersion,
    NotABackup,
    DamagedBackup,
    restoring.NewerBackup,
    restoring.HoldsData,
    restoring.HoldsStrangers,
)


def back_up(path: Path, *, with_keys: bool) -> None:
    """Write a backup, and say what it holds and what is needed beside it."""
    with open_database(even_if_outdated=True), _saying_why():
        made = backing_up.back_up(path, with_keys=with_keys, now=timezone.now())
    rows = sum(made.manifest.tables.values())
    say(f"{made.path}: {rows:,} rows of {len(made.manifest.tables)} tables, {made.size:,} bytes.")
    if with_keys:
        remark(
            "The backup holds the keys too: whoever has it can read the tokens that open your books in Xero."
        )
    else:
        remark(
            "The keys that open the tokens and secrets in it are not part of it. Keep as well, in another"
            f" place: {_name_keys()}. Without them every organisation has to be connected again."
        )


def restore(path: Path, *, over: bool) -> Exit:
    """Restore a backup, and say what has to be done before everything goes on."""
    with open_database(even_if_outdated=True), _saying_why():
        done = restoring.restore(path, over=over, now=timezone.now())
    manifest = done.manifest
    say(
        f"Restored {done.rows:,} rows of {len(manifest.tables)} tables, as they were on"
        f" {manifest.made_at:%Y-%m-%d at %H:%M:%S} UTC."
    )
    say("Everybody signs in again.")
    if done.held_connections or done.held_writes:
        say(
            f"Nothing is written to Xero for now: connections made read-only: {done.held_connections}; writes"
            f" that wait for approval again, because they may have been sent since: {done.held_writes}. Sync"
            " first, then look at the outbox, and connect with permission to write again."
        )
    if done.paused_campaigns:
        say(
            f"Campaigns of reminders paused: {done.paused_campaigns}. What they sent after the backup, and"
            " who said STOP after it, is not known here: bring in your provider’s opt-outs before you resume."
        )
    say("Run: counterfoil sync, then counterfoil verify. Where Xero refuses the old token, press Reconnect.")
    if done.opens_secrets:
        return Exit.DONE
    remark(
        "The tokens and secrets in the backup were encrypted with keys that this installation does not have."
        f" Put them into {_name_keys()}, or connect every organisation again."
    )
    return Exit.PERSON_MUST_ACT


def _name_keys() -> str:
    own = settings.COUNTERFOIL_HOME / "keys.json"
    return f"{own} (or COUNTERFOIL_ENCRYPTION_KEYS, where that is set)"


@contextmanager
def _saying_why() -> Iterator[None]:
    try:
        yield
    except _ACTS as problem:
        raise Stopped(str(problem), Exit.PERSON_MUST_ACT) from problem
    except DatabaseInUse as problem:
        raise Stopped(str(problem), Exit.TRY_LATER) from problem
    except DatabaseProgramFailed as problem:
        raise Stopped(str(problem), Exit.FAILURES) from problem
    except OSError as problem:
        what = f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem)
        room = " Make room, and try again." if problem.errno == errno.ENOSPC else ""
        raise Stopped(f"The backup could not be read or written: {what}.{room}", Exit.FAILURES) from problem
