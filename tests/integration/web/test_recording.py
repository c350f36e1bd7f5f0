"""Writing down at Xero what is known of an invoice: a payment, the day one is expected, a note."""

import html
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from counterfoil.features.invoicing.mapping import EVERYTHING_ELSE, map_payments
from counterfoil.mirror.models import Account, Connection, Invoice, Operation
from tests.integration.web.addresses import read_whole
from tests.integration.web.firms import NOW
from tests.integration.writing_firms import WritingFirm, make_writing_firm
from tests.unit.xero_sandbox.conftest import SMALL, Xero


@pytest.fixture(scope="module")
def books() -> Iterator[Xero]:
    made = Xero(SMALL)
    made.connect()
    yield made
    made.client.close()


@pytest.fixture
def firm(db: None, books: Xero) -> WritingFirm:
    made = make_writing_firm(books, client="Kōwhai Builders")
    with made.firm.inside():
        Connection.objects.update(writes=["invoices", "payments"])
    return made


def find_owed(firm: WritingFirm) -> Invoice:
    with firm.firm.inside():
        owed = Invoice.objects.filter(kind="ACCREC", status="AUTHORISED", amount_due__gt=10, currency="GBP")
        return owed.order_by("xero_id")[0]


def find_bank(firm: WritingFirm) -> Account:
    with firm.firm.inside():
        return Account.objects.filter(kind="BANK", status="ACTIVE").order_by("code")[0]


def press(firm: WritingFirm, invoice: Invoice, act: str, **said: Any) -> tuple[int, str]:
    """Press a button of the invoice's page; return the answer's status and its words."""
    path = f"/o/{firm.organisation.pk}/invoices/{invoice.xero_id}/record/"
    answer = firm.firm.client.post(path, {"act": act, "asked": str(uuid4())} | said)
    return answer.status_code, words_of(answer) if answer.status_code != 302 else ""


