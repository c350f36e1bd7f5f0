"""
The saved views of F23 to F27, as K6 and K9 settle them, over every status, balance, due date and zone.

At the moment of the test it is Sunday the 22nd in Los Angeles and Pago Pago, and Monday the 23rd in
Auckland, Kiritimati and Kolkata.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest
import time_machine

from counterfoil.domain.datekit import today_in
from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.operations import create_client
from counterfoil.features.invoices.documents import (
    Question,
    Source,
    View,
    count_views,
    list_documents,
    sum_documents,
)
from counterfoil.mirror.models import Organisation, OrganisationProfile
from tests.integration.web.firms import NOW, Firm, make_contact, make_firm, make_invoice, make_organisation

MOMENT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
TODAYS = {
    "Pacific/Auckland": MONDAY,
    "Pacific/Kiritimati": MONDAY,
    "Asia/Kolkata": MONDAY,
    "UTC": SUNDAY,
    "America/Los_Angeles": SUNDAY,
    "Pacific/Pago_Pago": SUNDAY,
}
DUES = (None, date(2026, 11, 21), SUNDAY, MONDAY, date(2026, 11, 24))
# What Xero says of an invoice over 100: its status, what is due, what was paid and credited.
STATES = (
    ("DRAFT", 100, 0, 0),
    ("SUBMITTED", 100, 0, 0),
    ("AUTHORISED", 100, 0, 0),
    ("AUTHORISED", 40, 60, 0),
    ("AUTHORISED", 40, 0, 60),
    ("AUTHORISED", 0, 100, 0),
    ("AUTHORISED", 0, 0, 100),
    ("PAID", 0, 100, 0),
    ("PAID", 0, 40, 60),
    ("VOIDED", 0, 0, 0),
    ("VOIDED", 100, 0, 0),
    ("DELETED", 100, 0, 0),
)


def expect_views(status: str, left: int, due: date | None, today: date) -> set[View]:
    """Return the views by the words of the guide: F23 paid, F24 unpaid, F25 open, F26 overdue."""
    if status == "DELETED":
        return set()
    if status == "PAID" or (status == "AUTHORISED" and left == 0):
        return {View.ALL, View.PAID}
    if status != "AUTHORISED":
        return {View.ALL}
    return {View.ALL, View.UNPAID, View.OVERDUE if due is not None and due < today else View.OPEN}


@pytest.mark.django_db
def test_every_invoice_is_in_the_views_that_its_state_and_its_organisations_day_give_it() -> None:
    firm = make_firm()
    sources = [
        Source(make_organisation(firm, zone), today_in(ZoneInfo(zone), MOMENT), contact_ids=["us"])
        for zone in TODAYS
    ]
    assert {source.organisation.name: source.today for source in sources} == TODAYS
    expected: dict[View, set[str]] = {view: set() for view in View}
    for source, (status, left, paid, credited), due in product(sources, STATES, DUES):
        number = f"{source.organisation.name} {status} {left} {paid} {credited} {due}"
        make_invoice(
            firm, source.organisation, number=number, status=status, due_date=due, contact_id="us",
            amount_due=Decimal(left), amount_paid=Decimal(paid), amount_credited=Decimal(credited),
        )  # fmt: skip
        for view in expect_views(status, left, due, source.today):
            expected[view].add(number)

    with firm.inside():
        found = {view: list_documents(sources, Question(view=view), size=1000).rows for view in View}
        counts = count_views(sources, Question())
        (balance,) = sum_documents(sources)

    listed = {view: {row.invoice.number for row in rows} for view, rows in found.items()}
    assert listed == expected
    assert counts == {view: len(numbers) for view, numbers in expected.items()}
    # K6: Open and Overdue have nothing in common, and are all that is unpaid.
    assert listed[View.OPEN] | listed[View.OVERDUE] == listed[View.UNPAID]
    assert not listed[View.OPEN] & listed[View.OVERDUE]
    assert (balance.unpaid_count, balance.overdue_count) == (
        len(expected[View.UNPAID]),
        len(expected[View.OVERDUE]),
    )
    assert balance.unpaid.amount == sum(row.invoice.amount_due for row in found[View.UNPAID])
    # Of each organisation, three are late where it is Sunday, and six where it is Monday.
    late = [row.invoice.organisation.name for row in found[View.OVERDUE]]
    assert {zone: late.count(zone) for zone in TODAYS} == {
        zone: 6 if today == MONDAY else 3 for zone, today in TODAYS.items()
    }
    # The word of a row and the view that holds it agree (K9).
    assert {row.word for row in found[View.OVERDUE]} == {"Overdue"}
    assert {row.word for row in found[View.OPEN]} == {"Open", "Partially paid"}
    assert {row.word for row in found[View.PAID]} == {"Paid"}


@pytest.mark.django_db
def test_an_invoice_due_on_sunday_is_late_in_auckland_and_open_in_los_angeles_on_one_clients_page() -> None:
    firm = make_firm()
    auckland, angeles = make_organisation(firm, "Auckland Ltd"), make_organisation(firm, "Angeles Inc")
    zones = {auckland.pk: "NEWZEALANDSTANDARDTIME", angeles.pk: "PACIFICSTANDARDTIME"}
    with firm.inside():
        client = create_client(workspace_id=firm.workspace.pk, fields={"name": "Both"}, now=NOW)
    for organisation, number in ((auckland, "AKL-1"), (angeles, "LAX-1")):
        _link(firm, organisation, client, zones[organisation.pk], number)

    with time_machine.travel(MOMENT):
        pages = {
            view: firm.client.get(f"/clients/{client.pk}/?view={view}").content.decode()
            for view in ("open", "overdue", "unpaid")
        }

    shown = {
        view: [number for number in ("AKL-1", "LAX-1") if number in page] for view, page in pages.items()
    }
    assert shown == {"open": ["LAX-1"], "overdue": ["AKL-1"], "unpaid": ["AKL-1", "LAX-1"]}


def _link(firm: Firm, organisation: Organisation, client: object, zone: str, number: str) -> None:
    contact = make_contact(firm, organisation)
    make_invoice(firm, organisation, contact_id=contact.xero_id, number=number, due_date=SUNDAY)
    with firm.inside():
        OrganisationProfile.objects.filter(organisation=organisation).update(timezone=zone)
        link_contact(organisation, contact_id=contact.xero_id, client=client, by=firm.user, now=NOW)  # type: ignore[arg-type]
