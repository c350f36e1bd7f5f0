"""The plain lists of the books, and what is left of a client's credits."""

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.operations import create_client
from counterfoil.features.finance.ledgers import LEDGERS
from counterfoil.mirror.models import (
    Account,
    BankTransaction,
    ContactGroup,
    CreditNote,
    Organisation,
    Payment,
)
from tests.factories.workbook import read_workbook
from tests.integration.web.firms import NOW, Firm, make_contact, make_invoice, make_organisation


@pytest.fixture
def harbour(firm: Firm) -> Organisation:
    """The firm's organisation."""
    return make_organisation(firm)


def text_of(firm: Firm, path: str) -> str:
    answer = firm.client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def keep(firm: Firm, organisation: Organisation, model: Any, xero_id: str, **fields: Any) -> Any:
    """Put a record into the copy."""
    held = {
        "organisation": organisation,
        "workspace_id": organisation.workspace_id,
        "xero_id": xero_id,
        "raw": "{}",
        "digest": b"",
        "first_seen_at": NOW,
        "changed_here_at": NOW,
    }
    with firm.inside():
        return model.objects.create(**(held | fields))


def pay(firm: Firm, organisation: Organisation, xero_id: str, **fields: Any) -> Any:
    values = {
        "kind": "ACCRECPAYMENT",
        "status": "AUTHORISED",
        "date": date(2026, 11, 1),
        "amount": Decimal(10),
        "is_reconciled": False,
    }
    return keep(firm, organisation, Payment, xero_id, **(values | fields))


def give_credit(firm: Firm, organisation: Organisation, xero_id: str, **fields: Any) -> Any:
    values = {
        "kind": "ACCRECCREDIT",
        "status": "AUTHORISED",
        "number": f"CN-{xero_id}",
        "date": date(2026, 11, 1),
        "currency": "GBP",
        "sub_total": Decimal(50),
        "total_tax": Decimal(0),
        "total": Decimal(50),
        "remaining_credit": Decimal(50),
        "has_attachments": False,
    }
    return keep(firm, organisation, CreditNote, xero_id, **(values | fields))


def test_a_payment_names_what_it_paid_in_that_currency(firm: Firm, harbour: Organisation) -> None:
    invoice = make_invoice(firm, harbour, number="INV-9", contact_name="Kōwhai Builders", currency="JPY")
    pay(firm, harbour, "p1", invoice_id=invoice.xero_id, amount=Decimal(4500), reference="BACS")

    page = text_of(firm, "/payments/")

    for said in ("INV-9", "Kōwhai Builders", '4,500<span class="currency">JPY</span>', "BACS", "1 payment<"):
        assert said in page
    assert f"/o/{harbour.pk}/records/Payments/p1/" in page


