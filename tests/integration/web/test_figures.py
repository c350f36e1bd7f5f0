"""Every figure opens the list that adds up to it: page, export and database say the same, to the cent."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.operations import create_client
from counterfoil.mirror.models import CreditNote, Invoice, Organisation, OrganisationProfile, Payment
from tests.integration.web.firms import NOW, Firm, make_contact, make_invoice, make_organisation
from tests.integration.web.test_finance import give_credit, pay

TODAY = date(2026, 11, 22)
CURRENCIES = ("GBP", "EUR", "USD", "JPY", "KWD")
_CARD = re.compile(r'href="([^"]+)">([\d,.]+) <small>([A-Z]{3})</small></a>')
_CELL = re.compile(r'<td class="figure whole" data-label="([^"]+)"><a[^>]* href="([^"]+)">([\d,.]+)</a>')


@pytest.fixture
def harbour(firm: Firm) -> Organisation:
    """An organisation with documents of every status, age and currency, and payments of three months."""
    organisation, random = make_organisation(firm), Random(7)
    for number in range(90):
        paid, status = random.choice([0, 30]), random.choice(["AUTHORISED"] * 4 + ["DRAFT", "VOIDED", "PAID"])
        total = Decimal(random.randrange(4000, 90_000)) / 100
        settled = status == "PAID"
        invoice = make_invoice(
            firm, organisation, status=status, total=total, currency=CURRENCIES[number % 5],
            kind="ACCPAY" if number % 6 == 5 else "ACCREC",
            amount_paid=total if settled else Decimal(paid),
            amount_due=Decimal(0) if settled else total - paid,
            due_date=None if number % 11 == 0 else TODAY - timedelta(days=random.randrange(-40, 140)),
        )  # fmt: skip
        if invoice.amount_paid:
            pay(
                firm, organisation, f"p{number}", invoice_id=invoice.xero_id, amount=invoice.amount_paid,
                date=TODAY - timedelta(days=random.randrange(-5, 60)),
                status="DELETED" if number % 7 == 0 else "AUTHORISED",
                kind="ACCRECPAYMENT" if invoice.kind == "ACCREC" else "ACCPAYPAYMENT",
            )  # fmt: skip
    return organisation


def text_of(firm: Firm, path: str) -> str:
    answer = firm.client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def read_export(firm: Firm, page: str) -> list[dict[str, str]]:
    """Return the rows of the export that the page itself offers."""
    offered = re.search(r'href="([^"]+form=csv)"', page)
    assert offered
    answer = firm.client.get(unescape(offered[1]))
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"), newline="")))


def say(amount: Decimal, currency: str) -> str:
    return f"{amount:,.{ {'JPY': 0, 'KWD': 3}.get(currency, 2) }f}"


def list_figures(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield the address, the amount and the currency of every sum of money on the dashboard."""
    for address, amount, currency in _CARD.findall(page):
        yield unescape(address), amount, currency
    for _age, address, amount in _CELL.findall(page):
        (currency,) = parse_qs(urlsplit(unescape(address)).query)["currency"]
        yield unescape(address), amount, currency


@time_machine.travel(NOW)
def test_every_sum_of_the_dashboard_is_what_its_list_its_export_and_the_database_add_up_to(
    firm: Firm, harbour: Organisation
) -> None:
    page = text_of(firm, "/")

    figures = set(list_figures(page))
    assert len(figures) > 25
    for address, amount, currency in figures:
        opened = text_of(firm, address)
        rows = read_export(firm, opened)
        column = "Amount" if "/payments/" in address else "Balance"
        assert f'<span class="strong number">{amount} {currency}</span>' in opened, address
        assert {row.get("Currency") or row["Amount, currency"] for row in rows} == {currency}
        assert say(sum((Decimal(row[column]) for row in rows), Decimal(0)), currency) == amount, address
        assert f"{len(rows)} {'payment' if '/payments/' in address else 'invoice'}" in opened

    # And by hand, from the tables.
    with firm.inside():
        sales = Invoice.objects.filter(kind="ACCREC")
        unpaid = list(sales.filter(status="AUTHORISED", amount_due__gt=0))
        received = list(
            Payment.objects.filter(kind="ACCRECPAYMENT", date__year=2026, date__month=11).exclude(
                status="DELETED"
            )
        )
        currency_of = dict(Invoice.objects.values_list("xero_id", "currency"))
    owed, overdue, paid = Counter[str](), Counter[str](), Counter[str]()
    for invoice in unpaid:
        owed[invoice.currency] += invoice.amount_due
        if invoice.due_date and invoice.due_date < TODAY:
            overdue[invoice.currency] += invoice.amount_due
    for payment in received:
        paid[currency_of[payment.invoice_id]] += payment.amount
    for name, held in (("total-owed", owed), ("total-overdue", overdue), ("total-paid", paid)):
        card = page.split(f'id="{name}"')[1].split("</section>")[0]
        assert {(amount, currency) for _, amount, currency in _CARD.findall(card)} == {
            (say(Decimal(amount), currency), currency) for currency, amount in held.items()
        }


