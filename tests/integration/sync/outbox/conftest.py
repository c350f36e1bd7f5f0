"""A stand-in Xero for all tests of sending, and in it an organisation of each test's own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from counterfoil.mirror.models import Connection, Grant, Operation, Organisation, OutboxRules, Workspace
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.engine import sync_organisation
from counterfoil.sync.outbox.sending import Pass, Report, push_organisation
from counterfoil.sync.outbox.storing import propose
from counterfoil.xero.scopes import Write
from counterfoil.xero.wishes import Wish
from tests.factories.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    WRITE_SCOPES,
    RunningSandbox,
    running_sandbox,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """One stand-in for the tests of a file; each has an organisation of its own in it."""
    with running_sandbox(invoices=0, minute_calls=10_000, tier="advanced") as running:
        yield running


class Killed(BaseException):
    """The process ends here, without a word."""


def killing_at(step: str) -> Pass:
    """End the process when it passes this step."""

    def passes(passed: str) -> None:
        if passed == step:
            raise Killed

    return passes


@dataclass
class Books:
    """An organisation that may be written to, and its Xero; both have the same time."""

    sandbox: RunningSandbox
    organisation: Organisation
    ahead: timedelta = field(default_factory=timedelta)
    slept: timedelta = field(default_factory=timedelta)

    @property
    def tenant(self) -> str:
        """Xero's id of the organisation."""
        return self.organisation.tenant_id

    def now(self) -> datetime:
        """Return the time here, which the tests move."""
        return datetime.now(UTC) + self.ahead

    def wait(self, **span: float) -> None:
        """Let time pass, here and at Xero."""
        passed = timedelta(**span)
        self.ahead += passed
        self.sandbox.advance_clock((passed + self.slept).total_seconds())
        self.slept = timedelta()

    async def sleep(self, seconds: float) -> None:
        """Let a pause pass without waiting; Xero's clock follows at the next wait."""
        self.ahead += timedelta(seconds=seconds)
        self.slept += timedelta(seconds=seconds)

    def wish(self, wish: Wish, key: str = "test:1", **more: Any) -> Operation:
        """Propose; nobody has to approve."""
        usual: dict[str, Any] = {"now": self.now(), "by": "Mara Tane", "cause_kind": "test"}
        with self.inside():
            return propose(organisation=self.organisation, wish=wish, intent_key=key, **(usual | more))

    def push(self, passes: Pass | None = None) -> Report:
        """Send what waits, as the worker does."""
        more = {} if passes is None else {"passes": passes}
        return push_organisation(self.organisation.pk, now=self.now, sleep=self.sleep, **more)

    def sync(self, kind: str = "delta") -> Any:
        """Read from Xero, as the worker does."""
        return sync_organisation(
            self.organisation.pk, kind=kind, reason="test", now=self.now, sleep=self.sleep
        )

    def inside(self) -> Any:
        """Open the workspace."""
        return in_workspace(self.organisation.workspace_id)

    def again(self, operation: Operation) -> Operation:
        """Return the operation as it is now."""
        with self.inside():
            return Operation.objects.get(pk=operation.pk)

    def records(self, endpoint: str) -> list[dict[str, Any]]:
        """Return what Xero holds."""
        return self.sandbox.records(self.tenant, endpoint)

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask Xero as another app of the same firm would, with all permissions."""
        tokens = self.sandbox.tokens(self.tenant, scope=WRITE_SCOPES)
        headers = {
            "Authorization": f"Bearer {tokens['access_token']}",
            "xero-tenant-id": self.tenant,
            "Accept": "application/json",
        } | request.pop("headers", {})
        return self.sandbox.client.request(method, f"/api.xro/2.0/{path}", headers=headers, **request)

    def contact_id(self) -> str:
        """Return the id of a contact, adding one the first time."""
        for contact in self.records("Contacts"):
            return str(contact["ContactID"])
        made = self.sandbox.act(self.tenant, "contacts", name="Kōwhai Builders")
        return str(made["ContactID"])


@pytest.fixture
def make_books(sandbox: RunningSandbox, transactional_db: None, settings: Settings) -> Callable[..., Books]:
    """Make an organisation in the stand-in and connect it two-way."""
    for name in ("LOGIN", "IDENTITY", "API", "WEB"):
        setattr(settings, f"XERO_{name}_URL", sandbox.url)
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET

    def make(mode: str = Connection.Mode.TWO_WAY, scope: str = WRITE_SCOPES, **rules: bool) -> Books:
        sandbox.clear_faults()
        tenant = sandbox.add_organisation(name="Harbour Foods Ltd", country="GB", invoices=0, contacts=2)[
            "tenantId"
        ]
        tokens = sandbox.tokens(tenant, scope=scope)
        workspace = Workspace.objects.create(name="Ours")
        with in_workspace(workspace.pk):
            organisation = Organisation.objects.create(
                workspace=workspace, tenant_id=tenant, name="Harbour Foods Ltd"
            )
            books = Books(sandbox, organisation)
            clock = datetime.fromisoformat(sandbox.client.get("/sandbox/api/clock").json()["now"])
            books.ahead = clock - datetime.now(UTC)
            grant = Grant.objects.create(
                workspace=workspace,
                kind=Grant.Kind.CODE,
                client_id=CLIENT_ID,
                scopes=tokens["scope"].split(),
                access_token=tokens["access_token"],
                refresh_token=tokens["refresh_token"],
                expires_at=books.now() + timedelta(minutes=30),
                refreshed_at=books.now(),
            )
            Connection.objects.create(
                organisation=organisation,
                workspace=workspace,
                grant=grant,
                connected_by="Mara Tane",
                connected_at=books.now(),
                mode=mode,
                writes=[write.value for write in Write],
            )
            chosen = {"asks_approval": False, "raises_approved": True} | rules
            OutboxRules.objects.create(organisation=organisation, workspace=workspace, **chosen)
        return books

    return make


@pytest.fixture
def books(make_books: Callable[..., Books]) -> Books:
    """An organisation that may be written to, whose writes nobody has to approve."""
    return make_books()
