"""How customers pay and what to expect of them, with names that go when they must (issue 8, item 6)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.invoices.documents import Source
from counterfoil.features.reports.ageing import list_aged_clients
from counterfoil.features.reports.models import Outlook
from counterfoil.features.reports.receivables import describe_receivables
from counterfoil.mirror.models import Organisation
from tests.integration.reports.conftest import copy_organisation
from tests.integration.web.addresses import read_whole
from tests.integration.web.firms import Firm, make_contact, make_firm, make_invoice, make_organisation
from tests.unit.xero_sandbox.conftest import Xero

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()


def pay(firm: Firm, organisation: Organisation, contact_id: str, *, late: int, on: date, amount: int) -> None:
    due = on - timedelta(days=late)
    make_invoice(
        firm,
        organisation,
        contact_id=contact_id,
        status="PAID",
        date=due - timedelta(days=14),
        due_date=due,
        fully_paid_on=on,
        total=Decimal(amount),
        amount_paid=Decimal(amount),
        amount_due=Decimal(0),
    )


@pytest.fixture
def books(db: None) -> tuple[Firm, Organisation]:
    """Kōwhai pays ten days late and lately thirty; Rātā owes and has hardly ever paid."""
    firm = make_firm()
    organisation = make_organisation(firm)
    kowhai = make_contact(firm, organisation, name="Kōwhai Builders")
    rata = make_contact(firm, organisation, name="Rātā Studio")
    for number in range(10):
        late = 30 if number < 5 else 10
        pay(firm, organisation, kowhai.xero_id, late=late, on=date(2026, 10, 30) - timedelta(days=9 * number),
            amount=100)  # fmt: skip
    pay(firm, organisation, rata.xero_id, late=0, on=date(2026, 10, 1), amount=5000)
    for contact, currency in ((kowhai, "GBP"), (rata, "EUR")):
        make_invoice(firm, organisation, contact_id=contact.xero_id, contact_name=contact.name,
                     due_date=TODAY + timedelta(days=3), currency=currency)  # fmt: skip
    return firm, organisation


def test_a_customer_who_takes_longer_is_named_with_the_count(books: tuple[Firm, Organisation]) -> None:
    firm, organisation = books
    with firm.inside():
        found, is_old = describe_receivables(organisation, today=TODAY, now=NOW)

    assert found is not None
    assert not is_old
    assert [(one.name, one.habit.before, one.habit.recent, one.habit.count) for one in found.slower] == [
        ("Kōwhai Builders", 10, 30, 10)
    ]
    assert [one.name for one in found.late] == ["Kōwhai Builders"]  # of Rātā too little is known
    # Kōwhai is 20 days late in the middle: due in 3, so in 23 days, the fourth week. Everybody is 10 late.
    weeks = {one.currency: [week.amount for week in one.weeks] for one in found.found.forecasts}
    assert {currency: amounts.index(Decimal(100)) for currency, amounts in weeks.items()} == {
        "GBP": 3,
        "EUR": 1,
    }


def test_what_was_worked_out_names_nobody(books: tuple[Firm, Organisation]) -> None:
    firm, organisation = books
    with firm.inside():
        describe_receivables(organisation, today=TODAY, now=NOW)
        kept = str(Outlook.objects.get().findings)

    assert "Kōwhai" not in kept
    assert "Rātā" not in kept


def test_the_page_says_how_wrong_it_was_and_asks_as_often_for_many(books: tuple[Firm, Organisation]) -> None:
    firm, organisation = books
    page = f"/o/{organisation.pk}/reports/receivables/"
    text = firm.client.get(page).content.decode()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            firm.client.get(page)
        counts.append(len(asked))
        for number in range(3):
            make_invoice(firm, organisation, contact_id=f"more-{number}", due_date=date(2026, 1, 1))

    assert "Slower than before" in text
    assert "How wrong this is cannot be said" in text or "was wrong by up to" in text
    assert counts[0] == counts[1]


def test_clients_by_age_add_up_to_what_is_owed_in_the_demo_books(db: None, demo: Xero) -> None:
    firm, organisation = copy_organisation(demo, "Brightwater Studio Ltd")
    with firm.inside():
        rows = list_aged_clients(Source(organisation, TODAY), most=None)
        found, _ = describe_receivables(organisation, today=TODAY, now=NOW)

    assert found is not None
    assert len(rows) > 5
    assert all(sum(one.amounts) == one.total for one in rows)
    assert all(one.total >= other.total for one, other in pairwise(rows))
    for forecast in found.found.forecasts:
        owed = sum(one.total for one in rows if one.currency == forecast.currency)
        assert forecast.total == owed
        assert len(forecast.trials) <= 3
    text = read_whole(firm.client.get(f"/o/{organisation.pk}/reports/receivables/export/"))
    assert len(text.splitlines()) == len(rows) + 1
