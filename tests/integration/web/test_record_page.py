"""A page for every record: what it is, where it came from, what changed (pains 3, 14 and 20)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.history.naming import slug_of
from counterfoil.mirror.models import Change, Organisation, Quarantined, Run
from counterfoil.mirror.upsert import Arrival, Incoming, mark_gone, write_records
from counterfoil.sync.streams import STREAM_BY_NAME, STREAMS, Stream
from counterfoil.xero.records import read_record
from counterfoil.xero.records.base import columns_of
from tests.factories.sandbox import RunningSandbox
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation

INVOICE = {
    "Type": "ACCREC", "InvoiceID": "inv-1", "InvoiceNumber": "INV-0042", "Status": "AUTHORISED",
    "Contact": {"ContactID": "con-1", "Name": "Kōwhai Builders"}, "CurrencyCode": "GBP",
    "Date": "/Date(1793491200000+0000)/", "DueDate": "/Date(1796083200000+0000)/", "Reference": "PO 7",
    "LineItems": [{"LineItemID": "l1", "Description": "Workshop", "Quantity": 3.0, "UnitAmount": 400.0,
                   "LineAmount": 1200.0, "AccountCode": "200", "TaxAmount": 0.0}],
    "Payments": [], "SubTotal": 1200.0, "TotalTax": 0.0, "Total": 1200.0, "AmountDue": 1200.0,
    "AmountPaid": 0.0, "AmountCredited": 0.0, "UpdatedDateUTC": "/Date(1793520000000+0000)/",
}  # fmt: skip
PAYMENT = {"PaymentID": "pay-1", "Amount": 500.0, "Date": "/Date(1793577600000+0000)/"}
PAID_IN_PART = INVOICE | {"AmountDue": 700.0, "AmountPaid": 500.0, "Payments": [PAYMENT]}


def write(
    firm: Firm,
    organisation: Organisation,
    stream: Stream,
    *records: dict[str, Any],
    minutes: int = 0,
    **more: Any,
) -> None:
    """Bring records in as a sync would, some minutes after NOW."""
    incoming = []
    for record in records:
        raw = json.dumps(record).encode()
        read = read_record(stream.record, raw)
        incoming.append(Incoming(read.xero_id, columns_of(stream.record)(read), raw))  # type: ignore[attr-defined]
    arrival = Arrival(
        organisation.workspace_id, organisation.pk, stream.name, None, "scheduled",
        NOW + timedelta(minutes=minutes), **more,
    )  # fmt: skip
    with firm.inside():
        write_records(stream.model, stream.record.columns(), incoming, arrival)


def path_of(organisation: Organisation, xero_id: str, stream: str = "Invoices") -> str:
    return f"/o/{organisation.pk}/records/{slug_of(stream)}/{xero_id}/"


def text_of(firm: Firm, path: str, status: int = 200) -> str:
    answer = firm.client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


@pytest.fixture
def books(firm: Firm) -> Organisation:
    """An organisation with one invoice, part paid an hour after it was first copied."""
    organisation = make_organisation(firm)
    invoices = STREAM_BY_NAME["Invoices"]
    write(firm, organisation, invoices, INVOICE, is_first_copy=True)
    write(firm, organisation, invoices, PAID_IN_PART, minutes=60)
    return organisation


def test_an_invoice_shows_its_amounts_lines_payments_and_what_it_names(
    firm: Firm, books: Organisation
) -> None:
    page = text_of(firm, path_of(books, "inv-1"))

    assert "<h1>Invoice INV-0042</h1>" in page
    assert "700.00 <small>GBP</small>" in page
    assert "Workshop" in page
    assert f'href="{path_of(books, "con-1", "Contacts")}">Kōwhai Builders</a>' in page
    assert f'href="{path_of(books, "pay-1", "Payments")}"' in page
    assert "<dt>Due date</dt><dd>1 Dec 2026</dd>" in page
    assert 'href="https://go.xero.com/app/!harb/invoicing/view/inv-1"' in page
    assert "<dt>Changed in Xero</dt><dd>1 Nov 2026, 08:00 GMT</dd>" in page


def test_its_status_has_the_word_of_the_lists(firm: Firm, books: Organisation) -> None:
    """K9: what the list calls overdue is not merely awaiting payment on its own page."""
    long_ago = {"InvoiceID": "inv-9", "DueDate": "/Date(1577836800000+0000)/"}
    write(firm, books, STREAM_BY_NAME["Invoices"], INVOICE | long_ago)

    pages = [text_of(firm, path_of(books, "inv-9") + more) for more in ("", "?panel=1")]

    assert all('<span class="chip chip-bad">' in page and "Overdue</span>" in page for page in pages)


def test_beside_its_list_a_contact_shows_at_once_what_xero_says(firm: Firm, books: Organisation) -> None:
    harbour = {"ContactID": "con-9", "Name": "Harbour", "ContactStatus": "ACTIVE"}
    write(
        firm,
        books,
        STREAM_BY_NAME["Contacts"],
        harbour | {"EmailAddress": "ap@harbour.example", "UpdatedDateUTC": INVOICE["UpdatedDateUTC"]},
    )

    beside = {
        "contact": text_of(firm, f"{path_of(books, 'con-9', 'Contacts')}?panel=1"),
        "invoice": text_of(firm, f"{path_of(books, 'inv-1')}?panel=1"),
    }

    assert '<details class="fold card" open>' in beside["contact"]
    assert '<details class="fold card">' in beside["invoice"]


def test_its_history_says_what_changed_when_and_why_with_both_values(firm: Firm, books: Organisation) -> None:
    page = text_of(firm, path_of(books, "inv-1"))

    history = page.split('id="history"')[1]
    assert "<li>Amount due fell from 1,200.00 to 700.00 GBP</li>" in history
    assert "<li>Payment added: 500.00 GBP on 2 Nov 2026</li>" in history
    assert "22 Nov 2026, 10:00 GMT" in history
    assert "&quot;AmountDue&quot;: 1200.0" in history
    assert history.index("Amount due fell") < history.index("First seen")


def test_a_record_that_went_keeps_its_page(firm: Firm, books: Organisation) -> None:
    stream = STREAM_BY_NAME["Invoices"]
    gone = Arrival(books.workspace_id, books.pk, "Invoices", None, "x", NOW - timedelta(days=10))
    with firm.inside():
        run = Run.objects.create(
            organisation=books, workspace_id=books.workspace_id, kind="sweep", reason="daily", started_at=NOW
        )
        mark_gone(stream.model, [], gone, known_before=NOW + timedelta(days=1))
        Change.objects.filter(kind="gone").update(run=run)

    page = text_of(firm, path_of(books, "inv-1"))

    assert "This record is no longer in Xero." in page
    assert "Marked gone: not in Xero’s full list of 12 Nov, 09:00." in page
    assert "daily check" in page


def test_a_record_in_quarantine_says_so_and_shows_what_came(firm: Firm, books: Organisation) -> None:
    with firm.inside():
        Quarantined.objects.create(
            organisation=books, workspace_id=books.workspace_id, stream="Invoices", xero_id="bad-1",
            digest=b"1", raw='{"InvoiceID": "bad-1"}', problem="Object missing field", seen_at=NOW,
        )  # fmt: skip

    page = text_of(firm, path_of(books, "bad-1"))

    assert "This record could not be read, so nothing of it is counted anywhere." in page
    assert "Object missing field" in page
    assert "{&quot;InvoiceID&quot;: &quot;bad-1&quot;}" in page


def test_an_id_of_nobody_of_another_organisation_or_of_another_firm_is_not_found(
    firm: Firm, books: Organisation
) -> None:
    sister, stranger = make_organisation(firm, "Sister Ltd"), make_firm("Strangers")
    foreign = make_organisation(stranger)
    write(stranger, foreign, STREAM_BY_NAME["Invoices"], INVOICE | {"InvoiceID": "theirs"})

    assert "has no such record" in text_of(firm, path_of(books, "nobody"), status=404)
    assert "INV-0042" not in text_of(firm, path_of(sister, "inv-1"), status=404)
    assert "INV-0042" not in text_of(firm, path_of(books, "theirs"), status=404)
    assert "INV-0042" not in text_of(firm, path_of(foreign, "theirs"), status=404)
    assert "INV-0042" in text_of(stranger, path_of(foreign, "theirs"))
    assert "has no such record" in text_of(firm, f"/o/{books.pk}/records/Nonsense/inv-1/", status=404)


def test_the_page_asks_the_database_as_often_for_a_long_history_as_for_a_short_one(
    firm: Firm, books: Organisation
) -> None:
    path = path_of(books, "inv-1")
    text_of(firm, path)
    with CaptureQueriesContext(connection) as short:
        text_of(firm, path)
    for step in range(60):
        write(
            firm,
            books,
            STREAM_BY_NAME["Invoices"],
            PAID_IN_PART | {"Reference": f"PO {step}"},
            minutes=61 + step,
        )

    with CaptureQueriesContext(connection) as long:
        page = text_of(firm, path)

    assert len(long) == len(short)
    assert page.count('<div class="timeline-head">') == 50
    older = page.split('href="?older=')[1].split("#")[0]
    rest = text_of(firm, f"{path}?older={older}")
    assert rest.count('<div class="timeline-head">') == 60 + 1 - 50 + 1  # what is left, and the first sight
    assert "First seen" in rest


@pytest.fixture(scope="module")
def everything(running_xero: RunningSandbox) -> dict[str, list[dict[str, Any]]]:
    """Every record of the stand-in's first organisation, by stream."""
    tenant = running_xero.tenant_id()
    held = running_xero.organisations()[0]["records"]
    return {name: running_xero.records(tenant, name) for name in held}


