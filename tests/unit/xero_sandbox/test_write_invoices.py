"""Invoices through the API: numbers, contacts, moves, lines, and what stays open after a payment."""

from typing import Any

import pytest

from tests.unit.xero_sandbox.conftest import Xero, invoice, line, messages
from xero_sandbox.wire.datekit import parse_ms

LOCKED = "This document cannot be edited as it has a payment or credit note allocated to it."


def test_an_invoice_is_created_with_its_totals_and_defaults(writer: Xero) -> None:
    """2 × 49.99 at 20 % and 10.00 without tax: 109.98 + 20.00 = 129.98."""
    made = writer.save(
        "PUT", "Invoices", invoice(line(49.99, Quantity=2), line(10, TaxType="NONE"), Date="2026-11-02")
    )

    assert (made["SubTotal"], made["TotalTax"], made["Total"], made["AmountDue"]) == (
        109.98,
        20.0,
        129.98,
        129.98,
    )
    assert [item["TaxType"] for item in made["LineItems"]] == ["OUTPUT2", "NONE"]
    assert (made["DateString"], made["DueDateString"]) == ("2026-11-02T00:00:00", "2026-12-02T00:00:00")
    assert (made["InvoiceNumber"], made["CurrencyCode"]) == ("INV-0100", "GBP")
    assert writer.get(f"Invoices/{made['InvoiceID']}").json()["Invoices"] == [made]


def test_tax_is_rounded_line_by_line(writer: Xero) -> None:
    """Xero's own vector at 15 %: 3.76 + 3.84 + 3.84 = 11.44, not 11.45."""
    rate = {"Name": "15 %", "ReportTaxType": "OUTPUT", "TaxComponents": [{"Name": "T", "Rate": 15}]}
    tax_type = writer.save("PUT", "TaxRates", rate)["TaxType"]
    lines = [line(amount, TaxType=tax_type) for amount in (25.06, 25.61, 25.63)]

    made = writer.save("PUT", "Invoices", invoice(*lines))

    assert [item["TaxAmount"] for item in made["LineItems"]] == [3.76, 3.84, 3.84]
    assert (made["TotalTax"], made["Total"]) == (11.44, 87.74)


@pytest.mark.parametrize(
    ("amounts", "totals"),
    [
        ("Exclusive", (100.0, 20.0, 120.0)),
        ("Inclusive", (83.33, 16.67, 100.0)),
        ("NoTax", (100.0, 0.0, 100.0)),
    ],
)
def test_amounts_hold_tax_or_not(writer: Xero, amounts: str, totals: tuple[float, float, float]) -> None:
    made = writer.save("PUT", "Invoices", invoice(LineAmountTypes=amounts))

    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == totals


def test_prices_keep_four_decimals_only_with_unitdp(writer: Xero) -> None:
    """1,000 × 0.0149: rounded first 10.00, kept fine 14.90."""
    fine_line = line(0.0149, Quantity=1000)

    rounded = writer.save("PUT", "Invoices", invoice(fine_line))
    fine = writer.save("PUT", "Invoices?unitdp=4", invoice(fine_line))
    path = f"Invoices/{fine['InvoiceID']}"

    def price(query: str) -> Any:
        return writer.get(path + query).json()["Invoices"][0]["LineItems"][0]["UnitAmount"]

    assert (rounded["SubTotal"], fine["SubTotal"]) == (10.0, 14.9)
    assert (price(""), price("?unitdp=4")) == (0.01, 0.0149)
    listed = writer.get(f"Invoices?IDs={fine['InvoiceID']}").json()["Invoices"][0]
    assert listed["LineItems"][0]["UnitAmount"] == 0.01


@pytest.mark.parametrize(
    ("given", "sentences"),
    [
        ({"Contact": None}, ["A Contact must be specified for this type of transaction"]),
        (
            {"Contact": {"EmailAddress": "a@b.example"}},
            [
                "The Contact must contain at least 1 of the following elements to identify the contact: "
                "Name, ContactID, ContactNumber"
            ],
        ),
        ({"LineItems": []}, ["One or more line items must be specified"]),
        ({"Status": "PAID"}, ["Invoice not of valid status for creation"]),
        ({"Status": "VOIDED"}, ["Invoice not of valid status for creation"]),
        ({"InvoiceNumber": "INV-0001"}, ["Invoice # must be unique."]),
        ({"Url": "not an address"}, ["Url must be a valid absolute url"]),
        ({"CurrencyCode": "JPY"}, ["Organisation is not subscribed to currency JPY"]),
        (
            {"LineItems": [line(code="999"), line(code="610"), line(code="090")]},
            [
                f"Account code '{code}' is not a valid code for this document."
                for code in ("999", "610", "090")
            ],
        ),
        (
            {"LineItems": [line(TaxType="INPUT2")]},
            ["The TaxType code 'INPUT2' cannot be used with account code '200'."],
        ),
        (
            {"LineItems": [line(10, Quantity=2, LineAmount=30)]},
            ["The line total 30.00 does not match the expected line total 20.00"],
        ),
        ({"LineItems": [{"Description": "x", "UnitAmount": 5}]}, ["Account code must be specified."]),
    ],
)
def test_what_is_wrong_is_refused_in_words(writer: Xero, given: dict[str, Any], sentences: list[str]) -> None:
    before = len(writer.books.tables["Invoices"]), len(writer.books.tables["Contacts"])

    answer = writer.send("PUT", "Invoices", invoice(**given))

    assert messages(answer) == sentences
    assert (len(writer.books.tables["Invoices"]), len(writer.books.tables["Contacts"])) == before


