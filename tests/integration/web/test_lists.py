"""The lists of invoices and contacts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.mirror.models import OrganisationProfile
from tests.integration.web.firms import Firm, make_contact, make_invoice, make_organisation


def text_of(firm: Firm, path: str) -> str:
    answer = firm.client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers_on(page: str) -> list[str]:
    return [part.split(" ", 1)[0] for part in page.split('title="Open in Xero">')[1:]]


def test_invoices_are_listed_newest_first_with_their_status(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_invoice(firm, organisation, number="OLD", date=date(2026, 1, 1))
    make_invoice(firm, organisation, number="NEW", date=date(2026, 11, 20))
    make_invoice(firm, organisation, number="MID-2", date=date(2026, 6, 1))
    make_invoice(firm, organisation, number="MID-1", date=date(2026, 6, 1))

    page = text_of(firm, "/invoices/")

    assert numbers_on(page) == ["NEW", "MID-2", "MID-1", "OLD"]
    assert "4 invoices" in page


def test_an_invoice_links_to_its_own_page_in_xero(firm: Firm) -> None:
    organisation = make_organisation(firm)
    invoice = make_invoice(firm, organisation)
    bill = make_invoice(firm, organisation, kind="ACCPAY")

    sales, bills = text_of(firm, "/invoices/"), text_of(firm, "/bills/")

    assert f'href="https://go.xero.com/app/!harb/invoicing/view/{invoice.xero_id}"' in sales
    assert f"InvoiceID%3D{bill.xero_id}" in bills
    assert 'target="_blank"' not in sales


def test_bills_asked_for_by_their_kind_are_shown_on_their_own_page(firm: Firm) -> None:
    organisation = make_organisation(firm)

    answers = [
        firm.client.get(f"{place}invoices/?kind=bills&view=unpaid&q=a+b")
        for place in ("/", f"/o/{organisation.pk}/")
    ]

    assert [answer["Location"] for answer in answers] == [
        "/bills/?view=unpaid&q=a+b",
        f"/o/{organisation.pk}/bills/?view=unpaid&q=a+b",
    ]


@time_machine.travel("2026-11-22T23:30:00Z")
def test_due_today_is_open_and_today_is_the_organisations_own(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_invoice(firm, organisation, number="TODAY", due_date=date(2026, 11, 22))
    make_invoice(firm, organisation, number="YESTERDAY", due_date=date(2026, 11, 21))

    assert numbers_on(text_of(firm, "/invoices/?status=open")) == ["TODAY"]
    assert numbers_on(text_of(firm, "/invoices/?status=overdue")) == ["YESTERDAY"]

    with firm.inside():
        OrganisationProfile.objects.update(timezone="NEWZEALANDSTANDARDTIME")

    assert numbers_on(text_of(firm, "/invoices/?status=overdue")) == ["YESTERDAY", "TODAY"]


def test_pages_follow_each_other_without_a_gap_or_a_repeat(firm: Firm) -> None:
    organisation = make_organisation(firm)
    for day in range(130):
        when = None if day % 13 == 0 else date(2026, 11, 1) - timedelta(days=day // 4)
        make_invoice(firm, organisation, date=when, number=f"INV-{day % 7}")
    seen: list[str] = []
    path = "/invoices/"
    for expected in (50, 50, 30):
        page = text_of(firm, path)
        seen += [part.split('"', 1)[0] for part in page.split("/invoicing/view/")[1:]]
        assert len(numbers_on(page)) == expected
        links = [part.split('"', 1)[0] for part in page.split('href="?') if "after=" in part.split('"', 1)[0]]
        path = "/invoices/?" + links[-1].replace("&amp;", "&") if links else ""

    assert len(seen) == len(set(seen)) == 130
    assert path == ""


@pytest.mark.parametrize("words", ["INV-77", "inv77", "kōwhai", "builders KOWHAI", "po 44", "PO-4471"])
def test_search_finds_by_number_contact_and_reference(firm: Firm, words: str) -> None:
    organisation = make_organisation(firm)
    contact = make_contact(firm, organisation, name="Kōwhai Builders")
    make_invoice(firm, organisation, number="INV-77", contact_id=contact.xero_id, reference="PO 4471")
    make_invoice(firm, organisation, number="OTHER", contact_name="Lumen Legal", reference="")

    assert numbers_on(text_of(firm, f"/invoices/?q={words}")) == ["INV-77"]


def test_a_search_without_a_match_says_so(firm: Firm) -> None:
    make_invoice(firm, make_organisation(firm))

    page = text_of(firm, "/invoices/?q=nothing-like-this")

    assert "Nothing matches" in page
    assert "0 invoices" in page


def test_an_organisation_without_invoices_says_so(firm: Firm) -> None:
    make_organisation(firm)

    assert "None in Xero" in text_of(firm, "/invoices/")


def test_an_organisation_with_bills_alone_says_that_it_has_no_invoices(firm: Firm) -> None:
    make_invoice(firm, make_organisation(firm), kind="ACCPAY")

    assert "None in Xero" in text_of(firm, "/invoices/")
    assert "None in Xero" not in text_of(firm, "/bills/")


def test_lists_without_an_organisation_offer_to_connect_one(firm: Firm) -> None:
    for path in ("/invoices/", "/contacts/", "/activity/sync/"):
        assert "Connect to Xero" in text_of(firm, path)


def test_amounts_carry_the_decimals_of_their_currency(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_invoice(firm, organisation, total=Decimal("1234567.5"), currency="GBP")
    make_invoice(firm, organisation, total=Decimal(98765), currency="JPY")
    make_invoice(firm, organisation, total=Decimal("1.2345"), currency="KWD")

    page = text_of(firm, "/invoices/")

    for said in ("1,234,567.50", "98,765<", "1.235<"):
        assert said in page


def test_a_status_that_xero_has_invented_is_shown_as_xero_writes_it(firm: Firm) -> None:
    make_invoice(firm, make_organisation(firm), status="FROBNICATED")

    assert "Frobnicated" in text_of(firm, "/invoices/")


@pytest.mark.parametrize(
    "query", ["?after=x&after_date=not-a-date", "?status=nonsense", "?q=" + "x" * 5000, "?after_number=1"]
)
def test_a_mangled_address_still_answers(firm: Firm, query: str) -> None:
    make_invoice(firm, make_organisation(firm))

    assert firm.client.get("/invoices/" + query).status_code == 200


def test_a_kind_that_does_not_exist_is_not_found(firm: Firm) -> None:
    organisation = make_organisation(firm)

    answer = firm.client.get(f"/o/{organisation.pk}/invoices/export/?kind=quotes")

    assert answer.status_code == 404


def test_contacts_list_customers_unless_others_are_asked_for(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_contact(firm, organisation, name="Customer")
    make_contact(firm, organisation, name="Supplier", is_customer=False, is_supplier=True)
    make_contact(firm, organisation, name="Newcomer", is_customer=False, status="ARCHIVED")

    assert numbers_on(text_of(firm, "/contacts/")) == ["Customer"]
    assert numbers_on(text_of(firm, "/contacts/?show=suppliers")) == ["Supplier"]
    assert numbers_on(text_of(firm, "/contacts/?show=all")) == ["Customer", "Newcomer", "Supplier"]
    newcomers = text_of(firm, "/contacts/?show=neither")
    assert numbers_on(newcomers) == ["Newcomer"]
    assert "No invoices yet" in newcomers
    assert "Archived" in newcomers


def test_contacts_without_customers_offer_those_without_invoices(firm: Firm) -> None:
    make_contact(firm, make_organisation(firm), is_customer=False)

    assert "Show contacts without invoices" in text_of(firm, "/contacts/")


def test_pages_of_contacts_follow_each_other(firm: Firm) -> None:
    organisation = make_organisation(firm)
    for number in range(70):
        make_contact(firm, organisation, name=f"Name {number // 3}")

    first = text_of(firm, "/contacts/")
    link = next(
        part.split('"', 1)[0] for part in first.split('href="?')[1:] if "after=" in part.split('"', 1)[0]
    )
    second = text_of(firm, "/contacts/?" + link.replace("&amp;", "&"))

    assert (len(numbers_on(first)), len(numbers_on(second))) == (50, 20)
    ids = [part.split('"', 1)[0] for page in (first, second) for part in page.split("/contacts/contact/")[1:]]
    assert len(set(ids)) == 70


@pytest.mark.parametrize("path", ["/", "/invoices/", "/contacts/", "/activity/sync/", "/settings/"])
def test_pages_ask_the_database_as_often_for_three_rows_as_for_one(firm: Firm, path: str) -> None:
    organisation = make_organisation(firm)
    make_invoice(firm, organisation)
    make_contact(firm, organisation)
    text_of(firm, path)  # what is remembered for good is read once
    with CaptureQueriesContext(connection) as for_one:
        text_of(firm, path)
    for _ in range(2):
        make_invoice(firm, organisation)
        make_contact(firm, organisation)
    with CaptureQueriesContext(connection) as for_three:
        text_of(firm, path)

    assert len(for_three) == len(for_one)


def test_a_merged_contact_leads_to_the_one_that_is_left(firm: Firm) -> None:
    organisation = make_organisation(firm)
    left = make_contact(firm, organisation, name="Whole Ltd")
    between = make_contact(firm, organisation, name="Half Ltd", merged_to_id=left.xero_id)
    make_contact(firm, organisation, name="Part Ltd", status="ARCHIVED", merged_to_id=between.xero_id)

    page = firm.client.get("/contacts/?show=all").content.decode()

    link = f'Merged into <a href="/o/{organisation.pk}/records/Contacts/{left.xero_id}/">Whole Ltd</a>'
    assert page.count(link) == 2
