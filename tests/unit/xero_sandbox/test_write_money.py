"""Payments, credit notes, batches and bank transactions through the API."""

from typing import Any

import pytest

from tests.unit.xero_sandbox.conftest import Xero, invoice, line, messages
from xero_sandbox.books.ledger import build_entries

BANK = {"Code": "090"}


def due(xero: Xero, invoice_id: str) -> tuple[str, float, float, float]:
    record = xero.books.read("Invoices", invoice_id)
    return record["Status"], record["AmountPaid"], record["AmountCredited"], record["AmountDue"]


def pay(invoice_id: str, amount: float, **more: Any) -> dict[str, Any]:
    return {"Invoice": {"InvoiceID": invoice_id}, "Account": BANK, "Amount": amount} | more


def test_an_invoice_is_paid_in_part_paid_off_and_reopened(writer: Xero) -> None:
    """120.00 due; 50.00 and 70.00 paid; the 70.00 taken back."""
    key = writer.save("PUT", "Invoices", invoice())["InvoiceID"]

    states = [due(writer, key)]
    writer.save("PUT", "Payments", pay(key, 50))
    states.append(due(writer, key))
    second = writer.save("POST", "Payments", pay(key, 70))
    states.append(due(writer, key))
    deleted = writer.save("POST", f"Payments/{second['PaymentID']}", {"Status": "DELETED"})
    states.append(due(writer, key))

    assert states == [
        ("AUTHORISED", 0.0, 0.0, 120.0),
        ("AUTHORISED", 50.0, 0.0, 70.0),
        ("PAID", 120.0, 0.0, 0.0),
        ("AUTHORISED", 50.0, 0.0, 70.0),
    ]
    assert (second["PaymentType"], deleted["Status"]) == ("ACCRECPAYMENT", "DELETED")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"Amount": 121}, "Payment amount exceeds the amount outstanding on this document"),
        ({"Amount": 0}, "Payment amount must be greater than zero."),
        ({"Account": {"Code": "200"}}, "Account must be of type BANK or have payments to it enabled."),
        ({"Account": {"Code": "000"}}, "Account could not be found"),
        (
            {"Invoice": {"InvoiceNumber": "123"}},
            "Invoice with invoice number 123 does not exist for this organisation",
        ),
        (
            {"Invoice": None},
            "A payment must be for exactly one of Invoice, CreditNote, Prepayment or Overpayment.",
        ),
    ],
)
def test_a_payment_that_cannot_be_is_refused(writer: Xero, given: dict[str, Any], sentence: str) -> None:
    key = writer.save("PUT", "Invoices", invoice())["InvoiceID"]

    assert messages(writer.send("PUT", "Payments", pay(key, 10) | given)) == [sentence]


def test_only_approved_documents_are_paid(writer: Xero) -> None:
    key = writer.save("PUT", "Invoices", invoice(Status="DRAFT"))["InvoiceID"]

    answer = writer.send("PUT", "Payments", pay(key, 10))

    assert messages(answer) == ["Payments can only be made against Authorised documents"]


def test_a_payment_before_its_invoice_is_a_warning(writer: Xero) -> None:
    key = writer.save("PUT", "Invoices", invoice(Date="2026-11-10"))["InvoiceID"]

    made = writer.save("PUT", "Payments", pay(key, 10, Date="2026-11-09"))

    assert made["Warnings"] == [{"Message": "The payment date is prior to the invoice date."}]


def test_reconciled_payments_and_those_of_a_batch_stay(writer: Xero) -> None:
    bills = [writer.save("PUT", "Invoices", invoice(line(10, "429"), Type="ACCPAY")) for _ in range(2)]
    reconciled = writer.save("PUT", "Payments", pay(bills[0]["InvoiceID"], 1, IsReconciled=True))
    members = [{"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": 5} for bill in bills]
    batch = writer.save("PUT", "BatchPayments", {"Account": BANK, "Payments": members})
    member = batch["Payments"][0]["PaymentID"]

    refused = [
        messages(writer.send("POST", f"Payments/{key}", {"Status": "DELETED"}))
        for key in (reconciled["PaymentID"], member)
    ]
    gone = writer.save(
        "POST", "BatchPayments", {"BatchPaymentID": batch["BatchPaymentID"], "Status": "DELETED"}
    )

    assert refused == [
        ["Payment cannot be deleted because it is reconciled."],
        ["This payment is part of a batch payment; delete the batch payment instead."],
    ]
    assert (batch["Type"], batch["TotalAmount"], gone["Status"]) == ("PAYBATCH", 10.0, "DELETED")
    assert [due(writer, bill["InvoiceID"]) for bill in bills] == [
        ("AUTHORISED", 1.0, 0.0, 11.0),
        ("AUTHORISED", 0.0, 0.0, 12.0),
    ]


