"""Connecting, syncing and asking how things stand, from the command line."""

from collections.abc import Callable
from typing import Any

from counterfoil.mirror.models import Cursor, Organisation, Workspace
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.streams import STREAMS
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.cli.conftest import Said, Shell

ORGANISATION = "Brightwater Studio Ltd"
LOST = (
    "Xero no longer gives access to this organisation: it was disconnected in Xero, or the person who "
    "connected it has left it. Press “Reconnect Xero” and choose this organisation. Everything read so "
    "far is kept.\n"
)


def test_connect_names_the_organisation_and_the_next_command(shell: Shell) -> None:
    said = shell.run("connect", "--custom")

    assert (said.code, said.text) == (
        0,
        f"Connected: {ORGANISATION} ({shell.sandbox.url}). Next: counterfoil sync\n",
    )


def test_connect_with_a_wrong_secret_says_who_must_act(shell: Shell) -> None:
    shell.environment["XERO_CLIENT_SECRET"] = "wrong"

    said = shell.run("connect", "--custom")

    assert (said.code, said.text) == (3, "")
    assert said.err.splitlines()[-1] == (
        "Xero does not know this app's Client ID and Client Secret. Xero says: “invalid_client”. Whoever"
        " looks after Counterfoil copies both again from developer.xero.com (My Apps, Configuration); the"
        " secret is shown there only once, so make a new one if it is lost."
    )


def test_connect_without_a_secret_names_the_settings(shell: Shell) -> None:
    del shell.environment["XERO_CLIENT_SECRET"]

    said = shell.run("connect", "--custom")

    assert said == Said(
        2, b"", "Set XERO_CLIENT_ID and XERO_CLIENT_SECRET to those of the custom connection.\n"
    )


def test_connect_points_to_the_pages_when_it_is_not_for_a_custom_connection(shell: Shell) -> None:
    said = shell.run("connect")

    assert said == Said(
        2,
        b"",
        "Connect other organisations in the pages, where Xero can ask you."
        " For a custom connection add --custom.\n",
    )


def test_connect_asks_which_firm_when_there_are_two(shell: Shell) -> None:
    for name in ("North", "South"):
        Workspace.objects.create(name=name)

    said = shell.run("connect", "--custom")

    assert said == Said(2, b"", "Say which firm it belongs to with --workspace: North, South\n")


def test_connect_says_to_try_later_when_xero_does_not_answer(shell: Shell) -> None:
    for name in ("LOGIN", "IDENTITY", "API", "WEB"):
        shell.environment[f"XERO_{name}_URL"] = "http://127.0.0.1:9"

    said = shell.run("connect", "--custom")

    assert (said.code, said.text) == (75, "")
    assert said.err.splitlines()[-1].startswith("Xero did not answer: no connection could be made.")


def test_sync_in_a_pipe_prints_a_table_and_no_bars(connected: Shell) -> None:
    said = connected.run("sync")

    lines = said.text.splitlines()
    assert said.code == 0
    assert lines[0].split() == ["read", "new", "changed", "calls"]
    assert "Invoices and bills" in said.text
    assert lines[-1].startswith(f"{ORGANISATION}: Up to date. ")
    assert "\x1b" not in said.text + said.err


def test_sync_on_a_terminal_shows_bars_and_no_log(connected: Shell) -> None:
    said = connected.watch("sync")

    assert said.code == 0
    assert "Invoices and bills" in said.err
    assert "run begins" not in said.err
    assert "tokens renewed" not in said.err


def test_sync_json_is_one_object_and_nothing_else(connected: Shell) -> None:
    said = connected.run("sync", "--json")

    report: dict[str, Any] = said.json
    invoices = report["streams"]["Invoices"]
    assert said.code == 0
    assert (report["organisation"], report["verdict"], report["kind"]) == (ORGANISATION, "succeeded", "delta")
    assert set(report) == {
        "organisation", "tenant_id", "kind", "verdict", "sentence", "next_step", "parked_until", "seconds",
        "calls", "bytes", "streams",
    }  # fmt: skip
    assert set(invoices) == {
        "rows_read", "rows_new", "rows_changed", "rows_gone", "rows_quarantined", "calls", "bytes", "seconds",
        "verdict", "error",
    }  # fmt: skip
    assert (invoices["rows_read"], invoices["rows_new"], invoices["verdict"]) == (
        len(connected.sandbox.records(connected.sandbox.tenant_id(), "Invoices")),
        len(connected.sandbox.records(connected.sandbox.tenant_id(), "Invoices")),
        "done",
    )
    assert report["calls"] == sum(stream["calls"] for stream in report["streams"].values())


