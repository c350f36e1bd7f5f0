"""Tokens, tenants, scopes, limits and faults at the door of the Accounting API."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.xero_sandbox.conftest import SMALL, Xero


def problem(answer: Any) -> tuple[int, str, str | None]:
    assert answer.json()["Instance"] == answer.headers["xero-correlation-id"]
    return answer.status_code, answer.json()["Detail"], answer.headers.get("www-authenticate")


def test_a_token_nobody_issued(xero: Xero) -> None:
    answer = xero.get("Organisation", authorization="Bearer nonsense")

    assert problem(answer) == (401, "AuthenticationUnsuccessful", "Bearer error=invalid_token")


def test_a_token_whose_time_is_up(xero: Xero) -> None:
    xero.world.clock.advance(1_801)

    status, detail, authenticate = problem(xero.get("Organisation"))

    assert (status, authenticate) == (401, "Bearer error=invalid_token")
    assert detail.startswith("TokenExpired: token expired at 11/20/2026 11:0")


def test_a_scope_that_was_not_granted() -> None:
    xero = Xero(SMALL)
    xero.connect(scope="accounting.contacts.read")

    answers = xero.get("Invoices"), xero.get("Contacts?page=1"), xero.get("Contacts/x/Attachments")
    xero.client.close()

    assert problem(answers[0]) == (401, "AuthorizationUnsuccessful", 'Bearer error="insufficent_scope"')
    assert answers[1].status_code == 200
    assert problem(answers[2]) == (401, "AuthorizationUnsuccessful", 'Bearer error="insufficent_scope"')


@pytest.mark.parametrize("tenant_id", ["", "00000000-0000-0000-0000-000000000000"])
def test_an_absent_or_foreign_tenant(xero: Xero, tenant_id: str) -> None:
    answer = xero.get("Organisation", **{"xero-tenant-id": tenant_id})

    assert problem(answer) == (403, "AuthenticationUnsuccessful", None)


def test_an_organisation_that_vanished(xero: Xero) -> None:
    xero.client.delete(f"/sandbox/api/organisations/{xero.books.tenant_id}")

    assert problem(xero.get("Organisation")) == (403, "AuthenticationUnsuccessful", None)
    assert xero.client.get("/connections", headers=xero.headers).json() == []


def limited(**changes: Any) -> Xero:
    xero = Xero(replace(SMALL, limits=True, **changes))
    xero.connect()
    return xero


def test_the_sixty_first_call_of_a_minute_is_refused_until_the_window_turns() -> None:
    xero = limited()
    budget = xero.world.limits.budget("COUNTERFOILDEMO0000000000000000000", xero.books.tenant_id)
    budget.minute.phase_s = budget.day.phase_s = xero.world.clock.now_s()

    calls = [xero.get("Currencies") for _ in range(61)]
    last = calls[-1]
    xero.world.clock.advance(60)
    after = xero.get("Currencies")
    xero.client.close()

    assert [call.status_code for call in calls] == [200] * 60 + [429]
    assert calls[0].headers["x-minlimit-remaining"] == "59"
    assert calls[0].headers["x-daylimit-remaining"] == "999"
    assert calls[0].headers["x-appminlimit-remaining"] == "9999"
    assert (last.content, last.headers["content-length"]) == (b"", "0")
    assert last.headers["x-rate-limit-problem"] == "minute"
    assert last.headers["x-minlimit-remaining"] == "0"
    assert 1 <= int(last.headers["retry-after"]) <= 60
    assert after.status_code == 200


def test_the_day_limit_depends_on_the_tier() -> None:
    starter, core = limited(), limited(tier="core")

    left = [xero.get("Currencies").headers["x-daylimit-remaining"] for xero in (starter, core)]
    starter.client.close()
    core.client.close()

    assert left == ["999", "4999"]


def test_a_sixth_call_in_flight_is_refused_without_retry_after() -> None:
    xero = limited()
    xero.client.post("/sandbox/api/faults", json={"kind": "slow", "count": 5, "seconds": 0.2})

    answers = xero.client.at_once(["/api.xro/2.0/Currencies"] * 6, xero.headers)
    xero.client.close()

    refused = [answer for answer in answers if answer.status_code == 429]
    assert [answer.headers["x-rate-limit-problem"] for answer in refused] == ["concurrent"]
    assert "retry-after" not in refused[0].headers
    assert xero.world.stats.max_in_flight[xero.books.tenant_id] == 5


def test_what_is_in_flight_is_counted_back(xero: Xero) -> None:
    for kind in ("429_bare", "500", "malformed_json"):
        xero.client.post("/sandbox/api/faults", json={"kind": kind})
        xero.get("Currencies")

    budget = xero.world.limits.budget("COUNTERFOILDEMO0000000000000000000", xero.books.tenant_id)

    assert budget.in_flight == 0


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("minute", 429, ""),
        ("day", 429, ""),
        ("concurrent", 429, ""),
        ("429_bare", 429, ""),
        ("503_text", 503, "The Xero API is currently offline for maintenance"),
    ],
)
def test_a_fault_strikes_its_endpoint_as_often_as_asked(
    xero: Xero, kind: str, status: int, body: str
) -> None:
    xero.client.post("/sandbox/api/faults", json={"kind": kind, "count": 2, "match": "Currencies"})

    answers = [xero.get(path) for path in ("Users", "Currencies", "Currencies", "Currencies")]

    assert [answer.status_code for answer in answers] == [200, status, status, 200]
    assert answers[1].text == body


def test_a_record_can_come_with_an_odd_status_or_without_its_id(xero: Xero) -> None:
    xero.client.post("/sandbox/api/faults", json={"kind": "unknown_status"})
    odd = xero.get("Invoices?page=1").json()["Invoices"]
    xero.client.post("/sandbox/api/faults", json={"kind": "missing_field"})
    torn = xero.get("Invoices?page=1").json()["Invoices"]

    assert [invoice["Status"] for invoice in odd].count("ODD") == 1
    assert sum("InvoiceID" not in invoice for invoice in torn) == 1


def test_records_can_change_between_two_pages(xero: Xero) -> None:
    before = xero.books.tables["Invoices"].version
    fault = {"kind": "during_page_change", "match": "Invoices", "page": 1, "changes": 30}
    xero.client.post("/sandbox/api/faults", json=fault)

    first = xero.get("Invoices?page=1&pageSize=80").json()["Invoices"]

    assert len(first) == 80
    assert xero.books.tables["Invoices"].version > before


def test_an_unknown_fault_is_refused(xero: Xero) -> None:
    answer = xero.client.post("/sandbox/api/faults", json={"kind": "earthquake"})

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("kind must be one of 429_bare, 500, 503_text")
