"""Tells why the database refused, where that passes by itself or by what an operator does."""

import errno
from enum import Enum

import psycopg
from django.db import Error
from django.db.utils import InterfaceError, OperationalError


class Outage(Enum):
    """What is wrong with the database: a word for the log, and a sentence for whoever looks after it."""

    GONE = ("gone", "The database does not answer. Counterfoil goes on as soon as it does.")
    CROWDED = (
        "crowded",
        "The database has no connection left. Raise max_connections of PostgreSQL, or run fewer processes.",
    )
    FULL = ("full", "The disk of the database is full. Make room; nothing that was kept is lost.")

    def __init__(self, word: str, sentence: str) -> None:
        self.word = word
        self.sentence = sentence


_STATES = {"53100": Outage.FULL, "53300": Outage.CROWDED}
# Connections that broke, a server that stops, starts or recovers.
_GONE_STATES = ("08", "57P")
# A connection that is refused has no state to tell it by, only words; they are never translated here.
_WORDS_OF_CROWDED = ("too many clients", "too many connections", "connection slots are reserved")


def find_outage(error: BaseException | None) -> Outage | None:
    """
    Return what is wrong with the database, or None when the error has another cause.

    The error is Django's, with the driver's as its cause, or the driver's own, as the queue of jobs has it.
    """
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return Outage.FULL
    if isinstance(error, InterfaceError | psycopg.InterfaceError):
        return Outage.GONE
    if not isinstance(error, OperationalError | psycopg.OperationalError):
        return None
    driver = error if isinstance(error, psycopg.Error) else error.__cause__
    state = getattr(driver, "sqlstate", None)
    if state is None:
        said = str(error)
        is_crowded = any(words in said for words in _WORDS_OF_CROWDED)
        return Outage.CROWDED if is_crowded else Outage.GONE
    return _STATES.get(state) or (Outage.GONE if state.startswith(_GONE_STATES) else None)


DATABASE_ERRORS: tuple[type[Error], ...] = (OperationalError, InterfaceError)
"""What an outage raises, among other things; ask `find_outage` which it is."""
