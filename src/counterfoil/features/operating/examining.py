"""
Examines the installation as a whole: what is found, and what to do about it.

Nothing here raises for what it finds, and nothing that is said holds a secret or names a person.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateWorker

from counterfoil.config.database import is_embedded
from counterfoil.config.environment import read_keys
from counterfoil.config.installation import is_migrated
from counterfoil.domain.outbox import OutboxState
from counterfoil.features.operating.rotating import count_unreadable
from counterfoil.mirror.models import Connection, Operation
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.app import find_installation_app, list_webhook_keys
from counterfoil.sync.probing import (
    Check,
    Verdict,
    check_clock,
    check_own_address,
    check_redirect_address,
)

_OLDEST_SERVER = 15
_CLOCKS_MAY_DIFFER = timedelta(seconds=10)
# A worker says every ten seconds that it lives, and looks for jobs every second.
_SILENT_FOR = timedelta(seconds=60)
_WAITS_AT_MOST = timedelta(minutes=10)
_CONNECTIONS_TAKEN = 0.85
_LEAST_ROOM = 2 * 1024**3
_LEAST_SHARE = 0.05

Clock = Callable[[], datetime]


def examine_machine() -> Iterator[Check]:
    """Return what is found without the database, which may be away because of it."""
    yield from examine_settings()
    yield from examine_files(settings.COUNTERFOIL_HOME)
    if is_embedded():
        yield check_disk(settings.COUNTERFOIL_HOME)


def examine(*, now: Clock) -> Iterator[Check]:
    """Return what was found with the database's help, one check after another, as each is done."""
    yield check_server()
    yield check_role()
    yield check_connections()
    yield check_size()
    yield check_database_clock(now=now)
    migrated = check_tables()
    yield migrated
    if migrated.verdict is Verdict.GOOD:
        yield check_secrets()
        yield check_worker(now=now())
        yield check_queue(now=now())
        yield check_access()
        yield check_outbox()
        yield check_webhooks()
    yield check_clock(now=now)
    yield check_own_address()


# -- Settings and files --------------------------------------------------------------------------


def examine_settings() -> Iterator[Check]:
    """Say which settings are dangerous or missing."""
    yield check_redirect_address()
    if settings.DEBUG:
        yield _bad(
            "Errors", "COUNTERFOIL_DEBUG shows errors in full, settings included.", "Set COUNTERFOIL_DEBUG=0."
        )
    if settings.COUNTERFOIL_DEMO:
        yield _bad(
            "Demo", "Every visitor is signed in, as only a demo may do.", "Leave COUNTERFOIL_DEMO out."
        )
    if not settings.COUNTERFOIL_HAS_MAIL:
        yield Check(
            "Mail",
            Verdict.UNKNOWN,
            "No mail server is named, so nobody can be invited or get a new password by letter.",
            "Set EMAIL_URL.",
        )
    if find_installation_app() is None:
        yield Check(
            "Xero app",
            Verdict.UNKNOWN,
            "The environment names no app; each firm saves its own in Settings, Xero app.",
        )


