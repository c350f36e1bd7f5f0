"""Recharges through the API: what waits, what is proposed, and what a program decides about it."""

from datetime import date
from decimal import Decimal

import pytest

from counterfoil.features.recharging.models import Recharge
from counterfoil.features.recharging.scanning import begin_watch
from tests.integration.api.conftest import Program, make_program
from tests.integration.api.test_entry import problem
from tests.integration.recharging.conftest import Desk
from tests.integration.spending.conftest import line
from tests.integration.web.firms import NOW


@pytest.fixture
def worker(desk: Desk) -> Program:
    begin_watch(desk.organisation, since=date(2026, 1, 1), by="someone", now=NOW)
    return make_program(desk.firm)


def home(desk: Desk) -> str:
    return f"organisations/{desk.organisation.pk}/recharges"


def test_a_proposal_is_accepted_taken_back_and_declined(desk: Desk, worker: Program) -> None:
    desk.rule(desk.customer("Kowhai"), markup_rate=Decimal(10))
    desk.bill(line("100"))
    desk.look()
    [cost] = worker.get(f"{home(desk)}?view=proposed").json()["data"]
    chosen = {"sources": [cost["source_id"]]}

    accepted = worker.post(f"{home(desk)}/accept", chosen)
    again = worker.post(f"{home(desk)}/accept", chosen)
    undone = worker.post(f"{home(desk)}/undo")
    declined = worker.post(f"{home(desk)}/decline", chosen)

    assert (cost["supplier"], cost["net"]) == ("Nimbus Software", {"amount": "100.00", "currency": "GBP"})
    assert [one["charge"]["amount"] for one in cost["recharges"]] == ["110.00"]
    assert (accepted.json(), declined.json()) == ({"done": 1}, {"done": 1})
    assert problem(again)["type"] == "/api/#not-possible-now"
    assert undone.json() == {"taken_back": "accepted"}
    assert [one["recharges"] for one in worker.get(f"{home(desk)}?view=kept").json()["data"]] == [[]]
    assert desk.statement() == []


def test_a_cost_is_split_over_clients_by_per_cent_and_the_firm_bears_the_rest(
    desk: Desk, worker: Program
) -> None:
    clients = [desk.customer("Kowhai"), desk.customer("Rimu")]
    desk.bill(line("100"))
    desk.look()
    [cost] = worker.get(home(desk)).json()["data"]
    shares = [{"client_id": one.pk, "weight": "30"} for one in clients]
    asked = {"line_id": cost["line_id"], "split_by": "percent", "shares": shares}

    too_much = worker.post(f"{home(desk)}/split", asked | {"shares": [*shares, shares[0] | {"weight": "41"}]})
    twice = worker.post(f"{home(desk)}/split", asked | {"shares": [shares[0], shares[0]]})
    split = worker.post(f"{home(desk)}/split", asked).json()
    shown = worker.get(f"{home(desk)}/{split['recharges'][0]['id']}").json()

    assert problem(too_much)["type"] == "/api/#not-valid"
    assert problem(twice)["type"] == "/api/#not-possible-now"
    assert desk.statement() == [
        ("Kowhai", Decimal(30), Decimal(30), "GBP", "ready"),
        ("Rimu", Decimal(30), Decimal(30), "GBP", "ready"),
    ]
    assert shown == split["recharges"][0]


def test_what_waits_is_kept_by_the_firm_all_or_none(desk: Desk, worker: Program) -> None:
    desk.bill(line("100"), line("20"))
    desk.look()
    lines = [one["line_id"] for one in worker.get(home(desk)).json()["data"]]

    wrong = worker.post(f"{home(desk)}/keep", {"lines": [*lines, 10**9]})
    still = worker.get(home(desk)).json()["data"]
    kept = worker.post(f"{home(desk)}/keep", {"lines": lines}).json()

    assert problem(wrong)["type"] == "/api/#not-possible-now"
    assert (len(still), kept) == (2, {"done": 2})
    assert worker.get(home(desk)).json()["data"] == []
    assert not Recharge.objects.exists()


def test_a_token_that_is_held_to_an_organisation_names_no_clients(desk: Desk) -> None:
    held = make_program(desk.firm, organisations=[desk.organisation], name="Held")

    told = problem(held.post(f"{home(desk)}/split", {"line_id": 1, "shares": []}))

    assert told["type"] == "/api/#held-to-organisations"