@time_machine.travel(NOW)
def test_the_ages_of_a_currency_add_up_to_what_is_owed_in_it(firm: Firm, harbour: Organisation) -> None:
    page = text_of(firm, "/")

    table = page.split('<div class="ages-table">')[1].split("</table>")[0]
    rows = re.findall(r'<th scope="row" class="whole">([A-Z]{3})</th>(.*?)</tr>', table)
    assert sorted(currency for currency, _ in rows) == sorted(CURRENCIES)
    for _currency, cells in rows:
        amounts = [Decimal(amount.replace(",", "")) for _, _, amount in _CELL.findall(cells)]
        assert sum(amounts[:-1]) == amounts[-1]


@pytest.mark.parametrize(
    ("due", "age"),
    [
        (None, "Current"),
        (TODAY + timedelta(days=1), "Current"),
        (TODAY, "Current"),
        (TODAY - timedelta(days=1), "1–30 days"),
        (TODAY - timedelta(days=30), "1–30 days"),
        (TODAY - timedelta(days=31), "31–60 days"),
        (TODAY - timedelta(days=60), "31–60 days"),
        (TODAY - timedelta(days=61), "61–90 days"),
        (TODAY - timedelta(days=90), "61–90 days"),
        (TODAY - timedelta(days=91), "Over 90 days"),
        (date(2019, 1, 1), "Over 90 days"),
    ],
)
@time_machine.travel(NOW)
def test_an_invoice_has_the_age_that_its_due_date_gives_it(firm: Firm, due: date | None, age: str) -> None:
    organisation = make_organisation(firm)
    make_invoice(firm, organisation, number="AGED", due_date=due)

    page = text_of(firm, "/")

    ages = {found: address for found, address, _ in _CELL.findall(page) if found != "Owed"}
    assert list(ages) == [age]
    assert "AGED" in text_of(firm, unescape(ages[age]))


@time_machine.travel("2026-11-22T12:00:00Z")
def test_the_age_and_the_month_are_by_the_organisations_own_day(firm: Firm) -> None:
    """In Auckland it is Monday the 23rd already, so that what was due on Sunday is a day late."""
    organisation = make_organisation(firm)
    with firm.inside():
        OrganisationProfile.objects.update(timezone="NEWZEALANDSTANDARDTIME")
    make_invoice(firm, organisation, due_date=TODAY)

    page = text_of(firm, "/")

    assert "by due date on 23 Nov 2026 in Pacific/Auckland" in page
    assert [age for age, _, _ in _CELL.findall(page)] == ["1–30 days", "Owed"]


@time_machine.travel(NOW)
def test_a_credit_note_lowers_no_figure_of_the_dashboard(firm: Firm, harbour: Organisation) -> None:
    before = set(list_figures(text_of(firm, "/")))
    contact = make_contact(firm, harbour)
    for number, currency in enumerate(CURRENCIES):
        give_credit(firm, harbour, f"c{number}", contact_id=contact.xero_id, currency=currency)

    after = set(list_figures(text_of(firm, "/")))

    with firm.inside():
        assert CreditNote.objects.count() == 5
    assert after == before


