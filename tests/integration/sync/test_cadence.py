"""When an organisation is due, and for what (T27, T28, R16)."""

from datetime import UTC, datetime, timedelta

import pytest

from counterfoil.mirror.models import Connection, Grant, Organisation, Run, Workspace
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.cadence import Cadence, Due, list_due

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CADENCE = Cadence(delta_every=timedelta(minutes=15), sweep_every=timedelta(hours=24))
pytestmark = pytest.mark.usefixtures("every_workspace")


@pytest.fixture
def connection(every_workspace: None) -> Connection:
    workspace = Workspace.objects.create(name="Ours")
    organisation = Organisation.objects.create(workspace=workspace, tenant_id="t-1", name="Org")
    grant = Grant.objects.create(workspace=workspace, kind="code", expires_at=NOW, refreshed_at=NOW)
    return Connection.objects.create(
        workspace=workspace, organisation=organisation, grant=grant, connected_by="Ann", connected_at=NOW
    )


def add_run(connection: Connection, kind: str, minutes_ago: int, state: str = Run.State.SUCCEEDED) -> Run:
    finished = NOW - timedelta(minutes=minutes_ago)
    return Run.objects.create(
        workspace=connection.workspace,
        organisation=connection.organisation,
        kind=kind,
        reason="test",
        state=state,
        started_at=finished - timedelta(minutes=1),
        finished_at=None if state in (Run.State.RUNNING, Run.State.PARKED) else finished,
    )


def due(connection: Connection) -> tuple[str, str] | None:
    found = list_due(CADENCE, now=NOW)
    assert {one.organisation_id for one in found} <= {connection.organisation_id}
    return (found[0].kind, found[0].reason) if found else None


def test_a_new_connection_is_due_for_its_first_full_copy(connection: Connection) -> None:
    assert list_due(CADENCE, now=NOW) == [Due(connection.organisation_id, Run.Kind.FULL, "connected")]


def test_a_full_copy_is_followed_at_once_by_what_changed_while_it_was_read(connection: Connection) -> None:
    add_run(connection, Run.Kind.FULL, minutes_ago=0)

    assert due(connection) == (Run.Kind.DELTA, "closing")


def test_changes_are_due_at_the_interval_and_not_before(connection: Connection) -> None:
    add_run(connection, Run.Kind.FULL, minutes_ago=60)
    add_run(connection, Run.Kind.DELTA, minutes_ago=14)
    assert due(connection) is None

    add_run(connection, Run.Kind.DELTA, minutes_ago=1)
    Run.objects.filter(kind=Run.Kind.DELTA).update(finished_at=NOW - timedelta(minutes=15))

    assert due(connection) == (Run.Kind.DELTA, "scheduled")


def test_a_day_after_the_last_whole_look_a_sweep_is_due(connection: Connection) -> None:
    add_run(connection, Run.Kind.FULL, minutes_ago=24 * 60)
    add_run(connection, Run.Kind.DELTA, minutes_ago=5)

    assert due(connection) == (Run.Kind.SWEEP, "daily")


def test_a_run_that_lost_its_process_is_due_at_once(connection: Connection) -> None:
    add_run(connection, Run.Kind.SWEEP, minutes_ago=0, state=Run.State.RUNNING)

    assert due(connection) == (Run.Kind.SWEEP, "resumed")


@pytest.mark.parametrize(("minutes", "expected"), [(1, None), (0, (Run.Kind.FULL, "resumed"))])
def test_a_parked_run_waits_for_the_time_that_xero_gave(
    connection: Connection, minutes: int, expected: tuple[str, str] | None
) -> None:
    run = add_run(connection, Run.Kind.FULL, minutes_ago=5, state=Run.State.PARKED)
    Run.objects.filter(pk=run.pk).update(parked_until=NOW + timedelta(minutes=minutes))

    assert due(connection) == expected


def test_a_failed_run_is_tried_again_sooner_than_at_the_interval(connection: Connection) -> None:
    add_run(connection, Run.Kind.FULL, minutes_ago=60)
    add_run(connection, Run.Kind.DELTA, minutes_ago=5, state=Run.State.FAILED)

    assert due(connection) == (Run.Kind.DELTA, "scheduled")


def test_nothing_is_due_without_auto_sync_or_access(connection: Connection) -> None:
    add_run(connection, Run.Kind.FULL, minutes_ago=24 * 60)
    Connection.objects.update(auto_sync=False)
    assert due(connection) is None

    Connection.objects.update(auto_sync=True, state=Connection.State.LOST)

    assert due(connection) is None


def test_what_is_due_is_found_across_workspaces_only_where_that_was_asked(connection: Connection) -> None:
    with across_workspaces():
        assert len(list_due(CADENCE, now=NOW)) == 1
