"""Reads from one organisation: waits its turn, retries what is worth it, and gives up in plain words."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import httpx

from counterfoil.domain.identifiers import TenantId
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.errors import Limit, Silence, TokenRejected, XeroBroken, XeroBusy, XeroUnreachable
from counterfoil.xero.gate import CallReport, Gate, Priority
from counterfoil.xero.transport import build_http, send
from counterfoil.xero.wire.answers import check_answer
from counterfoil.xero.wire.dates import format_modified_since
from counterfoil.xero.wire.headers import CORRELATION_ID, get_header
from counterfoil.xero.wire.limits import LimitsLeft, read_limits

__all__ = ["AccessTokens", "Answer", "XeroClient", "build_http"]

MAX_TRIES = 4
MAX_WAITS = 10
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class AccessTokens(Protocol):
    """Hands out access tokens; renewing once for many callers is the implementer's duty."""

    async def current(self) -> str:
        """Return an access token that is good for at least a minute."""

    async def renew(self, rejected: str) -> str:
        """Return another access token, after Xero rejected this one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer; `bytes_received` is what travelled over the wire, compressed."""

    body: bytes = field(repr=False)
    bytes_received: int
    limits: LimitsLeft
    correlation_id: str | None


@dataclass(slots=True)
class _Call:
    """One wish and what it has cost so far."""

    path: str
    params: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    token: str = field(default="", repr=False)
    failures: int = 0
    waits: int = 0
    renewed: bool = False


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
        self._http = http
        self._addresses = addresses
        self._tenant = tenant
        self._tokens = tokens
        self._gate = gate
        self._now = now
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
        headers = {"Accept": "application/json", "xero-tenant-id": self._tenant}
        if modified_since is not None:
            headers["If-Modified-Since"] = format_modified_since(modified_since)
        call = _Call(path=path, params=params or {}, headers=headers)
        while True:
            await self._gate.enter(priority=priority)
            try:
                return await self._try_once(call)
            except TokenRejected:
                if call.renewed:
                    raise
                await self._tokens.renew(call.token)
                call.renewed = True
            except XeroBusy as busy:
                # The gate has heard it and makes the next try wait; a spent day is not worth waiting for.
                call.waits += 1
                if busy.limit is Limit.DAY:
                    raise
                if call.waits >= MAX_WAITS:  # what Xero said last was the wait for one more try
                    raise XeroBusy(busy.limit, correlation_id=busy.correlation_id) from None
            except (XeroUnreachable, XeroBroken):
                call.failures += 1
                if call.failures >= MAX_TRIES:
                    raise
                await self._sleep(self._pause_s(call.failures))

    async def _try_once(self, call: _Call) -> Answer:
        status: int | None = None
        received, limits, busy, method = 0, LimitsLeft(), None, ""
        try:
            call.token = await self._tokens.current()
            request = self._build_request(call)
            method = request.method
            reply = await send(self._http, request)
            status, received, limits = reply.status, reply.bytes_received, read_limits(reply.headers)
            busy = _check_busy(reply.status, reply.headers, reply.body, call.path)
        except XeroUnreachable as silence:
            received = silence.bytes_received
            raise
        finally:
            report = CallReport(
                call.path, status, received, limits, busy, finished_at=self._now(), method=method or "GET"
            )
            await self._gate.leave(report)
        if busy is not None:
            raise busy
        if _is_cut_short(reply.headers, reply.body):
            raise XeroUnreachable(Silence.CUT_SHORT, detail="unfinished JSON", bytes_received=received)
        return Answer(reply.body, received, limits, get_header(reply.headers, CORRELATION_ID))

    def _build_request(self, call: _Call) -> httpx.Request:
        headers = {**call.headers, "Authorization": f"Bearer {call.token}"}
        address = self._addresses.accounting(call.path)
        return self._http.build_request("GET", address, params=call.params, headers=headers)

    def _pause_s(self, failures: int) -> float:
        """Return a pause that doubles with each failure, half of it by chance so that workers drift apart."""
        longest = min(_FIRST_PAUSE_S * 2.0 ** (failures - 1), _LONGEST_PAUSE_S)
        return longest * (0.5 + 0.5 * self._draw())


def _is_cut_short(headers: Mapping[str, str], body: bytes) -> bool:
    """
    Say whether JSON stops before its last bracket, as when a proxy hides that Xero's answer broke off.

    Every accounting answer is one object. Source: Xero developer guide, "Requests and Responses".
    """
    kind = get_header(headers, "content-type") or ""
    return kind.startswith("application/json") and not body.rstrip().endswith(b"}")


def _check_busy(status: int, headers: Mapping[str, str], body: bytes, path: str) -> XeroBusy | None:
    """Return the limit that was met, for the gate to hear of; raise any other error."""
    try:
        check_answer(status, headers, body, path=path)
    except XeroBusy as busy:
        return busy
    return None
