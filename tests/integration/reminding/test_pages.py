"""The pages of reminders: compose, preview, activate, see what left and why not, read replies."""

from datetime import timedelta
from typing import Any

import pytest

from counterfoil.features.clients.models import Client, Link
from counterfoil.features.reminding.models import Campaign, Held, Message
from counterfoil.features.reminding.sending import send_due
from tests.integration.reminding.conftest import WORDS, Desk
from tests.integration.web.firms import make_firm


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def step(number: int, days: str, *versions: tuple[str, str]) -> dict[str, str]:
    """Return a step as the page sends it: its versions, and one to spare."""
    name = f"step-{number}"
    form = {f"{name}-days": days, f"{name}-words-TOTAL_FORMS": str(len(versions) + 1)}
    form |= {f"{name}-words-INITIAL_FORMS": "1" if number == 0 else "0"}
    for place, (language, text) in enumerate([*versions, ("", "")]):
        words = f"{name}-words-{place}"
        form |= {f"{words}-language": language, f"{words}-subject": "", f"{words}-text": text}
    return form


def compose(desk: Desk, rest: str = "new/", **changes: str) -> Any:
    form = {
        "name": "Overdue", "kind": "invoices", "broadcast_on": "", "client_tags": "", "channel": "text",
        "send_at": "09:00", "language": "en", "currency": "",
        "least": "", "most": "", "view": "", "step-TOTAL_FORMS": "2", "step-INITIAL_FORMS": "1",
        **step(0, "7", ("en", WORDS)), **step(1, ""),
    }  # fmt: skip
    return desk.firm.client.post(address(desk, rest), form | changes)


def address(desk: Desk, rest: str = "") -> str:
    return f"/o/{desk.organisation.pk}/reminders/{rest}"


def only(desk: Desk, model: Any) -> Any:
    with desk.firm.inside():
        return model.objects.get()


@pytest.fixture
def today(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The pages' clock is the desk's."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: desk.now)
    return desk


def test_a_campaign_is_composed_previewed_and_activated_and_sends_what_was_shown(today: Desk) -> None:
    desk = today
    desk.invoice(desk.customer(), number="INV-7", overdue=6)  # a week overdue tomorrow

    answer = compose(desk)
    campaign = only(desk, Campaign)
    page = text_of(desk.firm.client.get(address(desk, f"{campaign.pk}/")))
    desk.firm.client.post(address(desk, f"{campaign.pk}/turn/"), {"act": "activate"})
    desk.now += timedelta(days=1)
    desk.plan()
    send_due(desk.organisation, now=lambda: desk.now)

    sent = only(desk, Message)
    assert answer.status_code == 302
    assert campaign.state == "draft"
    assert "1 of 1 would leave" in page
    assert sent.text in page.replace("&#x27;", "'")
    assert (sent.state, sent.provider) == ("sent", "shown")
    assert "Shown here" in text_of(desk.firm.client.get(address(desk, "messages/")))


def test_who_is_left_out_and_why_is_said_before_anything_is_sent(today: Desk) -> None:
    today.invoice(today.customer("09 379 1234"), overdue=6)
    compose(today)

    page = text_of(today.firm.client.get(address(today, f"{only(today, Campaign).pk}/")))

    assert "0 of 1 would leave" in page
    assert "1: No number or address can be used." in page
    assert "Mobile: 09 379 1234 is a landline." in page


def test_one_message_goes_to_the_customers_whose_client_has_a_tag(today: Desk) -> None:
    tagged, _ = today.customer(name="Kowhai Builders"), today.customer("021 987 6543")
    with today.firm.inside():
        client = Client.objects.create(
            workspace=today.firm.workspace, name="Kowhai", tags=["builders"], created_at=today.now
        )
        Link.objects.create(
            workspace=today.firm.workspace, organisation=today.organisation, client=client,
            contact_id=tagged.xero_id, made_at=today.now,
        )  # fmt: skip

    compose(today, **{
        "kind": "broadcast", "broadcast_on": "2026-11-24", "client_tags": "builders, trades",
        "step-0-words-0-text": "Hi {first_name}, we are closed on Friday. {business}. Reply STOP to opt out",
    })  # fmt: skip

    page = text_of(today.firm.client.get(address(today, f"{only(today, Campaign).pk}/")))
    assert "1 of 1 would leave" in page
    assert "Hi Aroha, we are closed on Friday. Harbour Foods." in page


def test_a_text_that_cannot_be_filled_in_is_refused_by_name(today: Desk) -> None:
    answer = compose(today, **{"step-0-words-0-text": "Hi {firstname}"})

    assert answer.status_code == 422
    assert "There is no field {firstname}" in text_of(answer)


def test_a_campaign_that_is_not_ready_says_what_is_missing_and_cannot_be_activated(today: Desk) -> None:
    compose(today, **{"step-0-words-0-text": "Please pay {invoice}"})
    campaign = only(today, Campaign)

    page = text_of(today.firm.client.get(address(today, f"{campaign.pk}/")))
    today.firm.client.post(address(today, f"{campaign.pk}/turn/"), {"act": "activate"})

    assert "Say who writes: {business}." in page
    assert ">Activate<" not in page
    assert only(today, Campaign).state == "draft"


def test_a_reply_is_read_on_its_page_and_holds_what_it_says(today: Desk) -> None:
    today.invoice(today.customer())
    today.campaign()
    reply = today.receive("I paid yesterday")
    assert reply is not None

    before = text_of(today.firm.client.get(address(today, "replies/")))
    answer = today.firm.client.post(address(today, f"replies/{reply.pk}/decide/"), {"meaning": "paid"})
    after = text_of(today.firm.client.get(address(today, "replies/")))

    assert "Seems to mean: Paid." in before
    assert answer.status_code == 302
    assert only(today, Held).hold == "paid"
    assert "Says that it is paid: reminders are held back." in after


def test_pause_all_holds_everything_from_the_list(today: Desk) -> None:
    today.invoice(today.customer())
    today.campaign()

    today.firm.client.post(address(today, "all/"), {"act": "pause"})
    today.send()

    assert today.messages() == [("planned", "all_paused")]
    assert "All reminders of this organisation are paused" in text_of(today.firm.client.get(address(today)))


def test_a_viewer_sees_and_does_not_compose(today: Desk) -> None:
    viewer = make_firm(role="viewer")

    assert viewer.client.get("/reminders/").status_code == 200
    assert "No organisation" not in text_of(viewer.client.get("/reminders/messages/"))
    assert compose(today).status_code == 302