@pytest.mark.parametrize(
    ("start", "move", "end"),
    [
        ("DRAFT", "SUBMITTED", "SUBMITTED"),
        ("DRAFT", "AUTHORISED", "AUTHORISED"),
        ("DRAFT", "DELETED", "DELETED"),
        ("DRAFT", "VOIDED", None),
        ("SUBMITTED", "DRAFT", "DRAFT"),
        ("AUTHORISED", "VOIDED", "VOIDED"),
        ("AUTHORISED", "DRAFT", None),
        ("AUTHORISED", "DELETED", None),
        ("AUTHORISED", "PAID", None),
    ],
)
def test_statuses_move_as_xero_allows(writer: Xero, start: str, move: str, end: str | None) -> None:
    made = writer.save("PUT", "Invoices", invoice(Status=start))

    answer = writer.send("POST", f"Invoices/{made['InvoiceID']}", {"Status": move})

    if end is None:
        assert messages(answer) == ["Invoice not of valid status for modification"]
    assert writer.books.read("Invoices", made["InvoiceID"])["Status"] == (end or start)


def test_a_draft_without_account_cannot_be_approved(writer: Xero) -> None:
    draft = writer.save("PUT", "Invoices", invoice({"Description": "x", "UnitAmount": 5}, Status="DRAFT"))

    answer = writer.send("POST", f"Invoices/{draft['InvoiceID']}", {"Status": "AUTHORISED"})

    assert messages(answer) == ["Account code must be specified."]


def test_lines_are_kept_by_id_added_without_and_deleted_when_left_out(writer: Xero) -> None:
    made = writer.save("PUT", "Invoices", invoice(line(10), line(20), line(30)))
    first, second, _ = (item["LineItemID"] for item in made["LineItems"])

    changed = writer.save(
        "POST",
        f"Invoices/{made['InvoiceID']}",
        {"LineItems": [{"LineItemID": first}, {"LineItemID": second, "Quantity": 3}, line(5)]},
    )

    assert [item["LineAmount"] for item in changed["LineItems"]] == [10.0, 60.0, 5.0]
    assert [item["LineItemID"] for item in changed["LineItems"][:2]] == [first, second]
    assert changed["LineItems"][2]["LineItemID"] not in {item["LineItemID"] for item in made["LineItems"]}
    assert changed["Total"] == 90.0


def test_lines_left_out_altogether_stay(writer: Xero) -> None:
    made = writer.save("PUT", "Invoices", invoice(line(10), line(20)))

    changed = writer.save("POST", "Invoices", {"InvoiceID": made["InvoiceID"], "Reference": "PO 7"})

    assert changed["LineItems"] == made["LineItems"]
    assert changed["Reference"] == "PO 7"
    assert parse_ms(changed["UpdatedDateUTC"]) > parse_ms(made["UpdatedDateUTC"])


def test_post_finds_a_sales_invoice_by_its_number_and_put_does_not(writer: Xero) -> None:
    made = writer.save("PUT", "Invoices", invoice(InvoiceNumber="A-1"))

    same = writer.save("POST", "Invoices", {"Type": "ACCREC", "InvoiceNumber": "a-1", "Reference": "R"})
    refused = writer.send("PUT", "Invoices", invoice(InvoiceNumber="A-1"))

    assert (same["InvoiceID"], same["Reference"]) == (made["InvoiceID"], "R")
    assert messages(refused) == ["Invoice # must be unique."]


def test_numbers_of_bills_may_repeat_and_those_of_deleted_drafts_are_free(writer: Xero) -> None:
    bill = invoice(line(code="429"), Type="ACCPAY", InvoiceNumber="77")
    draft = writer.save("PUT", "Invoices", invoice(InvoiceNumber="A-1", Status="DRAFT"))
    writer.save("POST", f"Invoices/{draft['InvoiceID']}", {"Status": "DELETED"})

    bills = [writer.save("PUT", "Invoices", bill) for _ in range(2)]
    again = writer.save("PUT", "Invoices", invoice(InvoiceNumber="A-1"))

    assert [item["InvoiceNumber"] for item in bills] == ["77", "77"]
    assert writer.get("Invoices/A-1").json()["Invoices"][0]["InvoiceID"] == again["InvoiceID"]


