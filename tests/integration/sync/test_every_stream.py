"""What is made, changed or taken away in Xero is found in every stream, by a sweep at the latest (X9–X13)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from counterfoil.mirror.models import Contact, Item, LinkedTransaction, Run
from counterfoil.sync.passes import plan_passes
from counterfoil.sync.streams import STREAM_BY_NAME, STREAMS
from tests.factories.sandbox import WRITE_SCOPES, RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_mirror_equals_xero import IN_DELTA, LISTS, comparable
from tests.integration.sync.test_proof import inside

Json = dict[str, Any]
BANK = {"Code": "090"}

# What a person at Xero cannot do through any door that the stand-in has; it is only read.
ONLY_READ = {"Users", "Currencies", "BrandingThemes", "ExpenseClaims"}
# Kept as snapshots; each is a report and no list of records.
REPORTS = {"Reports/ProfitAndLoss", "Reports/TrialBalance", "Reports/BalanceSheet"}


@pytest.fixture
def sandbox() -> Any:
    """A small stand-in: nothing here is about size."""
    with running_sandbox(invoices=120, contacts=30, minute_calls=10_000, tier="advanced") as running:
        yield running


@dataclass
class Books:
    """The organisation as somebody who writes to it through the API, and at the stand-in's own pages."""

    sandbox: RunningSandbox
    tenant_id: str
    made: dict[str, Json] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: Json | None = None) -> Json:
        """Write one record and return it as the answer holds it; nothing where the answer is empty."""
        if not self.headers:
            tokens = self.sandbox.tokens(self.tenant_id, scope=WRITE_SCOPES)
            self.headers = {
                "authorization": f"Bearer {tokens['access_token']}",
                "xero-tenant-id": self.tenant_id,
            }
        answer = self.sandbox.client.request(method, f"/api.xro/2.0/{path}", headers=self.headers, json=body)
        assert answer.status_code in (200, 204), answer.text
        if not answer.content:
            return {}
        found: Json = next(iter(answer.json()[path.split("/")[0]]))
        return found

    def make(self, stream: str, body: Json, method: str = "PUT") -> Json:
        """Add a record and remember it."""
        self.made[stream] = self.send(method, stream, body)
        return self.made[stream]

    def id_of(self, stream: str) -> str:
        """Return the id of the record that was made."""
        return str(self.made[stream][STREAM_BY_NAME[stream].id_member])

    def edit(self, stream: str, **members: Any) -> None:
        """Change the record that was made."""
        self.send("POST", f"{stream}/{self.id_of(stream)}", members)

    def erase(self, stream: str) -> None:
        """Delete the record that was made for good."""
        self.send("DELETE", f"{stream}/{self.id_of(stream)}")


def line(amount: float = 100, code: str = "200") -> Json:
    return {"Description": "Work done", "Quantity": 1, "UnitAmount": amount, "AccountCode": code}


def document(*lines: Json, **more: Any) -> Json:
    return {
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "Contact": {"Name": "New Client Ltd"},
        "LineItems": list(lines) or [line()],
    } | more


def spent(kind: str, code: str = "429") -> Json:
    return {
        "Type": kind,
        "BankAccount": BANK,
        "Contact": {"Name": "New Client Ltd"},
        "LineItems": [line(10, code)],
    }


Act = Callable[[Books], object]


@dataclass(frozen=True)
class Life:
    """What happens to a record of a stream in Xero: how it begins, how it changes, how it ends."""

    begin: Act
    change: Act
    end: Act


def none(_: Books) -> None:
    """Nothing: Xero has no such act for this kind."""


