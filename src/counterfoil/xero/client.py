"""Reads from one organisation: waits its turn, retries what is worth it, and gives up in plain words."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import IO

import httpx

from counterfoil.domain.identifiers import TenantId
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.errors import Limit, TokenRejected, XeroBroken, XeroBusy, XeroUnreachable
from counterfoil.xero.exchange import AccessTokens, Answer, Call, Exchange, Wanted
from counterfoil.xero.gate import Gate, Priority
from counterfoil.xero.transport import build_http
from counterfoil.xero.wire.dates import format_modified_since

__all__ = ["AccessTokens", "Answer", "XeroClient", "build_http", "pause_s"]

MAX_TRIES = 4
MAX_WAITS = 10
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class XeroClient:
    """Reads the accounting records of one organisation; it has no way to write."""

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        addresses: XeroAddresses,
        tenant: TenantId,
        tokens: AccessTokens,
        gate: Gate,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._exchange = Exchange(
            http=http, addresses=addresses, tenant=tenant, tokens=tokens, gate=gate, now=now
        )
        self._sleep = sleep
        self._draw = draw

    async def get(
        self,
        path: str,
        *,
        priority: Priority,
        params: Mapping[str, str] | None = None,
        modified_since: datetime | None = None,
    ) -> Answer:
        """
        Return the answer to one read of a resource below the accounting address, as in `Invoices`.

        Silence, faults of Xero and broken-off answers are tried up to four times with growing pauses; a
        minute's limit is waited for; an expired token is renewed once. Every try passes the gate. Raises
        the `XeroError` that is left: `XeroBusy` at once when the day is spent, `ConsentLost` and
        `XeroRefused` at once always.
        """
        since = {} if modified_since is None else {"If-Modified-Since": format_modified_since(modified_since)}
        return await self._persist(Call(path, params=params or {}, headers=since), priority)

    async def download(
        self, path: str, *, into: IO[bytes], media_type: str, most: int, priority: Priority
    ) -> None:
        """
        Write a file that Xero holds to `into`, at most so many bytes, with as much patience as `get`.

        `media_type` is what the file is. Raises what `get` raises, TooLarge, and AnswerNotUnderstood
        when something else came.
        """
        call = Call(path, headers={"Accept": media_type}, file=Wanted(into, media_type, most))
        await self._persist(call, priority)

    async def _persist(self, call: Call, priority: Priority) -> Answer:
        failures, waits, is_renewed = 0, 0, False
        while True:
            await self._exchange.enter(priority=priority)
            try:
                return await self._exchange.once(call)
            except TokenRejected:
                if is_renewed:
                    raise
                await self._exchange.renew_token(call)
                is_renewed = True
            except XeroBusy as busy:
                # The gate has heard it and makes the next try wait; a spent day is not worth waiting for.
                waits += 1
                if busy.limit is Limit.DAY:
                    raise
                if waits >= MAX_WAITS:  # what Xero said last was the wait for one more try
                    raise XeroBusy(busy.limit, correlation_id=busy.correlation_id) from None
            except (XeroUnreachable, XeroBroken):
                failures += 1
                if failures >= MAX_TRIES:
                    raise
                await self._sleep(pause_s(failures, self._draw))


def pause_s(failures: int, draw: Callable[[], float]) -> float:
    """Return a pause that doubles with each failure, half of it by chance so that workers drift apart."""
    longest = min(_FIRST_PAUSE_S * 2.0 ** (failures - 1), _LONGEST_PAUSE_S)
    return longest * (0.5 + 0.5 * draw())
