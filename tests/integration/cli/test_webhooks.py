"""Webhooks from the terminal (issue 4, PAIN 7)."""

import json
from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from counterfoil.mirror.models import Delivery, Notice, Organisation
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.app import WebhookKey
from counterfoil.sync.deliveries import Incoming, store_deliveries, unpack_deliveries
from tests.factories.sandbox import CUSTOM_CLIENT_ID
from tests.integration.cli.conftest import Shell

KEY = "a-key-that-looks-like-base64=="
SAID = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def tell(*invoices: str) -> Delivery:
    """Have Xero tell of invoices, which are settled at once."""
    with across_workspaces():
        tenant = Organisation.objects.get().tenant_id
    events = [
        {
            "resourceId": one,
            "eventCategory": "INVOICE",
            "tenantId": tenant,
            "eventDateUtc": "2026-11-22T09:00:00",
        }
        for one in invoices
    ]
    body = json.dumps({"events": events}).encode()
    store_deliveries([Incoming(body, [WebhookKey(CUSTOM_CLIENT_ID, "")], is_test=False, now=SAID)])
    unpack_deliveries(now=SAID)
    with across_workspaces():
        Notice.objects.update(settled_at=SAID)
    return Delivery.objects.latest("pk")


def waiting() -> list[str]:
    unpack_deliveries(now=SAID)
    with across_workspaces():
        return list(
            Notice.objects.filter(settled_at=None).order_by("xero_id").values_list("xero_id", flat=True)
        )


def test_status_says_whether_xero_tells(connected: Shell) -> None:
    without = connected.run("status", "--json").json["connections"][0]["webhooks"]
    connected.environment["XERO_WEBHOOK_KEY"] = KEY
    tell()

    heard = connected.run("webhooks", "status", "--json")

    assert without["state"] == "not_set_up"
    assert heard.code == 0
    organisation = heard.json["organisations"][0]
    assert (organisation["state"], organisation["heard_at"]) == ("hearing", SAID.isoformat())
    assert "webhooks: hearing; Xero tells of changes as they happen." in connected.run("status").text


def test_a_test_needs_a_key(connected: Shell) -> None:
    said = connected.run("webhooks", "test")

    assert (said.code, said.out) == (3, b"")
    assert "No webhook key is known yet." in said.err


def test_a_test_through_the_address_names_each_check(
    connected: Shell, live_server: LiveServer, settings: Settings
) -> None:
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = CUSTOM_CLIENT_ID, KEY
    settings.ALLOWED_HOSTS = ["*"]
    # One installation: the pages here and the command there sign marks with the same key.
    same = {"COUNTERFOIL_SECRET_KEY": settings.SECRET_KEY, "XERO_WEBHOOK_KEY": KEY}
    connected.environment |= same | {"COUNTERFOIL_URL": live_server.url}

    passed = connected.run("webhooks", "test", "--json")
    connected.environment["COUNTERFOIL_URL"] = "http://127.0.0.1:9"
    failed = connected.run("webhooks", "test")

    assert (passed.code, passed.json["passed"]) == (0, True)
    assert [check["outcome"] for check in passed.json["checks"]] == ["noted", *["passed"] * 8]
    assert Delivery.objects.get().is_test
    assert failed.code == 1
    assert "FAILED  The address can be reached" in failed.text


@pytest.mark.parametrize("arguments", [[], ["--since", "2026-11-22", "--delivery", "1"]])
def test_a_replay_wants_one_of_two(connected: Shell, arguments: list[str]) -> None:
    assert connected.run("replay", *arguments).code == 2


def test_a_replay_by_number_or_since_a_moment(connected: Shell) -> None:
    first, second = tell("a"), tell("b")
    name = "Brightwater Studio Ltd"

    assert connected.run("replay", "--delivery", str(first.pk)).text.startswith("1 delivery to be read again")
    assert waiting() == ["a"]
    by_organisation = connected.run("replay", "--delivery", str(second.pk), "--org", name, "--json")
    assert (by_organisation.json, waiting()) == ({"replayed": 1, "what": "record"}, ["a", "b"])
    with across_workspaces():
        Notice.objects.update(settled_at=SAID)
    assert connected.run("replay", "--since", "2026-11-22T09:00").text.startswith("2 deliveries")
    assert waiting() == ["a", "b"]
    assert connected.run("replay", "--since", "2026-11-22T09:00:01", "--org", name).text.startswith(
        "0 records"
    )


def test_a_replay_of_what_is_not_there_says_so(connected: Shell) -> None:
    missing = connected.run("replay", "--delivery", "4711")
    nonsense = connected.run("replay", "--since", "yesterday")

    assert (missing.code, "There is no delivery 4711." in missing.err) == (2, True)
    assert (nonsense.code, "is no moment" in nonsense.err) == (2, True)
