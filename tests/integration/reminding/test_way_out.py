"""Who cannot answer a sender ends its messages by a link, and nothing else does."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from counterfoil.features.reminding.campaigning import Says, list_problems
from counterfoil.features.reminding.models import LedgerEntry, WayOut
from tests.integration.reminding.conftest import NUMBER, Desk

OURS = "https://books.example"
WORDS = "Hi {first_name|there}, {invoice} over {amount} was due {due_date}. {business}"


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.COUNTERFOIL_URL = OURS
    settings.ALLOWED_HOSTS = ["*"]


def send(desk: Desk, text: str = WORDS, **choices: Any) -> str:
    """Return what was sent by a sender that cannot be answered."""
    desk.choose(is_one_way=True, **choices)
    desk.invoice(desk.customer())
    desk.campaign(Says(7, "en", text))
    desk.send()
    return str(desk.carrier.texts[-1])


def link_in(text: str) -> str:
    return text.partition(OURS)[2].split()[0]


def acts(desk: Desk) -> list[tuple[str, str]]:
    with desk.firm.inside():
        return list(LedgerEntry.objects.order_by("pk").values_list("act", "source"))


def test_a_link_is_added_where_the_sender_cannot_be_answered(desk: Desk) -> None:
    text = send(desk)

    assert f" Stop: {OURS}/x/" in text
    assert NUMBER not in text
    assert len(link_in(text)) == len("/x/") + 12


def test_a_link_that_is_in_the_words_is_not_added_again(desk: Desk) -> None:
    text = send(desk, "{business}: pay {invoice}. No more texts: {opt_out_link}")

    assert text.count("/x/") == 1


def test_a_sender_that_can_be_answered_gets_no_link(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()
    desk.send()

    assert "/x/" not in desk.carrier.texts[0]
    with desk.firm.inside():
        assert not WayOut.objects.exists()


def test_looking_ends_nothing_and_one_press_ends_the_messages(desk: Desk) -> None:
    path = link_in(send(desk))
    customer = Client(enforce_csrf_checks=True)

    looked = customer.get(path).content.decode()
    looked_again = [customer.head(path).status_code, customer.get(path).status_code]
    before = acts(desk)
    pressed = customer.post(path, {"act": "stop"}).content.decode()
    customer.post(path, {"act": "stop"})

    assert "Stop the texts" in looked
    assert looked_again[1] == 200
    assert before == []
    assert "No more texts" in pressed
    assert "Get them again" in pressed
    assert acts(desk) == [("stopped", "link")]
    for secret in (NUMBER, "021", "Aroha", "INV-"):
        assert secret not in looked + pressed


def test_after_the_press_nothing_more_is_sent_until_it_is_taken_back_there(desk: Desk) -> None:
    path = link_in(send(desk))
    Client().post(path, {"act": "stop"})
    desk.invoice(desk.customer("021 123 4567"), overdue=7)
    desk.campaign(Says(7, "en", WORDS), name="Again")
    desk.send()
    stopped = {why for _, why in desk.messages()}

    undone = Client().post(path, {"act": "back"}).content.decode()

    assert "opted_out" in stopped
    assert "Stop the texts" in undone
    assert acts(desk) == [("stopped", "link"), ("started", "link")]


def test_a_stop_that_was_written_is_not_taken_back_by_the_link(desk: Desk) -> None:
    path = link_in(send(desk))
    desk.receive("STOP")

    answer = Client().post(path, {"act": "back"}).content.decode()

    assert "answer START" in answer
    assert "Get them again" not in answer
    assert acts(desk) == [("stopped", "reply")]


def test_a_made_up_link_says_nothing_and_too_many_are_not_looked_at(desk: Desk) -> None:
    assert Client().get("/x/AAAAAAAAAAAA").status_code == 404

    statuses = {Client().get(f"/x/{number:012}").status_code for number in range(65)}

    assert statuses == {404, 429}


def test_a_link_is_pressed_thirty_times_in_an_hour_and_looked_at_at_any_time(desk: Desk) -> None:
    path = link_in(send(desk))

    statuses = [Client().post(path, {"act": "stop"}).status_code for _ in range(31)]

    assert statuses == [200] * 30 + [429]
    assert Client().get(path).status_code == 200
    assert acts(desk) == [("stopped", "link")]


def test_a_text_that_asks_to_answer_stop_does_not_fit_a_sender_that_cannot_be_answered(desk: Desk) -> None:
    desk.choose(is_one_way=True)
    campaign = desk.campaign(Says(7, "en", WORDS + " Reply STOP"), is_active=False)
    with desk.firm.inside():
        problems = list_problems(campaign)

    assert any("Nobody can answer this sender" in problem for problem in problems)
