"""Asks Xero one thing outside of a run: opens a client, asks, and closes it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import httpx

from counterfoil.mirror.models import Organisation
from counterfoil.sync.app import get_addresses
from counterfoil.sync.clients import build_client
from counterfoil.sync.engine import find_connection
from counterfoil.sync.threads import DatabaseThread
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.client import XeroClient
from counterfoil.xero.errors import Limit, Silence, XeroBusy, XeroUnreachable
from counterfoil.xero.transport import build_http

T = TypeVar("T")

# What a person waits for before a page; a sync would wait longer.
PATIENCE_S = 20.0


def ask_xero(call: Callable[[httpx.AsyncClient, XeroAddresses], Awaitable[T]]) -> T:
    """Return what the call returns. No transaction should be open meanwhile: Xero may take its time."""

    async def within() -> T:
        addresses = get_addresses()
        async with build_http(addresses=addresses) as http:
            return await call(http, addresses)

    return asyncio.run(within())


def ask_organisation(
    organisation: Organisation,
    call: Callable[[XeroClient, DatabaseThread], Awaitable[T]],
    *,
    now: Callable[[], datetime],
    patience_s: float | None = None,
) -> T:
    """
    Return what the call learns from one organisation, for a person who waits.

    Its calls pass the gate as every other, and are counted as asked for. Raises NotConnected, what
    the client raises, and XeroBusy or XeroUnreachable when it takes longer than a person waits. No
    transaction may be open meanwhile.
    """
    connection, queue = find_connection(organisation.pk), _Queue()

    async def within() -> T:
        async with DatabaseThread("asking") as thread, build_http(addresses=get_addresses()) as http:
            client = build_client(
                connection, http, thread=thread, reason="asked for", now=now, sleep_at_gate=queue.sleep
            )
            try:
                async with asyncio.timeout(PATIENCE_S if patience_s is None else patience_s):
                    return await call(client, thread)
            except TimeoutError:
                if queue.is_waiting:
                    raise XeroBusy(Limit.MINUTE) from None
                raise XeroUnreachable(Silence.TIMED_OUT) from None

    return asyncio.run(within())


class _Queue:
    """Knows whether somebody still waits for the gate."""

    is_waiting = False

    async def sleep(self, seconds: float) -> None:
        self.is_waiting = True
        await asyncio.sleep(seconds)
        self.is_waiting = False
