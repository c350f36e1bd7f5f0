"""Costs are billed on with files and links, and followed until they are settled (R6 to R9, R13, K17)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from counterfoil.domain.recharging import RechargeState
from counterfoil.features.billing.archiving import describe_run
from counterfoil.features.billing.deciding import discard, merge
from counterfoil.features.billing.generating import generate
from counterfoil.features.billing.models import RunInvoice
from counterfoil.features.billing.runs import start_run
from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.models import Client
from counterfoil.features.invoicing.pushing import push
from counterfoil.features.recharging import accompanying
from counterfoil.features.recharging.accompanying import send_files
from counterfoil.features.recharging.attached import list_along
from counterfoil.features.recharging.billing import bill_now, list_billable, plan_bills, preview_bills
from counterfoil.features.recharging.deciding import Split, recharge_line
from counterfoil.features.recharging.following import follow_invoices
from counterfoil.features.recharging.models import FilesAsked, Recharge, RechargeEvent, Terms
from counterfoil.features.recharging.proposing import Charged
from counterfoil.features.recharging.scanning import begin_watch
from counterfoil.features.recharging.terming import keep_terms
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.gathering import gather_lines
from counterfoil.features.spending.models import Line
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Operation
from counterfoil.sync.outbox.proposing import approve
from tests.integration.sync.outbox.conftest import (  # noqa: F401 - fixtures
    Books,
    make_books,
    sandbox,
)

PDF = b"%PDF-1.7\n" + Random(7).randbytes(40_000)
NAMES = ("Aroha Studio", "Birch & Co", "Cedar Ltd", "Dune Labs", "Elm Partners")
State = RechargeState


@dataclass
class Firm:
    """A firm that pays for software in Xero and has its clients pay it back."""

    books: Books
    user: User
    clients: list[Client] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)

    def bill(self, amount: str = "100.00", **fields: Any) -> dict[str, Any]:
        """Enter a supplier's bill in Xero, with a PDF, and copy it."""
        usual = {"Type": "ACCPAY", "Name": "Nimbus Cloud", "Amount": amount, "InvoiceNumber": "NC-1042"}
        made = self.books.sandbox.act(self.books.tenant, "invoices", **(usual | fields))
        path = f"Invoices/{made['InvoiceID']}/Attachments/Nimbus June.pdf"
        headers = {"Content-Type": "application/pdf"}
        self.books.call("PUT", path, content=PDF, headers=headers).raise_for_status()
        self.copy()
        return made

    def copy(self) -> None:
        """Sync, attribute and follow, as the worker does."""
        time.sleep(0.01)
        self.books.sync()
        gather_lines(self.books.organisation, now=self.books.now())
        follow_invoices(self.books.organisation, now=self.books.now())

    def terms(self, **fields: Any) -> Terms:
        usual = {"markup_rate": Decimal(10), "account_code": "200", "tax_type": "OUTPUT2", "when": "now"}
        with self.books.inside():
            return keep_terms(self.books.organisation, usual | fields)

    def split(self, bill: dict[str, Any], terms: Terms, count: int = 5) -> list[Recharge]:
        """Split a bill's line over clients, in equal shares."""
        with self.books.inside():
            line = Line.objects.get(document_id=bill["InvoiceID"])
            charged = [Charged(Shared(one.pk, None, Decimal(1)), terms) for one in self.clients[:count]]
            source = recharge_line(
                self.books.organisation,
                line_id=line.pk,
                split=Split(charged),
                by=self.user,
                now=self.books.now(),
            )
            return list(source.recharges.order_by("place"))

    def charge(self, recharges: list[Recharge]) -> Any:
        """Bill them now."""
        with self.books.inside():
            return bill_now(
                self.books.organisation,
                {one.pk: one.charge or Decimal(0) for one in recharges},
                by=self.user,
                now=self.books.now(),
            )

    def deliver(self) -> None:
        """Send the outbox, list the files, send these, and see what became of it."""
        self.books.push()
        send_files(self.books.organisation, now=self.books.now)
        self.books.push()
        follow_invoices(self.books.organisation, now=self.books.now())

    def again(self, recharges: list[Recharge]) -> list[Recharge]:
        with self.books.inside():
            return list(Recharge.objects.filter(pk__in=[one.pk for one in recharges]).order_by("place", "pk"))

    def states(self, recharges: list[Recharge]) -> list[str]:
        return [one.state for one in self.again(recharges)]

    def sales(self) -> list[dict[str, Any]]:
        """Return the sales invoices in Xero."""
        return [one for one in self.books.records("Invoices") if one["Type"] == "ACCREC"]

    def along(self, recharge: Recharge) -> list[tuple[str, str]]:
        """Return what goes along with a recharge, by the file's name, and how far it is."""
        with self.books.inside():
            return [(one.file_name, one.operation.state) for one in list_along(recharge).companions]

    def story(self, recharge: Recharge) -> list[str]:
        with self.books.inside():
            return list(
                RechargeEvent.objects.filter(recharge=recharge).order_by("pk").values_list("what", flat=True)
            )

    def act(self, path: str, **fields: Any) -> dict[str, Any]:
        return self.books.sandbox.act(self.books.tenant, path, **fields)


