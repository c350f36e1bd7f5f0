"""Activity › Changes: the log by time, and what changed in a period that is closed (pain 20)."""

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.mirror.models import Change, Organisation, OrganisationProfile, Run
from counterfoil.mirror.upsert import Arrival, mark_gone
from counterfoil.sync.streams import STREAM_BY_NAME
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation
from tests.integration.web.test_as_at import text_of, watch_since
from tests.integration.web.test_record_page import CREDIT, INVOICE, PAID_IN_PART, write

INVOICES = STREAM_BY_NAME["Invoices"]
CONTACT = {
    "ContactID": "con-1", "Name": "Kōwhai Builders", "ContactStatus": "ACTIVE",
    "UpdatedDateUTC": "/Date(1793520000000+0000)/",
}  # fmt: skip
OCTOBER, SEPTEMBER = "/Date(1791590400000+0000)/", "/Date(1789776000000+0000)/"  # 10 Oct, 19 Sep
CLOSED = "?dated_from=2026-10-01&dated_to=2026-10-31&since=2026-11-22T09:30"


@pytest.fixture(autouse=True)
def two_days_later() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        yield


@pytest.fixture
def books(firm: Firm) -> Organisation:
    """First copied at 09:00 on 22 November; the part payment was learnt at 10:00."""
    organisation = make_organisation(firm)
    watch_since(firm, organisation, NOW)
    write(firm, organisation, STREAM_BY_NAME["Contacts"], CONTACT, is_first_copy=True)
    write(firm, organisation, INVOICES, INVOICE, is_first_copy=True)
    write(firm, organisation, INVOICES, PAID_IN_PART, minutes=60)
    write(firm, organisation, STREAM_BY_NAME["Contacts"], CONTACT | {"Name": "Kōwhai Ltd"}, minutes=61)
    return organisation


def titles_on(page: str) -> list[str]:
    return re.findall(r'#history">([^<]+)</a>', page)


def rows_of(firm: Firm, path: str) -> list[dict[str, str]]:
    answer = firm.client.get(path)
    assert answer.headers["Content-Type"] == "text/csv"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it is a file
    return list(csv.DictReader(StringIO(text)))


def test_changes_are_listed_newest_first_with_what_they_did_to_the_money(
    firm: Firm, books: Organisation
) -> None:
    page = text_of(firm, "/activity/changes/")

    assert titles_on(page) == ["Kōwhai Ltd", "Invoice INV-0042"]
    assert "<p>Amount due fell from 1,200.00 to 700.00 GBP</p>" in page
    assert "<p>−500.00 GBP owed</p>" in page
    assert "22 Nov 2026 10:00" in page


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("?stream=Contacts", ["Kōwhai Ltd"]),
        ("?kind=gone", []),
        ("?money=1", ["Invoice INV-0042"]),
        ("?since=2026-11-22T10:01", ["Kōwhai Ltd"]),
        ("?until=2026-11-22T10:01", ["Invoice INV-0042"]),
        ("?contact=con-1", ["Kōwhai Ltd", "Invoice INV-0042"]),
        ("?contact=nobody", []),
        ("?by=webhook", ["Kōwhai Ltd"]),
        ("?since=nonsense&after=nonsense&kind=nonsense", ["Kōwhai Ltd", "Invoice INV-0042"]),
    ],
)
def test_changes_can_be_narrowed(firm: Firm, books: Organisation, query: str, titles: list[str]) -> None:
    with firm.inside():
        run = Run.objects.create(
            organisation=books, workspace_id=books.workspace_id, kind="webhook", reason="x", started_at=NOW,
            state="succeeded",
        )  # fmt: skip
        Change.objects.filter(stream="Contacts").update(run=run)

    assert titles_on(text_of(firm, f"/activity/changes/{query}")) == titles


