"""Hours, units and expenses are written down, changed until billed, and seen where they wait (issue 8)."""

from datetime import date
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.billing.generating import generate
from counterfoil.features.billing.models import Expense, Rate, RateCard, TimeEntry, UnitCount
from tests.integration.billing.conftest import Office
from tests.integration.billing.test_agreement_pages import text_of
from tests.integration.web.firms import NOW


def work(office: Office, hours: str, day: date = date(2026, 6, 9), **fields: object) -> TimeEntry:
    values = {"client": office.customer, "who": "Ann", "created_at": NOW} | fields
    return TimeEntry.objects.create(workspace=office.firm.workspace, day=day, hours=Decimal(hours), **values)


def agree_on_hours(office: Office) -> None:
    card = RateCard.objects.create(
        workspace=office.firm.workspace, name="2026", currency="GBP", created_at=NOW
    )
    Rate.objects.create(
        workspace=office.firm.workspace, card=card, since=date(2026, 1, 1), amount=Decimal(80)
    )
    office.line(office.agree("Hours", None), kind="time", description="Work", rate_card=card)


def test_hours_are_written_down_listed_and_changed_until_they_are_billed(office: Office) -> None:
    agree_on_hours(office)
    client = office.firm.client

    said = {"day": "2026-06-09", "who": "Ann", "client": office.customer.pk, "hours": "1:15", "note": "VAT"}
    client.post("/time/new/", said | {"is_billable": "on"})
    entry = TimeEntry.objects.get()
    client.post(f"/time/{entry.pk}/", said | {"is_billable": "on", "hours": "2.5"})
    page = text_of(client.get("/time/"))

    assert "1 entry, 2.5 hours" in page
    assert "9 Jun 2026, edit Harbour Foods Ann 2.5 VAT Not billed" in page
    entry.refresh_from_db()
    assert (entry.hours, entry.created_by) == (Decimal("2.50"), office.firm.user.email)
    generate(office.run(), now=NOW)
    assert "was billed and stays" in text_of(client.post(f"/time/{entry.pk}/delete/", follow=True))
    assert "was billed and stays" in text_of(client.get(f"/time/{entry.pk}/", follow=True))
    assert "Billed 30 Jun 2026" in text_of(client.get("/time/?show=billed"))
    assert TimeEntry.objects.get().hours == Decimal("2.50")


def test_a_week_is_typed_into_its_cells_all_or_nothing(office: Office) -> None:
    entry = work(office, "2")
    week = {"day": "2026-06-08", "who": "Ann"}
    cell = {f"hours-{entry.pk}-1": "3", f"cell-{entry.pk}-3": "1:30"}
    new = {"client": office.customer.pk, "role": "Senior", "is_billable": "on", "day-0": "4", "day-6": "0.5"}

    wrong = office.firm.client.post("/time/week/", week | cell | new | {"day-2": "many"})
    untouched = list(TimeEntry.objects.values_list("hours", flat=True))
    kept = text_of(office.firm.client.post("/time/week/", week | cell | new, follow=True))

    assert wrong.status_code == 422
    assert "“many” is not a number." in text_of(wrong)
    assert untouched == [Decimal(2)]
    assert list(TimeEntry.objects.order_by("day").values_list("day", "role", "hours")) == [
        (date(2026, 6, 8), "Senior", Decimal(4)),
        (date(2026, 6, 9), "", Decimal(3)),
        (date(2026, 6, 11), "", Decimal("1.5")),
        (date(2026, 6, 14), "Senior", Decimal("0.5")),
    ]
    assert "Ann, 9 hours" in kept
    office.firm.client.post("/time/week/", week | {f"hours-{entry.pk}-1": ""})
    assert not TimeEntry.objects.filter(pk=entry.pk).exists()


def test_a_day_has_no_more_than_its_hours(office: Office) -> None:
    said = {"day": "2026-06-09", "who": "Ann", "client": office.customer.pk, "hours": "25"}

    answer = office.firm.client.post("/time/new/", said)

    assert "A day has more than zero and at most 24 hours." in text_of(answer)
    assert answer.status_code == 422


def test_expenses_and_units_are_written_down_and_wait_on_the_clients_page(office: Office) -> None:
    agreement = office.agree()
    line = office.line(agreement, kind="units", description="Seats", unit="seat")
    client = office.firm.client

    client.post(
        "/time/expenses/new/",
        {
            "day": "2026-06-03",
            "client": office.customer.pk,
            "description": "Train",
            "amount": "20.10",
            "currency": "gbp",
        },
    )
    client.post("/time/units/new/", {"day": "2026-06-03", "line": line.pk, "quantity": "12"})
    work(office, "1.5")

    assert Expense.objects.get().currency == "GBP"
    assert UnitCount.objects.get().quantity == Decimal(12)
    page = text_of(client.get(f"/clients/{office.customer.pk}/"))
    assert "Waits to be billed Add time 1.5 hours Expenses of 20.10 GBP 1 count of units" in page
    assert "Care Monthly · 300.00 GBP a month" in page
    assert "12 seat" in text_of(client.get(f"/time/units/?client={office.customer.pk}"))
    assert "1 expense, 20.10 GBP" in text_of(client.get("/time/expenses/"))


def test_the_list_costs_as_many_queries_for_one_as_for_many(office: Office) -> None:
    work(office, "1")
    with CaptureQueriesContext(connection) as one:
        office.firm.client.get("/time/")
    for number in range(3):
        work(office, "1", day=date(2026, 6, 10 + number))
    with CaptureQueriesContext(connection) as more:
        office.firm.client.get("/time/")

    assert len(more) == len(one)
    exported = b"".join(office.firm.client.get("/time/export/")).decode()
    assert exported.splitlines()[1] == "2026-06-12,Ann,Harbour Foods,,,1.00,,yes,"


def test_a_rate_holds_from_its_day_and_a_card_in_use_is_not_put_away(office: Office) -> None:
    client = office.firm.client
    made = client.post("/time/rates/new/", {"name": "Standard", "kind": "billed", "currency": "gbp"})
    place = made["Location"]

    client.post(f"{place}set/", {"role": "Senior", "since": "2026-01-01", "amount": "95"})
    page = text_of(
        client.post(f"{place}set/", {"role": "", "since": "2026-01-01", "amount": "60"}, follow=True)
    )
    card = RateCard.objects.get()
    office.line(office.agree("Hours", None), kind="time", description="Work", rate_card=card)
    refused = text_of(client.post(f"{place}archive/", follow=True))

    assert "Everybody else 1 Jan 2026 60.00" in page
    assert "Senior 1 Jan 2026 95.00" in page
    assert "“Hours” bills its hours by this card." in refused
    rate = Rate.objects.get(role="Senior")
    client.post(f"{place}rates/{rate.pk}/drop/")
    assert list(Rate.objects.values_list("role", flat=True)) == [""]
