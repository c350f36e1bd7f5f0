"""`counterfoil push`, as a person types it: what would be written, and what became of it (X18, X20, K15)."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from counterfoil.features.invoicing.drafting import begin_draft, save_draft
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Connection, Contact, Operation, OutboxRules
from counterfoil.xero.wishes import VoidInvoice
from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, RunningSandbox, running_sandbox
from tests.integration.cli.conftest import Shell
from tests.integration.sync.outbox.conftest import Books, make_books
from tests.integration.sync.outbox.wishing import new_invoice

__all__ = ["make_books"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(invoices=0, minute_calls=10_000, tier="advanced") as running:
        yield running


@pytest.fixture
def books(make_books: Any) -> Books:
    books: Books = make_books(asks_approval=False)
    books.sync("full")
    return books


@pytest.fixture
def terminal(books: Books, sandbox: RunningSandbox, open_shell: Any) -> Shell:
    shell: Shell = open_shell(sandbox)
    shell.environment |= {"XERO_CLIENT_ID": CLIENT_ID, "XERO_CLIENT_SECRET": CLIENT_SECRET}
    return shell


def books_writer() -> User:
    return User.objects.get_or_create(email="mara@firm.example")[0]


def write_draft(books: Books, *, price: str, account: str = "200") -> InvoiceDraft:
    with books.inside():
        contact = Contact.objects.filter(status="ACTIVE").order_by("name")[0]
        draft = begin_draft(
            books.organisation, contact_id=contact.xero_id, by=books_writer(), now=timezone.now()
        )
        line = DraftLine(
            description="Bookkeeping",
            quantity=Decimal(2),
            unit_amount=Decimal(price),
            account_code=account,
            tax_type="OUTPUT2",
        )
        save_draft(draft, fields={}, lines=[line], now=timezone.now())
        return draft


def test_a_dry_run_shows_totals_and_every_obstacle_and_sends_nothing(books: Books, terminal: Shell) -> None:
    write_draft(books, price="49.99")
    write_draft(books, price="10.00", account="NONE")
    books.wish(new_invoice(books.contact_id()), amount=Decimal(120), currency="GBP")
    xero = books.sandbox.act(books.tenant, "invoices", ContactID=books.contact_id(), Status="DRAFT")
    books.sync()
    books.wish(VoidInvoice(invoice_id=xero["InvoiceID"], status="VOIDED"), "test:void")

    said = terminal.run("push", "--dry-run", "--json")
    table = terminal.run("push", "--dry-run")

    [good, bad] = sorted(said.json["drafts"], key=lambda one: not one["goes"])
    queued, stopped = said.json["outbox"]
    assert (said.code, said.json["verdict"]) == (1, "some_cannot")
    assert (good["sub_total"], good["tax"], good["total"]) == ("99.98", "20.00", "119.98")
    assert good["findings"] == []
    assert (bad["stands"], bad["findings"][0]["sentence"]) == ("cannot go", "There is no account NONE.")
    assert bad["findings"][0]["xero_would_say"].startswith("Account code 'NONE' is not a valid code")
    assert (queued["stands"], queued["total"], queued["goes"]) == ("Queued", "120.00", True)
    assert (
        stopped["sentence"]
        == "A draft cannot be voided: it counts for nothing yet. Delete the draft instead."
    )
    assert said.json["sums"] == {"GBP": "239.98"}
    assert table.text.splitlines()[-1].endswith("2 can go over 239.98 GBP. 2 cannot. Nothing was sent.")
    assert len(books.records("Invoices")) == 1


def test_push_sends_the_outbox_and_with_drafts_what_is_ready(books: Books, terminal: Shell) -> None:
    write_draft(books, price="49.99")
    write_draft(books, price="10.00", account="NONE")
    books.wish(new_invoice(books.contact_id()), amount=Decimal(120), currency="GBP")

    said = terminal.run("push", "--drafts", "--csv")

    rows = csv.DictReader(io.StringIO(said.text))
    assert said.code == 1
    assert [(row["stands"], row["total"]) for row in rows] == [
        ("Done", "120.00"),
        ("Done", "119.98"),
        ("cannot go", "24.00"),
    ]
    assert sorted(one["Total"] for one in books.records("Invoices")) == [119.98, 144.0]
    with books.inside():
        assert Operation.objects.latest("pk").asked_by == "The command line"


def test_nobody_approves_on_the_command_line(books: Books, terminal: Shell) -> None:
    with books.inside():
        OutboxRules.objects.update(asks_approval=True)
    write_draft(books, price="49.99")

    said = terminal.run("push", "--drafts")

    assert said.code == 0
    assert "Waiting for approval" in said.text
    assert books.records("Invoices") == []


def test_a_read_only_organisation_is_not_written_to_and_says_who_must_act(
    books: Books, terminal: Shell
) -> None:
    write_draft(books, price="49.99")
    with books.inside():
        Connection.objects.update(mode=Connection.Mode.READ_ONLY)

    said = terminal.run("push", "--drafts")

    assert said.code == 1
    assert "connected read-only" in said.text
    assert books.records("Invoices") == []


def test_wrong_usage_is_told(terminal: Shell) -> None:
    assert terminal.run("push", "--json", "--csv").code == 2
    assert terminal.run("push", "--dry-run", "--drafts").code == 2
