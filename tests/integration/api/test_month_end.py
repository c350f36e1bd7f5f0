"""A month's billing through the API: made, reviewed, decided about, and sent."""

from decimal import Decimal
from typing import Any

import pytest

from counterfoil.features.billing.generating import generate
from counterfoil.features.billing.models import BillingRun, RunInvoice, Service
from counterfoil.features.billing.sending import push_ready
from counterfoil.mirror.models import Operation
from tests.integration.api.conftest import Program, make_program
from tests.integration.api.test_agreements import write
from tests.integration.api.test_entry import problem
from tests.integration.web.firms import NOW
from tests.integration.writing_firms import WritingFirm


@pytest.fixture
def run(office: WritingFirm, worker: Program) -> str:
    """A run with two invoices for the same contact."""
    for name in ("Care", "Posts"):
        made = write(office, worker, name=name).json()
        assert worker.post(f"agreements/{made['id']}/state", {"state": "active"}).status_code == 200
    home = f"organisations/{office.organisation.pk}/billing-runs"
    made = worker.post(home, {"up_to": "2026-06-30"}).json()
    with office.firm.inside():
        generate(BillingRun.objects.get(pk=made["id"]), now=NOW)
    return f"{home}/{made['id']}"


def read(worker: Program, run: str, show: str = "review") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = worker.get(f"{run}/invoices?show={show}").json()["data"]
    return rows


def test_invoices_are_reviewed_held_made_ready_and_sent(
    office: WritingFirm, worker: Program, run: str
) -> None:
    first, second = read(worker, run)

    held = worker.post(f"{run}/hold", {"invoices": [first["id"]], "reason": "Ask first"}).json()
    again = worker.post(f"{run}/hold", {"invoices": [first["id"]], "reason": "Ask first"}).json()
    ready = worker.post(f"{run}/ready", {"invoices": [second["id"]]}).json()
    shown = worker.get(run).json()
    pushed = worker.post(f"{run}/send").json()
    with office.firm.inside():
        push_ready(BillingRun.objects.get(), by=office.firm.user, now=NOW)

    assert (first["client"], first["total"]["amount"], first["is_as_before"]) == (
        "Kowhai Builders",
        second["total"]["amount"],
        False,
    )
    assert (held, again) == ({"done": 1, "left_alone": 0}, {"done": 0, "left_alone": 1})
    assert ready == {"done": 1, "left_alone": 0}
    assert (shown["invoices"]["held"], shown["invoices"]["ready"]) == (1, 1)
    assert pushed["doing"] == "pushing"
    assert [one["why_held"] for one in read(worker, run, "held")] == ["Ask first"]
    assert [one["id"] for one in read(worker, run, "pushed")] == [second["id"]]
    assert worker.get(run).json()["in_outbox"] == {"waiting": 1}
    with office.firm.inside():
        assert Operation.objects.get().state == "waiting"


def test_two_for_one_contact_become_one_and_what_is_discarded_can_be_billed_again(
    office: WritingFirm, worker: Program, run: str
) -> None:
    first, second = read(worker, run)

    merged = worker.post(f"{run}/merge", {"invoices": [first["id"], second["id"]]}).json()
    alone = worker.post(f"{run}/merge", {"invoices": [merged["id"]]})
    discarded = worker.post(f"{run}/discard", {"invoices": [merged["id"]]}).json()

    assert Decimal(merged["total"]["amount"]) == 2 * Decimal(first["total"]["amount"])
    assert problem(alone)["type"] == "/api/#not-possible-now"
    assert discarded == {"done": 1, "left_alone": 0}
    with office.firm.inside():
        assert not Service.objects.exists()
        assert set(RunInvoice.objects.values_list("state", flat=True)) == {"discarded"}


def test_an_invoice_of_another_run_is_not_touched(worker: Program, run: str) -> None:
    [first, _] = read(worker, run)

    told = problem(worker.post(f"{run}/ready", {"invoices": [first["id"], 10**9]}))

    assert told["type"] == "/api/#not-found"
    assert len(read(worker, run)) == 2


def test_a_run_with_what_is_not_decided_is_not_archived(worker: Program, run: str) -> None:
    told = problem(worker.post(f"{run}/archive"))

    assert "not sent yet" in str(told["detail"])
    assert worker.get(run).json()["state"] == "open"


def test_who_may_not_approve_does_not_archive(office: WritingFirm, run: str) -> None:
    without = make_program(office.firm, ["read", "work"], name="No approving")

    assert problem(without.post(f"{run}/archive"))["scope"] == "approve"
