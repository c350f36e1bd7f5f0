"""What is divided by hand among those who pay it back is their cost, and their margin sees it (R9, X13)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.domain.datekit import Period
from counterfoil.features.profitability.earnings import report_earnings
from counterfoil.features.recharging import deciding
from counterfoil.features.recharging.deciding import Split
from counterfoil.features.recharging.models import Source
from counterfoil.features.spending.deciding import NothingToUndo, attribute_cost
from counterfoil.features.spending.deciding import undo_last as undo_in_costs
from counterfoil.features.spending.queue import list_costs, sum_found
from tests.integration.recharging.conftest import Desk
from tests.integration.spending.conftest import line, share

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def costs(desk: Desk) -> dict[str, Decimal]:
    """Return what each client cost in the report of margins."""
    return {row.name: row.now.costs for row in report_earnings(desk.organisation, YEAR).rows}


def divide(desk: Desk, said: dict[str, Any], *charged: Any, kept: str = "0") -> Source:
    [cost] = desk.lines()
    split = Split(list(charged), kept_weight=Decimal(kept))
    return deciding.recharge_line(desk.organisation, line_id=cost.pk, split=split, **said)


def test_the_margins_of_those_who_pay_move_and_move_back_when_it_is_undone(
    desk: Desk, said: dict[str, Any]
) -> None:
    one, two = desk.customer("One"), desk.customer("Two")
    desk.bill(line("100"))
    desk.gather()

    divide(desk, said, desk.charged(one, "3", markup_rate=Decimal(50)), desk.charged(two), kept="2")

    #  100.00 over 6 seats: 50.00 and 16.67 of clients, 33.33 that the firm bears
    assert costs(desk) == {"One": Decimal("50.00"), "Two": Decimal("16.67")}
    found = sum_found(desk.organisation)
    assert (found.attributed, found.overhead, found.open) == (Decimal("66.67"), Decimal("33.33"), Decimal(0))
    assert desk.parts() == [
        ("One", "by_hand", Decimal("50.00")),
        ("Two", "by_hand", Decimal("16.67")),
        ("overhead", "by_hand", Decimal("33.33")),
    ]

    deciding.undo_last(desk.organisation, **said)

    assert costs(desk) == {}
    assert sum_found(desk.organisation).open == 100


def test_a_cost_is_again_whose_it_was_when_its_recharge_is_taken_back(
    desk: Desk, said: dict[str, Any]
) -> None:
    one, two = desk.customer("One"), desk.customer("Two")
    desk.bill(line("100"))
    desk.gather()
    [cost] = desk.lines()
    attribute_cost(desk.organisation, line_id=cost.pk, shares=[share(one)], **said)
    source = divide(desk, said, desk.charged(two))
    assert costs(desk) == {"Two": 100}

    again = Split([desk.charged(one), desk.charged(two)])
    source = deciding.split_again(desk.organisation, source_id=source.pk, split=again, **said)
    assert costs(desk) == {"One": 50, "Two": 50}

    deciding.decline(desk.organisation, source_id=source.pk, **said)
    assert costs(desk) == {"One": 100}


def test_costs_take_back_what_was_said_there_and_not_what_recharges_say(
    desk: Desk, said: dict[str, Any]
) -> None:
    desk.bill(line("100"))
    desk.gather()
    divide(desk, said, desk.charged(desk.customer("One")))

    with pytest.raises(NothingToUndo):
        undo_in_costs(desk.organisation, **said)

    assert costs(desk) == {"One": 100}


def test_a_line_that_xero_writes_anew_stays_the_cost_of_who_pays_it_back(
    desk: Desk, said: dict[str, Any]
) -> None:
    bill = desk.bill(line("100", LineItemID="a"))
    desk.gather()
    divide(desk, said, desk.charged(desk.customer("One")))

    desk.rewrite(bill, line("100", LineItemID="b"))
    desk.look()

    assert costs(desk) == {"One": 100}
    deciding.undo_last(desk.organisation, **said)
    assert costs(desk) == {}


def test_an_asset_that_is_passed_on_is_nobodys_cost_and_an_own_share_no_choice(
    desk: Desk, said: dict[str, Any]
) -> None:
    one = desk.customer("One")
    desk.bill(line("900", "710"))
    desk.gather()
    divide(desk, said, desk.charged(one))
    assert costs(desk) == {}

    desk.bill(line("10"))
    desk.gather()
    split = Split([desk.charged(one)], kept_weight=Decimal(1))
    deciding.recharge_line(desk.organisation, line_id=desk.costs()[0].pk, split=split, **said)
    desk.bill(line("20"))
    desk.gather()

    suggestion = list_costs(desk.organisation).rows[0].suggestion

    assert suggestion is not None
    assert (suggestion.client_name, suggestion.times, suggestion.of) == ("One", 1, 1)
