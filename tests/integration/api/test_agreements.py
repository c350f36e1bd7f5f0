"""Agreements through the API: written, activated, changed and ended under the rules of the pages."""

from typing import Any

import pytest

from counterfoil.features.billing.models import Agreement, AgreementLine
from counterfoil.features.clients.models import Client
from tests.integration.api.conftest import Program
from tests.integration.api.test_entry import problem
from tests.integration.writing_firms import WritingFirm

LINE = {"description": "Care in {month}", "price": "450", "account_code": "200", "tax_type": "OUTPUT2"}


def write(office: WritingFirm, worker: Program, **more: Any) -> Any:
    given: dict[str, Any] = {"client_id": office.customer.pk, "organisation_id": office.organisation.pk}
    given |= {"name": "Care", "starts_on": "2026-06-01", "lines": [LINE]}
    return worker.post("agreements", given | more)


def test_an_agreement_is_written_activated_changed_and_ended(office: WritingFirm, worker: Program) -> None:
    written = write(office, worker)
    made = written.json()
    path = f"agreements/{made['id']}"

    active = worker.post(f"{path}/state", {"state": "active"})
    changed = worker.post(path, {"name": "Full care", "minimum": "100"}, If_Match=_mark(worker, path))
    priced = worker.post(
        f"{path}/price", {"line_id": made["lines"][0]["id"], "since": "2027-01-01", "amount": "500"}
    )
    paused = worker.post(f"{path}/pause", {"first_day": "2027-03-01", "why": "Away"}).json()
    resumed = worker.post(f"{path}/resume", {"pause_id": paused["pauses"][0]["id"], "day": "2027-04-01"})
    ended = worker.post(f"{path}/end", {"last_day": "2027-12-31"}).json()

    assert (written.status_code, made["state"], made["problems"]) == (201, "draft", [])
    assert active.json()["standing"] in ("active", "upcoming")
    assert changed.json()["lines"] == made["lines"]
    assert (changed.json()["name"], changed.json()["minimum"]["amount"]) == ("Full care", "100.00")
    [line] = priced.json()["lines"]
    assert [(one["since"], one["amount"]["amount"]) for one in line["prices"]] == [
        (None, "450.00"),
        ("2027-01-01", "500.00"),
    ]
    [pause] = resumed.json()["pauses"]
    assert (pause["first_day"], pause["last_day"], pause["why"]) == ("2027-03-01", "2027-03-31", "Away")
    assert ended["last_day"] == "2027-12-31"
    assert worker.get(path).json() == ended


def _mark(worker: Program, path: str) -> str:
    mark: str = worker.get(path).headers["ETag"]
    return mark


def test_what_could_not_be_billed_is_not_activated(office: WritingFirm, worker: Program) -> None:
    without = write(office, worker, lines=[]).json()
    no_account = write(office, worker, lines=[LINE | {"account_code": "nope"}]).json()

    told = [
        problem(worker.post(f"agreements/{one['id']}/state", {"state": "active"}))
        for one in (without, no_account)
    ]

    assert [one["type"] for one in told] == ["/api/#not-possible-now"] * 2
    assert "There is no line yet" in str(told[0]["detail"])
    assert no_account["problems"]
    with office.firm.inside():
        assert set(Agreement.objects.values_list("state", flat=True)) == {"draft"}


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"lines": [LINE | {"description": "For {nobody}"}]}, "lines/0/description"),
        ({"lines": [LINE | {"price": None}]}, "lines/0/price"),
        ({"lines": [LINE | {"kind": "time"}]}, "lines/0/rate_card_id"),
        ({"lines": [LINE | {"quantity": "0"}]}, "lines/0"),
        ({"discount_rate": "120"}, "__all__"),
        ({"last_day": "2026-05-01"}, "__all__"),
        ({"currency": "XTS"}, "currency"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    office: WritingFirm, worker: Program, wrong: dict[str, Any], where: str
) -> None:
    told = problem(write(office, worker, **wrong))

    assert told["type"] == "/api/#not-valid"
    errors = told["errors"]
    assert isinstance(errors, list)
    assert [one["where"] for one in errors] == [where]
    with office.firm.inside():
        assert not Agreement.objects.exists()


def test_a_contact_of_nobody_we_know_is_not_billed(office: WritingFirm, worker: Program) -> None:
    told = problem(write(office, worker, contact_id="somebody-else"))

    assert told["type"] == "/api/#not-possible-now"
    assert "not known to be the client" in str(told["detail"])


def test_lines_come_all_or_not_at_all_and_keep_what_is_not_sent(office: WritingFirm, worker: Program) -> None:
    made = write(office, worker, lines=[LINE, LINE | {"description": "Posts", "price": "10"}]).json()
    first, _ = [one["id"] for one in made["lines"]]
    path = f"agreements/{made['id']}"

    stranger = worker.post(path, {"lines": [{"id": first + 1000}]})
    twice = worker.post(path, {"lines": [{"id": first}, {"id": first}]})
    kept = worker.post(path, {"lines": [{"id": first, "quantity": "2"}]}).json()

    assert problem(stranger)["type"] == "/api/#not-found"
    assert problem(twice)["type"] == "/api/#not-valid"
    assert kept["lines"] == [made["lines"][0] | {"quantity": "2"}]


def test_another_is_begun_like_it_and_a_draft_is_thrown_away(office: WritingFirm, worker: Program) -> None:
    made = write(office, worker).json()

    copied = worker.post(f"agreements/{made['id']}/copy", {"starts_on": "2027-01-01"})
    gone = worker.post(f"agreements/{made['id']}/discard")

    assert (copied.status_code, copied.json()["starts_on"]) == (201, "2027-01-01")
    assert [one["prices"] for one in copied.json()["lines"]] == [one["prices"] for one in made["lines"]]
    assert gone.status_code == 204
    with office.firm.inside():
        assert [one.pk for one in Agreement.objects.all()] == [copied.json()["id"]]
        assert AgreementLine.objects.count() == 1


def test_what_is_archived_of_clients_gets_no_agreement(office: WritingFirm, worker: Program) -> None:
    with office.firm.inside():
        Client.objects.update(archived_at="2026-06-01T00:00:00Z")

    assert problem(write(office, worker))["type"] == "/api/#not-possible-now"