def test_sync_of_an_unknown_organisation_lists_the_known_ones(connected: Shell) -> None:
    said = connected.run("sync", "--org", "Nobody Ltd")

    with across_workspaces():
        number = Organisation.objects.get().pk
    assert said == Said(
        2,
        b"",
        f"No connected organisation is called 'Nobody Ltd'. Connected are: {ORGANISATION} ({number})\n",
    )


def test_sync_without_a_name_asks_which_when_there_are_two(connected: Shell) -> None:
    with across_workspaces():
        first = Organisation.objects.get()
        connection = first.connection
        second = Organisation.objects.create(workspace=first.workspace, tenant_id="other", name="Zebra Ltd")
        connection.pk, connection.organisation = None, second
        connection.save()

    said = connected.run("sync", "--json")

    sentence = (
        "Several organisations are connected; say which with --org:"
        f" {ORGANISATION} ({first.pk}), Zebra Ltd ({second.pk})"
    )
    assert (said.code, said.err) == (2, sentence + "\n")
    assert said.json == {"verdict": "not_run", "sentence": sentence, "exit_code": 2}


def test_sync_without_a_connection_says_how_to_make_one(shell: Shell) -> None:
    said = shell.run("sync")

    assert said == Said(
        3,
        b"",
        "No organisation is connected. Connect one in the pages, or with: counterfoil connect --custom\n",
    )


def test_sync_of_a_disconnected_organisation_asks_a_person(
    open_shell: Callable[[RunningSandbox], Shell],
) -> None:
    with running_sandbox(invoices=50, contacts=10, minute_calls=10_000, tier="advanced") as own:
        shell = open_shell(own)
        assert shell.run("connect", "--custom").code == 0
        own.disconnect(own.tenant_id())

        first, second, standing = shell.run("sync"), shell.run("sync"), shell.run("status")

    assert (first.code, second.code, standing.code) == (3, 3, 3)
    assert second == Said(3, b"", LOST)
    assert standing.text.splitlines()[0] == f"{ORGANISATION}: Lost access, read_only, by custom connection"


def test_sync_is_parked_when_the_calls_of_the_day_are_spent(connected: Shell) -> None:
    connected.sandbox.fault("day", count=5)

    said = connected.run("sync", "--json")

    assert (said.code, said.json["verdict"]) == (75, "parked")
    assert said.json["parked_until"] is not None


def test_sync_refuses_two_kinds_at_once(shell: Shell) -> None:
    said = shell.run("sync", "--full", "--sweep")

    assert said == Said(2, b"", "Choose --full or --sweep, not both.\n")


def test_sync_says_to_try_later_while_another_process_syncs(connected: Shell) -> None:
    from counterfoil.sync.lease import hold_lease

    with across_workspaces():
        organisation = Organisation.objects.get()
    with hold_lease(organisation.pk):
        said = connected.run("sync")

    assert said == Said(75, b"", "This organisation is being synced already; one sync runs at a time.\n")


def test_status_tells_state_and_freshness(connected: Shell) -> None:
    before = connected.run("status").text
    connected.run("sync")
    with across_workspaces():
        current = [stream.name for stream in STREAMS if stream.in_delta]
        oldest = min(Cursor.objects.filter(stream__in=current).values_list("since", flat=True))

    said = connected.run("status", "--json")

    assert before.splitlines()[1] == "  as of never; last run none; calls left today: unknown"
    assert said.code == 0
    (row,) = said.json["connections"]
    assert (row["organisation"], row["state"], row["last_run"], row["as_of"]) == (
        ORGANISATION,
        "connected",
        "succeeded",
        oldest.isoformat(),
    )
    assert not {name for name in row if "token" in name}


def test_status_says_that_nothing_is_connected(shell: Shell) -> None:
    assert shell.run("status") == Said(0, b"No organisation is connected.\n", "")


def test_a_database_that_does_not_answer_is_said_in_a_sentence(shell: Shell) -> None:
    shell.environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/nothing"

    said = shell.run("status")

    assert (said.code, said.text) == (75, "")
    assert said.err.startswith("The database does not answer: ")
    assert "Traceback" not in said.err


def test_a_wrong_setting_is_said_in_a_sentence(shell: Shell) -> None:
    shell.environment["COUNTERFOIL_DELTA_SECONDS"] = "often"

    assert shell.run("status") == Said(
        2, b"", "COUNTERFOIL_DELTA_SECONDS is 'often'; write a whole number, 5 or more\n"
    )
