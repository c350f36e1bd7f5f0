"""Which errors say that the database is away, and which do not."""

import errno

import psycopg
import pytest
from django.db.utils import InterfaceError, OperationalError
from psycopg.errors import AdminShutdown, DiskFull, QueryCanceled, TooManyConnections
from psycopg_pool import PoolTimeout

from counterfoil.config.outages import Outage, find_outage


def wrapped(driver: psycopg.Error) -> OperationalError:
    """Return the error as Django raises it."""
    error = OperationalError(str(driver))
    error.__cause__ = driver
    return error


@pytest.mark.parametrize(
    ("driver", "outage"),
    [
        (AdminShutdown(), Outage.GONE),
        (TooManyConnections(), Outage.CROWDED),
        (DiskFull(), Outage.FULL),
        (QueryCanceled(), None),
        (psycopg.OperationalError("connection refused"), Outage.GONE),
        (psycopg.OperationalError("FATAL: sorry, too many clients already"), Outage.CROWDED),
    ],
)
def test_an_outage_is_the_same_whether_django_or_the_driver_tells_of_it(
    driver: psycopg.Error, outage: Outage | None
) -> None:
    assert (find_outage(driver), find_outage(wrapped(driver))) == (outage, outage)


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (PoolTimeout("pool initialization incomplete after 30.0 sec"), Outage.GONE),
        (InterfaceError("connection already closed"), Outage.GONE),
        (psycopg.InterfaceError("the connection is closed"), Outage.GONE),
        (OSError(errno.ENOSPC, "No space left on device"), Outage.FULL),
        (OSError(errno.ENOENT, "No such file"), None),
        (ValueError("no outage"), None),
        (None, None),
    ],
)
def test_other_errors_are_told_apart(error: BaseException | None, outage: Outage | None) -> None:
    assert find_outage(error) is outage
