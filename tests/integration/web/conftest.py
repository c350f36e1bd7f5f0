"""A firm to look at the pages with, and a stand-in Xero to connect to."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django.fixtures import Settings

from counterfoil.config.paths import SIGN_IN_PATH
from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, RunningSandbox, running_sandbox
from tests.integration.web.firms import Firm, make_firm

OURS = "http://testserver"
CALLBACK = "/admin/xero_integration/connect"


@pytest.fixture
def firm(db: None) -> Firm:
    """A firm and its owner, signed in."""
    return make_firm()


@pytest.fixture(scope="session")
def running_xero() -> Iterator[RunningSandbox]:
    """One stand-in for all tests of the pages; several organisations may be chosen in one consent."""
    with running_sandbox(
        redirect_uri=[OURS + CALLBACK, OURS + SIGN_IN_PATH],
        invoices=12,
        contacts=8,
        several=True,
        tier="advanced",
        minute_calls=10_000,
    ) as running:
        yield running


@dataclass
class Xero:
    """The stand-in, with what a person does on its consent page."""

    running: RunningSandbox

    def allow(self, address: str, *names: str) -> str:
        """Press "Allow access" for these organisations; return the address that the browser is sent to."""
        tenants = [self.running.tenant_id(name) for name in names]
        return self._answer(address, {"action": "allow", "tenant": tenants})

    def sign_in(self, address: str) -> str:
        """Say yes to signing in, which chooses no organisation; return where the browser is sent."""
        return self._answer(address, {"action": "allow"})

    def cancel(self, address: str) -> str:
        """Press "Cancel"; return the address that the browser is sent to."""
        return self._answer(address, {"action": "cancel"})

    def _answer(self, address: str, data: dict[str, str | list[str]]) -> str:
        parts = urlsplit(address)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = self.running.client.post(parts.path, params=query, data=data, follow_redirects=False)
        return str(answer.headers["location"]).removeprefix(OURS)

    def fail(self, kind: str, **details: object) -> None:
        """Switch on a fault."""
        self.running.client.post("/sandbox/api/faults", json={"kind": kind, **details}).raise_for_status()


@pytest.fixture
def xero(running_xero: RunningSandbox, settings: Settings) -> Iterator[Xero]:
    """The stand-in as the Xero of this installation."""
    for name in ("LOGIN", "IDENTITY", "API", "WEB"):
        setattr(settings, f"XERO_{name}_URL", running_xero.url)
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.COUNTERFOIL_URL = OURS
    for organisation in running_xero.organisations():
        running_xero.disconnect(organisation["tenantId"])  # whatever an earlier test connected
    yield Xero(running_xero)
    running_xero.client.delete("/sandbox/api/faults").raise_for_status()


def ask_for_consent(firm: Firm) -> str:
    """Press "Connect with Xero" and return where the browser is sent."""
    answer = firm.client.post("/connect/")
    assert answer.status_code == 302
    return str(answer.headers["Location"])
