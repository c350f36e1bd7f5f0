"""
Reaching an address of other people's choice, and nothing of our own network by it.

The name is looked up once, each address that it has is judged, and the very address that was judged is
connected to: what the name says a moment later does not matter. Redirects are not followed, and of the
answer nothing but its status is read.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import httpx

DEADLINE_S = 15

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class NotReached(Exception):
    """The address could not be posted to; the sentence says why, without what it answered."""


@dataclass(frozen=True)
class Post:
    """What is posted, and where."""

    address: str
    body: bytes
    headers: dict[str, str]


def post(what: Post, *, allowed: Sequence[Network]) -> int:
    """Post it and return the status that was answered. Raises NotReached, soon in any case."""
    return asyncio.run(_post(what, allowed))


def is_outside(address: Address, allowed: Sequence[Network]) -> bool:
    """Say whether an address is one of the open internet, or was allowed."""
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address):
        # Ways to write or reach an IPv4 address by an IPv6 one.
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return is_outside(inner, allowed)
        if address in _TRANSLATED:
            return is_outside(IPv4Address(int(address) & 0xFFFFFFFF), allowed)
    return address.is_global and not address.is_multicast and not address.is_reserved


# An IPv4 address behind a translator. Source: RFC 6052, section 2.1.
_TRANSLATED = IPv6Network("64:ff9b::/96")


async def _post(what: Post, allowed: Sequence[Network]) -> int:
    parts = urlsplit(what.address)
    host, is_secure = parts.hostname or "", parts.scheme == "https"
    try:
        async with asyncio.timeout(DEADLINE_S):
            port = parts.port or (443 if is_secure else 80)
            address = await _look_up(host, port, allowed)
            if not is_secure and not any(address in one for one in allowed if one.version == address.version):
                raise NotReached("The address begins with http://, which is for allowed networks alone.")
            return await _send(what, host, address)
    except TimeoutError as error:
        raise NotReached(f"No answer within {DEADLINE_S} seconds.") from error
    except httpx.ConnectError as error:
        raise NotReached("No connection could be made.") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NotReached(f"The connection broke off ({type(error).__name__}).") from error


async def _look_up(host: str, port: int, allowed: Sequence[Network]) -> Address:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached("The name of the address leads nowhere.") from error
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses or not all(is_outside(one, allowed) for one in addresses):
        raise NotReached("The address lies within a network of our own, which is not posted to.")
    return addresses[0]


async def _send(what: Post, host: str, address: Address) -> int:
    url = httpx.URL(what.address)
    pinned = url.copy_with(host=str(address))
    headers = {**what.headers, "Host": url.netloc.decode("ascii")}
    async with (
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=DEADLINE_S) as client,
        # The certificate is asked for and checked by the name, though an address is connected to.
        client.stream(
            "POST", pinned, content=what.body, headers=headers, extensions={"sni_hostname": host}
        ) as response,
    ):
        return response.status_code
