"""The list's filters and the word shown for a row agree."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from counterfoil.domain.statuses import DisplayStatus
from counterfoil.features.invoices.documents import Question, Source, View, list_documents
from tests.integration.web.firms import make_firm, make_invoice, make_organisation

TODAY = date(2026, 11, 22)


@pytest.mark.django_db
def test_each_status_filter_finds_exactly_the_rows_shown_with_its_word() -> None:
    firm = make_firm()
    organisation = make_organisation(firm)
    dues = [None, date(2026, 11, 21), TODAY, date(2026, 11, 23)]
    statuses = ["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"]
    amounts = [(0, 0), (100, 0), (60, 40), (0, 100)]
    for due, status, (left, paid) in product(dues, statuses, amounts):
        make_invoice(
            firm,
            organisation,
            status=status,
            due_date=due,
            amount_due=Decimal(left),
            amount_paid=Decimal(paid),
        )
    found: dict[str, DisplayStatus] = {}
    source = Source(organisation, TODAY)

    with firm.inside():
        for word in DisplayStatus:
            page = list_documents([source], Question(view=View.ALL, status=word))
            assert {row.status for row in page.rows} <= {word}
            found |= {row.invoice.xero_id: word for row in page.rows if row.invoice.xero_id not in found}

    assert len(found) == len(dues) * len(statuses) * len(amounts)  # every row has one word, and only one


@pytest.mark.django_db
def test_deleted_and_vanished_invoices_are_listed_only_when_asked_for() -> None:
    firm = make_firm()
    organisation = make_organisation(firm)
    make_invoice(firm, organisation, number="KEPT")
    make_invoice(firm, organisation, number="DELETED", status="DELETED")
    source = Source(organisation, TODAY)

    with firm.inside():
        everything = list_documents([source], Question(view=View.ALL))
        deleted = list_documents([source], Question(view=View.ALL, status=DisplayStatus.DELETED))

    assert [row.invoice.number for row in everything.rows] == ["KEPT"]
    assert [row.invoice.number for row in deleted.rows] == ["DELETED"]