@pytest.fixture
def firm(make_books: Callable[..., Books], request: pytest.FixtureRequest) -> Firm:  # noqa: F811
    books = make_books(asks_approval=getattr(request, "param", False))
    user = User.objects.create_user(email="mara@firm.example")
    made = Firm(books, user)
    made.contacts = [str(made.act("contacts", Name=name)["ContactID"]) for name in NAMES]
    books.sync("full")
    with books.inside():
        begin_watch(books.organisation, since=date(2020, 1, 1), by="Mara", now=books.now())
        for name, contact_id in zip(NAMES, made.contacts, strict=True):
            client = Client.objects.create(
                workspace=books.organisation.workspace, name=name, created_at=books.now()
            )
            link_contact(books.organisation, contact_id=contact_id, client=client, by=user, now=books.now())
            made.clients.append(client)
    return made


def test_a_bill_is_passed_on_to_five_clients_each_invoice_to_the_cent_as_it_was_shown(firm: Firm) -> None:
    # 99.99 over five is 20.00 four times and 19.99 once; with 10 % on top of each group, 109.99 in all.
    recharges = firm.split(firm.bill("99.99"), firm.terms())
    with firm.books.inside():
        plan = plan_bills(
            firm.books.organisation, list_billable(firm.books.organisation), now=firm.books.now()
        )
        shown = [one.totals.total for one in preview_bills(plan) if one]

    made = firm.charge(recharges)
    firm.deliver()

    there = {one["Contact"]["Name"]: one for one in firm.sales()}
    assert made.left == made.pushed.refused == []
    assert sorted(there) == sorted(NAMES)
    assert [Decimal(str(there[name]["Total"])) for name in NAMES] == shown
    assert sum(one.charge or 0 for one in recharges) == Decimal("109.99")
    assert {one["Status"] for one in there.values()} == {"DRAFT"}
    [line] = there["Cedar Ltd"]["LineItems"]
    assert line["Description"].startswith("Nimbus Cloud: ")
    assert "(NC-1042, " in line["Description"]
    assert firm.states(recharges) == [State.DRAFTED] * 5


