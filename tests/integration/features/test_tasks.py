"""The background jobs of the connections."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.features.connections.tasks import request_sync, schedule_syncs, sync
from counterfoil.mirror.models import Connection, Grant, Organisation, Run, Workspace
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


def make_connection(number: int) -> None:
    with across_workspaces():
        workspace = Workspace.objects.create(name="Ours")
        organisation = Organisation.objects.create(workspace=workspace, tenant_id=f"t-{number}", name="Org")
        now = timezone.now()
        grant = Grant.objects.create(workspace=workspace, kind="code", expires_at=now, refreshed_at=now)
        Connection.objects.create(
            workspace=workspace, organisation=organisation, grant=grant, connected_by="Ann", connected_at=now
        )


def test_when_all_are_due_at_once_only_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counterfoil.features.connections.tasks.WAITING_AT_MOST", 3)
    for number in range(5):
        make_connection(number)

    schedule_syncs(0)
    assert len(waiting()) == 3
    schedule_syncs(0)
    assert len(waiting()) == 3

    ProcrastinateJob.objects.filter(status="todo").update(status="succeeded")
    schedule_syncs(0)

    assert len(waiting()) == 3


def test_what_a_person_asked_for_is_not_scheduled_beside_it() -> None:
    make_connection(1)
    with across_workspaces():
        asked: dict[str, Any] = {
            "organisation_id": Organisation.objects.get().pk,
            "kind": "full",
            "reason": "connected",
        }
        request_sync(**asked, by_person=True)

    schedule_syncs(0)

    assert waiting() == [asked | {"by_person": True}]


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
