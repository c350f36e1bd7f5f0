"""`counterfoil verify`, as a person types it."""

from collections.abc import Callable
from decimal import Decimal

from counterfoil.mirror.models import Contact, GateBudget, Invoice, Verification
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.lease import hold_lease
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.cli.conftest import Shell


def plant_an_error() -> tuple[Invoice, str]:
    """Make an open invoice 7.25 too large, and return it as it was with its contact's name."""
    with across_workspaces():
        invoice = Invoice.objects.filter(
            kind="ACCREC", status="AUTHORISED", currency="GBP", amount_due__gt=50
        ).earliest("updated_at")
        Invoice.objects.filter(xero_id=invoice.xero_id).update(
            amount_due=invoice.amount_due + Decimal("7.25")
        )
        return invoice, Contact.objects.get(xero_id=invoice.contact_id).name


def let_a_minute_pass() -> None:
    """Forget the calls that were made, so that no test waits for Xero's minute."""
    with across_workspaces():
        GateBudget.objects.all().delete()


def test_verify_agrees_right_after_a_sync(synced: Shell) -> None:
    let_a_minute_pass()

    said = synced.run("verify")

    lines = said.text.splitlines()
    assert said.code == 0
    assert lines[0].split() == ["here", "Xero", "difference"]
    assert next(line for line in lines if "Invoices and bills" in line).split()[-4:] == [
        "300",
        "300",
        "0",
        "equal",
    ]
    assert lines[-1].startswith("Brightwater Studio Ltd: The copy agrees with Xero: ")
    with across_workspaces():
        kept = Verification.objects.get()
    assert (kept.reason, kept.state, kept.verdict != "unexplained") == ("verify", "done", True)


def test_verify_names_the_record_that_is_wrong_and_by_how_much(synced: Shell) -> None:
    let_a_minute_pass()
    invoice, name = plant_an_error()
    due = invoice.amount_due

    said = synced.run("verify")
    let_a_minute_pass()
    told = synced.run("verify", "--json")

    assert (said.code, told.code) == (1, 1)
    named = (
        f"  Invoices and bills {invoice.number} ({invoice.xero_id}):"
        f" here {due + Decimal('7.25'):.2f}, in Xero {due:.2f}"
    )
    assert named in said.text.splitlines()
    assert said.text.splitlines()[-1].endswith("4 differ without an explanation.")
    assert told.json["verdict"] == "unexplained"
    of_contact = next(one for one in told.json["findings"] if one["title"] == name)
    assert of_contact["causes"][-1] == {
        "reason": "unexplained",
        "amount": "7.25",
        "records": [
            {
                "stream": "Invoices",
                "xero_id": invoice.xero_id,
                "title": invoice.number,
                "here": f"{due + Decimal('7.25'):.2f}",
                "xero": f"{due:.2f}",
            }
        ],
    }


def test_verify_waits_for_the_first_copy(connected: Shell) -> None:
    said = connected.run("verify", "--json")

    assert said.code == 75
    assert said.json == {
        "verdict": "not_run",
        "sentence": "This organisation has not been copied in full yet. Sync it first.",
        "exit_code": 75,
    }


def test_verify_says_to_try_later_while_a_sync_is_under_way(synced: Shell) -> None:
    with across_workspaces():
        organisation_id = Invoice.objects.values_list("organisation_id", flat=True)[0]

    with hold_lease(organisation_id):
        said = synced.run("verify")

    assert (said.code, said.text) == (75, "")


def test_verify_asks_for_a_person_when_access_is_withdrawn(
    open_shell: Callable[[RunningSandbox], Shell],
) -> None:
    with running_sandbox(invoices=20, contacts=5, minute_calls=10_000, tier="advanced") as own:
        shell = open_shell(own)
        shell.run("connect", "--custom")
        shell.run("sync")
        own.disconnect(own.tenant_id())

        said = shell.run("verify")

    assert (said.code, said.text) == (3, "")
    assert "Press “Reconnect Xero”" in said.err