def test_each_invoice_has_the_file_byte_for_byte_and_the_bought_line_is_linked_to_it(firm: Firm) -> None:
    bill = firm.bill()
    recharges = firm.split(bill, firm.terms(is_online=True), count=2)

    firm.charge(recharges)
    firm.deliver()

    links = firm.books.records("LinkedTransactions")
    assert len(links) == 2
    for invoice in firm.sales():
        path = f"Invoices/{invoice['InvoiceID']}/Attachments"
        [file] = firm.books.call("GET", path).json()["Attachments"]
        headers = {"Accept": "application/pdf"}
        content = firm.books.call("GET", f"{path}/{file['AttachmentID']}", headers=headers).content
        assert (file["FileName"], file["IncludeOnline"]) == ("Nimbus June.pdf", True)
        assert content == PDF
        [link] = [one for one in links if one["TargetTransactionID"] == invoice["InvoiceID"]]
        assert link["SourceTransactionID"] == bill["InvoiceID"]
        assert link["SourceLineItemID"] == bill["LineItems"][0]["LineItemID"]
        assert link["TargetLineItemID"] == invoice["LineItems"][0]["LineItemID"]
        assert (link["ContactID"], link["Status"]) == (invoice["Contact"]["ContactID"], "ONDRAFT")
    for recharge in firm.again(recharges):
        assert firm.along(recharge) == [("", "done"), ("Nimbus June.pdf", "done")]


def test_a_file_that_xero_refuses_is_said_beside_its_recharge_and_the_link_is_made(firm: Firm) -> None:
    recharges = firm.split(firm.bill(), firm.terms(), count=1)
    firm.charge(recharges)
    firm.books.push()
    [invoice] = firm.sales()
    for number in range(10):
        path = f"Invoices/{invoice['InvoiceID']}/Attachments/{number}.pdf"
        firm.books.call("PUT", path, content=b"%PDF", headers={"Content-Type": "application/pdf"})

    firm.deliver()

    [recharge] = firm.again(recharges)
    assert firm.along(recharge) == [("", "done"), ("Nimbus June.pdf", "refused")]
    with firm.books.inside():
        refused = list_along(recharge).companions[1].operation
    assert refused.xero_words == ["A document can have a maximum of 10 attachments."]
    assert recharge.state == State.DRAFTED


def test_two_files_of_one_name_both_go_along_and_what_does_not_is_named(firm: Firm) -> None:
    terms = firm.terms()
    recharges = firm.split(firm.bill(), terms, count=1) + firm.split(
        firm.bill(InvoiceNumber="NC-2"), terms, 1
    )

    firm.charge(recharges)
    firm.deliver()

    [invoice] = firm.sales()
    files = firm.books.call("GET", f"Invoices/{invoice['InvoiceID']}/Attachments").json()["Attachments"]
    assert sorted(one["FileName"] for one in files) == ["Nimbus June (2).pdf", "Nimbus June.pdf"]
    with firm.books.inside():
        assert set(FilesAsked.objects.values_list("count", "what")) == {(1, "")}


def test_a_file_that_is_too_large_is_named_and_the_others_go(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accompanying, "LARGEST_FILE", len(PDF))
    bill = firm.bill()
    path = f"Invoices/{bill['InvoiceID']}/Attachments/Larger.pdf"
    firm.books.call("PUT", path, content=PDF + b"1", headers={"Content-Type": "application/pdf"})
    recharges = firm.split(bill, firm.terms(), count=1)

    firm.charge(recharges)
    firm.deliver()

    [recharge] = firm.again(recharges)
    told = "“Larger.pdf” is larger than the 10 MB that Xero takes."
    assert firm.along(recharge) == [("", "done"), ("Nimbus June.pdf", "done")]
    assert f"Not all files go along. {told}" in firm.story(recharge)
    assert firm.states(recharges) == [State.DRAFTED]
    with firm.books.inside():
        assert list_along(recharge).what == told


def test_a_line_marked_billable_in_xero_keeps_its_link_which_is_told_what_bills_it(firm: Firm) -> None:
    bill = firm.bill()
    body = {
        "SourceTransactionID": bill["InvoiceID"],
        "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
        "ContactID": firm.contacts[0],
    }
    firm.books.call("PUT", "LinkedTransactions", json=body).raise_for_status()
    firm.books.sync("full")
    recharges = firm.split(bill, firm.terms(), count=1)

    firm.charge(recharges)
    firm.deliver()

    [link] = firm.books.records("LinkedTransactions")
    assert link["TargetTransactionID"] == firm.sales()[0]["InvoiceID"]