@time_machine.travel(NOW)
def test_customers_invoices_and_bills_are_as_many_as_their_lists_say(
    firm: Firm, harbour: Organisation
) -> None:
    make_contact(firm, harbour)
    make_contact(firm, harbour, is_customer=False)
    make_invoice(firm, harbour, status="DELETED")

    page = text_of(firm, "/")

    customers = page.split('id="total-customers"')[1].split("</a>")[0]
    assert '<span class="stat-value">1</span>' in customers
    assert "1 contact<" in text_of(firm, f"/o/{harbour.pk}/contacts/")
    assert '<span class="stat-value">75</span>' in page
    assert "75 invoices<" in text_of(firm, f"/o/{harbour.pk}/invoices/")
    assert "and 15 bills" in page
    assert "15 bills<" in text_of(firm, f"/o/{harbour.pk}/bills/")


def test_the_queue_is_as_long_as_the_dashboard_says(firm: Firm) -> None:
    organisation = make_organisation(firm)
    contacts = [make_contact(firm, organisation) for _ in range(3)]
    for contact in contacts:
        make_invoice(firm, organisation, contact_id=contact.xero_id)
    with firm.inside():
        client = create_client(workspace_id=firm.workspace.pk, fields={"name": "Kōwhai"}, now=NOW)
        link_contact(organisation, contact_id=contacts[0].xero_id, client=client, by=firm.user, now=NOW)

    page = text_of(firm, "/")

    assert f'href="/o/{organisation.pk}/unmatched/?side=all" id="total-unmatched">2 contacts</a>' in page
    assert 'All <span class="number">2</span>' in text_of(firm, "/unmatched/?side=all")


@time_machine.travel(NOW)
def test_the_dashboard_takes_the_same_queries_for_one_invoice_and_for_many(firm: Firm) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            text_of(firm, "/")
        return len(asked)

    def add(number: int, **fields: Any) -> None:
        invoice = make_invoice(firm, organisation, **fields)
        pay(firm, organisation, f"q{number}", invoice_id=invoice.xero_id)

    organisation = make_organisation(firm)
    add(0)
    for_one = count()
    for number in range(1, 12):
        add(number, currency=CURRENCIES[number % 5], due_date=TODAY - timedelta(days=12 * number))

    assert count() == for_one


@pytest.mark.parametrize("page", ["invoices", "bills"])
def test_a_list_is_narrowed_by_the_due_date_and_keeps_it_in_its_form(firm: Firm, page: str) -> None:
    organisation, kind = make_organisation(firm), "ACCPAY" if page == "bills" else "ACCREC"
    for number, due in enumerate((date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 30), None)):
        make_invoice(firm, organisation, kind=kind, number=f"DUE-{number}", due_date=due)

    both = text_of(firm, f"/{page}/?due_from=2026-11-02&due_to=2026-11-30")
    first = text_of(firm, f"/{page}/?due_to=2026-11-01")

    assert re.findall(r"DUE-\d(?= <svg)", both) == ["DUE-2", "DUE-1"]
    assert "Due 2 Nov 2026 to 30 Nov 2026" in both
    assert 'name="due_from" value="2026-11-02"' in both
    assert re.findall(r"DUE-\d(?= <svg)", first) == ["DUE-0"]
    assert [row["Number"] for row in read_export(firm, first)] == ["DUE-0"]


def test_payments_of_one_kind_have_a_sum_per_currency_without_what_was_deleted(firm: Firm) -> None:
    """Received: 10.00 + 2.50 GBP, 400 JPY; a deleted one and one that was paid to a supplier do not count."""
    organisation = make_organisation(firm)
    pounds = make_invoice(firm, organisation)
    yen = make_invoice(firm, organisation, currency="JPY")
    for number, (invoice, amount, fields) in enumerate((
        (pounds, "10", {}),
        (pounds, "2.5", {}),
        (yen, "400", {}),
        (pounds, "999", {"status": "DELETED"}),
        (pounds, "888", {"kind": "ACCPAYPAYMENT"}),
    )):  # fmt: skip
        pay(firm, organisation, f"p{number}", invoice_id=invoice.xero_id, amount=Decimal(amount), **fields)

    query = "from=2026-11-01&kind="
    received, all_kinds = (text_of(firm, f"/payments/?{query}{kind}") for kind in ("received", ""))

    assert re.findall(r'strong number">([^<]+)</span>', received) == ["12.50 GBP", "400 JPY"]
    assert re.findall(r'strong number">([^<]+)</span>', all_kinds) == []
    assert "4 payments<" in received
    assert "3 payments<" in text_of(firm, "/payments/?kind=received&valid=yes")
    assert "1 payment<" in text_of(firm, "/payments/?kind=received&currency=JPY")
