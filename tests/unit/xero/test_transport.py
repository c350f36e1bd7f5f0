"""One exchange is bounded in time, and its answer whole or absent."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.errors import Silence, XeroUnreachable
from counterfoil.xero.transport import build_http, send


class Drip(httpx.AsyncByteStream):
    """A body without end, a byte at a time, so that no read ever times out."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0)


def test_an_answer_that_drips_for_ever_is_given_up() -> None:
    async def main() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip()))
        async with httpx.AsyncClient(transport=transport) as http:
            await send(http, http.build_request("GET", "https://api.xero.com"), deadline_s=0.02)

    with pytest.raises(XeroUnreachable) as met:
        asyncio.run(main())

    assert met.value.silence is Silence.TIMED_OUT
    assert met.value.bytes_received > 0


def test_a_port_where_nobody_listens_is_no_connection_and_names_the_networks_reason() -> None:
    async def main() -> None:
        async with build_http(addresses=XeroAddresses(api="http://127.0.0.1:1")) as http:
            await send(http, http.build_request("GET", "http://127.0.0.1:1/connections"))

    with pytest.raises(XeroUnreachable) as met:
        asyncio.run(main())

    assert met.value.silence is Silence.NO_CONNECTION
    assert met.value.detail == "All connection attempts failed"
    assert str(met.value) == "Xero did not answer: no connection could be made."


def test_the_http_client_asks_for_gzip_says_who_it_is_and_follows_no_redirect() -> None:
    async def main() -> tuple[str, str, bool]:
        async with build_http(addresses=XeroAddresses()) as http:
            agent = http.headers["user-agent"].split("/")[0]
            return agent, http.headers["accept-encoding"], http.follow_redirects

    assert asyncio.run(main()) == ("Counterfoil", "gzip", False)
