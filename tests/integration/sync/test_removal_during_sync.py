"""No record arrives after its organisation was removed (T33, T34)."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from counterfoil.features.connections.removal import purge_organisation
from counterfoil.mirror.models import Connection, Invoice, Run, StreamRun
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.engine import NotConnected
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_killed_worker import wait_until


def test_a_sync_ends_when_its_organisation_is_removed_and_leaves_nothing(mirrored: Mirrored) -> None:
    mirrored.sandbox.fault("slow", match="Payments", count=10, seconds=1.0)
    ended: list[BaseException | Run] = []

    def work() -> None:
        try:
            ended.append(mirrored.sync(Run.Kind.FULL))
        except NotConnected as not_connected:
            ended.append(not_connected)
        finally:
            connection.close()

    def has_invoices() -> bool:
        with across_workspaces():
            return StreamRun.objects.filter(stream="Invoices", state=StreamRun.State.DONE).exists()

    worker = threading.Thread(target=work)
    worker.start()
    wait_until(has_invoices)
    with in_workspace(mirrored.organisation.workspace_id):
        removed = purge_organisation(mirrored.organisation, now=timezone.now())
    worker.join()

    with across_workspaces():
        left = [model.objects.count() for model in (Connection, Invoice, Run, StreamRun)]
    assert removed["invoices and bills"] == 2300
    assert left == [0, 0, 0, 0]
    assert isinstance(ended[0], NotConnected)
    with pytest.raises(NotConnected):
        mirrored.sync(Run.Kind.DELTA)
