"""Acts on the books keep the arithmetic, the stamps and the rules."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.xero_sandbox.conftest import NOW, Xero
from xero_sandbox.books.ledger import build_entries
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import HasSettlements
from xero_sandbox.clock import Clock
from xero_sandbox.control.random_changes import make_random_changes
from xero_sandbox.generate.foundation import OrganisationPlan
from xero_sandbox.generate.organisations import generate_organisation
from xero_sandbox.wire.datekit import parse_ms

LOCKED = "This document cannot be edited as it has a payment or credit note allocated to it."


def act(xero: Xero, path: str, **fields: Any) -> Any:
    return xero.client.post(f"/sandbox/api/organisations/{xero.books.tenant_id}/{path}", json=fields)


def small_books(seed: int, invoices: int = 80) -> Organisation:
    clock = Clock()
    clock.set(NOW)
    plan = OrganisationPlan("Tiny Ltd", "GB", seed, invoices=invoices, contacts=20, payments=invoices // 2)
    return generate_organisation(plan, clock=clock)


def cents(amount: float) -> Decimal:
    return Decimal(str(amount))


def check_arithmetic(books: Organisation) -> None:
    for row in books.tables["Invoices"]:
        invoice = row.read()
        gone = invoice["Status"] in {"VOIDED", "DELETED"}
        due = cents(invoice["Total"]) - cents(invoice["AmountPaid"]) - cents(invoice["AmountCredited"])
        assert cents(invoice["AmountDue"]) == (0 if gone else due)
        assert cents(invoice["Total"]) == cents(invoice["SubTotal"]) + cents(invoice["TotalTax"])
        assert (invoice["Status"] == "PAID") == ("FullyPaidOnDate" in invoice)
        assert gone or (invoice["Status"] == "PAID") == (
            due == 0 and invoice["Status"] in {"AUTHORISED", "PAID"}
        )
    for endpoint in ("CreditNotes", "Prepayments", "Overpayments"):
        for row in books.tables[endpoint]:
            credit = row.read()
            used = sum(cents(item["Amount"]) for item in credit["Allocations"] + credit["Payments"])
            left = 0 if credit["Status"] == "VOIDED" else cents(credit["Total"]) - used
            assert cents(credit["RemainingCredit"]) == left >= 0


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 60), blind=st.booleans())
def test_any_series_of_legal_changes_keeps_the_books_true(seed: int, count: int, blind: bool) -> None:
    books = small_books(seed)

    made = make_random_changes(books, count=count, seed=seed, blind_spots=blind)

    assert sum(made.values()) == count
    check_arithmetic(books)
    assert {sum(entry.amounts.values()) for entry in build_entries(books)} <= {0}
    for row in books.tables["Contacts"]:
        contact = row.read()
        kinds = {invoice.kind for invoice in books.tables["Invoices"] if invoice.contact_id == row.id}
        assert (contact["IsCustomer"], contact["IsSupplier"]) == ("ACCREC" in kinds, "ACCPAY" in kinds)


@settings(deadline=None, max_examples=6)
@given(seed=st.integers(0, 10**6))
def test_a_delta_sees_every_change_that_random_changes_make(seed: int) -> None:
    books = small_books(seed)
    derived = {"IsCustomer", "IsSupplier", "Balances"}
    before = {name: {row.id: row.read() for row in table} for name, table in books.tables.items()}
    start = books.next_stamp()

    make_random_changes(books, count=40, seed=seed)

    for name, table in books.tables.items():
        for row in table:
            old, new = before[name].get(row.id, {}), row.read()
            changed = {key for key in {*old, *new} if old.get(key) != new.get(key)} - derived
            assert not changed or row.stamp > start


def test_stamps_strictly_increase(xero: Xero) -> None:
    stamps = [
        parse_ms(act(xero, "contacts", Name=f"Firm {place}").json()["UpdatedDateUTC"]) for place in range(20)
    ]

    assert stamps == sorted(set(stamps))
    assert stamps[0] > max(row.stamp for row in list(xero.books.tables["Contacts"])[:-20])


def test_an_invoice_is_raised_paid_in_part_paid_off_and_reopened(xero: Xero) -> None:
    """Two lines of 100.00 at 20 %: 240.00; 40.00 and then 200.00 paid; the second taken back."""
    lines = [{"UnitAmount": 100}, {"UnitAmount": 50, "Quantity": 2}]
    invoice = act(xero, "invoices", Name="New Client Ltd", LineItems=lines).json()
    key = invoice["InvoiceID"]

    def state() -> tuple[str, float, float, bool]:
        record = xero.books.read("Invoices", key)
        return record["Status"], record["AmountPaid"], record["AmountDue"], "FullyPaidOnDate" in record

    states = [state()]
    act(xero, f"invoices/{key}/pay", amount=40)
    states.append(state())
    payment = act(xero, f"invoices/{key}/pay").json()
    states.append(state())
    act(xero, f"payments/{payment['PaymentID']}/delete")
    states.append(state())

    assert states == [
        ("AUTHORISED", 0.0, 240.0, False),
        ("AUTHORISED", 40.0, 200.0, False),
        ("PAID", 240.0, 0.0, True),
        ("AUTHORISED", 40.0, 200.0, False),
    ]
    contact = xero.books.read("Contacts", invoice["Contact"]["ContactID"])
    assert (contact["IsCustomer"], contact["Balances"]["AccountsReceivable"]["Outstanding"]) == (True, 200.0)


def test_a_credit_note_is_allocated(xero: Xero) -> None:
    invoice = act(xero, "invoices", Name="New Client Ltd", Amount=100).json()
    credit = act(xero, "credit-notes", ContactID=invoice["Contact"]["ContactID"], Amount=25).json()
    key = credit["CreditNoteID"]
    invoice_id = invoice["InvoiceID"]

    answer = act(xero, f"credit-notes/{key}/allocate", InvoiceID=invoice_id).json()

    after = xero.books.read("Invoices", invoice["InvoiceID"])
    assert (answer["Status"], answer["RemainingCredit"]) == ("PAID", 0.0)
    assert (after["Status"], after["AmountCredited"], after["AmountDue"]) == ("AUTHORISED", 30.0, 90.0)


@pytest.mark.parametrize(
    ("path", "fields", "sentence"),
    [
        ("void", {}, str(HasSettlements("VOIDED"))),
        ("pay", {"amount": 1000}, "Payment amount exceeds the amount outstanding on this document"),
        ("approve", {}, None),
        ("edit", {"Date": "2026-01-01"}, LOCKED),
        ("delete", {}, "Invoice not of valid status for modification"),
    ],
)
def test_a_part_paid_invoice_allows_only_what_xero_allows(
    xero: Xero, path: str, fields: dict[str, Any], sentence: str | None
) -> None:
    key = act(xero, "invoices", Name="New Client Ltd", Amount=100).json()["InvoiceID"]
    act(xero, f"invoices/{key}/pay", amount=10)

    answer = act(xero, f"invoices/{key}/{path}", **fields)

    assert answer.json().get("error") == sentence
    assert answer.status_code == (400 if sentence else 200)


def test_blind_spots_move_no_stamp(xero: Xero) -> None:
    invoice = act(xero, "invoices", Name="New Client Ltd", Amount=100).json()
    key, contact_id = invoice["InvoiceID"], invoice["Contact"]["ContactID"]
    act(xero, f"invoices/{key}/pay", amount=10)
    before = xero.books.get_row("Invoices", key).stamp, xero.books.get_row("Contacts", contact_id).stamp

    edited = act(xero, f"invoices/{key}/edit", DueDate="2027-01-31").json()
    act(xero, f"invoices/{key}/pay", amount=20)
    contact = xero.books.get_row("Contacts", contact_id)

    assert edited["DueDateString"] == "2027-01-31T00:00:00"
    assert parse_ms(edited["UpdatedDateUTC"]) == before[0]
    assert contact.stamp == before[1]
    assert contact.read()["Balances"]["AccountsReceivable"]["Outstanding"] == 90.0


def test_a_new_name_shows_on_documents_whose_stamps_stay(xero: Xero) -> None:
    invoice = act(xero, "invoices", Name="New Client Ltd", Amount=100).json()

    act(xero, f"contacts/{invoice['Contact']['ContactID']}/edit", Name="Newer Client Ltd")

    after = xero.books.read("Invoices", invoice["InvoiceID"])
    assert after["Contact"]["Name"] == "Newer Client Ltd"
    assert after["UpdatedDateUTC"] == invoice["UpdatedDateUTC"]


def test_names_are_unique_among_active_contacts(xero: Xero) -> None:
    first = act(xero, "contacts", Name="Twice Ltd").json()

    refused = act(xero, "contacts", Name="twice ltd")
    act(xero, f"contacts/{first['ContactID']}/archive")
    allowed = act(xero, "contacts", Name="twice ltd")

    assert refused.json() == {
        "error": "The contact name twice ltd is already assigned to another contact. "
        "The contact name must be unique across all active contacts."
    }
    assert (refused.status_code, allowed.status_code) == (400, 201)


def test_a_deleted_item_leaves_no_trace(xero: Xero) -> None:
    item = act(xero, "items", Code="X-1", Name="Thing", UnitPrice=9.5).json()
    path = f"/sandbox/api/organisations/{xero.books.tenant_id}/items/{item['ItemID']}"

    answer = xero.client.delete(path)

    assert answer.status_code == 204
    assert xero.get(f"Items/{item['ItemID']}").status_code == 404
    assert item["ItemID"] not in [row["ItemID"] for row in xero.get("Items").json()["Items"]]


def test_an_act_on_nothing_is_404(xero: Xero) -> None:
    assert act(xero, "invoices/nothing/void").status_code == 404
    assert act(xero, "invoices/nothing/juggle").status_code == 404
