"""All invoices and bills: views, order, columns, views of one's own, pins for several, export."""

import csv
import io
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext

from counterfoil.features.clients.models import Pin
from counterfoil.features.lists.models import SavedView
from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Invoice, Organisation
from tests.factories.workbook import read_workbook
from tests.integration.web.firms import NOW, Firm, make_firm, make_invoice, make_organisation

TODAY = date(2026, 11, 22)
AMOUNTS = ("Paid", "Balance", "Total")


@pytest.fixture
def harbour(firm: Firm) -> Organisation:
    """The firm's organisation."""
    return make_organisation(firm)


def text_of(firm: Firm, path: str) -> str:
    answer = firm.client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def numbers_on(page: str) -> list[str]:
    return [part.split(" ", 1)[0] for part in page.split('title="Open in Xero">')[1:]]


def walk(firm: Firm, path: str) -> list[list[str]]:
    """Follow the pages from the first to the last and return the numbers on each."""
    pages = []
    while path:
        page = text_of(firm, path)
        pages.append(numbers_on(page))
        links = [part.split('"', 1)[0] for part in page.split('href="?') if "after=" in part.split('"', 1)[0]]
        path = "/invoices/?" + unescape(links[-1]) if links and ">Next " in page else ""
    return pages


def read_csv(firm: Firm, organisation: Organisation, query: str = "") -> list[dict[str, str]]:
    answer = firm.client.get(f"/o/{organisation.pk}/invoices/export/?form=csv&{query}")
    text = b"".join(answer).decode("utf-8-sig")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def fill(firm: Firm, organisation: Organisation, count: int = 120) -> None:
    """Make invoices with many equal dates, amounts and numbers, and some without a date."""
    for place in range(count):
        is_paid = place % 3 == 0
        total = Decimal(100 + place % 9 * 10)
        make_invoice(
            firm,
            organisation,
            number=f"INV-{place % 40:03}" if place % 2 else f"INV-{place:03}",
            date=None if place % 17 == 0 else TODAY - timedelta(days=place // 5),
            due_date=None if place % 11 == 0 else TODAY + timedelta(days=place % 13 - 6),
            total=total,
            status="PAID" if is_paid else "AUTHORISED",
            amount_due=Decimal(0) if is_paid else total - place % 4,
            amount_paid=total if is_paid else Decimal(place % 4),
            currency=("GBP", "EUR", "JPY")[place % 3 if place % 4 else 0],
        )


@pytest.mark.parametrize("sort", ["date", "due", "number", "balance", "total"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_in_every_order_hold_each_row_once_and_are_in_order(
    firm: Firm, harbour: Organisation, sort: str, sign: str
) -> None:
    fill(firm, harbour)
    column = {"due": "due_date", "balance": "amount_due"}.get(sort, sort)
    with firm.inside():
        everything = list(Invoice.objects.values_list("number", column))

    pages = walk(firm, f"/invoices/?sort={sign}{sort}")

    assert [len(page) for page in pages] == [50, 50, 20]
    seen = [number for page in pages for number in page]
    assert Counter(seen) == Counter(number for number, _ in everything)
    if sort == "number":
        assert seen == sorted(seen, reverse=bool(sign))


@pytest.mark.parametrize("sign", ["", "-"])
def test_rows_are_sorted_by_their_balance(firm: Firm, harbour: Organisation, sign: str) -> None:
    fill(firm, harbour)

    rows = read_csv(firm, harbour, f"sort={sign}balance")

    balances = [Decimal(row["Balance"]) for row in rows]
    assert balances == sorted(balances, reverse=bool(sign))


@time_machine.travel(NOW)
@pytest.mark.parametrize("view", ["open", "unpaid", "overdue", "paid", "pinned", "all"])
def test_what_the_page_sums_the_export_sums_and_the_database_sums_are_equal(
    firm: Firm, harbour: Organisation, view: str
) -> None:
    fill(firm, harbour)
    with firm.inside():
        some = list(Invoice.objects.order_by("xero_id")[:30].values_list("xero_id", flat=True))
    firm.client.post(f"/o/{harbour.pk}/invoices/pin/", {"document": some, "act": "pin"})
    firm.client.post(
        "/lists/columns/", {"list": "invoices", "column": ["paid", "balance", "total", "status"]}
    )
    query = f"view={view}&from=2026-11-01"

    page = text_of(firm, f"/invoices/?{query}")
    pages = walk(firm, f"/invoices/?{query}")
    rows = read_csv(firm, harbour, query)
    answer = firm.client.get(f"/o/{harbour.pk}/invoices/export/?form=xlsx&{query}")
    book = read_workbook(b"".join(answer))

    with firm.inside():
        unpaid = Invoice.objects.filter(date__gte="2026-11-01", amount_due__gt=0)
        held = {
            "open": unpaid.exclude(due_date__lt=TODAY),
            "unpaid": unpaid,
            "overdue": unpaid.filter(due_date__lt=TODAY),
            "paid": Invoice.objects.filter(date__gte="2026-11-01", amount_due=0),
            "pinned": Invoice.objects.filter(date__gte="2026-11-01", xero_id__in=some),
            "all": Invoice.objects.filter(date__gte="2026-11-01"),
        }[view]
        sums = list(held.values_list("currency").annotate(Sum("amount_due"), Sum("total")))
        count = held.count()
    assert count > 0
    assert sum(map(len, pages)) == len(rows) == len(book) == count
    for currency, due, total in sums:
        decimals = 0 if currency == "JPY" else 2
        word = "owed" if view in ("open", "unpaid", "overdue") else "balance"
        said = f"{due:,.{decimals}f} {currency}</span> {word}"
        assert said in page
        assert f"of {total:,.{decimals}f} in" in page
        for exported in (rows, book):
            of_currency = [row for row in exported if row["Currency"] == currency]
            assert sum(Decimal(str(row["Balance"])) for row in of_currency) == due
            assert sum(Decimal(str(row["Total"])) for row in of_currency) == total
    assert list(rows[0]) == ["Number", "Paid", "Balance", "Total", "Status", "Currency", "In Xero"]


def test_a_workbook_holds_dates_as_dates_and_amounts_as_numbers(firm: Firm, harbour: Organisation) -> None:
    make_invoice(firm, harbour, number="=1+1", date=date(2026, 11, 1), total=Decimal("12.5"))

    answer = firm.client.get(f"/o/{harbour.pk}/invoices/export/?form=xlsx")
    [row] = read_workbook(b"".join(answer))

    assert (row["Number"], row["Total"]) == ("=1+1", Decimal("12.5"))
    assert row["Date"] == (date(2026, 11, 1) - date(1899, 12, 30)).days


def test_no_cell_of_a_csv_is_run_as_a_formula(firm: Firm, harbour: Organisation) -> None:
    make_invoice(firm, harbour, number="=cmd|' /C calc'!A0", contact_name='Quote " and, comma\nline')

    [row] = read_csv(firm, harbour)

    assert row["Number"] == "'=cmd|' /C calc'!A0"
    assert row["Contact"] == 'Quote " and, comma\nline'


@time_machine.travel(NOW)
def test_the_views_are_tabs_with_counts_under_the_same_filters(firm: Firm, harbour: Organisation) -> None:
    make_invoice(firm, harbour, number="DUE", due_date=TODAY)
    make_invoice(firm, harbour, number="LATE", due_date=TODAY - timedelta(days=1))
    make_invoice(firm, harbour, number="DONE", status="PAID", amount_due=Decimal(0))
    make_invoice(firm, harbour, number="ELSE", currency="EUR")
    make_invoice(firm, harbour, number="GONE", status="DELETED")

    page = text_of(firm, "/invoices/?currency=GBP&view=overdue")

    assert numbers_on(page) == ["LATE"]
    for word, count in (("Open", 1), ("Unpaid", 2), ("Overdue", 1), ("Paid", 1), ("All", 3)):
        assert f'>{word} <span class="number">{count}</span>' in page
    assert numbers_on(text_of(firm, "/invoices/?status=deleted")) == ["GONE"]
    assert numbers_on(text_of(firm, "/invoices/?view=overdue")) == ["LATE"]


def test_columns_are_kept_for_each_person(firm: Firm, harbour: Organisation) -> None:
    make_invoice(firm, harbour, reference="PO 4471", contact_name="Lumen")
    assert "PO 4471" not in text_of(firm, "/invoices/")

    firm.client.post("/lists/columns/", {"list": "invoices", "column": ["reference", "total", "nonsense"]})

    page = text_of(firm, "/invoices/")
    assert "PO 4471" in page
    assert "Lumen" not in page
    assert "PO 4471" not in text_of(firm, "/bills/")
    firm.client.post("/lists/columns/", {"list": "invoices"})
    assert "Lumen" in text_of(firm, "/invoices/")


def test_a_view_of_ones_own_is_saved_opened_renamed_and_deleted(firm: Firm, harbour: Organisation) -> None:
    make_invoice(firm, harbour, number="LARGE", total=Decimal(900))

    answer = firm.client.post(
        "/lists/views/save/",
        {"list": "invoices", "name": " Big  ones ", "query": "sort=-total&after=x&view=open&junk=1"},
    )
    with firm.inside():
        view = SavedView.objects.get()

    assert (view.name, view.query) == ("Big ones", "view=open&sort=-total")
    assert answer.headers["Location"] == "/invoices/?view=open&sort=-total"
    assert "Big ones" in text_of(firm, "/invoices/")

    firm.client.post(f"/lists/views/{view.pk}/rename/", {"name": "Largest"})
    assert "Largest" in text_of(firm, "/lists/views/")

    firm.client.post(f"/lists/views/{view.pk}/delete/")
    assert "No views of your own" in text_of(firm, "/lists/views/")


def test_a_view_is_its_persons_alone(firm: Firm, harbour: Organisation) -> None:
    firm.client.post("/lists/views/save/", {"list": "invoices", "name": "Mine", "query": "view=open"})
    with firm.inside():
        view = SavedView.objects.get()
    other = make_firm("Another firm")
    Membership.objects.create(user=other.user, workspace=firm.workspace, role=Membership.Role.MEMBER)
    other.client.post("/firm/", {"firm": firm.workspace.pk})

    assert "Mine" not in text_of(other, "/invoices/")
    assert other.client.post(f"/lists/views/{view.pk}/delete/").status_code == 404
    assert "Mine" in text_of(firm, "/invoices/")


def test_two_views_of_one_name_are_refused(firm: Firm, harbour: Organisation) -> None:
    for name in ("One", "Two"):
        firm.client.post("/lists/views/save/", {"list": "invoices", "name": name, "query": ""})
    with firm.inside():
        view = SavedView.objects.get(name="Two")

    answer = firm.client.post(f"/lists/views/{view.pk}/rename/", {"name": "One"}, follow=True)

    assert "You have a view called “One” already." in answer.content.decode()


def test_several_are_pinned_at_once_and_only_what_is_known(firm: Firm, harbour: Organisation) -> None:
    known = [make_invoice(firm, harbour).xero_id for _ in range(3)]

    firm.client.post(f"/o/{harbour.pk}/invoices/pin/", {"document": [*known, "somebody-elses"]})
    with firm.inside():
        assert set(Pin.objects.values_list("document_id", flat=True)) == set(known)

    answer = firm.client.post(
        f"/o/{harbour.pk}/invoices/pin/", {"document": known[:2], "act": "unpin"}, follow=True
    )
    assert "2 unpinned." in answer.content.decode()
    with firm.inside():
        assert Pin.objects.count() == 1


def test_a_viewer_sees_no_boxes_and_may_not_pin(db: None) -> None:
    viewer = make_firm(role=Membership.Role.VIEWER)
    organisation = make_organisation(viewer)
    invoice = make_invoice(viewer, organisation)

    assert 'type="checkbox" name="document"' not in text_of(viewer, "/invoices/")
    answer = viewer.client.post(f"/o/{organisation.pk}/invoices/pin/", {"document": invoice.xero_id})
    assert answer.status_code == 403


def test_a_page_of_the_list_takes_the_same_queries_for_one_row_and_for_many(
    firm: Firm, harbour: Organisation
) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            text_of(firm, "/invoices/")
        return len(asked)

    make_invoice(firm, harbour, amount_paid=Decimal(1))
    for_one = count()
    for _ in range(5):
        make_invoice(firm, harbour, amount_paid=Decimal(1))

    assert count() == for_one


def test_a_pin_is_accepted_from_a_browser_which_must_prove_the_page_is_ours(
    firm: Firm, harbour: Organisation
) -> None:
    invoice = make_invoice(firm, harbour)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(firm.user)
    page = browser.get("/invoices/").content.decode()
    form = page.split('class="pin-form">', 1)[1].split("</form>", 1)[0]
    token = form.split('name="csrfmiddlewaretoken" value="', 1)[1].split('"', 1)[0]

    answer = browser.post(
        f"/o/{harbour.pk}/pin/{invoice.xero_id}/", {"pinned": "yes", "csrfmiddlewaretoken": token}
    )

    assert answer.status_code == 302
    with firm.inside():
        assert Pin.objects.get().document_id == invoice.xero_id