def test_a_part_payment_is_shared_a_full_one_settles_and_one_taken_away_opens_it_again(firm: Firm) -> None:
    # 55.00 before tax and 66.00 with it; 22.00 of that is a third: 18.33 of the charge.
    [recharge] = firm.split(firm.bill("50.00"), firm.terms(), count=1)
    firm.charge([recharge])
    firm.deliver()
    [invoice] = firm.sales()

    firm.act(f"invoices/{invoice['InvoiceID']}/approve")
    firm.copy()
    billed = firm.again([recharge])[0]
    firm.act(f"invoices/{invoice['InvoiceID']}/pay", amount="22.00")
    firm.copy()
    part = firm.again([recharge])[0]
    firm.act(f"invoices/{invoice['InvoiceID']}/pay", amount="44.00")
    firm.copy()
    paid = firm.again([recharge])[0]
    [last] = [one for one in firm.books.records("Payments") if one["Amount"] == 44.0]
    firm.act(f"payments/{last['PaymentID']}/delete")
    firm.copy()
    open_again = firm.again([recharge])[0]

    assert (billed.state, billed.settled) == (State.BILLED, Decimal(0))
    assert (part.state, part.settled) == (State.BILLED, Decimal("18.33"))
    assert (paid.state, paid.settled) == (State.SETTLED, Decimal("55.00"))
    assert (open_again.state, open_again.settled) == (State.BILLED, Decimal("18.33"))
    assert any("taken away" in what for what in firm.story(recharge))


def test_what_was_credited_is_settled_and_did_not_come_back(firm: Firm) -> None:
    [recharge] = firm.split(firm.bill("50.00"), firm.terms(), count=1)
    firm.charge([recharge])
    firm.deliver()
    [invoice] = firm.sales()
    firm.act(f"invoices/{invoice['InvoiceID']}/approve")
    firm.act(f"invoices/{invoice['InvoiceID']}/pay", amount="33.00")
    note = firm.act("credit-notes", ContactID=firm.contacts[0], Amount="27.50")
    firm.act(f"credit-notes/{note['CreditNoteID']}/allocate", InvoiceID=invoice["InvoiceID"], amount="33.00")

    firm.copy()

    settled = firm.again([recharge])[0]
    assert (settled.state, settled.settled) == (State.SETTLED, Decimal("27.50"))
    assert "27.50" in firm.story(recharge)[-1]
    assert "did not come back" in firm.story(recharge)[-1]


@pytest.mark.parametrize("way", ["voided", "deleted"])
def test_a_recharge_whose_invoice_is_no_more_is_billed_again_once(firm: Firm, way: str) -> None:
    [recharge] = firm.split(firm.bill(), firm.terms(), count=1)
    firm.charge([recharge])
    firm.deliver()
    [invoice] = firm.sales()
    if way == "voided":
        firm.act(f"invoices/{invoice['InvoiceID']}/approve")
        firm.copy()
        firm.act(f"invoices/{invoice['InvoiceID']}/void")
    else:
        firm.act(f"invoices/{invoice['InvoiceID']}/delete")

    firm.copy()
    released = firm.again([recharge])[0]
    firm.charge([recharge])
    firm.charge([recharge])
    firm.deliver()

    assert (released.state, released.invoice_id, released.settled) == (State.READY, "", Decimal(0))
    assert len([one for one in firm.sales() if one["Status"] == "DRAFT"]) == 1
    assert firm.states([recharge]) == [State.DRAFTED]


