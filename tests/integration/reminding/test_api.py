"""Reminders through the API: campaigns are paused, all at once too, and who wants none gets none."""

from counterfoil.features.reminding.models import Campaign, LedgerEntry
from tests.integration.api.conftest import make_program
from tests.integration.api.test_entry import problem
from tests.integration.reminding.conftest import NUMBER, Desk


def test_a_campaign_is_shown_paused_activated_and_archived(desk: Desk) -> None:
    campaign, program = desk.campaign(), make_program(desk.firm)
    home = f"organisations/{desk.organisation.pk}/campaigns"

    [row] = program.get(home).json()["data"]
    whole = program.get(f"{home}/{campaign.pk}").json()
    paused = program.post(f"{home}/{campaign.pk}/pause")
    again = program.post(f"{home}/{campaign.pk}/pause")
    active = program.post(f"{home}/{campaign.pk}/activate").json()
    ended = program.post(f"{home}/{campaign.pk}/archive").json()

    assert whole | row == whole
    assert [(one["days"], one["language"]) for one in whole["steps"]] == [(7, "en")]
    assert (paused.json()["state"], active["state"], ended["state"]) == ("paused", "active", "archived")
    assert paused.json()["state_because"].startswith("Paused by ")
    assert problem(again)["type"] == "/api/#not-possible-now"


def test_a_campaign_that_is_not_ready_is_not_activated(desk: Desk) -> None:
    campaign = desk.campaign(is_active=False)
    with desk.firm.inside():
        campaign.steps.all().delete()
    program = make_program(desk.firm)

    told = problem(program.post(f"organisations/{desk.organisation.pk}/campaigns/{campaign.pk}/activate"))

    assert "Add a step." in str(told["detail"])
    with desk.firm.inside():
        assert Campaign.objects.get().state == "draft"


def test_one_switch_stops_everything_until_it_is_let_go(desk: Desk) -> None:
    desk.customer()
    program, home = make_program(desk.firm), f"organisations/{desk.organisation.pk}/reminders"

    stopped = [program.post(f"{home}/pause").json(), program.get(home).json()]
    let_go = [program.post(f"{home}/resume").json(), program.get(home).json()]

    assert stopped == [{"is_all_paused": True}] * 2
    assert let_go == [{"is_all_paused": False}] * 2


def test_who_is_said_to_want_no_messages_gets_none(desk: Desk) -> None:
    contact = desk.customer()
    desk.invoice(contact)
    desk.campaign()
    program, home = make_program(desk.firm), f"organisations/{desk.organisation.pk}"
    desk.plan()

    wrong = program.post(f"{home}/opt-outs", {"address": "nobody", "note": "By telephone"})
    noted = program.post(f"{home}/opt-outs", {"address": NUMBER, "note": "By telephone"})
    desk.send()
    [listed] = program.get(f"{home}/opt-outs").json()["data"]
    [message] = program.get(f"{home}/messages").json()["data"]

    assert problem(wrong)["type"] == "/api/#not-valid"
    assert (noted.status_code, noted.json()["act"], noted.json()["is_for_all"]) == (201, "stopped", True)
    assert listed == noted.json() | {"contact_id": contact.xero_id}
    assert NUMBER not in str(listed)
    assert (message["state"], desk.carrier.letters) == ("dropped", [])
    assert message["why"]
    with desk.firm.inside():
        assert LedgerEntry.objects.count() == 1
