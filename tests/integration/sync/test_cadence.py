"""When an organisation is due, and for what (T27, T28, R16, K1, P12)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from counterfoil.domain.rhythm import Cost, latest_quiet_moment, latest_turn, spread
from counterfoil.mirror.models import (
    Connection,
    GateBudget,
    Grant,
    Notice,
    Organisation,
    OrganisationProfile,
    Run,
    StreamRun,
    Workspace,
)
from counterfoil.sync.cadence import Due, describe_rhythm, list_due, reckon_interval

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("every_workspace")


@pytest.fixture
def connection(every_workspace: None) -> Connection:
    return make_connection("t-1")


def make_connection(tenant_id: str) -> Connection:
    workspace = Workspace.objects.create(name="Ours")
    organisation = Organisation.objects.create(workspace=workspace, tenant_id=tenant_id, name="Org")
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


def due(connection: Connection, now: datetime = NOW) -> tuple[str, str] | None:
    found = list_due(now=now)
    assert {one.organisation_id for one in found} <= {connection.organisation_id}
    return (found[0].kind, found[0].reason) if found else None


def turn_of(connection: Connection, every: timedelta) -> datetime:
    """Return the organisation's latest turn before NOW."""
    return latest_turn(every, place=spread(connection.organisation_id), now=NOW)


def finish_at(run: Run, moment: datetime) -> None:
    Run.objects.filter(pk=run.pk).update(started_at=moment - timedelta(seconds=2), finished_at=moment)


def test_a_new_connection_is_due_for_its_first_full_copy(connection: Connection) -> None:
    assert list_due(now=NOW) == [Due(connection.organisation_id, Run.Kind.FULL, "connected")]


def test_a_full_copy_is_followed_at_once_by_what_changed_while_it_was_read(connection: Connection) -> None:
    add_run(connection, Run.Kind.FULL, minutes_ago=0)

    assert due(connection) == (Run.Kind.DELTA, "closing")


@pytest.mark.parametrize(
    ("chosen", "installation", "fitting", "every"),
    [
        (None, None, 3600, timedelta(hours=1)),
        (None, 20, 3600, timedelta(seconds=20)),
        (900, 20, 3600, timedelta(minutes=15)),
    ],
)
def test_changes_are_due_at_the_turn_and_not_before(
    connection: Connection,
    settings: Settings,
    chosen: int | None,
    installation: int | None,
    fitting: int,
    every: timedelta,
) -> None:
    settings.COUNTERFOIL_DELTA_EVERY = installation and timedelta(seconds=installation)
    Connection.objects.update(chosen_seconds=chosen, fitting_seconds=fitting)
    add_run(connection, Run.Kind.FULL, minutes_ago=120)
    run, turn = add_run(connection, Run.Kind.DELTA, minutes_ago=1), turn_of(connection, every)

    finish_at(run, turn + timedelta(seconds=1))
    assert due(connection) is None

    finish_at(run, turn - timedelta(seconds=1))
    assert due(connection) == (Run.Kind.DELTA, "scheduled")


def test_the_first_quiet_hour_after_the_last_whole_look_brings_the_daily_check(
    connection: Connection,
) -> None:
    quiet = latest_quiet_moment(ZoneInfo("UTC"), place=spread(connection.organisation_id), now=NOW)
    full = add_run(connection, Run.Kind.FULL, minutes_ago=24 * 60)
    add_run(connection, Run.Kind.DELTA, minutes_ago=0)

    finish_at(full, quiet + timedelta(seconds=3))
    assert due(connection) is None

    # The machine was off at the quiet hour: the check comes as soon as it is on.
    finish_at(full, quiet - timedelta(seconds=1))
    assert due(connection) == (Run.Kind.SWEEP, "daily")


def test_the_quiet_hour_is_that_of_the_organisation(connection: Connection) -> None:
    OrganisationProfile.objects.create(
        organisation=connection.organisation,
        workspace=connection.workspace,
        xero_id="o",
        timezone="NEWZEALANDSTANDARDTIME",
        is_demo_company=False,
        raw="{}",
        digest=b"",
        first_seen_at=NOW,
        changed_here_at=NOW,
    )
    add_run(connection, Run.Kind.SWEEP, minutes_ago=60)  # 11:00 in London is midnight in Auckland
    add_run(connection, Run.Kind.DELTA, minutes_ago=0)

    assert due(connection, NOW) is None
    night = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # five in the morning in Auckland
    assert due(connection, night) == (Run.Kind.SWEEP, "daily")


def test_a_check_that_failed_is_tried_again_after_an_hour_and_changes_are_read_meanwhile(
    connection: Connection,
) -> None:
    add_run(connection, Run.Kind.FULL, minutes_ago=3 * 24 * 60)
    sweep = add_run(connection, Run.Kind.SWEEP, minutes_ago=59, state=Run.State.FAILED)
    assert due(connection) == (Run.Kind.DELTA, "scheduled")

    finish_at(sweep, NOW - timedelta(minutes=60))
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