CREDIT = {
    "Contact": {"ContactID": "con-1", "Name": "Kōwhai Builders"}, "Status": "AUTHORISED", "Total": 50.0,
    "RemainingCredit": 20.0, "Date": "/Date(1793491200000+0000)/", "CurrencyCode": "GBP",
    "Allocations": [{"AllocationID": "a", "Amount": 30.0, "Date": "/Date(1793491200000+0000)/",
                     "Invoice": {"InvoiceID": "inv-1", "InvoiceNumber": "INV-0042"}}],
    "UpdatedDateUTC": "/Date(1793520000000+0000)/",
}  # fmt: skip
REPORT = {
    "ReportName": "Trial Balance", "ReportDate": "22 November 2026",
    "Rows": [{"RowType": "Section", "Title": "Revenue", "Rows": [
        {"RowType": "Row", "Cells": [{"Value": "Sales (200)"}, {"Value": "12.50"}]}]}],
}  # fmt: skip
# What the small stand-in has none of.
MADE: dict[str, dict[str, Any]] = {
    "CreditNotes": CREDIT | {"CreditNoteID": "c-1", "CreditNoteNumber": "CN-7", "Type": "ACCRECCREDIT"},
    "Prepayments": CREDIT | {"PrepaymentID": "p-1", "Type": "RECEIVE-PREPAYMENT"},
    "Overpayments": CREDIT | {"OverpaymentID": "o-1", "Type": "RECEIVE-OVERPAYMENT"},
    "BatchPayments": {
        "BatchPaymentID": "b-1", "Type": "RECBATCH", "Status": "AUTHORISED", "TotalAmount": 80.0,
        "Date": "/Date(1793491200000+0000)/", "Payments": [PAYMENT],
        "UpdatedDateUTC": "/Date(1793520000000+0000)/",
    },
    "Reports/ProfitAndLoss": REPORT | {"ReportID": "ProfitAndLoss"},
    "Reports/TrialBalance": REPORT | {"ReportID": "TrialBalance"},
    "Reports/BalanceSheet": REPORT | {"ReportID": "BalanceSheet"},
}  # fmt: skip


