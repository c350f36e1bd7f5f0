"""Lists and figures then and now: each figure opens the documents that make it up."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.mirror.models import Organisation, Run, StreamRun
from counterfoil.sync.streams import STREAM_BY_NAME
from tests.integration.web.firms import NOW, Firm, make_contact, make_invoice, make_organisation
from tests.integration.web.test_record_page import INVOICE, PAID_IN_PART, write

LATER = NOW + timedelta(days=2)


def text_of(firm: Firm, path: str) -> str:
    answer = firm.client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def watch_since(firm: Firm, organisation: Organisation, at: datetime) -> None:
    of: dict[str, Any] = {"organisation": organisation, "workspace_id": organisation.workspace_id}
    with firm.inside():
        run = Run.objects.create(**of, kind="full", reason="connected", started_at=at, state="succeeded")
        StreamRun.objects.create(**of, run=run, stream="Invoices", place=0, state="done", finished_at=at)


@pytest.fixture
def books(firm: Firm) -> Organisation:
    """An invoice of 1,200 GBP, of which 500 was paid an hour after the first copy."""
    organisation = make_organisation(firm)
    watch_since(firm, organisation, NOW)
    write(firm, organisation, STREAM_BY_NAME["Invoices"], INVOICE, is_first_copy=True)
    write(firm, organisation, STREAM_BY_NAME["Invoices"], PAID_IN_PART, minutes=60)
    return organisation


def test_the_list_shows_what_was_shown_at_a_moment_and_says_so(firm: Firm, books: Organisation) -> None:
    with time_machine.travel(LATER):
        now = text_of(firm, "/invoices/")
        then = text_of(firm, "/invoices/?as_at=2026-11-22T09:30")

    assert '<span class="strong number">700.00 GBP</span>' in now
    assert "this is not today" not in now
    assert "As at 22 Nov 2026 09:30, Europe/London: this is not today’s list." in then
    assert '<span class="strong number">1,200.00 GBP</span>' in then
    assert "700.00" not in then
    assert 'value="2026-11-22T09:30"' in then
    assert "as_at=2026-11-22T09%3A30&amp;by=dates" in then


def test_by_the_dates_the_later_payment_is_added_back(firm: Firm, books: Organisation) -> None:
    payment = {
        "PaymentID": "pay-1", "PaymentType": "ACCRECPAYMENT", "Status": "AUTHORISED", "Amount": 500.0,
        "Date": "/Date(1793577600000+0000)/", "Invoice": {"InvoiceID": "inv-1"},
        "UpdatedDateUTC": "/Date(1793577600000+0000)/",
    }  # fmt: skip
    write(firm, books, STREAM_BY_NAME["Payments"], payment)

    with time_machine.travel(LATER):
        before = text_of(firm, "/invoices/?as_at=2026-11-01T23:59&by=dates")
        after = text_of(firm, "/owed/?as_at=2026-11-02&by=dates")

    assert '<span class="strong number">1,200.00 GBP</span>' in before
    assert "What was owed at the end of that day by the documents’ own dates" in before
    assert "700.00 <small>GBP</small>" in after


def test_before_the_first_copy_counterfoil_says_that_it_does_not_know(
    firm: Firm, books: Organisation
) -> None:
    with time_machine.travel(LATER):
        pages = [text_of(firm, f"/{page}/?as_at=2026-10-31T23:59") for page in ("invoices", "owed")]

    for page in pages:
        assert "Counterfoil has watched this organisation since 22 Nov 2026, 09:00 GMT" in page
        assert "INV-0042" not in page
        assert "by=dates" in page


@pytest.mark.parametrize("asked", ["nonsense", "2099-01-01T00:00", "2026-13-40"])
def test_a_moment_that_cannot_be_is_told_and_today_is_shown(
    firm: Firm, books: Organisation, asked: str
) -> None:
    page = text_of(firm, f"/invoices/?as_at={asked}")

    assert "this is today’s list" in page
    assert "INV-0042" in page


def test_every_figure_opens_the_documents_that_add_up_to_it(firm: Firm) -> None:
    """GBP: overdue 40, open 100 + 60 of which one is part paid; EUR: open 70. The bill counts by itself."""
    organisation = make_organisation(firm)
    contact = make_contact(firm, organisation)

    def owed(amount: int, due: date, **more: Any) -> None:
        make_invoice(
            firm, organisation, amount_due=Decimal(amount), due_date=due, contact_id=contact.xero_id, **more
        )

    owed(40, date(2026, 11, 21))
    owed(100, date(2026, 11, 22))
    owed(60, date(2026, 12, 1), amount_paid=Decimal(40))
    owed(70, date(2026, 12, 1), currency="EUR")
    owed(999, date(2026, 12, 1), status="DRAFT")
    owed(15, date(2026, 12, 1), kind="ACCPAY")

    with time_machine.travel(NOW):
        pages = [
            text_of(firm, path)
            for path in (
                "/owed/",
                "/owed/?kind=bills",
                f"/o/{organisation.pk}/records/Contacts/{contact.xero_id}/",
            )
        ]
        figures = [
            (figure, path.replace("&amp;", "&"))
            for page in pages
            for path, figure in re.findall(
                r'<a class="card stat" href="([^"]+)">.*?<span class="stat-value[^"]*">([^<]+ <small>\w+)',
                page,
            )
        ]
        opened = [(figure, text_of(firm, path)) for figure, path in figures]

    assert len(figures) == 6 + 3 + 9
    for figure, page in opened:
        amount, currency = figure.split(" <small>")
        sums = re.findall(r'<span class="strong number">([^<]+)</span> owed', page)
        assert sums == ([] if Decimal(amount) == 0 else [f"{amount} {currency}"])


@pytest.mark.parametrize("path", ["/invoices/", "/owed/"])
@pytest.mark.parametrize("then", ["", "?as_at=2026-11-22T09:30", "?as_at=2026-11-22T09:30&by=dates"])
def test_the_past_costs_the_same_queries_for_three_changes_as_for_one(
    firm: Firm, books: Organisation, path: str, then: str
) -> None:
    invoices = STREAM_BY_NAME["Invoices"]
    counts = []
    with time_machine.travel(LATER):
        text_of(firm, path + then)
        for step in range(2):
            with CaptureQueriesContext(connection) as queries:
                text_of(firm, path + then)
            counts.append(len(queries))
            for number in range(2):
                other = INVOICE | {"InvoiceID": f"other-{number}", "Reference": str(step)}
                write(firm, books, invoices, other, minutes=1)
                write(firm, books, invoices, other | {"Reference": "later"}, minutes=90 + step)

    assert counts[0] == counts[1]


def test_contacts_by_what_they_owe_follow_each_other(firm: Firm) -> None:
    organisation = make_organisation(firm)
    for number in range(70):
        make_invoice(
            firm, organisation, contact_id=f"c-{number}", contact_name=f"Contact {number}",
            amount_due=Decimal(number // 3 + 1),
        )  # fmt: skip

    first = text_of(firm, "/owed/")
    query = next(part for part in re.findall(r'href="(\?[^"]*after_due[^"]*)"', first)).replace("&amp;", "&")
    names = [
        name
        for page in (first, text_of(firm, f"/owed/{query}"))
        for name in re.findall(r"/records/Contacts/(c-\d+)/", page)
    ]

    assert len(names) == len(set(names)) == 70


def test_what_is_owed_by_nobody_in_particular_is_listed_without_a_page_to_open(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_invoice(firm, organisation, contact_id="", contact_name="", amount_due=Decimal(60))

    page = text_of(firm, "/owed/")

    assert '<th scope="row" class="whole">No contact</th>' in page
    assert "60.00" in page
    assert "/records/Contacts/" not in page
