"""
The right to sync an organisation: held by one process at a time, on however many machines.

It is a lock of the database's session, so that it ends with the process, however that ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.db import connection

# They tell our locks from anybody else's in the same database, and from each other.
_CLASS = 0x5E90
_CLASS_OF_PUSH = 0x5E91
_CLASS_OF_REMINDERS = 0x5E92


class AlreadySyncing(Exception):
    """Another process syncs this organisation right now."""

    def __init__(self) -> None:
        super().__init__("This organisation is being synced already; one sync runs at a time.")


class AlreadyPushing(Exception):
    """Another process writes to this organisation right now."""

    def __init__(self) -> None:
        super().__init__("This organisation's outbox is being sent already; one sender runs at a time.")


class AlreadyReminding(Exception):
    """Another process sends this organisation's reminders right now."""

    def __init__(self) -> None:
        super().__init__("This organisation's reminders are being sent already; one sender runs at a time.")


@contextmanager
def hold_lease(organisation_id: int) -> Iterator[None]:
    """Hold the right for the length of a block. Raises AlreadySyncing when another process holds it."""
    with _hold(_CLASS, organisation_id) as is_held:
        if not is_held:
            raise AlreadySyncing
        yield


@contextmanager
def hold_push(organisation_id: int) -> Iterator[None]:
    """
    Hold the right to send the organisation's outbox for the length of a block. Raises AlreadyPushing.

    It is apart from the right to sync: what people send does not wait for a copy to be made.
    """
    with _hold(_CLASS_OF_PUSH, organisation_id) as is_held:
        if not is_held:
            raise AlreadyPushing
        yield


@contextmanager
def hold_reminders(organisation_id: int) -> Iterator[None]:
    """Hold the right to send the organisation's reminders for a block. Raises AlreadyReminding."""
    with _hold(_CLASS_OF_REMINDERS, organisation_id) as is_held:
        if not is_held:
            raise AlreadyReminding
        yield


@contextmanager
def _hold(kind: int, organisation_id: int) -> Iterator[bool]:
    parameters = connection.get_connection_params()
    with psycopg.connect(**_plain(parameters), autocommit=True) as session:
        row = session.execute("select pg_try_advisory_lock(%s, %s)", [kind, organisation_id]).fetchone()
        if row is None or not row[0]:
            yield False
            return
        try:
            yield True
        finally:
            # The server notices a closed session a moment later; who comes next need not wait for that.
            with suppress(psycopg.Error):
                session.execute("select pg_advisory_unlock(%s, %s)", [kind, organisation_id])


def is_leased(organisation_id: int) -> bool:
    """Say whether some process syncs the organisation now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 2"
            " and database = (select oid from pg_database where datname = current_database())"
            " and classid = %s and objid = %s)",
            [_CLASS, organisation_id],
        )
        return bool(cursor.fetchone()[0])


def list_leased() -> set[int]:
    """Return the organisations that some process syncs now."""
    return _list_held(_CLASS)


def list_pushed() -> set[int]:
    """Return the organisations that some process writes to now."""
    return _list_held(_CLASS_OF_PUSH)


def _list_held(kind: int) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select objid from pg_locks where locktype = 'advisory' and granted and objsubid = 2"
            " and database = (select oid from pg_database where datname = current_database())"
            " and classid = %s",
            [kind],
        )
        return {int(row[0]) for row in cursor.fetchall()}


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Leave out what Django adds for its own cursors."""
    return {
        name: value
        for name, value in parameters.items()
        if name not in ("cursor_factory", "context", "prepare_threshold", "client_encoding")
    }