def test_pages_of_changes_follow_each_other_and_the_csv_holds_all_of_them(
    firm: Firm, books: Organisation
) -> None:
    for step in range(70):
        changed = PAID_IN_PART | {"Reference": f"PO {step}"}
        write(firm, books, INVOICES, changed, minutes=100 + step // 5)

    first = text_of(firm, "/activity/changes/?stream=Invoices")
    query = re.findall(r'href="(\?[^"]*after_at[^"]*)"', first)[0].replace("&amp;", "&")
    second = text_of(firm, f"/activity/changes/{query}")
    told = re.findall(r"Reference(?:: PO \d+ →| added:|: PO 7 →) (PO \d+)", first + second)
    rows = rows_of(firm, "/activity/changes/?stream=Invoices&form=csv")

    assert len(titles_on(first)) == 50
    assert len(titles_on(second)) == 21
    assert told == [
        f"PO {step}" for step in range(69, -1, -1) if step != 7 or "PO 6 → PO 7" in first + second
    ]
    assert len(rows) == 71
    assert rows[-1]["what_changed"].startswith("Amount due fell from 1,200.00 to 700.00 GBP")
    assert rows[-1]["effects"] == "−500.00 GBP owed"


def test_a_spreadsheet_never_runs_what_a_customer_is_called(firm: Firm, books: Organisation) -> None:
    evil = CONTACT | {"Name": "=HYPERLINK(1)"}
    write(firm, books, STREAM_BY_NAME["Contacts"], evil, minutes=70)

    assert rows_of(firm, "/activity/changes/?form=csv")[0]["record"] == "'=HYPERLINK(1)"


def test_changes_cost_the_same_queries_for_many_kinds_as_for_one(firm: Firm, books: Organisation) -> None:
    text_of(firm, "/activity/changes/")
    with CaptureQueriesContext(connection) as few:
        text_of(firm, "/activity/changes/")
    note = CREDIT | {"CreditNoteID": "c", "Type": "ACCRECCREDIT"}
    write(firm, books, STREAM_BY_NAME["CreditNotes"], note, minutes=80)
    write(firm, books, STREAM_BY_NAME["Currencies"], {"Code": "USD"}, minutes=81)
    write(firm, books, STREAM_BY_NAME["BrandingThemes"], {"BrandingThemeID": "b", "Name": "Red"}, minutes=82)

    with CaptureQueriesContext(connection) as many:
        page = text_of(firm, "/activity/changes/")

    assert titles_on(page)[:3] == ["Red", "USD", "Credit note of 50.00 GBP"]
    assert len(many) == len(few)


def test_another_firms_changes_are_not_found(firm: Firm, books: Organisation) -> None:
    stranger = make_firm("Strangers")
    theirs = make_organisation(stranger)
    write(stranger, theirs, INVOICES, INVOICE | {"InvoiceNumber": "SECRET-1"})

    assert "SECRET-1" not in text_of(firm, "/activity/changes/")
    assert firm.client.get(f"/o/{theirs.pk}/activity/changes/").status_code == 404
    assert firm.client.get(f"/o/{theirs.pk}/activity/changes/closed/").status_code == 404


@pytest.fixture
def october(firm: Firm) -> Organisation:
    """
    Documents dated in October as at 22 November 09:00, and what happened to them afterwards, GBP:

    A  1,200 approved         total raised to 1,250                +50
    B    300 approved         voided                              −300
    C    100 approved         moved to September                  −100
    D     80 draft            approved                             +80
    E     40 of September     moved into October                   +40
    F     60                  entered afterwards, dated October    +60
    G    500 approved         reference changed and back             0, not shown
    H     20 approved         gone from Xero                       −20
    I     90 of September     paid                                  not of October
    """
    organisation = make_organisation(firm)
    watch_since(firm, organisation, NOW)

    def invoice(letter: str, total: float, day: str = OCTOBER, **more: Any) -> dict[str, Any]:
        amounts = {"Total": total, "SubTotal": total, "AmountDue": total}
        named = {"InvoiceID": letter, "InvoiceNumber": letter, "Date": day, "LineItems": []}
        return INVOICE | named | amounts | more

    first = [
        invoice("A", 1200), invoice("B", 300), invoice("C", 100), invoice("D", 80, Status="DRAFT"),
        invoice("E", 40, SEPTEMBER), invoice("G", 500), invoice("H", 20), invoice("I", 90, SEPTEMBER),
    ]  # fmt: skip
    write(firm, organisation, INVOICES, *first, is_first_copy=True)
    write(
        firm, organisation, INVOICES, invoice("A", 1250), invoice("B", 300, Status="VOIDED", AmountDue=0),
        invoice("C", 100, SEPTEMBER), invoice("D", 80), invoice("E", 40), invoice("F", 60),
        invoice("G", 500, Reference="x"), invoice("I", 90, SEPTEMBER, Status="PAID", AmountDue=0), minutes=60,
    )  # fmt: skip
    write(firm, organisation, INVOICES, invoice("G", 500), minutes=90)
    gone = Arrival(
        organisation.workspace_id, organisation.pk, "Invoices", None, "x", NOW + timedelta(hours=3)
    )
    with firm.inside():
        mark_gone(INVOICES.model, list("ABCDEFGI"), gone, known_before=NOW + timedelta(days=1))
        OrganisationProfile.objects.update(period_lock_date=date(2026, 9, 30))
    return organisation


def test_a_closed_month_shows_what_changed_in_it_since_with_the_effect(
    firm: Firm, october: Organisation
) -> None:
    page = text_of(firm, f"/activity/changes/closed/{CLOSED}")

    rows = {row["record"]: row for row in rows_of(firm, f"/activity/changes/closed/{CLOSED}&form=csv")}
    assert {name.removeprefix("Invoice "): row["effect"] for name, row in rows.items()} == {
        "A": "50.00", "B": "-300.00", "C": "-100.00", "D": "80.00", "E": "40.00", "F": "60.00", "H": "-20.00",
    }  # fmt: skip
    assert sorted(titles_on(page)) == sorted(rows)
    assert 'Sales invoice: <span class="strong number">−190.00 GBP</span>' in page
    assert rows["Invoice C"]["what_changed"] == "Date: 10 Oct 2026 → 19 Sep 2026"
    assert rows["Invoice F"]["what_changed"] == "entered since"
    assert {name for name, row in rows.items() if row["locked_period"] == "yes"} == {"Invoice C", "Invoice E"}
    assert page.count("Locked period") == 2


def test_a_closed_month_that_nobody_touched_says_so(firm: Firm, october: Organisation) -> None:
    page = text_of(
        firm, "/activity/changes/closed/?dated_from=2026-07-01&dated_to=2026-07-31&since=2026-11-22T09:30"
    )

    assert "Nothing has changed" in page


def test_a_closed_month_before_anybody_watched_says_since_when(firm: Firm, october: Organisation) -> None:
    page = text_of(firm, "/activity/changes/closed/?since=2026-11-05")

    assert "Counterfoil has watched this organisation since 22 Nov 2026, 09:00 GMT" in page
    assert titles_on(page) == []


def test_from_there_one_press_shows_what_changed_since(firm: Firm) -> None:
    organisation = make_organisation(firm)
    watch_since(firm, organisation, NOW + timedelta(seconds=12, microseconds=345))

    page = text_of(firm, "/activity/changes/closed/?since=2026-11-05")
    link = re.findall(r'href="(\?since=[^"]+)"', page)[0].replace("&amp;", "&")

    assert "Nothing has changed" in text_of(firm, f"/activity/changes/closed/{link}")


@pytest.mark.parametrize("query", ["?dated_from=x", "?dated_from=2026-10-31&dated_to=2026-10-01", "?since=x"])
def test_a_period_that_cannot_be_is_told(firm: Firm, october: Organisation, query: str) -> None:
    assert "last month is shown" in text_of(firm, f"/activity/changes/closed/{query}")


def test_a_closed_month_costs_the_same_queries_for_many_documents(firm: Firm, october: Organisation) -> None:
    text_of(firm, f"/activity/changes/closed/{CLOSED}")
    with CaptureQueriesContext(connection) as few:
        text_of(firm, f"/activity/changes/closed/{CLOSED}")
    for number in range(5):
        more = INVOICE | {"InvoiceID": f"more-{number}", "Date": OCTOBER}
        write(firm, october, INVOICES, more, minutes=200)

    with CaptureQueriesContext(connection) as many:
        text_of(firm, f"/activity/changes/closed/{CLOSED}")

    assert len(many) == len(few)