def test_a_credit_is_allocated_in_part_refunded_and_taken_back(writer: Xero) -> None:
    """60.00 credit: 20.00 to an invoice of 120.00, 40.00 paid back; then the 20.00 taken off again."""
    key = writer.save("PUT", "Invoices", invoice())["InvoiceID"]
    credit = writer.save("PUT", "CreditNotes", invoice(line(50), Type="ACCRECCREDIT"))
    path = f"CreditNotes/{credit['CreditNoteID']}"
    answer = writer.send("PUT", f"{path}/Allocations", {"Amount": 20, "Invoice": {"InvoiceID": key}})
    (allocation,) = answer.json()["Allocations"]
    refund = writer.save(
        "PUT",
        "Payments",
        {"CreditNote": {"CreditNoteID": credit["CreditNoteID"]}, "Account": BANK, "Amount": 40},
    )
    used = writer.books.read("CreditNotes", credit["CreditNoteID"])
    allocated = due(writer, key)

    removed = writer.send("DELETE", f"{path}/Allocations/{allocation['AllocationID']}")

    assert (credit["CreditNoteNumber"], refund["PaymentType"]) == ("CN-0006", "ARCREDITPAYMENT")
    assert (used["Status"], used["RemainingCredit"], allocated) == (
        "PAID",
        0.0,
        ("AUTHORISED", 0.0, 20.0, 100.0),
    )
    assert (removed.status_code, removed.json()["IsDeleted"]) == (200, True)
    again = writer.books.read("CreditNotes", credit["CreditNoteID"])
    assert (again["Status"], again["RemainingCredit"]) == ("AUTHORISED", 20.0)
    assert due(writer, key) == ("AUTHORISED", 0.0, 0.0, 120.0)


def test_a_credit_is_not_allocated_where_it_does_not_belong(writer: Xero) -> None:
    bill = writer.save("PUT", "Invoices", invoice(line(10, "429"), Type="ACCPAY"))["InvoiceID"]
    credit = writer.save("PUT", "CreditNotes", invoice(line(50), Type="ACCRECCREDIT"))["CreditNoteID"]
    path = f"CreditNotes/{credit}/Allocations"

    wrong = writer.send("PUT", path, {"Amount": 5, "Invoice": {"InvoiceID": bill}})
    missing = writer.send("PUT", path, {"Amount": 5, "Invoice": {"InvoiceID": credit}})

    assert [messages(wrong), messages(missing)] == [
        ["The document with the supplied id was not found for this endpoint."]
    ] * 2


def test_a_prepayment_comes_from_the_bank_and_settles_an_invoice(writer: Xero) -> None:
    received = {"Type": "RECEIVE-PREPAYMENT", "BankAccount": BANK, "Contact": {"Name": "New Client Ltd"}}
    money = writer.save("PUT", "BankTransactions", received | {"LineItems": [line(100)]})
    key = writer.save("PUT", "Invoices", invoice(line(200)))["InvoiceID"]

    writer.send(
        "PUT",
        f"Prepayments/{money['PrepaymentID']}/Allocations",
        {"Allocations": [{"Amount": 120, "Invoice": {"InvoiceID": key}}]},
    )

    prepayment = writer.books.read("Prepayments", money["PrepaymentID"])
    assert (prepayment["Status"], prepayment["RemainingCredit"]) == ("PAID", 0.0)
    assert due(writer, key) == ("AUTHORISED", 0.0, 120.0, 120.0)
    refused = writer.send("POST", f"BankTransactions/{money['BankTransactionID']}", {"Status": "DELETED"})
    assert messages(refused) == ["This bank transaction cannot be deleted because it has been allocated."]


def test_money_is_spent_changed_and_deleted(writer: Xero) -> None:
    spent = {"Type": "SPEND", "BankAccount": BANK, "Contact": {"Name": "Corner Shop"}}
    made = writer.save("PUT", "BankTransactions", spent | {"LineItems": [line(10, "429")]})
    path = f"BankTransactions/{made['BankTransactionID']}"
    line_id = made["LineItems"][0]["LineItemID"]

    changed = writer.save("POST", path, {"LineItems": [{"LineItemID": line_id, "UnitAmount": 15}]})
    gone = writer.save("POST", path, {"Status": "DELETED"})

    assert (made["Total"], changed["Total"], gone["Status"]) == (12.0, 18.0, "DELETED")


