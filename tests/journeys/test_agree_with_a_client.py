"""A client with a retainer and hours, set up by keys, and next month's invoice seen before it is billed."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Installation, connect, open_page, sign_up
from tests.journeys.keys import press, tab_to, type_into

pytestmark = pytest.mark.journey


def write_rates(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.url}/time/rates/new/")
    type_into(page.get_by_label("Name"), "Standard")
    press(page.get_by_role("button", name="Go on to its rates"))
    page.get_by_label("From").fill("2020-01-01")
    type_into(page.get_by_label("An hour", exact=True), "80")
    press(page.get_by_role("button", name="Set the rate"))
    expect(page.get_by_role("cell", name="80.00")).to_be_visible()


def choose_in(page: Page, label: str, text: str) -> None:
    """Choose in a list by typing the beginning of what it says."""
    tab_to(page.get_by_label(label))
    page.keyboard.type(text)


def test_a_retainer_and_hours_are_agreed_and_the_next_invoice_is_seen(
    browser: Browser, installation: Installation
) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page)
        page.goto(f"{installation.url}/clients/new/")
        type_into(page.get_by_label("Name").first, "Kererū Cafés")
        press(page.get_by_role("button", name="Save"))
        expect(page.get_by_role("heading", name="Kererū Cafés")).to_be_visible()
        client = page.url.partition("#")[0]
        write_rates(page, installation)

        page.goto(client)
        press(page.locator("main").get_by_role("link", name="Add", exact=True).first)
        type_into(page.get_by_label("What it is called"), "Monthly care")
        press(page.get_by_role("button", name="Go on"))
        type_into(page.get_by_label("Description of line 1"), "Retainer {month}")
        type_into(page.get_by_label("Price of line 1"), "1250")
        expect(page.locator("#outcome")).to_contain_text("1 × 1,250.00")
        page.keyboard.press("Alt+n")
        expect(page.get_by_label("Description of line 2")).to_be_visible()
        choose_in(page, "What line 2 bills", "Hours")
        type_into(page.get_by_label("Description of line 2"), "Work")
        choose_in(page, "Rate card of line 2", "Standard")
        press(page.locator("aside").get_by_role("button", name="Keep", exact=True))
        expect(page.get_by_role("heading", name="History")).to_be_visible()
        agreement = page.url.partition("#")[0]

        page.goto(client)
        press(page.get_by_role("link", name="Add time"))
        type_into(page.get_by_label("Hours"), "1:30")
        press(page.get_by_role("button", name="Save", exact=True))
        expect(page.locator("main")).to_contain_text("1.5 hours")
        page.goto(agreement)

        coming = page.get_by_label("What will be billed")
        expect(coming).to_contain_text("Retainer")
        expect(coming).to_contain_text("1.5 × 80.00")
        expect(coming).to_contain_text("has no contact in this organisation")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
