"""Hours, units and expenses through the API: changed and taken away until they are billed, as on pages."""

from decimal import Decimal
from typing import Any

import pytest

from counterfoil.features.billing.models import (
    Agreement,
    AgreementLine,
    BillingRun,
    Expense,
    RunInvoice,
    Service,
    TimeEntry,
    UnitCount,
)
from counterfoil.features.clients.models import Client, Deal
from counterfoil.mirror.models import Organisation
from tests.integration.api.conftest import Program
from tests.integration.api.test_entry import problem
from tests.integration.api.test_reading import fill
from tests.integration.web.firms import NOW, Firm


@pytest.fixture
def filled(firm: Firm, organisation: Organisation) -> Firm:
    fill(firm, organisation, 1)
    return firm


KINDS: list[tuple[str, type[Any], dict[str, Any], dict[str, Any]]] = [
    ("time", TimeEntry, {"hours": "2.25", "note": "Calls"}, {"hours": "2.25", "note": "Calls"}),
    ("expenses", Expense, {"amount": "9.5"}, {"amount": {"amount": "9.50", "currency": "GBP"}}),
    ("units", UnitCount, {"quantity": "12"}, {"quantity": "12"}),
]


@pytest.mark.parametrize(("path", "model", "change", "shown"), KINDS, ids=[one[0] for one in KINDS])
def test_an_entry_is_shown_changed_and_removed(
    filled: Firm, program: Program, path: str, model: type[Any], change: dict[str, Any], shown: dict[str, Any]
) -> None:
    with filled.inside():
        key = model.objects.get().pk
    before = program.get(f"{path}/{key}").json()

    changed = program.post(f"{path}/{key}", change)
    again = program.get(f"{path}/{key}").json()
    removed = program.post(f"{path}/{key}/remove")

    assert changed.json() == again == before | shown
    assert (removed.status_code, removed.content) == (204, b"")
    assert problem(program.get(f"{path}/{key}"))["type"] == "/api/#not-found"


@pytest.mark.parametrize(("path", "model", "change", "shown"), KINDS, ids=[one[0] for one in KINDS])
def test_what_was_billed_stays(
    filled: Firm,
    organisation: Organisation,
    program: Program,
    path: str,
    model: type[Any],
    change: dict[str, Any],
    shown: dict[str, Any],
) -> None:
    with filled.inside():
        entry = bill(filled, organisation, model.objects.get())
    before = program.get(f"{path}/{entry.pk}").json()

    told = [program.post(f"{path}/{entry.pk}", change), program.post(f"{path}/{entry.pk}/remove")]

    assert before["is_billed"]
    assert {problem(one)["type"] for one in told} == {"/api/#not-possible-now"}
    assert "was billed and stays" in str(problem(told[0])["detail"])
    assert program.get(f"{path}/{entry.pk}").json() == before


def bill(firm: Firm, organisation: Organisation, entry: Any) -> Any:
    """Have an invoice of a run bill an entry."""
    client, ours = Client.objects.get(), {"workspace": firm.workspace}
    invoice = RunInvoice.objects.create(
        **ours, run=BillingRun.objects.get(), organisation=organisation, client=client, date=entry.day
    )
    entry.billed_by = Service.objects.create(
        **ours, invoice=invoice, agreement=Agreement.objects.get(), line=AgreementLine.objects.get(),
        start=entry.day, end=entry.day.replace(day=entry.day.day + 1), is_of_days=False, amount=Decimal(1),
        place=1, quantity=Decimal(1), price=Decimal(1),
    )  # fmt: skip
    entry.save()
    return entry


def test_a_change_to_what_somebody_changed_meanwhile_is_refused(filled: Firm, program: Program) -> None:
    with filled.inside():
        path = f"time/{TimeEntry.objects.get().pk}"
    seen = program.get(path).headers["ETag"]

    first = program.post(path, {"hours": "2"}, If_Match=seen)
    second = program.post(path, {"hours": "3"}, If_Match=seen)
    third = program.post(path, {"hours": "4"}, If_Match=program.get(path).headers["ETag"])

    assert (first.status_code, third.status_code) == (200, 200)
    assert (second.status_code, problem(second)["type"]) == (412, "/api/#changed-since")
    assert program.get(path).json()["hours"] == "4.00"


def test_a_repeated_change_hears_its_first_answer_though_its_mark_is_old(
    filled: Firm, program: Program
) -> None:
    with filled.inside():
        path = f"time/{TimeEntry.objects.get().pk}"
    seen = program.get(path).headers["ETag"]

    answers = [program.post(path, {"hours": "2"}, key="once", If_Match=seen) for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content


def test_a_deal_is_of_its_client(filled: Firm, program: Program) -> None:
    with filled.inside():
        entry, deal = TimeEntry.objects.get(), Deal.objects.get()
        other = Client.objects.create(workspace=filled.workspace, name="Other", created_at=NOW)

    named = program.post(f"time/{entry.pk}", {"deal_id": deal.pk}).json()
    wrong = program.post(f"time/{entry.pk}", {"client_id": other.pk, "deal_id": deal.pk})
    moved = program.post(f"time/{entry.pk}", {"client_id": other.pk}).json()

    assert (named["deal_id"], named["hours"]) == (deal.pk, "1.50")
    assert problem(wrong)["type"] == "/api/#not-found"
    assert (moved["client_id"], moved["deal_id"]) == (other.pk, None)