def words_of(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", read_whole(answer))))


def list_wishes(firm: WritingFirm) -> list[tuple[str, dict[str, Any]]]:
    with firm.firm.inside():
        return [(one.kind, json.loads(one.payload)) for one in Operation.objects.order_by("pk")]


def test_a_payment_goes_into_the_outbox_once_however_often_the_button_is_pressed(firm: WritingFirm) -> None:
    """P1, R7, PAIN 6: the press of the button is what is stored once."""
    invoice, bank, asked = find_owed(firm), find_bank(firm), str(uuid4())
    said = {"amount": "10.00", "day": "2026-01-05", "account": bank.xero_id, "reference": "BACS 7"}

    statuses = [press(firm, invoice, "payment", **said, asked=asked)[0] for _ in range(2)]

    assert statuses == [302, 302]
    [(kind, payload)] = list_wishes(firm)
    reference = payload.pop("Reference")
    assert kind == "payment_new"
    assert payload == {
        "Invoice": {"InvoiceID": invoice.xero_id},
        "Account": {"AccountID": bank.xero_id},
        "Date": "2026-01-05",
        "Amount": 10.00,
    }
    assert re.fullmatch(r"BACS 7 \(CF-\w+\)", reference)


def test_no_more_can_be_paid_than_is_owed_with_what_is_on_its_way_taken_off(firm: WritingFirm) -> None:
    invoice, bank = find_owed(firm), find_bank(firm)
    said = {"day": "2026-01-05", "account": bank.xero_id}
    first, _ = press(firm, invoice, "payment", **said, amount=f"{invoice.amount_due - Decimal(3):.2f}")

    second, words = press(firm, invoice, "payment", **said, amount="3.01")

    assert (first, second) == (302, 422)
    assert f"Only 3.00 {invoice.currency} is still owed on the invoice" in words
    assert len(list_wishes(firm)) == 1


def test_all_that_is_owed_is_offered_as_people_write_it(firm: WritingFirm) -> None:
    """So that pressing the button at once records the whole payment."""
    invoice = find_owed(firm)

    page = read_whole(firm.firm.client.get(f"/o/{firm.organisation.pk}/invoices/{invoice.xero_id}/record/"))

    assert f'name="amount" value="{invoice.amount_due:.2f}"' in page


def test_a_payment_of_a_day_to_come_is_no_payment(firm: WritingFirm) -> None:
    invoice, bank = find_owed(firm), find_bank(firm)

    status, words = press(firm, invoice, "payment", amount="1", day="2999-01-01", account=bank.xero_id)

    assert status == 422
    assert "That day has not come yet." in words
    assert list_wishes(firm) == []


def test_the_expected_day_and_a_note_are_written_to_xero(firm: WritingFirm) -> None:
    """The day stands beside the invoice there, and its due date stays."""
    invoice = find_owed(firm)

    press(firm, invoice, "promise", day="2027-02-01")
    press(firm, invoice, "note", words="Promised by telephone.")

    assert list_wishes(firm) == [
        ("invoice_edit", {"InvoiceID": invoice.xero_id, "ExpectedPaymentDate": "2027-02-01"}),
        ("note_new", {"Details": "Promised by telephone."}),
    ]


def test_ways_of_paying_lead_to_the_accounts_that_are_mapped_to_them(firm: WritingFirm) -> None:
    """PAIN 8: an account for each way of paying."""
    invoice, bank = find_owed(firm), find_bank(firm)
    with firm.firm.inside():
        map_payments(
            firm.organisation,
            accounts={"Card": bank.xero_id, EVERYTHING_ELSE: bank.xero_id},
            by=firm.firm.user,
            now=NOW,
        )

    page = words_of(firm.firm.client.get(f"/o/{firm.organisation.pk}/invoices/{invoice.xero_id}/record/"))

    assert f"Card: {bank.code} {bank.name} Any way of paying: {bank.code} {bank.name}" in page


def test_what_may_not_be_written_is_said_before_anything_is_filled_in(firm: WritingFirm) -> None:
    """K3: a read-only connection writes nothing, and the page says how that is changed."""
    invoice = find_owed(firm)
    with firm.firm.inside():
        Connection.objects.update(mode=Connection.Mode.READ_ONLY)

    page = read_whole(firm.firm.client.get(f"/o/{firm.organisation.pk}/invoices/{invoice.xero_id}/record/"))
    status, _ = press(firm, invoice, "note", words="Nobody hears this.")

    parts = page.count('<section class="card measure"')
    assert parts >= 4
    assert page.count("This organisation is connected read-only.") == parts
    assert status == 422
    assert list_wishes(firm) == []


def test_a_credit_note_has_what_the_lines_of_the_invoice_came_to(firm: WritingFirm) -> None:
    """PAIN 14, PAIN 11: for the same cent; a discount, which credit notes do not know, is in the amount."""
    line = {
        "Description": "Design",
        "Quantity": 3,
        "UnitAmount": 33.333,
        "DiscountRate": 10,
        "AccountCode": "200",
    }
    line |= {"TaxType": "OUTPUT2", "TaxAmount": 18.0, "LineAmount": 90.0, "LineItemID": "l1"}
    plain = {
        "Description": "Hosting",
        "Quantity": 2,
        "UnitAmount": 5.5,
        "AccountCode": "200",
        "ItemCode": "H-1",
    }
    plain |= {"TaxType": "OUTPUT2", "TaxAmount": 2.2, "LineAmount": 11.0, "LineItemID": "l2"}
    invoice = find_owed(firm)
    with firm.firm.inside():
        raw = json.loads(invoice.raw) | {"LineItems": [line, plain], "LineAmountTypes": "Exclusive"}
        Invoice.objects.filter(pk=invoice.pk).update(raw=json.dumps(raw))

    status, _ = press(firm, invoice, "credit", day="2026-01-05")

    [(kind, payload)] = list_wishes(firm)
    kept = {"AccountCode": "200", "TaxType": "OUTPUT2"}
    assert (status, kind) == (302, "credit_note_new")
    assert (payload["Type"], payload["Status"], payload["CurrencyCode"]) == ("ACCRECCREDIT", "DRAFT", "GBP")
    assert payload["Contact"] == {"ContactID": invoice.contact_id}
    assert payload["LineItems"] == [
        kept | {"Description": "Design", "Quantity": 1, "UnitAmount": 90.0, "TaxAmount": 18.0},
        kept
        | {"Description": "Hosting", "Quantity": 2, "UnitAmount": 5.5, "TaxAmount": 2.2, "ItemCode": "H-1"},
    ]
    with firm.firm.inside():
        assert Operation.objects.get().amount == Decimal("121.20")


def test_an_invoice_is_voided_once_its_number_was_typed(firm: WritingFirm) -> None:
    with firm.firm.inside():
        Invoice.objects.filter(status="AUTHORISED").update(amount_paid=0, amount_credited=0)
    invoice = find_owed(firm)

    refused, words = press(firm, invoice, "withdraw", typed="INV")
    done, _ = press(firm, invoice, "withdraw", typed=invoice.number)

    assert (refused, done) == (422, 302)
    assert f"Type {invoice.number} here; nothing was done." in words
    assert list_wishes(firm) == [("invoice_void", {"InvoiceID": invoice.xero_id, "Status": "VOIDED"})]


def test_what_money_came_for_offers_no_voiding(firm: WritingFirm) -> None:
    invoice = find_owed(firm)
    with firm.firm.inside():
        Invoice.objects.filter(pk=invoice.pk).update(amount_paid=1)

    status, _ = press(firm, invoice, "withdraw", typed=invoice.number)

    assert status == 404
    assert list_wishes(firm) == []
