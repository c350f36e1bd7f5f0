"""
Sends outboxes in processes of their own, which are killed with SIGKILL where they are told to be.

The script reads one order a line, forks for each, and answers how that process ended. It imports once,
so that a kill costs a fork and not a start.
"""

import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

ON_THE_WIRE = {
    "asked": "http11.send_request_body.complete",
    "answering": "http11.receive_response_headers.complete",
}
"""Moments of a call that writes: its last byte has left, and the first of its answer has arrived."""

BEFORE_STATEMENT = "statement "


def die() -> None:
    """End this process as a power cut does: nothing is closed, nothing is said."""
    os.kill(os.getpid(), signal.SIGKILL)


class Clock:
    """The time that the test has; a pause passes at once."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead = timedelta(seconds=ahead_s)

    def now(self) -> datetime:
        """Return the moment."""
        return datetime.now(UTC) + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Let a pause pass."""
        self._ahead += timedelta(seconds=seconds)


def die_on_the_wire(event: str) -> None:
    """Die at this event of the first call that writes."""
    import httpx

    send: Callable[..., Awaitable[httpx.Response]] = httpx.AsyncClient.send

    async def trace(name: str, _info: dict[str, Any]) -> None:
        if name == event:
            die()

    async def traced(self: httpx.AsyncClient, request: httpx.Request, **more: Any) -> httpx.Response:
        if request.method != "GET":
            request.extensions = {**request.extensions, "trace": trace}
        return await send(self, request, **more)

    httpx.AsyncClient.send = traced  # type: ignore[method-assign]  # this process lives for one sending


def dying_before_statement(number: int) -> Callable[..., Any]:
    """Die before the database is asked for so many times, on whatever connection."""
    asked = 0

    def execute(run: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == number:
            die()
        return run(*arguments)

    return execute


def watch_statements(execute: Callable[..., Any]) -> None:
    """Have every connection of this process pass its statements, as each thread opens one of its own."""
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.signals import connection_created

    def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
        connection.execute_wrappers.append(execute)

    connection_created.connect(watch, weak=False)


def send_outbox(order: dict[str, Any]) -> None:
    """Send one outbox, and die on the way if the order says so."""
    from counterfoil.sync.lease import AlreadyPushing
    from counterfoil.sync.outbox.sending import push_organisation

    kill_at, clock = str(order["kill_at"]), Clock(order["ahead_s"])
    if kill_at in ON_THE_WIRE:
        die_on_the_wire(ON_THE_WIRE[kill_at])
    if kill_at.startswith(BEFORE_STATEMENT):
        watch_statements(dying_before_statement(int(kill_at.removeprefix(BEFORE_STATEMENT))))

    def passes(step: str) -> None:
        if step == kill_at:
            die()

    try:
        push_organisation(order["organisation"], now=clock.now, sleep=clock.sleep, passes=passes)
    except AlreadyPushing:  # the database has not noticed yet that the last one is dead
        os._exit(75)


def answer(order: dict[str, Any]) -> int:
    """Fork for an order and return how that process ended; a signal is a negative number."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    send_outbox(order)
    os._exit(0)


if __name__ == "__main__":
    import django

    django.setup()
    import counterfoil.sync.outbox.sending  # noqa: F401 - what is imported before a fork is imported once

    for line in sys.stdin:
        sys.stdout.write(f"{answer(json.loads(line))}\n")
        sys.stdout.flush()