def pay(books: Books) -> None:
    invoice = books.send("PUT", "Invoices", document(line(500)))
    books.made["paid"] = invoice
    books.make(
        "Payments",
        {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Account": BANK, "Amount": 5, "Date": "2026-11-20"},
    )


def begin_batch(books: Books) -> None:
    bill = books.send("PUT", "Invoices", document(line(10, "429"), Type="ACCPAY"))
    members = [{"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": 5}]
    books.make("BatchPayments", {"Account": BANK, "Payments": members})


def begin_credit(kind: str) -> Act:
    """Money received in advance or too much becomes a record of its own besides the bank's."""

    def begin(books: Books) -> None:
        books.send("PUT", "BankTransactions", spent(f"RECEIVE-{kind[:-1].upper()}", "200"))
        books.made[kind] = books.sandbox.records(books.tenant_id, kind)[-1]

    return begin


def allocate(kind: str) -> Act:
    def change(books: Books) -> None:
        invoice = books.send("PUT", "Invoices", document(line(200)))
        body = {"Amount": 5, "Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Date": "2026-11-21"}
        books.sandbox.client.put(
            f"/api.xro/2.0/{kind}/{books.id_of(kind)}/Allocations", headers=books.headers, json=body
        ).raise_for_status()

    return change


def link(books: Books) -> None:
    bill = books.send("PUT", "Invoices", document(line(10, "429"), Type="ACCPAY", Status="DRAFT"))
    books.made["source"] = bill
    books.make(
        "LinkedTransactions",
        {
            "SourceTransactionID": bill["InvoiceID"],
            "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
        },
    )


LIVES: dict[str, Life] = {
    "Organisation": Life(
        none,
        lambda books: books.sandbox.act(books.tenant_id, "lock-dates", PeriodLockDate="2020-01-31"),
        none,
    ),
    "Accounts": Life(
        lambda books: books.make("Accounts", {"Code": "777", "Name": "Odd sales", "Type": "SALES"}),
        lambda books: books.edit("Accounts", Name="Odder sales"),
        lambda books: books.erase("Accounts"),
    ),
    "TaxRates": Life(
        lambda books: books.make(
            "TaxRates",
            {
                "Name": "Odd tax",
                "ReportTaxType": "OUTPUT",
                "TaxComponents": [{"Name": "Odd", "Rate": 3}],
            },
        ),
        none,
        lambda books: books.send("POST", "TaxRates", {"Name": "Odd tax", "Status": "DELETED"}),
    ),
    "TrackingCategories": Life(
        none,
        lambda books: books.send(
            "POST",
            "TrackingCategories/"
            + books.sandbox.records(books.tenant_id, "TrackingCategories")[0]["TrackingCategoryID"],
            {"Name": "Another name"},
        ),
        none,
    ),
    "ContactGroups": Life(
        lambda books: books.make("ContactGroups", {"Name": "VIP"}),
        lambda books: books.edit("ContactGroups", Name="Very important"),
        lambda books: books.edit("ContactGroups", Status="DELETED"),
    ),
    "Items": Life(
        lambda books: books.make("Items", {"Code": "T-1", "Name": "One"}),
        lambda books: books.edit("Items", Code="T-1", Name="Two"),
        lambda books: books.erase("Items"),
    ),
    "Contacts": Life(
        lambda books: books.make("Contacts", {"Name": "Newcomer Ltd"}),
        lambda books: books.edit("Contacts", EmailAddress="new@comer.example"),
        lambda books: books.edit("Contacts", ContactStatus="ARCHIVED"),
    ),
    "Invoices": Life(
        lambda books: books.make("Invoices", document()),
        lambda books: books.edit("Invoices", Reference="Changed"),
        lambda books: books.edit("Invoices", Status="VOIDED"),
    ),
    "CreditNotes": Life(
        lambda books: books.make("CreditNotes", document(line(50), Type="ACCRECCREDIT")),
        lambda books: books.edit("CreditNotes", Reference="Changed"),
        lambda books: books.edit("CreditNotes", Status="VOIDED"),
    ),
    "Payments": Life(pay, none, lambda books: books.edit("Payments", Status="DELETED")),
    "Prepayments": Life(begin_credit("Prepayments"), allocate("Prepayments"), none),
    "Overpayments": Life(begin_credit("Overpayments"), allocate("Overpayments"), none),
    "BankTransactions": Life(
        lambda books: books.make("BankTransactions", spent("SPEND")),
        lambda books: books.edit("BankTransactions", Reference="Changed"),
        lambda books: books.edit("BankTransactions", Status="DELETED"),
    ),
    "ManualJournals": Life(
        lambda books: books.make(
            "ManualJournals",
            {
                "Narration": "Accrual",
                "Status": "POSTED",
                "JournalLines": [
                    {"LineAmount": 50, "AccountCode": "429"},
                    {"LineAmount": -50, "AccountCode": "825"},
                ],
            },
        ),
        none,
        lambda books: books.edit("ManualJournals", Status="VOIDED"),
    ),
    "BatchPayments": Life(
        begin_batch,
        none,
        lambda books: books.send(
            "POST", "BatchPayments", {"BatchPaymentID": books.id_of("BatchPayments"), "Status": "DELETED"}
        ),
    ),
    "RepeatingInvoices": Life(
        lambda books: books.make(
            "RepeatingInvoices",
            document(
                Schedule={
                    "Period": 1,
                    "Unit": "MONTHLY",
                    "DueDate": 10,
                    "DueDateType": "DAYSAFTERBILLDATE",
                    "StartDate": "2099-11-27",
                }
            ),
        ),
        none,
        lambda books: books.edit("RepeatingInvoices", Status="DELETED"),
    ),
    "LinkedTransactions": Life(
        link,
        lambda books: books.send(
            "POST", f"Invoices/{books.made['source']['InvoiceID']}", {"Status": "AUTHORISED"}
        ),
        lambda books: books.erase("LinkedTransactions"),
    ),
}


def assert_same(mirrored: Mirrored, names: list[str]) -> None:
    for name in names:
        copy, original = mirrored.copy_of(name), mirrored.original_of(name)
        if name == "ContactGroups":  # Xero's list shows active groups only; the others are gone here
            original = {key: one for key, one in original.items() if one["Status"] == "ACTIVE"}
        assert comparable(copy) == comparable(original), name


def test_every_stream_has_its_life_in_the_table_or_is_only_read() -> None:
    assert set(LIVES) | ONLY_READ | REPORTS == {stream.name for stream in STREAMS}
    assert not set(LIVES) & (ONLY_READ | REPORTS)


def test_every_stream_is_read_by_the_delta_or_whole_by_the_sweep(mirrored: Mirrored) -> None:
    since = mirrored.sync(Run.Kind.FULL).started_at

    for stream in STREAMS:
        in_delta = plan_passes(stream, kind=Run.Kind.DELTA, since=since)[0].modified_since is not None
        sweep = plan_passes(stream, kind=Run.Kind.SWEEP, since=since)
        in_sweep = any(reading.modified_since is None for reading in sweep)
        assert in_delta or in_sweep, stream.name
        # A list that shows all there is tells what is gone; a report is replaced each time.
        assert stream.is_complete or stream.is_optional or stream.name in REPORTS, stream.name


@pytest.mark.parametrize("stage", ["begin", "change", "end"])
def test_what_happens_in_any_stream_is_found(mirrored: Mirrored, stage: str) -> None:
    books = Books(mirrored.sandbox, mirrored.organisation.tenant_id)
    for earlier in ["begin", "change", "end"]:
        if earlier == stage:
            break
        for life in LIVES.values():
            getattr(life, earlier)(books)
    mirrored.sync(Run.Kind.FULL)
    mirrored.sync(Run.Kind.DELTA)
    before = {name: mirrored.original_of(name) for name in LIVES}

    for life in LIVES.values():
        getattr(life, stage)(books)

    acted = {name for name, life in LIVES.items() if getattr(life, stage) is not none}
    assert {name for name in LIVES if mirrored.original_of(name) != before[name]} >= acted
    assert mirrored.sync(Run.Kind.DELTA).state == Run.State.SUCCEEDED
    assert_same(mirrored, IN_DELTA)
    assert mirrored.sync(Run.Kind.SWEEP).state == Run.State.SUCCEEDED
    assert_same(mirrored, LISTS)


def test_what_was_deleted_for_good_is_kept_here_as_gone(mirrored: Mirrored) -> None:
    books = Books(mirrored.sandbox, mirrored.organisation.tenant_id)
    for name in ("Items", "LinkedTransactions", "Accounts"):
        LIVES[name].begin(books)
    mirrored.sync(Run.Kind.FULL)
    for name in ("Items", "LinkedTransactions", "Accounts"):
        LIVES[name].end(books)

    mirrored.sync(Run.Kind.SWEEP)

    with inside(mirrored):
        gone = {
            model: model._default_manager.exclude(gone_at=None).values_list("xero_id", flat=True).get()
            for model in (Item, LinkedTransaction)
        }
    assert gone == {
        Item: books.id_of("Items"),
        LinkedTransaction: books.id_of("LinkedTransactions"),
    }


def test_group_membership_and_balances_are_found_by_the_sweep(mirrored: Mirrored) -> None:
    books = Books(mirrored.sandbox, mirrored.organisation.tenant_id)
    group = books.make("ContactGroups", {"Name": "VIP"})["ContactGroupID"]
    contact = books.make("Contacts", {"Name": "Newcomer Ltd"})["ContactID"]
    mirrored.sync(Run.Kind.FULL)
    mirrored.sandbox.client.put(
        f"/api.xro/2.0/ContactGroups/{group}/Contacts",
        headers=books.headers,
        json={"Contacts": [{"ContactID": contact}]},
    ).raise_for_status()
    books.send("PUT", "Invoices", document(Contact={"ContactID": contact}))

    mirrored.sync(Run.Kind.SWEEP)

    held = mirrored.copy_of("Contacts")[contact]
    assert held == mirrored.original_of("Contacts")[contact]
    assert [one["ContactGroupID"] for one in held["ContactGroups"]] == [group]
    assert held["Balances"]["AccountsReceivable"]["Outstanding"] > 0
    with inside(mirrored):
        assert Contact.objects.get(xero_id=contact).is_customer