def test_every_kind_of_record_has_its_page(firm: Firm, everything: dict[str, list[dict[str, Any]]]) -> None:
    organisation = make_organisation(firm)
    titles = {}
    for stream in STREAMS:
        for record in everything.get(stream.name, [])[:3] or [MADE[stream.name]]:
            write(firm, organisation, stream, record)
            page = text_of(firm, path_of(organisation, record[stream.id_member], stream.name))
            titles[stream.name] = page.split("<h1>")[1].split("</h1>")[0]

    assert set(titles) == {stream.name for stream in STREAMS}
    assert all(titles.values())
    expected = {
        "Organisation": "Brightwater Studio Ltd",
        "CreditNotes": "Credit note CN-7",
        "Prepayments": "Prepayment of 50.00 GBP",
        "BatchPayments": "Batch payment of 80.00 GBP",
        "Reports/TrialBalance": "Trial Balance",
    }
    assert {name: titles[name] for name in expected} == expected


def test_a_credit_links_to_what_it_was_used_for(firm: Firm) -> None:
    organisation = make_organisation(firm)
    write(firm, organisation, STREAM_BY_NAME["CreditNotes"], MADE["CreditNotes"])

    page = text_of(firm, path_of(organisation, "c-1", "CreditNotes"))

    assert f'href="{path_of(organisation, "inv-1")}">Used for INV-0042</a>' in page
    assert "20.00 <small>GBP</small>" in page


def test_a_branding_theme_is_named_and_leads_to_its_page(firm: Firm) -> None:
    organisation = make_organisation(firm)
    theme = {"BrandingThemeID": "theme-1", "Name": "Very orange invoice!", "SortOrder": 0}
    write(firm, organisation, STREAM_BY_NAME["BrandingThemes"], theme)
    write(firm, organisation, STREAM_BY_NAME["Invoices"], INVOICE | {"BrandingThemeID": "theme-1"})

    page = text_of(firm, path_of(organisation, "inv-1"))

    assert f'<a href="{path_of(organisation, "theme-1", "BrandingThemes")}">Very orange invoice!</a>' in page


def test_what_an_id_stands_for_that_is_not_here_is_said_to_be_unknown(firm: Firm) -> None:
    organisation = make_organisation(firm)
    write(firm, organisation, STREAM_BY_NAME["Invoices"], INVOICE | {"BrandingThemeID": "theme-9"})

    page = text_of(firm, path_of(organisation, "inv-1"))

    assert "<dd>not known here (theme-9)</dd>" in page
