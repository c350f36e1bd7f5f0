"""
Keeps what the stand-in was asked and what it answered, for whoever wants to look at it afterwards.

Our tests hold both against Xero's OpenAPI files when a stand-in has ended: nothing of the check is in the
way of an answer.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from xero_sandbox.accounting.routes import FAULT_IN_SCOPE

_WATCHED = ("/api.xro/", "/connections", "/connect/", "/identity/", "/.well-known/")


class Exchange(msgspec.Struct):
    """One request and the whole answer to it; bodies are as they travelled, in the file as base64."""

    method: str
    path: str
    query: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int = 0
    answer_headers: dict[str, str] = {}
    answer_body: bytes = b""
    fault: str | None = None

    @property
    def name(self) -> str:
        """How a person finds it again; no header is shown, for they hold tokens."""
        return f"{self.method} {self.path}{'?' if self.query else ''}{self.query}"


class Recorder:
    """Wraps a stand-in and hands every whole exchange with one of Xero's own addresses to `keep`."""

    def __init__(self, app: Starlette, keep: Callable[[Exchange], None]) -> None:
        self.app = app
        self.state = app.state
        self.keep = keep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call and keep it, unless its answer broke off."""
        if scope["type"] != "http" or not scope["path"].lower().startswith(_WATCHED):
            await self.app(scope, receive, send)
            return
        asked, answered = bytearray(), bytearray()
        exchange = Exchange(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            _read_headers(scope["headers"]),
            b"",
        )
        is_whole = False

        async def hear() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def tell(message: Message) -> None:
            nonlocal is_whole
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.answer_headers = _read_headers(message["headers"])
            else:
                answered.extend(message.get("body", b""))
                is_whole = not message.get("more_body", False)
            await send(message)

        await self.app(scope, hear, tell)
        if is_whole:
            exchange.request_body, exchange.answer_body = bytes(asked), bytes(answered)
            exchange.fault = scope.get(FAULT_IN_SCOPE)
            self.keep(exchange)


def keep_in(path: Path) -> Callable[[Exchange], None]:
    """Return what appends a line of JSON to a file for each exchange."""
    file = path.open("ab", buffering=0)  # lives as long as the process

    def keep(exchange: Exchange) -> None:
        # In one write, so that a process that is killed leaves only whole lines.
        file.write(msgspec.json.encode(exchange) + b"\n")

    return keep


def read_exchanges(path: Path) -> Iterator[Exchange]:
    """Yield what a stand-in wrote down, in its order."""
    with path.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line, type=Exchange)


def _read_headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}
