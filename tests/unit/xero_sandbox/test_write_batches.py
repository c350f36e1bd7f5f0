"""Whole requests: bodies, batches with a bad element, repeated keys, scopes, methods."""

from typing import Any

import pytest

from tests.factories.sandbox import READ_SCOPES
from tests.unit.xero_sandbox.conftest import Xero, invoice, messages

BAD = invoice(InvoiceNumber="INV-0001")
GOOD = invoice(InvoiceNumber="GOOD-1")
ZERO = "00000000-0000-0000-0000-000000000000"


def test_one_bad_element_withdraws_all(writer: Xero) -> None:
    answer = writer.send("PUT", "Invoices", {"Invoices": [GOOD, BAD]})

    body = answer.json()
    assert messages(answer) == ["Invoice # must be unique."]
    assert [(item["InvoiceID"], item["InvoiceNumber"]) for item in body["Elements"]] == [(ZERO, "INV-0001")]
    assert writer.get("Invoices/GOOD-1").status_code == 404
    assert not any(row.name == "new client ltd" for row in writer.books.tables["Contacts"])


def test_without_summary_the_good_elements_are_saved(writer: Xero) -> None:
    answer = writer.send("PUT", "Invoices?summarizeErrors=false", {"Invoices": [BAD, GOOD]})

    bad, good = answer.json()["Invoices"]
    assert answer.status_code == 200
    assert (bad["StatusAttributeString"], bad["InvoiceID"], bad["HasErrors"]) == ("ERROR", ZERO, True)
    assert bad["ValidationErrors"] == [{"Message": "Invoice # must be unique."}]
    assert (good["StatusAttributeString"], good["InvoiceNumber"]) == ("OK", "GOOD-1")
    assert writer.get("Invoices/GOOD-1").status_code == 200


def test_a_withdrawn_call_leaves_the_books_as_they_were(writer: Xero) -> None:
    books = writer.books
    before = {name: [row.body for row in table] for name, table in books.tables.items()}
    numbers = books.next_invoice_number
    target = next(row for row in books.tables["Invoices"] if row.status == "AUTHORISED" and row.amount_due)
    pay = {"Invoice": {"InvoiceID": target.id}, "Account": {"Code": "090"}, "Amount": 1}

    writer.send("PUT", "Invoices", {"Invoices": [invoice(), BAD]})
    writer.send("PUT", "Payments", {"Payments": [pay, pay | {"Amount": 10**9}]})

    assert {name: [row.body for row in table] for name, table in books.tables.items()} == before
    assert books.next_invoice_number == numbers


@pytest.mark.parametrize(
    "body",
    [{"Invoices": [GOOD]}, GOOD, [GOOD]],
    ids=["envelope", "one bare object", "bare list"],
)
def test_bodies_come_in_three_forms(writer: Xero, body: Any) -> None:
    assert writer.save("PUT", "Invoices", body)["InvoiceNumber"] == "GOOD-1"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "JSON for post data was invalid"),
        (b"{", "JSON for post data was invalid"),
        (b"[" * 100_000, "JSON for post data was invalid"),
        (b'"text"', "Invoices must hold objects"),
        (b"[]", "Invoices must hold at least one element"),
        (b'{"Contact": 5}', "The value of Contact is not an object."),
        (b'{"LineItems": {}}', "The value of LineItems is not a list."),
        (b'{"LineItems": [{"Quantity": "many"}]}', "The value of Quantity is not a valid number."),
        (b'{"LineItems": [{"Quantity": 1e99}]}', "The value of Quantity is not a valid number."),
        (b'{"Date": "tomorrow"}', "The value of Date is not a valid date."),
        (b'{"SentToContact": "maybe"}', "The value of SentToContact is not true or false."),
        (
            b'{"InvoiceID": "123"}',
            "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).",
        ),
    ],
)
def test_a_body_that_cannot_be_read_is_error_17(writer: Xero, body: bytes, sentence: str) -> None:
    answer = writer.client.request("PUT", "/api.xro/2.0/Invoices", headers=writer.headers, content=body)

    assert answer.status_code == 400
    assert answer.json() == {"ErrorNumber": 17, "Type": "PostDataInvalidException", "Message": sentence}


def test_a_repeated_key_repeats_the_answer_for_six_minutes(writer: Xero) -> None:
    key = {"idempotency-key": "once"}
    first = writer.send("PUT", "Contacts", {"Name": "Once Ltd"}, **key)
    writer.world.clock.advance(359)
    second = writer.send("PUT", "Contacts", {"Name": "Once Ltd"}, **key)
    other = writer.send("PUT", "Contacts", {"Name": "Twice Ltd"}, **key)
    writer.world.clock.advance(2)
    third = writer.send("PUT", "Contacts", {"Name": "Once Ltd"}, **key)

    assert (first.status_code, second.content) == (200, first.content)
    assert other.status_code == 400
    assert other.json()["Message"] == "Idempotency Key: once is used with a different request."
    assert third.status_code == 400  # the key is new again, and the name is taken


def test_a_key_belongs_to_one_app_and_has_a_length(writer: Xero) -> None:
    answer = writer.send("PUT", "Contacts", {"Name": "Long Ltd"}, **{"idempotency-key": "x" * 129})

    assert answer.status_code == 400


def test_refusals_are_kept_under_a_key_as_well(writer: Xero) -> None:
    key = {"idempotency-key": "bad"}
    first = writer.send("PUT", "Invoices", BAD, **key)

    assert writer.send("PUT", "Invoices", BAD, **key).content == first.content


@pytest.mark.parametrize(
    "path",
    [
        "Invoices",
        "Payments",
        "Contacts",
        "BankTransactions",
        "ManualJournals",
        "Items",
        "Accounts",
        "CreditNotes",
    ],
)
def test_a_reading_scope_writes_nothing(xero: Xero, path: str) -> None:
    xero.connect(scope=READ_SCOPES)

    answer = xero.send("PUT", path, {})

    assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthorizationUnsuccessful")
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficent_scope"'


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "Organisation"),
        ("PUT", "Users"),
        ("DELETE", "Invoices/INV-0001"),
        ("PATCH", "Invoices"),
        ("POST", "Accounts"),
        ("PUT", "Invoices/INV-0001"),
        ("PUT", "Invoices/INV-0001/Allocations"),
        ("PUT", "Invoices/INV-0001/Nothing"),
    ],
)
def test_what_an_endpoint_does_not_do_is_501(writer: Xero, method: str, path: str) -> None:
    answer = writer.send(method, path, {})

    assert answer.status_code == 501
    assert answer.json() == {
        "ErrorNumber": 20,
        "Type": "ApiMethodNotImplementedException",
        "Message": "The Api Method called is not implemented",
    }


def test_an_update_of_nothing_is_404(writer: Xero) -> None:
    assert writer.send("POST", f"Invoices/{ZERO}", {"Reference": "x"}).status_code == 404
    assert messages(writer.send("POST", "Invoices", {"InvoiceID": ZERO})) == [
        "The document with the supplied id was not found for this endpoint."
    ]
