"""Campaigns written, looked ahead at, and held back through the API."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.http import HttpRequest

from counterfoil.api.entry import Place, find_place
from counterfoil.api.resources import campaign_writing
from counterfoil.domain.reminders.replies import Meaning
from counterfoil.features.clients.models import Client
from counterfoil.features.reminding.models import Campaign, ContactChoice
from tests.integration.api.conftest import make_program
from tests.integration.api.test_entry import problem
from tests.integration.reminding.conftest import NUMBER, WORDS, Desk, desk
from tests.integration.web.firms import NOW

__all__ = ["desk"]  # a fixture


def test_a_campaign_is_written_changed_and_sends_nothing_before_it_is_activated(desk: Desk) -> None:
    program, home = make_program(desk.firm), f"organisations/{desk.organisation.pk}/campaigns"
    step = {"days": 7, "text": WORDS}

    made = program.post(home, {"name": "Overdue", "send_at": "10:30", "steps": [step]}).json()
    path = f"{home}/{made['id']}"
    changed = program.post(path, {"currency": "NZD", "least": "50", "client_tags": ["slow", "slow "]}).json()
    reworded = program.post(path, {"least": None, "steps": [step, step | {"language": "fr"}]}).json()

    assert (made["state"], made["send_at"], made["channel"]) == ("draft", "10:30", "text")
    assert changed == made | {"currency": "NZD", "least": "50", "client_tags": ["slow"]}
    assert [one["language"] for one in reworded["steps"]] == ["en", "fr"]
    assert reworded["least"] is None
    assert reworded == program.get(path).json()


def test_words_that_cannot_be_filled_in_are_refused_and_nothing_is_kept(desk: Desk) -> None:
    program, home = make_program(desk.firm), f"organisations/{desk.organisation.pk}/campaigns"

    unknown = problem(program.post(home, {"name": "A", "steps": [{"days": 1, "text": "Hi {odd}"}]}))
    twice = problem(program.post(home, {"name": "A", "steps": [{"days": 1, "text": "Hi"}] * 2}))
    group = problem(
        program.post(home, {"name": "A", "group_ids": ["odd"], "steps": [{"days": 1, "text": "Hi"}]})
    )

    assert [one["type"] for one in (unknown, twice, group)] == ["/api/#not-valid"] * 3
    with desk.firm.inside():
        assert not Campaign.objects.exists()


def test_a_campaign_is_looked_ahead_at_in_the_words_that_would_leave_and_sends_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_on_monday(request: HttpRequest, organisation_id: int) -> Place:
        return replace(find_place(request, organisation_id), now=desk.now)

    monkeypatch.setattr(campaign_writing, "find_place", find_on_monday)
    desk.invoice(desk.customer(), number="INV-7", overdue=6, amount_due=Decimal("1250.50"))
    program, home = make_program(desk.firm), f"organisations/{desk.organisation.pk}/campaigns"
    made = program.post(home, {"name": "Overdue", "steps": [{"days": 7, "text": WORDS}]}).json()

    [day] = program.get(f"{home}/{made['id']}/preview").json()["days"]
    program.post(f"{home}/{made['id']}/archive")
    archived = program.get(f"{home}/{made['id']}/preview").json()

    words = "Hi Aroha, INV-7 over NZD 1,250.50 was due 17 Nov 2026. Harbour Foods. Reply STOP to opt out"
    assert (day["day"], day["total"], day["leaving"], day["left_out"]) == ("2026-11-24", 1, 1, [])
    assert [(one["text"], one["leaves"]) for one in day["messages"]] == [(words, True)]
    assert archived == {"days": []}
    assert desk.messages() == []


def test_a_campaign_that_sends_is_not_changed(desk: Desk) -> None:
    campaign, program = desk.campaign(), make_program(desk.firm)

    told = program.post(f"organisations/{desk.organisation.pk}/campaigns/{campaign.pk}", {"name": "Other"})

    assert problem(told)["type"] == "/api/#not-possible-now"
    with desk.firm.inside():
        assert Campaign.objects.get().name == "Overdue"


def test_what_is_held_back_is_listed_and_let_go(desk: Desk) -> None:
    contact = desk.customer()
    invoice = desk.invoice(contact)
    program, home = make_program(desk.firm), f"organisations/{desk.organisation.pk}/holds"
    promised = {"contact_id": contact.xero_id, "invoice_id": invoice.xero_id, "hold": "promised"}

    without_day = program.post(home, promised)
    held = program.post(home, promised | {"until": "2026-12-01"}).json()
    listed = program.get(home).json()["data"]
    ended = program.post(f"{home}/{held['id']}/end").json()

    assert problem(without_day)["type"] == "/api/#not-possible-now"
    assert problem(program.post(home, promised | {"invoice_id": "odd"}))["type"] == "/api/#not-found"
    assert (held["hold"], held["until"], held["ended_at"]) == ("promised", "2026-12-01", None)
    assert listed == [held]
    assert ended["ended_at"] is not None


def test_a_whole_client_is_held_back_and_a_customer_left_out(desk: Desk) -> None:
    contact = desk.customer()
    with desk.firm.inside():
        client = Client.objects.create(workspace=desk.firm.workspace, name="Rimu", created_at=NOW)
    program, home = make_program(desk.firm), f"organisations/{desk.organisation.pk}"

    held = program.post(f"{home}/client-holds", {"client_id": client.pk, "hold": "disputed"}).json()
    ended = program.post(f"{home}/client-holds/{held['id']}/end").json()
    chosen = program.post(f"{home}/contacts/{contact.xero_id}/reminders", {"is_excluded": True})

    assert (held["client_id"], held["hold"], held["ended_at"]) == (client.pk, "disputed", None)
    assert program.get(f"{home}/client-holds").json()["data"] == [ended]
    assert chosen.status_code == 204
    with desk.firm.inside():
        assert ContactChoice.objects.get().is_excluded


def test_a_reply_is_read_by_a_program_and_a_plain_stop_never_becomes_something_else(desk: Desk) -> None:
    desk.customer()
    asked, stop = desk.receive("Who is this?"), desk.receive("STOP")
    assert asked is not None
    assert stop is not None
    program, home = make_program(desk.firm), f"organisations/{desk.organisation.pk}/replies"

    decided = program.post(f"{home}/{asked.pk}/decide", {"meaning": "paid"})
    refused = program.post(f"{home}/{stop.pk}/decide", {"meaning": "paid"})
    latest, first = program.get(home).json()["data"]

    assert decided.status_code == 204
    assert problem(refused)["type"] == "/api/#not-possible-now"
    assert (latest["meaning"], first["decided"]) == (Meaning.STOP, Meaning.PAID)
    assert len(first["holds"]) == 1
    assert NUMBER not in str(program.get(home).json())
