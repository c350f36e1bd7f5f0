"""The numbers for a monitoring system, who gets them, and the ready board that draws them."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from counterfoil.features.operating.measuring import INSTALLATION
from counterfoil.mirror.models import Cursor
from tests.integration.web.firms import Firm, make_organisation

BOARD = Path(__file__).resolve().parents[3] / "deploy" / "grafana" / "counterfoil.json"
HERE = {"REMOTE_ADDR": "127.0.0.1"}


def read(client: Client) -> dict[tuple[str, ...], float]:
    """Return every number under its name and the values of its labels."""
    text = client.get("/metrics", **HERE).content.decode()  # type: ignore[arg-type]  # WSGI's own variables
    families = text_string_to_metric_families(text)
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_numbers_are_those_of_the_installation(firm: Firm) -> None:
    now = timezone.now()
    organisation = make_organisation(firm, "Quiet Harbour Ltd")
    make_organisation(firm, "Lost Ltd", state="lost", lost_because="It was disconnected.")
    with firm.inside():
        Cursor.objects.filter(organisation=organisation).update(since=now - timedelta(hours=2))

    found = read(Client())

    assert found["counterfoil_connections", "connected"] == 1
    assert found["counterfoil_connections", "lost"] == 1
    assert found["counterfoil_sync_lag_seconds", "1.0"] == pytest.approx(7200, abs=60)
    assert found["counterfoil_outbox", "unknown"] == 0


def test_no_number_tells_whose_it_is(firm: Firm) -> None:
    make_organisation(firm, "Quiet Harbour Ltd")
    firm.client.get("/search/?q=Quiet+Harbour")
    firm.client.get("/nowhere/Quiet-Harbour/")

    text = Client().get("/metrics", **HERE).content.decode()  # type: ignore[arg-type]  # WSGI's own variables

    assert re.search(r'page="search"', text)
    for personal in ("Harbour", firm.user.email, firm.workspace.name):
        assert personal not in text


def test_requests_are_measured_by_page_and_kind_of_answer(firm: Firm) -> None:
    name = ("counterfoil_request_seconds_count", "GET", "people", "2xx")
    before = read(Client()).get(name, 0)

    firm.client.get("/settings/people/")

    found = read(Client())
    assert found["counterfoil_request_seconds_count", "GET", "people", "2xx"] == before + 1


@pytest.mark.parametrize(
    ("token", "url", "sent", "address", "status"),
    [
        ("", "http://localhost:8000", {}, "127.0.0.1", 200),
        ("", "http://localhost:8000", {}, "10.0.0.9", 401),
        ("", "http://localhost:8000", {"X-Forwarded-For": "203.0.113.7"}, "127.0.0.1", 401),
        ("", "https://books.example", {}, "127.0.0.1", 401),
        ("a-long-token", "https://books.example", {}, "127.0.0.1", 401),
        ("a-long-token", "https://books.example", {"Authorization": "Bearer wrong"}, "127.0.0.1", 401),
        ("a-long-token", "https://books.example", {"Authorization": "Bearer a-long-token"}, "10.0.0.9", 200),
    ],
)
def test_only_this_machine_or_who_knows_the_token_gets_them(
    db: None, settings: Settings, token: str, url: str, sent: dict[str, str], address: str, status: int
) -> None:
    settings.COUNTERFOIL_METRICS_TOKEN, settings.COUNTERFOIL_URL = token, url

    answer = Client().get("/metrics", headers=sent, REMOTE_ADDR=address)

    assert answer.status_code == status
    assert (b"counterfoil_jobs" in answer.content) is (status == 200)


def test_every_request_has_a_number_and_a_proxys_is_kept(db: None) -> None:
    own = Client().get("/healthz").headers["X-Request-ID"]
    kept = Client().get("/healthz", headers={"X-Request-ID": "proxy-0123456789"}).headers["X-Request-ID"]
    odd = Client().get("/healthz", headers={"X-Request-ID": "a b\tc"}).headers["X-Request-ID"]

    assert re.fullmatch("[0-9a-f]{16}", own)
    assert kept == "proxy-0123456789"
    assert re.fullmatch("[0-9a-f]{16}", odd)


@pytest.mark.usefixtures("db")
def test_the_board_draws_numbers_that_there_are() -> None:
    board = json.loads(BOARD.read_text())
    asked = set(re.findall(r"counterfoil_[a-z_]+", BOARD.read_text()))
    there = {family.name for family in INSTALLATION.collect()} | {"counterfoil_xero_calls_left_least"}
    there |= {f"counterfoil_request_seconds_{part}" for part in ("bucket", "count", "sum")}

    assert len(board["panels"]) >= 10
    assert asked - there == set()
    assert there - asked <= {"counterfoil_request_seconds_sum"}