def test_pages_of_payments_follow_each_other_without_a_gap_or_a_repeat(
    firm: Firm, harbour: Organisation
) -> None:
    for number in range(120):
        pay(firm, harbour, f"p{number:03}", date=date(2026, 11, 1) - timedelta(days=number // 7))
    seen: list[str] = []
    path = "/payments/"

    for expected in (50, 50, 20):
        page = text_of(firm, path)
        # A row leads to its details twice: as a page, and beside the list.
        found = list(dict.fromkeys(part.split("/", 1)[0] for part in page.split("/records/Payments/")[1:]))
        assert len(found) == expected
        seen += found
        links = [part.split('"', 1)[0] for part in page.split('href="?') if "after=" in part.split('"', 1)[0]]
        path = "/payments/?" + unescape(links[-1]) if links else ""

    assert sorted(seen) == [f"p{number:03}" for number in range(120)]


def test_an_export_holds_every_row_that_the_list_would_show(firm: Firm, harbour: Organisation) -> None:
    invoice = make_invoice(firm, harbour, number="INV-9", currency="EUR")
    for number in range(70):
        when = date(2026, 11, 1) if number % 2 else date(2026, 1, 1)
        pay(firm, harbour, f"p{number}", invoice_id=invoice.xero_id, date=when, amount=Decimal("1.25"))

    answer = firm.client.get(f"/o/{harbour.pk}/ledgers/payments/export/?form=csv&from=2026-06-01")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"), newline="")))
    answer = firm.client.get(f"/o/{harbour.pk}/ledgers/payments/export/?form=xlsx&from=2026-06-01")
    book = read_workbook(b"".join(answer))

    assert len(rows) == len(book) == 35
    assert {(row["For"], row["Amount"], row["Amount, currency"]) for row in rows} == {
        ("INV-9", "1.25", "EUR")
    }
    assert sum(Decimal(str(row["Amount"])) for row in book) == Decimal("43.75")


def test_bank_transactions_name_their_account_and_accounts_go_by_code(
    firm: Firm, harbour: Organisation
) -> None:
    account = {"kind": "BANK", "account_class": "ASSET", "status": "ACTIVE", "enable_payments": True}
    keep(firm, harbour, Account, "a2", code="200", name="Sales", **account)
    keep(firm, harbour, Account, "a1", code="090", name="Everyday account", **account)
    keep(
        firm, harbour, BankTransaction, "b1", kind="SPEND", status="AUTHORISED", date=date(2026, 11, 1),
        currency="GBP", sub_total=1, total_tax=0, total=Decimal("12.5"), is_reconciled=True,
        has_attachments=False, contact_name="Ngā Taonga", account_id="a1",
    )  # fmt: skip

    page, accounts = text_of(firm, "/bank-transactions/"), text_of(firm, "/accounts/")

    for said in ("Ngā Taonga", "Everyday account", "Spent", "12.50"):
        assert said in page
    assert accounts.index("Everyday account") < accounts.index("Sales")
    assert "Sales" not in text_of(firm, "/accounts/?q=everyday")


@pytest.mark.parametrize("page", sorted(LEDGERS))
def test_each_list_answers_when_empty_and_when_mangled_and_without_an_organisation(
    firm: Firm, page: str
) -> None:
    path = f"/{page.replace('_', '-')}/"
    assert "Connect to Xero" in text_of(firm, path)
    make_organisation(firm)

    assert "None in Xero" in text_of(firm, path)
    assert firm.client.get(path + "?after=x&after_by=nonsense&from=never").status_code == 200


def test_a_list_takes_the_same_queries_for_one_row_and_for_many(firm: Firm, harbour: Organisation) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            text_of(firm, "/payments/")
        return len(asked)

    pay(firm, harbour, "p0", invoice_id=make_invoice(firm, harbour).xero_id)
    for_one = count()
    for number in range(1, 4):
        pay(firm, harbour, f"p{number}", invoice_id=make_invoice(firm, harbour).xero_id)

    assert count() == for_one


def test_what_is_left_of_a_clients_credits_stands_apart_and_lowers_no_invoice(
    firm: Firm, harbour: Organisation
) -> None:
    contact = make_contact(firm, harbour)
    make_invoice(firm, harbour, contact_id=contact.xero_id)
    give_credit(firm, harbour, "1", contact_id=contact.xero_id, remaining_credit=Decimal("30.5"))
    give_credit(firm, harbour, "2", contact_id=contact.xero_id, currency="EUR")
    give_credit(firm, harbour, "3", contact_id=contact.xero_id, remaining_credit=Decimal(0))
    give_credit(firm, harbour, "4", contact_id=contact.xero_id, status="VOIDED")
    give_credit(firm, harbour, "5", contact_id="somebody-else")
    with firm.inside():
        client = create_client(workspace_id=firm.workspace.pk, fields={"name": "Kōwhai"}, now=NOW)
        link_contact(harbour, contact_id=contact.xero_id, client=client, by=firm.user, now=NOW)

    page = text_of(firm, f"/clients/{client.pk}/")

    assert '30.50 GBP</span> <span class="mute">of 1 credit note<' in page
    assert '50.00 EUR</span> <span class="mute">of 1 credit note<' in page
    assert [number for number in range(1, 6) if f"CN-{number}" in page] == [1, 2]
    assert "100.00 <small>GBP</small>" in page  # what is unpaid is as it was


def test_a_group_shows_its_contacts_with_what_they_owe(firm: Firm) -> None:
    organisation = make_organisation(firm)
    keep(firm, organisation, ContactGroup, "vip", name="VIP", status="ACTIVE")
    raw = json.dumps({"ContactGroups": [{"ContactGroupID": "vip"}, {"ContactGroupID": "other"}]})
    inside = make_contact(firm, organisation, name="Harbour Foods", raw=raw)
    make_contact(firm, organisation, name="Owes nothing", raw=raw)
    outside = make_contact(firm, organisation, name="Somebody else")
    make_contact(firm, organisation, name="No list", raw='{"ContactGroups": null}')
    for contact, amount, currency, due in (
        (inside, 100, "GBP", date(2026, 1, 1)),
        (inside, 40, "GBP", date(2099, 1, 1)),
        (inside, 7, "EUR", date(2099, 1, 1)),
        (outside, 999, "GBP", date(2026, 1, 1)),
    ):
        make_invoice(
            firm, organisation, contact_id=contact.xero_id, currency=currency, due_date=due,
            total=Decimal(amount), amount_due=Decimal(amount),
        )  # fmt: skip

    page = " ".join(firm.client.get(f"/o/{organisation.pk}/contact-groups/vip/").content.decode().split())
    groups = firm.client.get("/contact-groups/").content.decode()

    assert "2 contacts" in page
    assert "140.00 GBP</span> owed" in page
    assert "100.00 of it overdue" in page
    assert "7.00 EUR</span> owed" in page
    assert "Harbour Foods" in page
    assert "Owes nothing" in page
    assert "Somebody else" not in page
    assert "999" not in page
    assert f'href="/o/{organisation.pk}/contact-groups/vip/"' in groups
