"""What clients earned: revenue, costs, hours, margin; and together with nobody's, the books (issue 8, 5)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.domain.datekit import Period
from counterfoil.domain.margins import Earnings
from counterfoil.features.billing.models import Rate, RateCard, TimeEntry
from counterfoil.features.clients.models import Client, Deal
from counterfoil.features.clients.operations import gather_documents
from counterfoil.features.profitability.asking import Behind, By, Figure, Whose
from counterfoil.features.profitability.behind import list_parts, list_worked
from counterfoil.features.profitability.earnings import report_earnings
from counterfoil.features.profitability.of_client import summarise_client
from counterfoil.features.spending.deciding import attribute_cost, call_overhead
from tests.integration.spending.conftest import Shop, line, share
from tests.integration.web.firms import NOW, add_person, make_contact, make_organisation

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def work(shop: Shop, client: Client, hours: str, **fields: Any) -> None:
    values = {"day": date(2026, 11, 3), "who": "Ann", "role": "Senior", "created_at": NOW}
    TimeEntry.objects.create(
        workspace=shop.firm.workspace, client=client, hours=Decimal(hours), **(values | fields)
    )


def cost_rates(shop: Shop, *rates: tuple[str, date, str], currency: str = "GBP") -> None:
    card = RateCard.objects.create(
        workspace=shop.firm.workspace, name=f"Costs in {currency}", kind="cost", currency=currency,
        created_at=NOW,
    )  # fmt: skip
    for role, since, amount in rates:
        Rate.objects.create(
            workspace=shop.firm.workspace, card=card, role=role, since=since, amount=Decimal(amount)
        )


@pytest.fixture
def trade(shop: Shop) -> dict[str, Client]:
    """Two clients with sales; a cost for one, an overhead, and a cost that waits."""
    contacts = {name: make_contact(shop.firm, shop.organisation, name=name) for name in ("Ash", "Birch")}
    clients = {name: shop.customer(name, contact) for name, contact in contacts.items()}
    shop.invoice(line("1000", "200"), contact=contacts["Ash"], amount_due=Decimal(250), number="A-1")
    shop.invoice(line("300", "200"), contact=contacts["Birch"], date=date(2026, 5, 5), amount_due=Decimal(0))
    shop.invoice(line("70", "200"), contact=make_contact(shop.firm, shop.organisation, name="Passer-by"))
    shop.bill(line("400"), line("50"), line("9"), date=date(2026, 11, 2))
    shop.gather()
    costs = shop.costs()
    told: dict[str, Any] = {"by": shop.firm.user, "now": NOW}
    attribute_cost(shop.organisation, line_id=costs[0].pk, shares=[share(clients["Ash"])], **told)
    call_overhead(shop.organisation, line_id=costs[1].pk, **told)
    return clients


def test_clients_are_ranked_by_what_is_left_and_all_together_are_the_books(
    shop: Shop, trade: dict[str, Client]
) -> None:
    report = report_earnings(shop.organisation, YEAR)

    assert [(row.name, row.now) for row in report.rows] == [
        ("Ash", Earnings(Decimal(1000), Decimal(750), Decimal(400))),
        ("Birch", Earnings(Decimal(300), Decimal(300))),
    ]
    assert report.unclaimed.now == Earnings(invoiced=Decimal(70))
    assert (report.costs.overhead, report.costs.open) == (Decimal(50), Decimal(9))
    assert report.books == Earnings(Decimal(1370), Decimal(1050), Decimal(459))
    assert report.rows[0].now.rate == Decimal("60.0")


@pytest.mark.parametrize("by", list(By))
def test_however_it_is_gathered_the_total_is_the_same(shop: Shop, trade: dict[str, Client], by: By) -> None:
    assert (
        report_earnings(shop.organisation, YEAR, by=by).books
        == report_earnings(shop.organisation, YEAR).books
    )


def test_an_hour_costs_what_its_person_else_its_role_else_everybody_costs_on_that_day(
    shop: Shop, trade: dict[str, Client]
) -> None:
    cost_rates(
        shop,
        ("", date(2026, 1, 1), "10"),
        ("Senior", date(2026, 1, 1), "20"),
        ("Ann", date(2026, 11, 10), "30"),
    )
    cost_rates(shop, ("", date(2026, 1, 1), "999"), currency="USD")
    work(shop, trade["Ash"], "2")
    work(shop, trade["Ash"], "1.5", day=date(2026, 11, 10))
    work(shop, trade["Birch"], "4", role="")

    report = report_earnings(shop.organisation, YEAR)

    assert {row.name: row.now.time for row in report.rows} == {"Ash": Decimal(85), "Birch": Decimal(40)}
    assert report.unrated == 0


def test_hours_without_a_rate_cost_nothing_and_are_said(shop: Shop, trade: dict[str, Client]) -> None:
    cost_rates(shop, ("Partner", date(2026, 1, 1), "20"))
    work(shop, trade["Ash"], "2")

    report = report_earnings(shop.organisation, YEAR)

    assert (report.total.time, report.unrated, report.has_rates) == (Decimal(0), Decimal(2), True)


def test_hours_count_in_one_organisation_only(shop: Shop, trade: dict[str, Client]) -> None:
    other = make_organisation(shop.firm, "Harbour Foods (NZ)")
    shop.customer("Elsewhere")
    cost_rates(shop, ("", date(2026, 1, 1), "10"))
    work(shop, trade["Ash"], "2")
    work(shop, Client.objects.get(name="Elsewhere"), "1")

    totals = [report_earnings(one, YEAR).total.time for one in (shop.organisation, other)]

    assert totals == [Decimal(30), 0]


def test_a_deal_has_what_was_put_in_it_and_the_rest_is_without_one(
    shop: Shop, trade: dict[str, Client]
) -> None:
    deal = Deal.objects.create(
        workspace=shop.firm.workspace, client=trade["Ash"], name="Site", created_at=NOW
    )
    invoice = report_document(shop, "A-1")
    gather_documents(deal, shop.organisation, document_ids=[invoice], by=shop.firm.user, now=NOW)
    shop.gather()

    rows = {row.name: row.now for row in report_earnings(shop.organisation, YEAR, by=By.DEAL).rows}

    assert rows["Site (Ash)"].invoiced == Decimal(1000)
    assert rows["Work without a deal"] == Earnings(Decimal(300), Decimal(300), Decimal(400))


def report_document(shop: Shop, number: str) -> str:
    return shop.revenue().get(number=number).document_id


def test_a_colleague_has_what_their_clients_earned(shop: Shop, trade: dict[str, Client]) -> None:
    ann = add_person(shop.firm.workspace)
    Client.objects.filter(pk=trade["Ash"].pk).update(owner=ann)

    rows = {row.name: row.now for row in report_earnings(shop.organisation, YEAR, by=By.OWNER).rows}

    assert rows == {
        ann.email: Earnings(Decimal(1000), Decimal(750), Decimal(400)),
        "Nobody in particular": Earnings(Decimal(300), Decimal(300)),
    }


def test_a_row_is_compared_with_as_many_days_before(shop: Shop, trade: dict[str, Client]) -> None:
    half = Period(date(2026, 7, 1), date(2027, 1, 1))

    rows = {row.name: row.change for row in report_earnings(shop.organisation, half).rows}

    assert rows == {"Ash": Decimal(600), "Birch": Decimal(-300)}


def test_the_documents_behind_a_figure_sum_to_it(shop: Shop, trade: dict[str, Client]) -> None:
    cost_rates(shop, ("", date(2026, 1, 1), "10"))
    work(shop, trade["Ash"], "2")
    for by in By:
        report = report_earnings(shop.organisation, YEAR, by=by)
        for row in report.rows:
            key = row.link_key or None
            asked: dict[str, Any] = {"by": by, "key": key, "has_key": True}
            revenue, costs = (
                list_parts(shop.organisation, Behind(YEAR, figure, **asked))
                for figure in (Figure.REVENUE, Figure.COSTS)
            )
            hours = list_worked(shop.organisation, Behind(YEAR, Figure.TIME, **asked))

            assert Earnings(revenue.sum, revenue.settled, costs.sum, hours.sum) == row.now
    for whose, sum_of in ((Whose.OVERHEAD, report.costs.overhead), (Whose.OPEN, report.costs.open)):
        assert list_parts(shop.organisation, Behind(YEAR, Figure.COSTS, whose)).sum == sum_of


def test_a_credit_note_and_a_refund_take_away(shop: Shop, trade: dict[str, Client]) -> None:
    kiosk = make_contact(shop.firm, shop.organisation, name="Kiosk")
    shop.customer("Kiosk", kiosk)
    shop.invoice(line("-10", "429"), contact=kiosk, kind="ACCPAY")
    shop.gather()

    rows = {row.name: row.now.costs for row in report_earnings(shop.organisation, YEAR).rows}

    assert rows["Kiosk"] == Decimal(-10)


def test_a_client_is_summarised_by_organisation(shop: Shop, trade: dict[str, Client]) -> None:
    [share_of] = summarise_client(trade["Ash"], YEAR)

    assert (share_of.organisation, share_of.currency) == (shop.organisation, "GBP")
    assert share_of.earned.margin == Decimal(600)


def test_the_number_of_queries_does_not_grow_with_the_clients(shop: Shop, trade: dict[str, Client]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        report_earnings(shop.organisation, YEAR)
    for number in range(5):
        contact = make_contact(shop.firm, shop.organisation, name=f"More {number}")
        shop.customer(f"More {number}", contact)
        shop.invoice(line("1", "200"), contact=contact)
    shop.gather()
    with CaptureQueriesContext(connection) as many:
        assert len(report_earnings(shop.organisation, YEAR).rows) == 7

    assert len(many) == len(few)
