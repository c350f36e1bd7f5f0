"""Sends one request and brings back the whole answer, or says how Xero stayed silent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import IO

import httpx

from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.errors import Silence, TooLarge, XeroUnreachable

TIMEOUTS = httpx.Timeout(connect=10, read=60, write=30, pool=None)

# A server that drips bytes never trips a read timeout; this bounds the whole exchange.
DEADLINE_S = 120.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer; `bytes_received` is what travelled, compressed, which is what Xero's plans count."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    bytes_received: int


def build_http(
    *, addresses: XeroAddresses, timeouts: httpx.Timeout = TIMEOUTS, connections: int = 5
) -> httpx.AsyncClient:
    """
    Return the HTTP client for everything said to one Xero; the caller closes it.

    Answers come compressed, redirects are not followed (a token must not travel to another host), and HTTP/2
    is offered where the line is encrypted. Xero answers at most five calls of an organisation at once.
    Source: Xero developer guide, "OAuth 2.0 API limits".
    """
    return httpx.AsyncClient(
        headers={"User-Agent": f"Counterfoil/{_get_version()}", "Accept-Encoding": "gzip"},
        timeout=timeouts,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        http2=addresses.api.startswith("https://"),
        follow_redirects=False,
    )


async def send(http: httpx.AsyncClient, request: httpx.Request, *, deadline_s: float = DEADLINE_S) -> Reply:
    """Return the answer to one request, whatever its status; raises `XeroUnreachable`."""
    return await _exchange(http, request, httpx.Response.aread, deadline_s)


async def download(
    http: httpx.AsyncClient,
    request: httpx.Request,
    into: IO[bytes],
    *,
    most: int,
    deadline_s: float = DEADLINE_S,
) -> Reply:
    """
    Write the body of a good answer to a file, piece by piece, and return the answer without it.

    Any other answer comes back whole, to be judged. Raises `XeroUnreachable`, and TooLarge as soon as there
    are more than `most` bytes.
    """

    async def read(response: httpx.Response) -> bytes:
        if not response.is_success:
            return await response.aread()
        written = 0
        async for piece in response.aiter_bytes():
            written += len(piece)
            if written > most:
                raise TooLarge(most, bytes_received=response.num_bytes_downloaded or written)
            into.write(piece)
        return b""

    return await _exchange(http, request, read, deadline_s)


async def _exchange(
    http: httpx.AsyncClient,
    request: httpx.Request,
    read: Callable[[httpx.Response], Awaitable[bytes]],
    deadline_s: float,
) -> Reply:
    """
    Send, and read the answer in the way that is asked for.

    An error is raised on its own, because httpx's errors hold the request and with it the token.
    """
    received: list[httpx.Response] = []
    try:
        async with asyncio.timeout(deadline_s):
            return await _read_reply(http, request, read, received)
    except (TimeoutError, httpx.TimeoutException):
        silence, detail = Silence.TIMED_OUT, ""
    except httpx.ConnectError as error:
        silence, detail = Silence.NO_CONNECTION, str(error)
    except (
        httpx.ReadError,
        httpx.WriteError,
        httpx.CloseError,
        httpx.ProtocolError,
        httpx.DecodingError,
    ) as error:
        silence, detail = Silence.CUT_SHORT, type(error).__name__
    except httpx.HTTPError as error:
        silence, detail = Silence.NO_CONNECTION, type(error).__name__
    count = received[0].num_bytes_downloaded if received else 0
    raise XeroUnreachable(silence, detail=detail, bytes_received=count)


async def _read_reply(
    http: httpx.AsyncClient,
    request: httpx.Request,
    read: Callable[[httpx.Response], Awaitable[bytes]],
    received: list[httpx.Response],
) -> Reply:
    response = await http.send(request, stream=True)
    received.append(response)
    try:
        body = await read(response)
    finally:
        await response.aclose()
    # A transport without a wire, as in tests, counts nothing.
    count = response.num_bytes_downloaded or len(body)
    return Reply(response.status_code, response.headers, body, count)


def _get_version() -> str:
    try:
        return version("counterfoil")
    except PackageNotFoundError:
        return "0"