def test_a_journal_must_balance(writer: Xero) -> None:
    lines = [{"LineAmount": 50, "AccountCode": "429"}, {"LineAmount": -50, "AccountCode": "825"}]
    posted = writer.save(
        "PUT", "ManualJournals", {"Narration": "Accrual", "JournalLines": lines, "Status": "POSTED"}
    )
    path = f"ManualJournals/{posted['ManualJournalID']}"

    uneven = writer.send("PUT", "ManualJournals", {"Narration": "x", "JournalLines": [lines[0], lines[0]]})
    control = writer.send(
        "PUT",
        "ManualJournals",
        {"Narration": "x", "JournalLines": [lines[0], lines[1] | {"AccountCode": "610"}]},
    )
    void = writer.save("POST", path, {"Status": "VOIDED"})

    assert messages(uneven) == ["The total debits must equal the total credits."]
    assert messages(control) == ["Account code '610' is not a valid code for this document."]
    assert (posted["Status"], void["Status"]) == ("POSTED", "VOIDED")
    assert {sum(entry.amounts.values()) for entry in build_entries(writer.books)} == {0}


def test_a_billable_expense_follows_its_documents(writer: Xero) -> None:
    bill = writer.save("PUT", "Invoices", invoice(line(10, "429"), Type="ACCPAY", Status="DRAFT"))
    sale = writer.save("PUT", "Invoices", invoice(Status="DRAFT"))
    source = {
        "SourceTransactionID": bill["InvoiceID"],
        "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
    }
    target = {
        "TargetTransactionID": sale["InvoiceID"],
        "TargetLineItemID": sale["LineItems"][0]["LineItemID"],
    }
    link = writer.save("PUT", "LinkedTransactions", source)
    path = f"LinkedTransactions/{link['LinkedTransactionID']}"

    def status() -> str:
        text: str = writer.books.read("LinkedTransactions", link["LinkedTransactionID"])["Status"]
        return text

    seen = [status()]
    writer.save("POST", f"Invoices/{bill['InvoiceID']}", {"Status": "AUTHORISED"})
    seen.append(status())
    writer.save("POST", path, target)
    seen.append(status())
    writer.save("POST", f"Invoices/{sale['InvoiceID']}", {"Status": "AUTHORISED"})
    seen.append(status())
    writer.save("POST", f"Invoices/{bill['InvoiceID']}", {"Status": "VOIDED"})
    seen.append(status())

    assert seen == ["DRAFT", "APPROVED", "ONDRAFT", "BILLED", "VOIDED"]
    assert writer.send("DELETE", path).status_code == 204
    assert writer.get(path).status_code == 404


def movements(xero: Xero) -> dict[str, int]:
    """Return what all entries together did to each account, in cents of the base currency."""
    sums: dict[str, int] = {}
    for entry in build_entries(xero.books):
        assert sum(entry.amounts.values()) == 0
        for code, cents in entry.amounts.items():
            sums[code] = sums.get(code, 0) + cents
    return sums


@pytest.mark.parametrize(("rate", "gained"), [(1.2, 3333), (1.25, 0), (1.3, -3077)])
def test_a_foreign_invoice_paid_at_another_rate_realises_the_difference(
    writer: Xero, rate: float, gained: int
) -> None:
    """
    1,000.00 USD raised at 1.25 are 800.00 GBP. The bank gets 833.33 at 1.20, or 769.23 at 1.30;
    the customer's account is settled at 800.00 either way, and the difference is a gain or a loss.
    """
    before = movements(writer)
    foreign = invoice(CurrencyCode="USD", CurrencyRate=1.25, LineItems=[line(1000, "200", TaxType="NONE")])
    key = writer.save("PUT", "Invoices", foreign)["InvoiceID"]

    paid = writer.save("PUT", "Payments", pay(key, 1000, CurrencyRate=rate))

    after = movements(writer)
    moved = {code: after.get(code, 0) - before.get(code, 0) for code in ("610", "200", "090", "499")}
    assert moved == {"610": 0, "200": -80000, "090": 80000 + gained, "499": -gained}
    assert paid["CurrencyRate"] == rate


def test_a_payment_in_the_base_currency_has_no_rate_of_its_own(writer: Xero) -> None:
    key = writer.save("PUT", "Invoices", invoice())["InvoiceID"]

    paid = writer.save("PUT", "Payments", pay(key, 120, CurrencyRate=1.5))

    assert paid["CurrencyRate"] == 1
