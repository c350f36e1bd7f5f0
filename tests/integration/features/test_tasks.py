"""The background jobs of the connections."""

from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.features.connections.tasks import request_sync, sync
from counterfoil.mirror.models import Organisation, Run, Workspace
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.lease import AlreadySyncing

WISH: dict[str, Any] = {"organisation_id": 7, "kind": Run.Kind.DELTA.value, "reason": "by hand"}


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process syncs the organisation."""

    def refuse(*_: object, **__: object) -> None:
        raise AlreadySyncing

    monkeypatch.setattr("counterfoil.features.connections.tasks.sync_organisation", refuse)


@pytest.fixture(autouse=True)
def no_jobs_of_other_tests(transactional_db: None) -> None:
    """Django empties only the tables it manages; the queue's are not among them."""
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs cascade")


def waiting() -> list[dict[str, object]]:
    return list(ProcrastinateJob.objects.filter(status="todo").values_list("args", flat=True))


def test_a_sync_that_a_person_asked_for_is_looked_at_again_when_another_runs(busy: None) -> None:
    sync(**WISH, by_person=True)

    (job,) = ProcrastinateJob.objects.filter(status="todo")
    assert job.args == {**WISH, "by_person": True}
    assert job.scheduled_at is not None


def test_a_scheduled_sync_that_meets_another_comes_round_by_itself(busy: None) -> None:
    sync(**WISH, by_person=False)

    assert waiting() == []


def test_asking_twice_makes_one_job_and_spoils_no_transaction() -> None:
    with across_workspaces():
        request_sync(**WISH)
        request_sync(**WISH)
        workspace = Workspace.objects.create(name="Ours")
        Organisation.objects.create(workspace=workspace, tenant_id="t", name="still works")

    assert waiting() == [{**WISH, "by_person": False}]
