"""The worker outlives its database, in whatever words the loss is told."""

import asyncio
import os
import signal
from collections.abc import Callable

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from counterfoil.cli import working


def raise_in_turn(problems: list[Exception]) -> Callable[..., object]:
    """Return what fails in each of these ways in turn, and then has the worker told to stop."""

    async def do(*_given: object) -> None:
        if problems:
            raise problems.pop(0)
        os.kill(os.getpid(), signal.SIGTERM)

    return do


def connector_lost() -> ConnectorException:
    """Return the error of the queue of jobs for a connection that was cut."""
    lost = ConnectorException()
    lost.__cause__ = psycopg.OperationalError("server closed the connection unexpectedly")
    return lost


def test_the_worker_goes_on_however_its_pool_told_that_the_database_is_gone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    problems = [connector_lost(), PoolTimeout("pool initialization incomplete after 30.0 sec"), OSError()]
    monkeypatch.setattr(working, "_work", raise_in_turn(problems))
    monkeypatch.setattr(working, "_LOOK_AGAIN_S", 0.001)
    monkeypatch.setattr(working, "_look_for_database", look_quietly)

    asyncio.run(asyncio.wait_for(working.work_until_stopped(1), 20))

    assert problems == []
    said = [line for line in caplog.messages if "the worker lost the database" in line]
    assert len(said) == 1
    assert "gone" in said[0]


async def look_quietly() -> None:
    """Find the database there."""


def test_the_worker_is_not_started_before_the_database_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    away = [psycopg.OperationalError("connection refused")] * 3
    looks = len(away)

    async def look() -> None:
        if away:
            raise away.pop()

    worked: list[int] = []

    async def work(*_given: object) -> None:
        worked.append(looks - len(away))
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(working, "_look_for_database", look)
    monkeypatch.setattr(working, "_work", work)
    monkeypatch.setattr(working, "_LOOK_AGAIN_S", 0.001)

    asyncio.run(asyncio.wait_for(working.work_until_stopped(1), 20))

    assert worked == [looks]


def test_an_error_that_is_no_outage_ends_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "_look_for_database", look_quietly)
    monkeypatch.setattr(working, "_work", raise_in_turn([ValueError("not the database")]))

    with pytest.raises(ValueError, match="not the database"):
        asyncio.run(asyncio.wait_for(working.work_until_stopped(1), 20))
