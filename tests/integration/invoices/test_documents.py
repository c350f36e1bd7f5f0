"""The saved views of invoices: F23 to F27 as K6 settles them, in each organisation's own time zone."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.domain.money import Money
from counterfoil.features.invoices.documents import (
    Balance,
    Question,
    Source,
    View,
    count_views,
    list_documents,
    sum_documents,
)
from counterfoil.features.invoices.settlements import list_instalments
from counterfoil.mirror.models import Invoice, Organisation, Payment
from tests.integration.web.firms import NOW, Firm, make_firm, make_invoice, make_organisation

TODAY = date(2026, 11, 22)
ZERO = Decimal(0)


@pytest.fixture
def firm(db: None) -> Firm:
    """A firm and its owner."""
    return make_firm()


@pytest.fixture
def harbour(firm: Firm) -> Organisation:
    """An organisation of the firm."""
    return make_organisation(firm)


def numbers(firm: Firm, view: View, *sources: Source, **asked: object) -> list[str]:
    with firm.inside():
        page = list_documents(sources, Question(view=view, **asked))  # type: ignore[arg-type]
    return [row.invoice.number for row in page.rows]


PAID_UP = {"amount_due": ZERO, "amount_paid": Decimal(100)}
PART_PAID = {"amount_due": Decimal(40), "amount_paid": Decimal(60)}


def test_a_deleted_invoice_is_in_no_view_even_when_pinned(firm: Firm, harbour: Organisation) -> None:
    invoice = make_invoice(firm, harbour, status="DELETED")
    source = Source(harbour, TODAY, pinned_ids=[invoice.xero_id])

    assert [numbers(firm, view, source) for view in View] == [[]] * len(View)


def test_counts_are_what_the_views_list_under_the_same_search_and_dates(
    firm: Firm, harbour: Organisation
) -> None:
    pinned = make_invoice(firm, harbour, number="INV-1", date=date(2026, 10, 5), due_date=date(2026, 10, 9))
    make_invoice(firm, harbour, number="INV-2", date=date(2026, 10, 31))
    make_invoice(firm, harbour, number="INV-3", date=date(2026, 11, 1), status="PAID", **PAID_UP)
    make_invoice(firm, harbour, number="OTHER", date=date(2026, 10, 7))
    source = Source(harbour, TODAY, pinned_ids=[pinned.xero_id])
    asked = {"search": "inv-", "dated_from": date(2026, 10, 1), "dated_to": date(2026, 10, 31)}

    with firm.inside():
        counts = count_views([source], Question(**asked))  # type: ignore[arg-type]

    assert counts == {view: len(numbers(firm, view, source, **asked)) for view in View}
    assert counts == {"open": 1, "unpaid": 2, "overdue": 1, "paid": 0, "pinned": 1, "all": 2}


def test_only_the_named_contacts_and_documents_are_asked_for(firm: Firm, harbour: Organisation) -> None:
    make_invoice(firm, harbour, number="A", contact_id="a")
    named = make_invoice(firm, harbour, number="B", contact_id="b")

    assert numbers(firm, View.ALL, Source(harbour, TODAY, contact_ids=["a"])) == ["A"]
    assert numbers(firm, View.ALL, Source(harbour, TODAY, document_ids=[named.xero_id])) == ["B"]
    assert numbers(firm, View.ALL, Source(harbour, TODAY, contact_ids=[])) == []
    assert numbers(firm, View.ALL) == []


def test_sums_are_per_currency_and_say_what_part_payments_are_in_them(
    firm: Firm, harbour: Organisation
) -> None:
    """
    GBP   paid 100.00 in full, 60.00 in part; 40.00 unpaid and overdue, 100.00 unpaid and open
    JPY   5000 unpaid
    """
    make_invoice(firm, harbour, status="PAID", **PAID_UP)
    make_invoice(firm, harbour, due_date=date(2026, 11, 1), **PART_PAID)
    make_invoice(firm, harbour)
    make_invoice(firm, harbour, currency="JPY", total=Decimal(5000), amount_due=Decimal(5000))
    make_invoice(firm, harbour, status="DRAFT")
    make_invoice(firm, harbour, status="VOIDED")

    with firm.inside():
        balances = sum_documents([Source(harbour, TODAY)])

    assert balances == [
        Balance(
            currency="GBP",
            unpaid=Money(Decimal("140.0000"), "GBP"),
            overdue=Money(Decimal("40.0000"), "GBP"),
            paid=Money(Decimal("160.0000"), "GBP"),
            part_paid=Money(Decimal("60.0000"), "GBP"),
            credited=Money(ZERO, "GBP"),
            unpaid_count=2,
            overdue_count=1,
            paid_count=1,
        ),
        Balance(
            currency="JPY",
            unpaid=Money(Decimal(5000), "JPY"),
            overdue=Money(ZERO, "JPY"),
            paid=Money(ZERO, "JPY"),
            part_paid=Money(ZERO, "JPY"),
            credited=Money(ZERO, "JPY"),
            unpaid_count=1,
            overdue_count=0,
            paid_count=0,
        ),
    ]


def test_pages_of_a_record_with_several_organisations_follow_each_other(firm: Firm) -> None:
    one, two = make_organisation(firm, "One"), make_organisation(firm, "Two")
    for index in range(70):
        make_invoice(firm, (one, two)[index % 2], date=date(2026, 1 + index % 12, 1), number=f"N{index % 9}")
    sources = [Source(one, TODAY), Source(two, TODAY)]

    with firm.inside():
        first = list_documents(sources, Question(view=View.ALL))
        second = list_documents(sources, Question(view=View.ALL, after=first.next_place))

    assert (len(first.rows), len(second.rows), second.next_place) == (50, 20, None)
    assert len({row.invoice.pk for row in [*first.rows, *second.rows]}) == 70


def pay(
    firm: Firm, invoice: Invoice, xero_id: str, day: int, amount: str, status: str = "AUTHORISED"
) -> None:
    with firm.inside():
        Payment.objects.create(
            organisation_id=invoice.organisation_id,
            workspace_id=invoice.workspace_id,
            xero_id=xero_id,
            raw="{}",
            digest=b"",
            first_seen_at=NOW,
            changed_here_at=NOW,
            kind="ACCRECPAYMENT",
            status=status,
            date=date(2026, 11, day),
            amount=Decimal(amount),
            reference=f"ref {xero_id}",
            is_reconciled=False,
            invoice_id=invoice.xero_id,
        )


def test_instalments_are_payments_and_credits_together_in_two_queries(
    firm: Firm, harbour: Organisation
) -> None:
    stubs = {
        "CreditNotes": [
            {
                "CreditNoteID": "cn",
                "CreditNoteNumber": "CN-7",
                "AppliedAmount": 30.00,
                "Date": "/Date(1793836800000+0000)/",
            }
        ],
        "Prepayments": [],
    }
    invoice = make_invoice(
        firm,
        harbour,
        amount_due=Decimal(40),
        amount_paid=Decimal(30),
        amount_credited=Decimal(30),
        raw=json.dumps(stubs),
    )
    untouched = make_invoice(firm, harbour)
    pay(firm, invoice, "late", 20, "20")
    pay(firm, invoice, "early", 2, "10")
    pay(firm, invoice, "withdrawn", 3, "99", status="DELETED")

    with (
        firm.inside(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        found = list_instalments([invoice, untouched])

    assert len(queries) == 2
    assert list(found) == [(harbour.pk, invoice.xero_id)]
    (instalments,) = found.values()
    assert [
        (
            part.number,
            part.settlement.by,
            str(part.settlement.day),
            part.settlement.amount,
            part.settlement.reference,
        )
        for part in instalments.parts
    ] == [
        (1, "Payment", "2026-11-02", Decimal(10), "ref early"),
        (2, "Credit note", "2026-11-05", Decimal("30.0"), "CN-7"),
        (3, "Payment", "2026-11-20", Decimal(20), "ref late"),
    ]
    assert instalments.progress == "3 parts, 60% paid"