def examine_files(home: Path) -> Iterator[Check]:
    """Say who else may read what is for the owner alone."""
    title = "Files"
    secret = [home / "keys.json", home / "postgres" / "passwords"]
    open_ones = [path for path in secret if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_ones:
        yield _bad(title, f"Others on this machine may read {path}.", f"Run: chmod 600 {path}")
    if not os.access(home, os.W_OK):
        yield _bad(
            title,
            f"This account may not write in {home}.",
            f"Run Counterfoil as the owner of {home}, or name another folder with COUNTERFOIL_HOME.",
        )
    elif not open_ones:
        yield _good(title, f"Keys and passwords in {home} are readable by their owner only.")


def check_disk(home: Path) -> Check:
    """Say whether the disk of the embedded database has room."""
    room = shutil.disk_usage(home)
    if room.free < _LEAST_ROOM or room.free < room.total * _LEAST_SHARE:
        return _bad(
            "Room",
            f"{_say_size(room.free)} of the disk of {home} are free. When it is full, no more is kept.",
            "Make room, or move COUNTERFOIL_HOME to a larger disk.",
        )
    return _good("Room", f"{_say_size(room.free)} of the disk of {home} are free.")


# -- The database --------------------------------------------------------------------------------


def check_server() -> Check:
    """Say whether the server is new enough."""
    number, name = _ask(
        "select current_setting('server_version_num')::int, current_setting('server_version')"
    )
    if number // 10000 < _OLDEST_SERVER:
        return _bad("Database", f"It is PostgreSQL {name}.", f"Move to PostgreSQL {_OLDEST_SERVER} or newer.")
    return _good("Database", f"PostgreSQL {name}, {'the embedded one' if is_embedded() else 'yours'}.")


def check_role() -> Check:
    """Say whether the database keeps firms apart: it does not for those who stand above its policies."""
    (passes,) = _ask("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
    if passes:
        return _bad(
            "Separation of firms",
            "The database's user passes by row-level security, which keeps firms apart.",
            "Let DATABASE_URL name a user that owns the database and is no superuser.",
        )
    return _good("Separation of firms", "The database itself keeps every firm's rows apart.")


def check_connections() -> Check:
    """Say whether the server runs out of connections."""
    taken, most = _ask(
        "select count(*), current_setting('max_connections')::int"
        " - current_setting('superuser_reserved_connections')::int"
        " from pg_stat_activity where backend_type = 'client backend'"
    )
    if taken >= most * _CONNECTIONS_TAKEN:
        return _bad(
            "Connections",
            f"{taken} of the {most} connections that the database allows are taken.",
            "Raise max_connections of PostgreSQL, or run fewer processes.",
        )
    return _good("Connections", f"{taken} of {most} are taken.")


def check_size() -> Check:
    """Say how much the database takes."""
    (size,) = _ask("select pg_database_size(current_database())")
    said = f"It takes {_say_size(size)}"
    if is_embedded():
        return _good("The database's size", f"{said}.")
    return Check(
        "The database's size", Verdict.UNKNOWN, f"{said}; how much room its disk has is known there only."
    )


def check_database_clock(*, now: Clock) -> Check:
    """Say whether this machine and the database agree on the time."""
    (theirs,) = _ask("select clock_timestamp()")
    apart = abs(now() - theirs)
    if apart > _CLOCKS_MAY_DIFFER:
        return _bad(
            "The database's clock",
            f"It is {round(apart.total_seconds())} seconds off this machine's.",
            "Let both machines set their clocks from the network (NTP).",
        )
    return _good("The database's clock", "It agrees with this machine's.")


def check_tables() -> Check:
    """Say whether the tables are those that this version needs."""
    if is_migrated():
        return _good("Tables", "They are those of this version.")
    return _bad("Tables", "They are not those that this version needs.", "Run: counterfoil migrate")


# -- What is done with it ------------------------------------------------------------------------


def check_secrets() -> Check:
    """Say whether every token and secret can be opened, and whether a change of keys was finished."""
    if lost := count_unreadable():
        return _bad(
            "Keys",
            f"Tokens and secrets that no key opens: {lost}.",
            "Put the key that they were encrypted with into keys.json or COUNTERFOIL_ENCRYPTION_KEYS, or"
            " connect those organisations again.",
        )
    if len(settings.COUNTERFOIL_ENCRYPTION_KEYS) > 1 and not read_keys("COUNTERFOIL_ENCRYPTION_KEYS"):
        return _bad("Keys", "An old key is still in use beside the new one.", "Run: counterfoil rotate-keys")
    return _good("Keys", "Every token and secret can be opened.")


def check_worker(*, now: datetime) -> Check:
    """Say whether a worker lives."""
    alive = ProcrastinateWorker.objects.filter(last_heartbeat__gt=now - _SILENT_FOR).count()
    if not alive:
        return _bad("Worker", "No worker runs: nothing is synced or sent.", "Start one: counterfoil worker")
    return _good("Worker", f"{alive} alive.")


def check_queue(*, now: datetime) -> Check:
    """Say whether jobs wait for long."""
    late = find_oldest_wait(now=now)
    if late is not None and late > _WAITS_AT_MOST:
        return _bad(
            "Jobs",
            f"One waits since {round(late.total_seconds() / 60)} minutes.",
            "See whether a worker runs; where one does, let it do more at once, or start more.",
        )
    return _good("Jobs", "None waits for long.")


def find_oldest_wait(*, now: datetime) -> timedelta | None:
    """Return how long the job has waited that waits longest of those that could be done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select %s - min(greatest(jobs.scheduled_at, events.at)) from procrastinate_jobs jobs"
            " join lateral (select min(at) as at from procrastinate_events where job_id = jobs.id) events"
            " on true"
            " where jobs.status = 'todo' and (jobs.scheduled_at is null or jobs.scheduled_at <= %s)",
            [now, now],
        )
        row = cursor.fetchone()
    waited: timedelta | None = row[0] if row else None
    return waited


def check_access() -> Check:
    """Say whether Xero still lets us read every connected organisation."""
    with across_workspaces():
        lost = Connection.objects.filter(state=Connection.State.LOST).count()
        count = Connection.objects.count()
    if lost:
        return _bad(
            "Access to Xero",
            f"It is lost for {lost} of {count} organisations.",
            "Run counterfoil status to see which and why; then press “Reconnect Xero” there.",
        )
    return _good("Access to Xero", f"Organisations connected: {count}.")


def check_outbox() -> Check:
    """Say whether anybody has to look for what became of a write."""
    with across_workspaces():
        doubtful = Operation.objects.filter(state=OutboxState.UNKNOWN, next_try_at=None).count()
    if doubtful:
        return _bad(
            "Outbox",
            f"Writes of which only a person can say whether Xero has them: {doubtful}.",
            "Open the outbox, filter by “Unknown”, and look for each in Xero.",
        )
    return _good("Outbox", "Nothing waits for somebody to look for it in Xero.")


def check_webhooks() -> Check:
    """Say whether Xero can tell of changes."""
    keys = len(list_webhook_keys())
    if keys:
        return _good(
            "Webhooks", f"Apps whose webhooks are believed: {keys}. counterfoil webhooks tests them."
        )
    return Check(
        "Webhooks",
        Verdict.UNKNOWN,
        "No key is known, so Xero tells of nothing; changes are found by asking.",
        "Settings, Webhooks has the steps.",
    )


def _ask(statement: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchone())


def _say_size(size: int) -> str:
    return f"{size / 1024**3:.1f} GB" if size >= 1024**3 else f"{size / 1024**2:.0f} MB"


def _good(title: str, words: str) -> Check:
    return Check(title, Verdict.GOOD, words)


def _bad(title: str, words: str, next_step: str) -> Check:
    return Check(title, Verdict.BAD, words, next_step)
