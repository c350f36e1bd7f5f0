"""Recharge terms through the API: of rules, of clients, and of one recharge; what is not sent stays."""

from decimal import Decimal
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.features.recharging.models import RuleTerms
from counterfoil.features.spending.models import Rule
from counterfoil.features.spending.ruling import save_rule
from counterfoil.mirror.models import Account, TaxRate, TrackingCategory
from tests.integration.api.conftest import Program, make_program
from tests.integration.api.test_entry import problem
from tests.integration.recharging.conftest import Desk, desk
from tests.integration.spending.conftest import line
from tests.integration.web.firms import NOW, _mirrored

__all__ = ["desk"]  # a fixture


@pytest.fixture
def worker(desk: Desk) -> Program:
    return make_program(desk.firm)


@pytest.fixture
def home(desk: Desk) -> str:
    return f"organisations/{desk.organisation.pk}"


def count_looks() -> int:
    return ProcrastinateJob.objects.filter(task_name="look_at_costs").count()


def test_terms_of_a_rule_are_agreed_changed_and_ended(desk: Desk, worker: Program, home: str) -> None:
    rule = desk.rule(desk.customer("Kowhai"), markup_rate=Decimal(10), account_code="200")
    path = f"{home}/rule-terms/{rule.pk}"
    seen = worker.get(path)

    changed = worker.post(path, {"fee": "2.5", "round_to": "0.05"}, If_Match=seen["ETag"]).json()
    late = worker.post(path, {"fee": "3"}, If_Match=seen["ETag"])
    emptied = worker.post(path, {"round_to": None}).json()
    listed = worker.get(f"{home}/rule-terms").json()["data"]
    ended = worker.post(f"{path}/end")

    before = seen.json()["terms"]
    assert (before["markup_rate"], before["account_code"]) == ("10", "200")
    assert changed["terms"] == before | {"fee": "2.5", "round_to": "0.05"}
    assert problem(late)["type"] == "/api/#changed-since"
    assert emptied["terms"] == before | {"fee": "2.5"}
    assert listed == [emptied]
    assert ended.status_code == 204
    assert problem(worker.get(path))["type"] == "/api/#not-found"
    assert not RuleTerms.objects.exists()
    assert count_looks() == 1  # one that waits is enough


def test_nobody_pays_what_fits_a_rule_of_overhead(desk: Desk, worker: Program, home: str) -> None:
    fields = {"name": "Rent", "account_code": "429", "act": Rule.Act.OVERHEAD}
    rent = save_rule(desk.organisation, None, fields=fields, shares=[], by="someone", now=NOW)

    told = problem(worker.post(f"{home}/rule-terms/{rent.pk}", {"fee": "1"}))

    assert told["type"] == "/api/#not-possible-now"
    assert not RuleTerms.objects.exists()


def test_terms_of_a_client_hold_for_all_its_costs_if_they_say_so(
    desk: Desk, worker: Program, home: str
) -> None:
    client = desk.customer("Kowhai")
    path = f"{home}/client-terms/{client.pk}"

    none = worker.get(path)
    agreed = worker.post(path, {"markup_rate": "15", "takes_all": True, "when": "now"}).json()
    changed = worker.post(path, {"markup_rate": "20"}).json()

    assert problem(none)["type"] == "/api/#not-found"
    assert (agreed["takes_all"], agreed["terms"]["when"], agreed["terms"]["treatment"]) == (
        True,
        "now",
        "supply",
    )
    assert changed["terms"] == agreed["terms"] | {"markup_rate": "20"}
    assert (changed["takes_all"], worker.get(path).json()) == (True, changed)
    assert worker.get(f"{home}/client-terms").json()["data"] == [changed]
    assert count_looks() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"markup_rate": "-1"},
        {"treatment": "disbursement"},
        {"treatment": "disbursement", "treatment_reason": "In their name", "fee": "1"},
        {"rate_from": "given"},
        {"rate": "1.2", "rate_for": "USD"},
        {"wording": "{supplier} {nothing}"},
        {"currency": "pounds"},
    ],
)
def test_terms_that_contradict_themselves_are_refused(
    desk: Desk, worker: Program, home: str, wrong: dict[str, str]
) -> None:
    path = f"{home}/client-terms/{desk.customer('Kowhai').pk}"

    told = problem(worker.post(path, wrong))

    assert told["type"] == "/api/#not-valid"
    assert problem(worker.get(path))["status"] == 404


