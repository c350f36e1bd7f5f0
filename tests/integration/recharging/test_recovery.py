"""What was paid, billed and came back adds up in every way it is looked at, and opens its documents (R9)."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from counterfoil.domain.datekit import Period
from counterfoil.features.recharging.deciding import Split, recharge_line
from counterfoil.features.recharging.models import Recharge
from counterfoil.features.recharging.recovery import (
    By,
    Figure,
    Question,
    Sums,
    list_behind,
    report_recovery,
    sum_behind,
)
from counterfoil.features.recharging.renewals import Standing, list_renewals
from tests.integration.recharging.conftest import Desk
from tests.integration.spending.conftest import line
from tests.integration.web.firms import NOW, make_contact

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def set_scene(desk: Desk) -> list[Recharge]:
    """Have three bills of two suppliers paid back by two clients, each recharge in another state."""
    one, other = desk.customer("Aroha"), desk.customer("Birch")
    second = make_contact(desk.firm, desk.organisation, name="Cirrus Hosting")
    desk.bill(line("100.00"), date=date(2026, 9, 3))
    desk.bill(line("33.33"), date=date(2026, 10, 3))
    desk.bill(line("50.00"), date=date(2026, 10, 9), contact=second)
    desk.gather()
    for each in desk.lines():
        charged = [desk.charged(client, markup_rate=Decimal(10)) for client in (one, other)]
        recharge_line(desk.organisation, line_id=each.pk, split=Split(charged), by=desk.firm.user, now=NOW)
    made = list(Recharge.objects.order_by("pk"))
    states = ["ready", "gathered", "drafted", "billed", "settled", "settled"]
    parts = [Decimal(0), Decimal(0), Decimal(0), Decimal("10.00"), None, Decimal("20.00")]
    for recharge, state, part in zip(made, states, parts, strict=True):
        recharge.state = state
        recharge.settled = (recharge.charge if part is None else part) or Decimal(0)
        recharge.save()
    return made


def test_rows_add_up_to_the_totals_by_supplier_client_and_month_and_each_figure_to_its_rows(
    desk: Desk,
) -> None:
    # paid 183.33, charged 201.66; of it 110.00 to be billed and 91.66 billed: 18.33 on a draft,
    # 18.33 with 10.00 received, 27.50 received in full, and 27.50 of which 7.50 was credited.
    set_scene(desk)

    reports = [report_recovery(desk.organisation, YEAR, by=by) for by in By]

    expected = Sums(
        paid=Decimal("183.33"),
        to_bill=Decimal("110.00"),
        billed=Decimal("91.66"),
        cost=Decimal("83.33"),
        recovered=Decimal("57.50"),
        owed=Decimal("26.66"),
        lost=Decimal("7.50"),
    )
    for report in reports:
        assert report.totals == [("GBP", expected)]
        assert sum((row.sums for row in report.rows), Sums()) == expected
        for row in report.rows:
            for figure in Figure:
                question = Question(YEAR, figure, report.by, row.key, "GBP")
                behind = dict(sum_behind(desk.organisation, question)).get("GBP", Sums())
                assert getattr(behind, figure.value) == getattr(row.sums, figure.value)
    assert expected.billed == expected.recovered + expected.owed + expected.lost
    assert [row.name for row in reports[0].rows] == ["Nimbus Software", "Cirrus Hosting"]


def test_what_stands_behind_a_figure_is_what_it_counts(desk: Desk) -> None:
    made = set_scene(desk)

    owed = list_behind(desk.organisation, Question(YEAR, Figure.OWED))

    assert [one.pk for one in owed.rows] == [made[3].pk, made[2].pk]
    assert owed.count == 2


def test_a_proposal_and_what_was_dropped_count_for_nothing(desk: Desk) -> None:
    set_scene(desk)
    Recharge.objects.update(state="proposed")

    assert report_recovery(desk.organisation, YEAR, by=By.CLIENT).rows == []


def test_the_pages_show_the_figures_and_the_file_ends_with_the_totals(desk: Desk) -> None:
    set_scene(desk)
    browser, key = desk.firm.client, desk.organisation.pk
    period = "from=2026-01-01&to=2026-12-31"

    page = browser.get(f"{reverse('recharge_report', args=[key])}?{period}").content.decode()
    behind = browser.get(f"{reverse('recharge_behind', args=[key])}?{period}&figure=owed").content.decode()
    answer = browser.get(f"{reverse('export_recharge_report', args=[key])}?{period}&by=client")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))

    assert "183.33" in page
    assert "Cirrus Hosting" in page
    assert "(reconciling) is done in Xero" in page  # K17
    assert "26.66 GBP" in behind
    assert rows[0][:4] == ["Clients", "From", "To", "Currency"]
    assert [row[0] for row in rows[1:]] == ["Aroha", "Birch", "All of them"]
    assert rows[-1][3:] == ["GBP", "183.33", "110.00", "91.66", "57.50", "26.66", "7.50", "8.33"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_ask_the_database_as_often_for_many_as_for_one(
    desk: Desk, count: int, django_assert_num_queries: object
) -> None:
    client = desk.customer("Aroha")
    for number in range(count):
        desk.bill(line("10.00"), date=date(2026, 9, 1) + timedelta(number))
    desk.gather()
    for each in desk.lines():
        split = Split([desk.charged(client)])
        recharge_line(desk.organisation, line_id=each.pk, split=split, by=desk.firm.user, now=NOW)

    with django_assert_num_queries(1):  # type: ignore[operator]  # a fixture of pytest-django
        report_recovery(desk.organisation, YEAR, by=By.SUPPLIER)
    with django_assert_num_queries(2):  # type: ignore[operator]
        list_behind(desk.organisation, Question(YEAR))


@time_machine.travel(NOW)
def test_a_supplier_of_every_month_is_expected_again_and_one_that_did_not_come_is_said(desk: Desk) -> None:
    other = make_contact(desk.firm, desk.organisation, name="Cirrus Hosting")
    for month in (7, 8, 9, 10):
        desk.bill(line("20.00" if month < 10 else "25.00"), date=date(2026, month, 18))
        desk.bill(line("9.00"), date=date(2026, month, 2), contact=other)
    desk.gather()

    late, coming = list_renewals(desk.organisation, today=date(2026, 11, 15))

    assert (late.supplier, late.standing) == ("Cirrus Hosting", Standing.LATE)
    assert (coming.supplier, coming.standing) == ("Nimbus Software", Standing.COMING)
    assert coming.rhythm.next_day == date(2026, 11, 18)
    assert coming.reason == (
        "Every month: 4 documents since 18 July 2026, the last on 18 October 2026 over 25.00 GBP;"
        " 20.00 the time before."
    )
    page = desk.firm.client.get(reverse("recharge_renewals", args=[desk.organisation.pk])).content.decode()
    assert "Cirrus Hosting" in page