def test_what_waits_for_the_month_joins_its_run_and_is_never_in_both(firm: Firm) -> None:
    terms = firm.terms(when="run")
    recharges = firm.split(firm.bill(), terms, count=2)
    first = firm.books.now().date().replace(day=1)
    with firm.books.inside():
        run = start_run(
            firm.books.organisation,
            first_day=first,
            last_day=date(first.year + (first.month == 12), first.month % 12 + 1, 28),
            by="Mara",
            now=firm.books.now(),
        )
    generate(run, now=firm.books.now())
    generate(run, now=firm.books.now())

    with firm.books.inside():
        invoices = list(RunInvoice.objects.filter(run=run).select_related("client"))
    assert sorted(one.client.name for one in invoices) == list(NAMES[:2])
    assert firm.states(recharges) == [State.GATHERED] * 2
    assert firm.charge(recharges).drafts == []
    with firm.books.inside():
        [kept, _] = describe_run(run)
    assert [(one["description"][:12], one["amount"]) for one in kept["services"]] == [
        ("Nimbus Cloud", "55.00")
    ]

    with firm.books.inside():
        discard([one.pk for one in invoices], by="Mara", now=firm.books.now())
    assert firm.states(recharges) == [State.READY] * 2
    with firm.books.inside():
        assert Operation.objects.count() == 0


def test_recharges_of_merged_invoices_are_each_billed_once_by_the_one_that_is_left(firm: Firm) -> None:
    terms = firm.terms(when="run", expects_changes=True)
    first = firm.books.now().date().replace(day=1)
    with firm.books.inside():
        run = start_run(
            firm.books.organisation,
            first_day=first,
            last_day=date(first.year + (first.month == 12), first.month % 12 + 1, 28),
            by="Mara",
            now=firm.books.now(),
        )
    recharges = firm.split(firm.bill("50.00"), terms, count=1)
    generate(run, now=firm.books.now())
    recharges += firm.split(firm.bill("70.00", InvoiceNumber="NC-2"), terms, count=1)
    generate(run, now=firm.books.now())

    with firm.books.inside():
        both = list(RunInvoice.objects.filter(run=run).values_list("pk", flat=True))
        kept = merge(both, by="Mara", now=firm.books.now())
        assert kept.draft is not None
        push([kept.draft], by=firm.user, now=firm.books.now())
    firm.deliver()
    firm.copy()

    [invoice] = firm.sales()
    found = {one.charge: one for one in firm.again(recharges)}
    lines = {Decimal(str(one["LineAmount"])): one["LineItemID"] for one in invoice["LineItems"]}
    assert len(both) == 2
    assert {charge: one.invoice_line_id for charge, one in found.items()} == lines
    assert {(one.state, one.invoice_id) for one in found.values()} == {(State.DRAFTED, invoice["InvoiceID"])}
    linked = {one["TargetLineItemID"] for one in firm.books.records("LinkedTransactions")}
    assert linked == set(lines.values())


@pytest.mark.parametrize("firm", [True], indirect=True)
@pytest.mark.parametrize("when", ["before the files are listed", "meanwhile", "after that"])
def test_who_approves_an_invoice_approves_its_file_and_its_link(
    firm: Firm, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recharges = firm.split(firm.bill(), firm.terms(), count=1)
    firm.charge(recharges)
    listing = accompanying._list

    def approve_it() -> None:
        with firm.books.inside():
            leader = Operation.objects.get(kind="invoice_new")
            approve([leader.pk], by="Robin Fielding", now=firm.books.now())

    def list_and_approve(*args: Any, **more: Any) -> str:
        found = listing(*args, **more)
        if when == "meanwhile":
            approve_it()
        return found

    monkeypatch.setattr(accompanying, "_list", list_and_approve)
    if when == "before the files are listed":
        approve_it()
    assert send_files(firm.books.organisation, now=firm.books.now) == 1
    if when == "after that":
        approve_it()

    firm.deliver()

    with firm.books.inside():
        held = set(Operation.objects.values_list("kind", "state", "approved_by"))
    assert held == {(kind, "done", "Robin Fielding") for kind in ("invoice_new", "link_new", "file_new")}
