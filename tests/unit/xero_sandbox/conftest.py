"""A small stand-in in this process, and a client that is connected to it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.contract import openapi
from tests.contract.exchanges import check_exchanges
from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, READ_SCOPES, REDIRECT_URI, WRITE_SCOPES
from xero_sandbox.app import create_app
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.config import SandboxSettings
from xero_sandbox.recording import Exchange, Recorder
from xero_sandbox.world import World


class Client:
    """Calls an ASGI application from plain tests; no answer may differ from Xero's published shapes."""

    def __init__(self, app: Starlette) -> None:
        self._runner = asyncio.Runner()
        self._said: list[Exchange] = []
        transport = httpx.ASGITransport(app=Recorder(app, self._said.append))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9090")

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make one call."""
        answer = self._runner.run(self._client.request(method, path, **options))
        self._check()
        return answer

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Read."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Write."""
        return self.request("POST", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        """Delete."""
        return self.request("DELETE", path, **options)

    def at_once(self, paths: list[str], headers: dict[str, str]) -> list[httpx.Response]:
        """Read several addresses at the same time."""

        async def gather() -> list[httpx.Response]:
            return await asyncio.gather(*(self._client.get(path, headers=headers) for path in paths))

        answers = self._runner.run(gather())
        self._check()
        return answers

    def _check(self) -> None:
        said = self._said.copy()
        self._said.clear()
        if openapi.is_here():
            check_exchanges(said)

    def close(self) -> None:
        """End the loop."""
        self._runner.run(self._client.aclose())
        self._runner.close()


class Xero:
    """The stand-in as a connected client sees it."""

    def __init__(self, settings: SandboxSettings) -> None:
        app = create_app(settings)
        self.world: World = app.state.world
        self.client = Client(app)
        self.books: Organisation = next(iter(self.world.organisations.values()))
        self.headers: dict[str, str] = {}

    def authorize(self, *, action: str = "allow", scope: str = READ_SCOPES, **extra: str) -> Any:
        """Press a button on the consent page and return the answer."""
        params = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "scope": scope,
            "state": "opaque",
        } | extra
        return self.client.post(
            "/identity/connect/authorize",
            params=params,
            data={"action": action, "tenant": self.books.tenant_id},
        )

    def token_call(self, **form: str) -> Any:
        """Call the token endpoint as the demo app."""
        return self.client.post("/connect/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))

    def code(self, **extra: str) -> str:
        """Return a fresh authorization code."""
        location = self.authorize(**extra).headers["location"]
        return str(location).split("code=")[1].split("&")[0]

    def connect(self, *, scope: str = READ_SCOPES) -> dict[str, Any]:
        """Connect the first organisation and keep its headers."""
        answer = self.token_call(
            grant_type="authorization_code", code=self.code(scope=scope), redirect_uri=REDIRECT_URI
        )
        tokens: dict[str, Any] = answer.json()
        self.headers = {
            "authorization": f"Bearer {tokens['access_token']}",
            "xero-tenant-id": self.books.tenant_id,
        }
        return tokens

    def get(self, path: str, **headers: str) -> Any:
        """Read from the Accounting API."""
        return self.client.get(f"/api.xro/2.0/{path}", headers=self.headers | headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Write to the Accounting API."""
        return self.client.request(method, f"/api.xro/2.0/{path}", headers=self.headers | headers, json=body)

    def save(self, method: str, path: str, body: Any, **headers: str) -> dict[str, Any]:
        """Write one record and return it as the answer holds it."""
        answer = self.send(method, path, body, **headers)
        assert answer.status_code == 200, answer.text
        (record,) = answer.json()[path.split("?")[0].split("/")[0]]
        saved: dict[str, Any] = record
        return saved

    def walk(self, endpoint: str, *, size: int, query: str = "") -> list[dict[str, Any]]:
        """Return every record of a paged list, page by page."""
        records: list[dict[str, Any]] = []
        page, pages = 1, 1
        while page <= pages:
            body = self.get(f"{endpoint}?page={page}&pageSize={size}{query}").json()
            pages, page = body["pagination"]["pageCount"], page + 1
            records += body[endpoint]
        return records


NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
SMALL = SandboxSettings(invoices=160, contacts=40, limits=False, now=NOW)


@pytest.fixture
def xero() -> Iterator[Xero]:
    """A connected stand-in of its own."""
    made = Xero(SMALL)
    made.connect()
    yield made
    made.client.close()


@pytest.fixture
def writer() -> Iterator[Xero]:
    """A stand-in of its own, connected with every scope that writes."""
    made = Xero(SMALL)
    made.connect(scope=WRITE_SCOPES)
    yield made
    made.client.close()


@pytest.fixture(scope="module")
def shared_xero() -> Iterator[Xero]:
    """A connected stand-in that the module's tests only read."""
    made = Xero(SMALL)
    made.connect()
    yield made
    made.client.close()


def messages(answer: Any) -> list[str]:
    """Return every sentence of a 400 with Elements."""
    body = answer.json()
    head = (answer.status_code, body["ErrorNumber"], body["Type"], body["Message"])
    assert head == (400, 10, "ValidationException", "A validation exception occurred")
    return [error["Message"] for element in body["Elements"] for error in element["ValidationErrors"]]


def line(amount: float = 100, code: str = "200", **more: Any) -> dict[str, Any]:
    """Return a line of one thing."""
    return {"Description": "Work done", "Quantity": 1, "UnitAmount": amount, "AccountCode": code} | more


def invoice(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an approved sales invoice."""
    return {
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "Contact": {"Name": "New Client Ltd"},
        "LineItems": list(lines) or [line()],
    } | more
