"""A stand-in Xero, and one of its organisations connected to a workspace."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from django.utils import timezone
from pytest_django import Settings

from counterfoil.mirror.models import Organisation, Run, StreamRun, Workspace
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.custom import connect_custom
from counterfoil.sync.engine import sync_organisation
from counterfoil.sync.streams import STREAMS
from tests.factories.sandbox import (
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    RunningSandbox,
    running_sandbox,
)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A small stand-in whose limits are off, so that no test waits for a minute to pass."""
    with running_sandbox(invoices=2300, contacts=120, minute_calls=10_000, tier="advanced") as running:
        yield running


@dataclass
class Mirrored:
    """An organisation with its copy, and the Xero it is copied from."""

    organisation: Organisation
    sandbox: RunningSandbox

    def sync(self, kind: str = Run.Kind.DELTA, reason: str = "test") -> Run:
        """Sync as the worker does."""
        return sync_organisation(self.organisation.pk, kind=kind, reason=reason, now=timezone.now)

    def streams(self, run: Run) -> dict[str, StreamRun]:
        """Return what became of each stream in a run."""
        with in_workspace(run.workspace_id):
            return {row.stream: row for row in run.streams.all()}

    def copy_of(self, endpoint: str) -> dict[str, dict[str, Any]]:
        """Return the mirror's raw records by id."""
        stream = next(stream for stream in STREAMS if stream.name == endpoint)
        with in_workspace(self.organisation.workspace_id):
            rows = stream.model._default_manager.filter(organisation=self.organisation, gone_at=None)
            return {row.xero_id: msgspec.json.decode(row.raw) for row in rows}

    def original_of(self, endpoint: str) -> dict[str, dict[str, Any]]:
        """Return Xero's records by id."""
        stream = next(stream for stream in STREAMS if stream.name == endpoint)
        records = self.sandbox.records(self.organisation.tenant_id, endpoint)
        return {record[stream.id_member]: record for record in records}


def point_at(settings: Settings, sandbox: RunningSandbox) -> None:
    """Make the stand-in our Xero, and its custom connection our app."""
    for name in ("LOGIN", "IDENTITY", "API", "WEB"):
        setattr(settings, f"XERO_{name}_URL", sandbox.url)
    settings.XERO_CLIENT_ID = CUSTOM_CLIENT_ID
    settings.XERO_CLIENT_SECRET = CUSTOM_CLIENT_SECRET


@pytest.fixture
def connect(transactional_db: None, settings: Settings) -> Callable[[RunningSandbox], Mirrored]:
    """Connect the first organisation of a stand-in."""

    def connect(sandbox: RunningSandbox) -> Mirrored:
        point_at(settings, sandbox)
        workspace = Workspace.objects.create(name="Ours")
        connection = connect_custom(workspace=workspace, now=timezone.now())
        with across_workspaces():
            return Mirrored(Organisation.objects.get(pk=connection.organisation_id), sandbox)

    return connect


@pytest.fixture
def mirrored(connect: Callable[[RunningSandbox], Mirrored], sandbox: RunningSandbox) -> Mirrored:
    """A connected organisation that was not synced yet."""
    return connect(sandbox)
