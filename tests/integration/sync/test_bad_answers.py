"""Whatever Xero sends: a sentence for the person, the rest goes on, and nothing is lost (PAIN 4)."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from counterfoil.mirror.models import Connection, Cursor, Grant, Quarantined, Run, StreamRun
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.engine import NotConnected
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_mirror_equals_xero import LISTS, assert_equal

PASSING = ["malformed_json", "truncated", "429_bare", "503_text", "500", "concurrent"]


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_is_waited_out_and_nothing_is_lost(mirrored: Mirrored, kind: str) -> None:
    mirrored.sandbox.fault(kind, match="Invoices", count=1)

    run = mirrored.sync(Run.Kind.FULL)

    assert run.state == Run.State.SUCCEEDED
    assert_equal(mirrored, LISTS)


def test_a_fault_that_lasts_stops_its_stream_only_and_the_next_run_heals_it(mirrored: Mirrored) -> None:
    mirrored.sandbox.fault("malformed_json", match="Payments", count=50)

    run = mirrored.sync(Run.Kind.FULL)

    streams = mirrored.streams(run)
    assert run.state == Run.State.PARTIAL
    assert {name for name, row in streams.items() if row.state != StreamRun.State.DONE} == {"Payments"}
    assert streams["Payments"].error == (
        "Xero's answer could not be understood: the list of Payments is cut off or garbled."
    )
    assert streams["Payments"].next_step.startswith("Nothing was changed, and the rest goes on.")
    with across_workspaces():
        assert not Cursor.objects.filter(stream="Payments").exists()

    mirrored.sandbox.clear_faults()
    assert mirrored.sync(Run.Kind.DELTA).state == Run.State.SUCCEEDED
    assert_equal(mirrored, LISTS)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("unknown_status", "Invalid enum value 'ODD' - at `$.Status`"),
        ("missing_field", "Object missing required field"),
    ],
)
def test_a_record_that_cannot_be_read_is_kept_as_it_came_and_the_rest_goes_on(
    mirrored: Mirrored, kind: str, problem: str
) -> None:
    mirrored.sandbox.fault(kind, match="Invoices", count=1)

    run = mirrored.sync(Run.Kind.FULL)

    with in_workspace(run.workspace_id):
        kept = Quarantined.objects.get()
    assert run.state == Run.State.PARTIAL
    assert run.sentence == (
        "1 record could not be understood and lies in quarantine; everything else is here."
    )
    assert kept.stream == "Invoices"
    assert kept.problem.startswith(problem)
    assert '"InvoiceNumber"' in kept.raw
    assert len(mirrored.copy_of("Invoices")) == len(mirrored.original_of("Invoices")) - 1


def test_a_quarantined_record_is_let_go_when_it_arrives_in_order(mirrored: Mirrored) -> None:
    mirrored.sandbox.fault("unknown_status", match="Invoices", count=1)
    mirrored.sync(Run.Kind.FULL)

    run = mirrored.sync(Run.Kind.FULL)

    assert run.state == Run.State.SUCCEEDED
    with across_workspaces():
        assert Quarantined.objects.filter(settled_at=None).count() == 0
    assert_equal(mirrored, LISTS)


def test_a_quarantined_record_is_let_go_when_it_comes_back_as_it_was(mirrored: Mirrored) -> None:
    """The mirror holds the readable form already, so that nothing is written when it returns."""
    mirrored.sync(Run.Kind.FULL)
    mirrored.sandbox.fault("unknown_status", match="Invoices", count=1)
    assert mirrored.sync(Run.Kind.FULL).state == Run.State.PARTIAL

    run = mirrored.sync(Run.Kind.FULL)

    assert run.state == Run.State.SUCCEEDED
    with across_workspaces():
        assert Quarantined.objects.filter(settled_at=None).count() == 0
    assert_equal(mirrored, LISTS)


@pytest.mark.parametrize("endpoint", ["Invoices", "Payments"])
@pytest.mark.parametrize("kind", ["unknown_status", "missing_field"])
def test_a_record_that_a_delta_could_not_read_is_healed_by_the_next_sweep(
    mirrored: Mirrored, kind: str, endpoint: str
) -> None:
    """Nothing else would ask for it again: the cursor has moved on, and it may be closed."""
    mirrored.sync(Run.Kind.FULL)
    mirrored.sandbox.change_at_random(mirrored.organisation.tenant_id, 60, seed=3)
    mirrored.sandbox.fault(kind, match=endpoint, count=1)
    assert mirrored.sync(Run.Kind.DELTA).state == Run.State.PARTIAL

    run = mirrored.sync(Run.Kind.SWEEP)

    assert run.state == Run.State.SUCCEEDED
    with across_workspaces():
        assert Quarantined.objects.filter(settled_at=None).count() == 0
    assert_equal(mirrored, LISTS)


def test_a_spent_day_parks_the_run_until_the_time_that_xero_gave(mirrored: Mirrored) -> None:
    mirrored.sandbox.fault("day", match="Payments", count=1)

    run = mirrored.sync(Run.Kind.FULL)

    assert run.state == Run.State.PARKED
    assert run.parked_until is not None
    assert run.parked_until > timezone.now()
    assert run.sentence == "Xero's calls for today are used up for this organisation."


def test_an_organisation_that_was_disconnected_in_xero_keeps_its_copy_and_asks_to_reconnect(
    mirrored: Mirrored,
) -> None:
    mirrored.sync(Run.Kind.FULL)
    mirrored.sandbox.disconnect(mirrored.organisation.tenant_id)

    run = mirrored.sync(Run.Kind.DELTA)

    with across_workspaces():
        connection = Connection.objects.get()
    assert run.state == Run.State.FAILED
    assert connection.state == Connection.State.LOST
    assert "Press “Reconnect Xero”" in connection.lost_because
    assert len(mirrored.copy_of("Invoices")) == len(mirrored.original_of("Invoices"))
    with pytest.raises(NotConnected):
        mirrored.sync(Run.Kind.DELTA)


def test_an_expired_token_is_renewed_once_and_the_run_goes_on(mirrored: Mirrored) -> None:
    mirrored.sandbox.fault("token_expired", match="Contacts", count=1)

    assert mirrored.sync(Run.Kind.FULL).state == Run.State.SUCCEEDED


def test_a_wrong_client_secret_stops_the_run_at_once_and_is_the_operators_matter(
    mirrored: Mirrored, settings: Settings
) -> None:
    mirrored.sandbox.reset_stats()
    settings.XERO_CLIENT_SECRET = "not the secret"
    with across_workspaces():
        Grant.objects.update(expires_at=timezone.now())

    run = mirrored.sync(Run.Kind.FULL)

    assert (run.state, run.needs_person) == (Run.State.FAILED, True)
    assert run.sentence.startswith("Xero does not know this app's Client ID and Client Secret.")
    assert mirrored.sandbox.stats()["requests"]["token"] <= 5
    with across_workspaces():
        assert Connection.objects.get().state == Connection.State.CONNECTED