def test_what_becomes_a_supply_is_not_left_without_tax_by_what_it_was(
    desk: Desk, worker: Program, home: str
) -> None:
    put_into_books(desk)
    path = f"{home}/client-terms/{desk.customer('Kowhai').pk}"
    passed_on = {"treatment": "disbursement", "treatment_reason": "Paid in their name"}

    disbursed = worker.post(path, passed_on).json()["terms"]
    supplied = worker.post(path, {"treatment": "supply"}).json()["terms"]
    chosen = worker.post(path, passed_on | {"tax_type": "EXEMPTOUTPUT"}).json()["terms"]
    kept = worker.post(path, {"treatment": "supply"}).json()["terms"]

    assert [one["tax_type"] for one in (disbursed, supplied)] == ["NONE", ""]
    assert [one["tax_type"] for one in (chosen, kept)] == ["EXEMPTOUTPUT", "EXEMPTOUTPUT"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"account_code": "999"}, "There is no account “999” in use in Xero."),
        ({"account_code": "091"}, "There is no account “091” in use in Xero."),
        ({"tax_type": "INPUT"}, "There is no tax rate for sales “INPUT” in use in Xero."),
        ({"tracking": {"t9": "o1"}}, "There is no tracking category “t9” in use in Xero."),
        ({"tracking": {"t1": "o2"}}, "There is no option of Region “o2” in use in Xero."),
    ],
)
def test_what_the_books_do_not_have_is_refused_by_name_as_the_page_does(
    desk: Desk, worker: Program, home: str, wrong: dict[str, Any], said: str
) -> None:
    put_into_books(desk)
    client = desk.customer("Kowhai")
    path = f"{home}/client-terms/{client.pk}"
    good = {"account_code": "200", "tax_type": "EXEMPTOUTPUT", "tracking": {"t1": "o1"}}

    told = problem(worker.post(path, good | wrong))
    kept = worker.post(path, good).json()["terms"]
    [(name, typed)] = wrong.items()
    filled = {"tracking-t1": "o2"} if name == "tracking" else {name: typed}
    page = desk.firm.client.post(
        f"/o/{desk.organisation.pk}/recharges/terms/clients/{client.pk}/", {"wording": "{supplier}"} | filled
    )

    assert told["errors"] == [{"where": name, "what": said}]
    assert {each: kept[each] for each in good} == good
    assert page.status_code == 422
    assert worker.get(path).json()["terms"] == kept


def put_into_books(desk: Desk) -> None:
    of_books = _mirrored(desk.organisation)
    Account.objects.create(
        **of_books, status="ACTIVE", code="091", name="Bank", kind="BANK", enable_payments=False
    )
    of_sales, of_bills = '{"CanApplyToRevenue": true}', '{"CanApplyToRevenue": false}'
    for number, (name, raw) in enumerate({"EXEMPTOUTPUT": of_sales, "INPUT": of_bills}.items()):
        TaxRate.objects.create(
            **of_books | {"xero_id": name, "raw": raw},
            status="ACTIVE",
            name=f"Tax {number}",
            effective_rate=0,
        )
    options = (
        '{"Options": [{"TrackingOptionID": "o1", "Name": "North"},'
        ' {"TrackingOptionID": "o2", "Name": "South", "Status": "ARCHIVED"}]}'
    )
    TrackingCategory.objects.create(
        **of_books | {"xero_id": "t1", "raw": options}, status="ACTIVE", name="Region"
    )


def test_a_rate_that_was_agreed_goes_with_the_agreement(desk: Desk, worker: Program, home: str) -> None:
    path = f"{home}/client-terms/{desk.customer('Kowhai').pk}"

    agreed = worker.post(path, {"rate_from": "given", "rate": "1.2512345", "rate_for": "USD"}).json()
    other = worker.post(path, {"rate_from": "paid"}).json()

    assert (agreed["terms"]["rate"], agreed["terms"]["rate_for"]) == ("1.2512345", "USD")
    assert (other["terms"]["rate"], other["terms"]["rate_for"]) == (None, "")


def test_one_recharge_is_charged_at_other_terms_until_an_invoice_says_it(
    desk: Desk, worker: Program, home: str
) -> None:
    desk.rule(desk.customer("Kowhai"), desk.customer("Rimu"), markup_rate=Decimal(10))
    desk.bill(line("100"))
    desk.look()
    [cost] = worker.get(f"{home}/recharges?view=proposed").json()["data"]
    first, other = cost["recharges"]
    path = f"{home}/recharges/{first['id']}/terms"

    before = worker.get(path).json()
    changed = worker.post(path, {"fee": "5"}).json()
    [shown] = worker.get(f"{home}/recharges?view=proposed").json()["data"]
    worker.post(f"{home}/recharges/decline", {"sources": [cost["source_id"]]})
    late = worker.post(path, {"fee": "6"})

    assert changed == before | {"fee": "5"}
    assert [one["charge"]["amount"] for one in (first, other)] == ["55.00", "55.00"]
    assert [one["charge"]["amount"] for one in shown["recharges"]] == ["60.00", "55.00"]
    assert problem(late)["type"] == "/api/#not-possible-now"


def test_another_firms_client_and_rule_get_no_terms(desk: Desk, worker: Program, home: str) -> None:
    for path in ("client-terms", "rule-terms"):
        assert problem(worker.post(f"{home}/{path}/{10**9}", {"fee": "1"}))["status"] == 404
