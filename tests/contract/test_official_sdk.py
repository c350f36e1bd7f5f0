"""What a program written with Xero's own Python SDK does, done against the stand-in."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from xero_python.accounting import models
from xero_python.accounting.models import (
    Account,
    Allocation,
    Allocations,
    Contact,
    ContactGroup,
    ContactGroups,
    Contacts,
    CreditNote,
    CreditNotes,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Invoices,
    LineItem,
    Payment,
    PaymentDelete,
    Payments,
)
from xero_python.exceptions import HTTPStatusException

from tests.contract.conftest import Sdk

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LISTS: dict[str, dict[str, Any]] = {
    "accounts": {},
    "bank_transactions": {"page": 1, "page_size": 500},
    "batch_payments": {},
    "branding_themes": {},
    "contact_groups": {},
    "contacts": {"page": 1, "page_size": 500, "include_archived": True},
    "credit_notes": {"page": 1, "page_size": 500},
    "currencies": {},
    "invoices": {"page": 1, "page_size": 500},
    "items": {},
    "linked_transactions": {"page": 1},
    "manual_journals": {"page": 1, "page_size": 500},
    "organisations": {},
    "overpayments": {"page": 1, "page_size": 500},
    "payments": {"page": 1, "page_size": 500},
    "prepayments": {"page": 1, "page_size": 500},
    "repeating_invoices": {},
    "tax_rates": {},
    "tracking_categories": {"include_archived": True},
    "users": {},
}
DELTAS = ["accounts", "bank_transactions", "batch_payments", "contacts", "credit_notes", "invoices", "items"]
DELTAS += ["manual_journals", "overpayments", "payments", "prepayments", "users"]


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def new_invoice(**more: Any) -> Invoice:
    lines = [LineItem(description="Design", quantity=2, unit_amount=50, account_code="200")]
    given = {
        "type": "ACCREC",
        "contact": Contact(name="Official Client"),
        "line_items": lines,
        "status": "DRAFT",
    }
    return Invoice(**(given | more))


def create(sdk: Sdk, **more: Any) -> Invoice:
    made = sdk.accounting.create_invoices(sdk.tenant, Invoices(invoices=[new_invoice(**more)]))
    return made.invoices[0]


def read(sdk: Sdk, invoice: Invoice) -> Invoice:
    return sdk.accounting.get_invoice(sdk.tenant, invoice.invoice_id).invoices[0]


def bank(sdk: Sdk) -> Account:
    found = sdk.accounting.get_accounts(sdk.tenant, where='Type=="BANK" AND Code=="090"').accounts
    return Account(account_id=found[0].account_id)


def test_connections_and_refresh(sdk: Sdk) -> None:
    (connection,) = sdk.identity.get_connections()
    before = dict(sdk.tokens)

    sdk.client.configuration.oauth2_token.update_token(**sdk.tokens)
    assert sdk.client.configuration.oauth2_token.refresh_access_token(sdk.client)

    assert (connection.tenant_id, connection.tenant_name) == (sdk.tenant, "Brightwater Studio Ltd")
    assert sdk.tokens["refresh_token"] != before["refresh_token"]
    assert sdk.accounting.get_organisations(sdk.tenant).organisations[0].organisation_id == sdk.tenant


@pytest.mark.parametrize("name", list(LISTS))
def test_every_list_is_read(sdk: Sdk, name: str) -> None:
    answer = getattr(sdk.accounting, f"get_{name}")(sdk.tenant, **LISTS[name])

    expected = sdk.sandbox.records(sdk.tenant, "Organisation" if name == "organisations" else camel(name))
    assert len(getattr(answer, name)) == len(expected) > 0
    if "page_size" in LISTS[name]:
        assert (answer.pagination.page_count, answer.pagination.item_count) == (1, len(expected))


@pytest.mark.parametrize("name", DELTAS)
def test_every_delta_is_read(sdk: Sdk, name: str) -> None:
    get = getattr(sdk.accounting, f"get_{name}")

    nothing = get(sdk.tenant, if_modified_since=datetime(2099, 1, 1, tzinfo=UTC))
    everything = get(sdk.tenant, if_modified_since=datetime(2001, 1, 1, tzinfo=UTC))

    assert not getattr(nothing, name)
    assert getattr(everything, name)


def test_pages_are_walked_to_the_end(sdk: Sdk) -> None:
    ids: list[str] = []
    page, pages = 1, 1
    while page <= pages:
        answer = sdk.accounting.get_invoices(sdk.tenant, page=page, page_size=50)
        pages, page = answer.pagination.page_count, page + 1
        ids += [invoice.invoice_id for invoice in answer.invoices]

    assert ids == [record["InvoiceID"] for record in sdk.sandbox.records(sdk.tenant, "Invoices")]


def test_an_invoice_is_created_updated_approved_and_voided(sdk: Sdk) -> None:
    made = create(sdk)
    update = Invoices(invoices=[Invoice(reference="PO 1", due_date=date(2027, 1, 31))])
    updated = sdk.accounting.update_invoice(sdk.tenant, made.invoice_id, update).invoices[0]
    approve = Invoices(invoices=[Invoice(status="AUTHORISED")])
    approved = sdk.accounting.update_invoice(sdk.tenant, made.invoice_id, approve).invoices[0]
    void = Invoices(invoices=[Invoice(status="VOIDED")])
    voided = sdk.accounting.update_invoice(sdk.tenant, made.invoice_id, void).invoices[0]

    assert (made.status, float(made.total)) == ("DRAFT", 120.0)
    assert (updated.reference, updated.due_date) == ("PO 1", date(2027, 1, 31))
    assert (approved.status, float(approved.amount_due)) == ("AUTHORISED", 120.0)
    assert (voided.status, float(voided.amount_due)) == ("VOIDED", 0.0)


def test_an_invoice_is_paid_and_the_payment_deleted(sdk: Sdk) -> None:
    invoice = create(sdk, status="AUTHORISED")
    payment = Payment(
        invoice=Invoice(invoice_id=invoice.invoice_id), account=bank(sdk), amount=120, date=date(2026, 12, 1)
    )

    made = sdk.accounting.create_payments(sdk.tenant, Payments(payments=[payment])).payments[0]
    paid = read(sdk, invoice)
    deleted = sdk.accounting.delete_payment(sdk.tenant, made.payment_id, PaymentDelete(status="DELETED"))

    assert (paid.status, float(paid.amount_paid)) == ("PAID", 120.0)
    assert (deleted.payments[0].status, read(sdk, invoice).status) == ("DELETED", "AUTHORISED")


def test_a_credit_is_allocated_and_taken_back(sdk: Sdk) -> None:
    invoice = create(sdk, status="AUTHORISED")
    lines = [LineItem(description="Too much", quantity=1, unit_amount=25, account_code="200")]
    note = CreditNote(
        type="ACCRECCREDIT",
        contact=Contact(contact_id=invoice.contact.contact_id),
        line_items=lines,
        status="AUTHORISED",
    )
    credit = sdk.accounting.create_credit_notes(sdk.tenant, CreditNotes(credit_notes=[note])).credit_notes[0]
    allocation = Allocation(amount=30, invoice=Invoice(invoice_id=invoice.invoice_id), date=date(2026, 12, 1))

    made = sdk.accounting.create_credit_note_allocation(
        sdk.tenant, credit.credit_note_id, Allocations(allocations=[allocation])
    ).allocations[0]
    credited = read(sdk, invoice)
    removed = sdk.accounting.delete_credit_note_allocations(
        sdk.tenant, credit.credit_note_id, made.allocation_id
    )

    assert (float(credited.amount_credited), float(credited.amount_due)) == (30.0, 90.0)
    assert (removed.is_deleted, float(read(sdk, invoice).amount_due)) == (True, 120.0)


def test_a_file_goes_up_and_comes_down(sdk: Sdk) -> None:
    invoice = create(sdk)
    content = bytes(range(256)) * 20

    sdk.accounting.create_invoice_attachment_by_file_name(
        sdk.tenant, invoice.invoice_id, "scan of receipt.png", content, include_online=True
    )
    listed = sdk.accounting.get_invoice_attachments(sdk.tenant, invoice.invoice_id).attachments
    fetched = sdk.accounting.get_invoice_attachment_by_file_name(
        sdk.tenant, invoice.invoice_id, "scan of receipt.png", "image/png"
    )

    assert [(item.file_name, item.content_length) for item in listed] == [("scan of receipt.png", 5120)]
    assert Path(fetched).read_bytes() == content
    assert read(sdk, invoice).has_attachments is True


def test_a_note_is_added_to_the_history(sdk: Sdk) -> None:
    invoice = create(sdk)
    notes = HistoryRecords(history_records=[HistoryRecord(details="Rang twice")])

    sdk.accounting.create_invoice_history(sdk.tenant, invoice.invoice_id, notes)

    read_back = sdk.accounting.get_invoice_history(sdk.tenant, invoice.invoice_id).history_records
    assert [item.details for item in read_back if item.changes == "Note"] == ["Rang twice"]


def test_a_contact_group_is_filled(sdk: Sdk) -> None:
    contacts = Contacts(contacts=[Contact(name="Group Member")])
    contact = sdk.accounting.create_contacts(sdk.tenant, contacts).contacts[0]
    groups = ContactGroups(contact_groups=[ContactGroup(name="Official group")])
    group = sdk.accounting.create_contact_group(sdk.tenant, groups).contact_groups[0]

    sdk.accounting.create_contact_group_contacts(
        sdk.tenant, group.contact_group_id, Contacts(contacts=[Contact(contact_id=contact.contact_id)])
    )
    filled = sdk.accounting.get_contact_group(sdk.tenant, group.contact_group_id).contact_groups[0]
    sdk.accounting.delete_contact_group_contact(sdk.tenant, group.contact_group_id, contact.contact_id)
    emptied = sdk.accounting.get_contact_group(sdk.tenant, group.contact_group_id).contact_groups[0]

    assert [item.contact_id for item in filled.contacts] == [contact.contact_id]
    assert not emptied.contacts


def test_a_batch_with_one_bad_element_both_ways(sdk: Sdk) -> None:
    good, bad = new_invoice(invoice_number="BATCH-1"), new_invoice(contact=None)
    batch = Invoices(invoices=[good, bad])

    with pytest.raises(HTTPStatusException) as refused:
        sdk.accounting.create_invoices(sdk.tenant, batch, summarize_errors=True)
    left = sdk.accounting.get_invoices(sdk.tenant, invoice_numbers=["BATCH-1"]).invoices
    split = sdk.accounting.create_invoices(sdk.tenant, batch, summarize_errors=False).invoices

    assert (refused.value.status, left) == (400, [])
    assert [item.status_attribute_string for item in split] == ["OK", "ERROR"]
    assert [error.message for error in split[1].validation_errors] == [
        "A Contact must be specified for this type of transaction"
    ]


def test_an_idempotency_key_saves_once(sdk: Sdk) -> None:
    batch = Invoices(invoices=[new_invoice(status="AUTHORISED")])

    made = [
        sdk.accounting.create_invoices(sdk.tenant, batch, idempotency_key="k-1").invoices[0].invoice_id
        for _ in range(2)
    ]

    assert made[0] == made[1]


def test_reports_are_read(sdk: Sdk) -> None:
    report = sdk.accounting.get_report_trial_balance(sdk.tenant).reports[0]

    total = report.rows[-1].rows[0].cells
    assert isinstance(report, models.ReportWithRow)
    assert total[3].value == total[4].value
    assert sdk.accounting.get_report_balance_sheet(sdk.tenant).reports[0].report_name == "Balance Sheet"
    assert sdk.accounting.get_report_profit_and_loss(sdk.tenant).reports[0].report_id == "ProfitAndLoss"
