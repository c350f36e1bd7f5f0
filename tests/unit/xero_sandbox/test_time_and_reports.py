"""What comes of time: repeating invoices, ageing, and an answer that is lost after the work is done."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.factories.sandbox import WRITE_SCOPES, running_sandbox
from tests.unit.xero_sandbox.conftest import Xero, invoice, line, messages
from xero_sandbox.books.repeating import step, work_out_due
from xero_sandbox.wire.datekit import render_day

DAY_S = 86_400


def repeat(**more: Any) -> dict[str, Any]:
    schedule = {"Period": 1, "Unit": "WEEKLY", "DueDate": 10, "DueDateType": "DAYSAFTERBILLDATE"}
    return invoice(Schedule=schedule | {"StartDate": "2026-11-27"} | more)


def raised(xero: Xero, template: dict[str, Any]) -> list[tuple[str, str, str, float]]:
    records = [row.read() for row in xero.books.tables["Invoices"]]
    return [
        (record["Status"], record["DateString"][:10], record["DueDateString"][:10], record["Total"])
        for record in records
        if record.get("RepeatingInvoiceID") == template["RepeatingInvoiceID"]
    ]


def advance(xero: Xero, days: int) -> None:
    assert xero.client.post("/sandbox/api/clock", json={"advance_s": days * DAY_S}).status_code == 200


def test_a_repeating_invoice_raises_one_for_each_time_that_passed(writer: Xero) -> None:
    made = writer.save("PUT", "RepeatingInvoices", repeat(EndDate="2026-12-15"))
    before = raised(writer, made)

    advance(writer, 7)
    first = raised(writer, made)
    advance(writer, 60)
    after = raised(writer, made)

    assert (before, first) == ([], [("AUTHORISED", "2026-11-27", "2026-12-07", 120.0)])
    assert [row[1] for row in after] == ["2026-11-27", "2026-12-04", "2026-12-11"]


def test_a_deleted_repeating_invoice_raises_nothing(writer: Xero) -> None:
    made = writer.save("PUT", "RepeatingInvoices", repeat())
    path = f"RepeatingInvoices/{made['RepeatingInvoiceID']}"
    assert writer.save("POST", path, {"Status": "DELETED"})["Status"] == "DELETED"
    bill = writer.send("PUT", "RepeatingInvoices", repeat() | {"Type": "ACCPAY"})

    advance(writer, 30)

    assert raised(writer, made) == []
    assert messages(bill) == ["Repeating invoices can only be created for sales."]


@pytest.mark.parametrize(
    ("start", "day", "following"),
    [("2026-01-31", "2026-01-31", "2026-02-28"), ("2026-01-31", "2026-02-28", "2026-03-31")],
)
def test_a_month_is_stepped_to_its_end_and_back(start: str, day: str, following: str) -> None:
    schedule = {"Unit": "MONTHLY", "Period": 1, "StartDate": render_day(date.fromisoformat(start))}

    assert step(schedule, date.fromisoformat(day)) == date.fromisoformat(following)


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("DAYSAFTERBILLDATE", "2026-02-06"),
        ("DAYSAFTERBILLMONTH", "2026-02-20"),
        ("OFCURRENTMONTH", "2026-01-20"),
        ("OFFOLLOWINGMONTH", "2026-02-20"),
    ],
)
def test_due_dates_follow_the_schedule(kind: str, due: str) -> None:
    schedule = {"DueDate": 20, "DueDateType": kind}

    assert work_out_due(schedule, date(2026, 1, 17)) == date.fromisoformat(due)


def total_due(report: dict[str, Any]) -> Decimal:
    return Decimal(report["Rows"][-1]["Rows"][-1]["Cells"][-1]["Value"])


def test_ageing_is_the_sum_of_open_invoices(writer: Xero) -> None:
    """120.00 and 240.00; 50.00 paid on the 15th and 20.00 on the 18th: 290.00 at the end of the 18th."""
    keys = [
        writer.save("PUT", "Invoices", invoice(line(amount), Date="2026-11-10"))["InvoiceID"]
        for amount in (100, 200)
    ]
    contact_id = writer.books.read("Invoices", keys[0])["Contact"]["ContactID"]
    for amount, day in ((50, "2026-11-15"), (20, "2026-11-18")):
        pay = {"Invoice": {"InvoiceID": keys[0]}, "Account": {"Code": "090"}, "Amount": amount, "Date": day}
        writer.save("PUT", "Payments", pay)

    def due(day: str) -> Decimal:
        path = f"Reports/AgedReceivablesByContact?contactId={contact_id}&date={day}"
        return total_due(writer.get(path).json()["Reports"][0])

    assert [due(f"2026-11-{day}") for day in ("09", "10", "15", "18")] == [
        Decimal(text) for text in ("0.00", "360.00", "310.00", "290.00")
    ]
    payable = writer.get(f"Reports/AgedPayablesByContact?contactId={contact_id}").json()["Reports"][0]
    assert (payable["ReportID"], total_due(payable)) == ("AgedPayablesByContact", Decimal("0.00"))


def test_ageing_of_every_contact_adds_up_to_what_is_due(writer: Xero) -> None:
    rows = list(writer.books.tables["Invoices"])
    for contact in list(writer.books.tables["Contacts"]):
        report = writer.get(f"Reports/AgedReceivablesByContact?contactId={contact.id}").json()["Reports"][0]
        wanted = sum(row.amount_due for row in rows if (row.contact_id, row.kind) == (contact.id, "ACCREC"))
        drafts = sum(
            row.amount_due
            for row in rows
            if (row.contact_id, row.kind) == (contact.id, "ACCREC") and row.status in {"DRAFT", "SUBMITTED"}
        )
        assert total_due(report) * 100 == wanted - drafts


def test_ageing_needs_a_contact(writer: Xero) -> None:
    answer = writer.get("Reports/AgedReceivablesByContact")

    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 10)


def test_an_answer_is_lost_after_the_work_is_done() -> None:
    with running_sandbox(invoices=5, contacts=3) as sandbox:
        tenant = sandbox.tenant_id()
        token = sandbox.tokens(tenant, scope=WRITE_SCOPES)["access_token"]
        headers = {"authorization": f"Bearer {token}", "xero-tenant-id": tenant, "idempotency-key": "lost"}
        body = {"Name": "Saved but unanswered Ltd"}
        sandbox.fault("commit_then_timeout", match="Contacts", method="PUT", seconds=0.01)

        read = sandbox.client.get("/api.xro/2.0/Contacts", headers=headers)
        with pytest.raises(httpx.HTTPError):
            sandbox.client.put("/api.xro/2.0/Contacts", json=body, headers=headers)
        again = sandbox.client.put("/api.xro/2.0/Contacts", json=body, headers=headers)

        named = [item for item in sandbox.records(tenant, "Contacts") if item["Name"] == body["Name"]]
        assert (read.status_code, again.status_code, len(named)) == (200, 200, 1)