def test_a_failed_run_is_tried_again_sooner_than_at_the_next_turn(connection: Connection) -> None:
    Connection.objects.update(chosen_seconds=24 * 3600)
    add_run(connection, Run.Kind.FULL, minutes_ago=60)
    add_run(connection, Run.Kind.DELTA, minutes_ago=5, state=Run.State.FAILED)

    assert due(connection) == (Run.Kind.DELTA, "scheduled")


def test_nothing_is_due_without_auto_sync_or_access(connection: Connection) -> None:
    add_run(connection, Run.Kind.FULL, minutes_ago=48 * 60)
    add_run(connection, Run.Kind.DELTA, minutes_ago=47 * 60)
    Connection.objects.update(auto_sync=False)
    assert due(connection) is None

    Connection.objects.update(auto_sync=True, state=Connection.State.LOST)

    assert due(connection) is None


def test_without_auto_sync_what_was_begun_by_hand_is_ended(connection: Connection) -> None:
    Connection.objects.update(auto_sync=False)
    run = add_run(connection, Run.Kind.FULL, minutes_ago=5, state=Run.State.RUNNING)
    assert due(connection) == (Run.Kind.FULL, "resumed")

    finish_at(run, NOW)
    Run.objects.update(state=Run.State.SUCCEEDED)

    assert due(connection) == (Run.Kind.DELTA, "closing")


def test_what_cannot_wait_comes_first_and_the_questions_do_not_grow(
    connection: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    others = [make_connection(f"t-{number}") for number in range(2, 5)]
    add_run(connection, Run.Kind.FULL, minutes_ago=48 * 60)
    add_run(connection, Run.Kind.DELTA, minutes_ago=47 * 60)
    add_run(others[0], Run.Kind.FULL, minutes_ago=0)
    add_run(others[1], Run.Kind.DELTA, minutes_ago=0, state=Run.State.RUNNING)

    with django_assert_num_queries(3):
        found = list_due(now=NOW)

    assert [(one.organisation_id, one.reason) for one in found] == [
        (others[1].organisation_id, "resumed"),
        (others[2].organisation_id, "connected"),
        (others[0].organisation_id, "closing"),
        (connection.organisation_id, "daily"),
    ]


# -- The rhythm ----------------------------------------------------------------------------------


def measure(connection: Connection, kind: str, calls: list[int]) -> None:
    for number, count in enumerate(calls, start=1):
        run = add_run(connection, kind, minutes_ago=number)
        StreamRun.objects.create(
            run=run,
            workspace=connection.workspace,
            organisation=connection.organisation,
            stream="Invoices",
            place=0,
            calls=count,
            bytes_received=1000 * count,
        )


def tell_day_limit(connection: Connection, day_limit: int) -> None:
    GateBudget.objects.create(
        workspace=connection.workspace,
        organisation=connection.organisation,
        state={"day_limit": day_limit},
    )


def test_before_anything_was_measured_the_smallest_plan_and_the_planned_calls_are_assumed(
    connection: Connection,
) -> None:
    rhythm = describe_rhythm(connection, now=NOW)

    assert (rhythm.fitting, rhythm.day_limit, rhythm.is_limit_told) == (timedelta(hours=1), 1000, False)
    assert rhythm.cost == Cost(delta_calls=8, sweep_calls=24)


def test_the_cost_is_the_mean_of_the_organisations_own_runs(connection: Connection) -> None:
    measure(connection, Run.Kind.DELTA, [8, 8, 9])
    measure(connection, Run.Kind.SWEEP, [40])

    assert describe_rhythm(connection, now=NOW).cost == Cost(
        delta_calls=9,
        sweep_calls=40,
        delta_bytes=8334,
        sweep_bytes=40_000,
        deltas_measured=3,
        sweeps_measured=1,
    )


@pytest.mark.parametrize(("told", "calls", "minutes"), [(1000, 8, 60), (5000, 8, 15), (5000, 60, 30)])
def test_each_run_leaves_the_interval_that_fits_behind(
    connection: Connection, told: int, calls: int, minutes: int
) -> None:
    tell_day_limit(connection, told)
    measure(connection, Run.Kind.DELTA, [calls])

    reckon_interval(connection, now=NOW)

    connection.refresh_from_db()
    assert connection.fitting_seconds == minutes * 60


def test_where_webhooks_were_heard_an_hour_is_enough(connection: Connection) -> None:
    tell_day_limit(connection, 5000)
    Notice.objects.create(
        workspace=connection.workspace,
        organisation=connection.organisation,
        stream="Invoices",
        xero_id="i",
        said_at=NOW,
        heard_at=NOW - timedelta(days=2),
        next_try_at=NOW,
    )

    assert describe_rhythm(connection, now=NOW).fitting == timedelta(hours=1)
    assert describe_rhythm(connection, now=NOW + timedelta(days=2)).fitting == timedelta(minutes=15)