def test_only_some_fields_change_after_a_payment(writer: Xero) -> None:
    made = writer.save("PUT", "Invoices", invoice(line(100)))
    path, line_id = f"Invoices/{made['InvoiceID']}", made["LineItems"][0]["LineItemID"]
    writer.save(
        "PUT",
        "Payments",
        {"Invoice": {"InvoiceID": made["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": 20},
    )

    changed = writer.save(
        "POST",
        path,
        {
            "Reference": "New",
            "LineItems": [{"LineItemID": line_id, "Description": "Other words", "AccountCode": "210"}],
        },
    )

    assert (changed["Reference"], changed["AmountDue"]) == ("New", 100.0)
    assert (changed["LineItems"][0]["Description"], changed["LineItems"][0]["AccountCode"]) == (
        "Other words",
        "210",
    )
    assert messages(writer.send("POST", path, {"Date": "2026-01-01"})) == [LOCKED]
    assert messages(writer.send("POST", path, {"LineItems": [line(1)]})) == [
        "To update fields on a paid invoice line item, you must supply a LineItemID"
    ]
    assert messages(writer.send("POST", path, {"LineItems": [{"LineItemID": line_id, "UnitAmount": 5}]})) == [
        LOCKED
    ]
    assert messages(writer.send("POST", path, {"Status": "VOIDED"})) == [
        "The status VOIDED cannot be applied to the invoice because it has payments or credit notes "
        "allocated to it."
    ]


def test_a_contact_on_a_document_is_matched_updated_or_created(writer: Xero) -> None:
    first = writer.save("PUT", "Invoices", invoice())
    second = writer.save(
        "PUT", "Invoices", invoice(Contact={"Name": "new client ltd", "EmailAddress": "new@client.example"})
    )

    contact = writer.books.read("Contacts", first["Contact"]["ContactID"])
    assert second["Contact"]["ContactID"] == contact["ContactID"]
    assert (contact["EmailAddress"], contact["IsCustomer"]) == ("new@client.example", True)


def test_an_archived_contact_takes_no_documents(writer: Xero) -> None:
    contact_id = writer.save("PUT", "Invoices", invoice())["Contact"]["ContactID"]
    writer.save("POST", f"Contacts/{contact_id}", {"ContactStatus": "ARCHIVED"})

    answer = writer.send("PUT", "Invoices", invoice(Contact={"ContactID": contact_id}))

    assert messages(answer)[0].startswith("The contact with the specified contact details has been archived.")


def test_sent_to_contact_on_a_draft_is_only_a_warning(writer: Xero) -> None:
    draft = writer.save("PUT", "Invoices?summarizeErrors=false", invoice(Status="DRAFT", SentToContact=True))

    assert (draft["StatusAttributeString"], draft["SentToContact"]) == ("WARNING", False)
    assert draft["Warnings"] == [{"Message": "Only AUTHORISED invoices may have SentToContact updated."}]


def test_nothing_is_posted_into_a_locked_period(writer: Xero) -> None:
    path = f"/sandbox/api/organisations/{writer.books.tenant_id}/lock-dates"
    made = writer.save("PUT", "Invoices", invoice(Date="2026-09-30"))
    assert writer.client.post(path, json={"PeriodLockDate": "2026-09-30"}).status_code == 200

    sentence = "The document date cannot be before the period lock date, currently set at 30 September 2026."
    late = writer.send("PUT", "Invoices", invoice(Date="2026-09-30"))
    void = writer.send("POST", f"Invoices/{made['InvoiceID']}", {"Status": "VOIDED"})

    assert (messages(late), messages(void)) == ([sentence], [sentence])
    assert writer.save("PUT", "Invoices", invoice(Date="2026-10-01"))["Status"] == "AUTHORISED"
    assert writer.save("PUT", "Invoices", invoice(Date="2026-09-30", Status="DRAFT"))["Status"] == "DRAFT"


def test_an_approved_sales_invoice_has_a_web_address_and_a_pdf(writer: Xero) -> None:
    made = writer.save("PUT", "Invoices", invoice())
    draft = writer.save("PUT", "Invoices", invoice(Status="DRAFT"))

    online = writer.get(f"Invoices/{made['InvoiceID']}/OnlineInvoice").json()["OnlineInvoices"]
    pdf = writer.get(f"Invoices/{made['InvoiceID']}", accept="application/pdf")

    assert online == [{"OnlineInvoiceUrl": f"http://127.0.0.1:9090/online/{made['InvoiceID']}"}]
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert writer.get(f"Invoices/{draft['InvoiceID']}/OnlineInvoice").status_code == 404
