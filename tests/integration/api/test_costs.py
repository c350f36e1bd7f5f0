"""Costs and their rules through the API: whose each is, the order of rules, and taking words back."""

from decimal import Decimal

import pytest

from counterfoil.features.spending.models import Rule
from tests.integration.api.conftest import Program, make_program
from tests.integration.api.test_entry import problem
from tests.integration.spending.conftest import Shop, line, shop

__all__ = ["shop"]  # a fixture


@pytest.fixture
def program(shop: Shop) -> Program:
    return make_program(shop.firm)


def test_a_cost_is_split_called_overhead_and_each_word_taken_back(shop: Shop, program: Program) -> None:
    clients = [shop.customer("Kowhai"), shop.customer("Rimu")]
    shop.bill(line("90"))
    shop.gather()
    home = f"organisations/{shop.organisation.pk}/costs"
    [cost] = program.get(home).json()["data"]
    path = f"{home}/{cost['line_id']}"
    shares = [{"client_id": one.pk, "weight": weight} for one, weight in zip(clients, "12", strict=True)]

    nothing = program.post(f"{path}/attribute", {"shares": [shares[0] | {"weight": "0"}]})
    split = program.post(f"{path}/attribute", {"shares": shares}).json()
    overhead = program.post(f"{path}/overhead").json()
    undone = [program.post(f"{home}/undo").json()["act"] for _ in range(2)]
    none_left = program.post(f"{home}/undo")

    assert (cost["standing"], cost["net"]) == ("open", {"amount": "90.00", "currency": "GBP"})
    assert problem(nothing)["type"] == "/api/#not-valid"
    assert [(one["client_id"], one["amount"]["amount"]) for one in split["parts"]] == [
        (clients[0].pk, "30.00"),
        (clients[1].pk, "60.00"),
    ]
    assert (overhead["standing"], undone) == ("overhead", ["overhead", "attributed"])
    assert problem(none_left)["type"] == "/api/#not-possible-now"
    assert program.get(path).json() == cost


def test_a_cost_is_left_for_later_and_what_changed_since_is_confirmed(shop: Shop, program: Program) -> None:
    client, written = shop.customer("Kowhai"), line("90")
    bill = shop.bill(written)
    shop.gather()
    home = f"organisations/{shop.organisation.pk}/costs"
    [cost] = program.get(home).json()["data"]
    path = f"{home}/{cost['line_id']}"

    early = program.post(f"{path}/confirm")
    skipped = program.post(f"{path}/skip").json()
    waiting = program.get(f"{home}?view=open").json()["data"]
    program.post(f"{path}/attribute", {"shares": [{"client_id": client.pk}]})
    shop.rewrite(bill, written | {"LineAmount": 120.0})
    shop.gather()
    changed = program.get(path).json()
    confirmed = program.post(f"{path}/confirm").json()

    assert problem(early)["type"] == "/api/#not-possible-now"
    assert (skipped["is_skipped"], skipped["standing"], waiting) == (True, "open", [])
    assert (changed["has_changed"], confirmed) == (True, changed | {"has_changed": False})
    assert shop.parts() == [("Kowhai", "by_hand", Decimal(120))]


def test_a_rule_is_made_changed_put_earlier_and_ended(shop: Shop, program: Program) -> None:
    kowhai, rimu = shop.customer("Kowhai"), shop.customer("Rimu")
    home = f"organisations/{shop.organisation.pk}/cost-rules"
    shares = [{"client_id": kowhai.pk}]
    first = program.post(home, {"name": "Rent", "account_code": "429", "act": "overhead"}).json()
    second = program.post(
        home, {"name": "Nimbus", "contact_id": shop.supplier.xero_id, "act": "attribute", "shares": shares}
    ).json()
    path = f"{home}/{second['id']}"

    changed = program.post(path, {"least": "10", "shares": [{"client_id": rimu.pk, "weight": "2"}]}).json()
    kept = program.post(path, {"least": None, "most": "99.5"}).json()
    program.post(f"{path}/earlier")
    order = [one["name"] for one in program.get(home).json()["data"]]
    program.post(f"{home}/{first['id']}/end")

    assert (changed["least"], changed["shares"]) == (
        "10",
        [{"client_id": rimu.pk, "deal_id": None, "weight": "2"}],
    )
    assert kept == changed | {"least": None, "most": "99.5"} == program.get(path).json()
    assert order == ["Nimbus", "Rent"]
    assert [one["name"] for one in program.get(home).json()["data"]] == ["Nimbus"]
    assert Rule.objects.get(pk=second["id"]).most == Decimal("99.5")


def test_a_rule_that_fits_everything_or_names_nobody_is_refused(shop: Shop, program: Program) -> None:
    home = f"organisations/{shop.organisation.pk}/cost-rules"

    everything = problem(program.post(home, {"name": "All", "act": "overhead"}))
    nobody = problem(program.post(home, {"name": "Nimbus", "account_code": "429", "act": "attribute"}))

    assert everything["status"] == 422
    assert "which client" in str(nobody["detail"])
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"account_code": "999"}, "There is no expense account “999” in Xero."),
        ({"bank_account_id": "no-card"}, "There is no bank account or card “no-card” in Xero."),
        ({"contact_id": "nobody"}, "There is no supplier “nobody” in Xero."),
    ],
)
def test_a_rule_that_could_never_fit_is_refused_by_what_it_names(
    shop: Shop, program: Program, wrong: dict[str, str], said: str
) -> None:
    home = f"organisations/{shop.organisation.pk}/cost-rules"

    told = problem(program.post(home, {"name": "Rent", "act": "overhead"} | wrong))

    [(name, _)] = wrong.items()
    assert told["errors"] == [{"where": name, "what": said}]
    assert program.get(home).json()["data"] == []
