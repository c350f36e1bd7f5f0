"""
A person reminds customers by keys: compose, preview, activate, see it sent to the outbox that only shows,
hear “I paid yesterday” and STOP, pause all. The clock is the desk's, so that it is never night or a Sunday.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from counterfoil.features.reminding.sending import send_due
from tests.integration.reminding.conftest import Desk, make_desk
from tests.journeys.conftest import open_page
from tests.journeys.keys import press, type_into

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module", autouse=True)
def beside_a_browser() -> Iterator[None]:
    """Let this thread ask the database although a browser is driven from it, which looks asynchronous."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def desk(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk with two customers whose invoices are a week overdue tomorrow; the pages' clock is its own."""
    desk = make_desk()
    monkeypatch.setattr("django.utils.timezone.now", lambda: desk.now)
    desk.invoice(desk.customer(name="Kowhai Builders"), number="INV-7", overdue=6)
    desk.invoice(desk.customer("021 987 6543", name="Rata Joinery"), number="INV-8", overdue=6)
    return desk


@pytest.fixture
def page(desk: Desk, live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """A browser in which the desk's person is signed in."""
    client: Client = desk.firm.client
    with open_page(browser) as page:
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page.goto(f"{live_server.url}/o/{desk.organisation.pk}/reminders/")
        yield page


def work_a_day(desk: Desk) -> None:
    """Let a day pass, and do what the worker does: plan, and send to whoever the sender chose."""
    desk.now += timedelta(days=1)
    desk.plan()
    send_due(desk.organisation, now=lambda: desk.now)


def compose(page: Page) -> None:
    press(page.get_by_role("link", name="New campaign").first)
    type_into(page.get_by_label("What you call it"), "A week late")
    type_into(page.get_by_label("Days after the due date").first, "7")
    press(page.locator("summary", has_text="To whom"))
    for currency, reached in (("AUD", "Nobody"), ("NZD", "2 of 2 customers")):
        type_into(page.get_by_label("Only invoices in this currency"), currency)
        expect(page.locator("#weighed")).to_contain_text(reached)  # while it is typed
    press(page.get_by_role("button", name="Save and preview"))
    expect(page.get_by_role("heading", name="A week late")).to_be_visible()


def follow(page: Page, name: str) -> None:
    press(page.get_by_role("link", name=name, exact=True).first)


def answer(page: Page, text: str) -> None:
    """Answer as the customer of this conversation would."""
    type_into(page.get_by_label("Answer as the customer would"), text)
    press(page.get_by_role("button", name="Answer", exact=True))
    expect(page.get_by_text("Taken, as if the customer had sent it.")).to_be_visible()


def test_remind_hear_paid_and_stop_and_pause_all(page: Page, desk: Desk) -> None:
    compose(page)
    expect(page.locator("main")).to_contain_text("2 of 2 would leave")
    previewed = page.locator(".reminders-words").all_inner_texts()
    press(page.get_by_role("button", name="Activate"))
    expect(page.get_by_text("Active: it sends from now on.")).to_be_visible()

    work_a_day(desk)
    follow(page, "Messages")
    expect(page.locator(".chip", has_text="Shown here")).to_have_count(2)
    assert sorted(page.locator(".reminders-words").all_inner_texts()) == sorted(previewed)

    follow(page, "Kowhai Builders")
    expect(page.locator("section[aria-labelledby=owed]")).to_contain_text("INV-7")
    answer(page, "I paid yesterday")
    press(page.get_by_role("button", name="Says it is paid"))
    expect(page.get_by_text("Reminders are held back.", exact=True)).to_be_visible()
    follow(page, "Kowhai Builders")
    expect(page.get_by_text("Held back: says that it is paid")).to_be_visible()

    follow(page, "Messages")
    follow(page, "Rata Joinery")
    answer(page, "Please stop texting me")
    expect(page.get_by_text("The customer wants no text messages")).to_be_visible()
    desk.invoice(desk.customer("021 987 6543", name="Rata Joinery"), number="INV-9", overdue=6)
    work_a_day(desk)
    follow(page, "Messages")
    expect(page.locator("main")).to_contain_text("The customer wants no messages.")
    expect(page.locator(".chip", has_text="Shown here")).to_have_count(2)

    follow(page, "Campaigns")
    press(page.get_by_role("button", name="Pause all"))
    expect(page.get_by_text("All reminders of this organisation are paused")).to_be_visible()
    desk.invoice(desk.customer("021 555 0000", name="Totara Trust"), number="INV-10", overdue=6)
    work_a_day(desk)
    follow(page, "Messages")
    expect(page.get_by_text("All campaigns are paused.")).to_be_visible()
    expect(page.locator(".chip", has_text="Shown here")).to_have_count(2)
