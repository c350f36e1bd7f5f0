"""Asks Xero one thing outside of a run: opens a client, asks, and closes it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from counterfoil.sync.app import get_addresses
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.transport import build_http

T = TypeVar("T")


def ask_xero(call: Callable[[httpx.AsyncClient, XeroAddresses], Awaitable[T]]) -> T:
    """Return what the call returns. No transaction should be open meanwhile: Xero may take its time."""

    async def within() -> T:
        addresses = get_addresses()
        async with build_http(addresses=addresses) as http:
            return await call(http, addresses)

    return asyncio.run(within())
