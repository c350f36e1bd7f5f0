"""A cost given to a client by keys moves its margin, and one taken back moves it again (issue 8, 5)."""

import re
import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.conftest import Installation, connect, open_page, sign_up
from tests.journeys.test_work_with_clients import WAITING, wait_for_the_first_copy

pytestmark = pytest.mark.journey


def look_again_until(page: Page, target: Locator) -> None:
    """Load the page anew until something is on it: lines are read by a job after the sync."""
    until = time.monotonic() + 120
    while not target.count() and time.monotonic() < until:
        page.wait_for_timeout(500)
        page.reload()
    expect(target.first).to_be_visible()


def read_margin(page: Page, installation: Installation, client: str) -> tuple[str, str]:
    """Return the direct costs and the margin that the report has for a client."""
    page.goto(f"{installation.url}/reports/profitability/")
    row = page.locator(".profit-table tbody tr", has=page.get_by_role("link", name=client, exact=True))
    look_again_until(page, row)
    cells = [row.locator(f"[data-label={word}]").inner_text() for word in ("Costs", "Margin")]
    return cells[0], cells[1]


def test_a_cost_given_by_keys_moves_the_margin_and_one_taken_back_moves_it_again(
    browser: Browser, installation: Installation
) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page)
        wait_for_the_first_copy(page, installation)
        page.goto(f"{installation.url}/unmatched/")
        client = page.locator(WAITING).first.get_attribute("aria-label") or ""
        page.keyboard.press("n")
        expect(page.get_by_text("is a client now, and linked.")).to_be_visible()
        before = read_margin(page, installation, client)

        # The newest cost is the client's: chosen by its name, without a mouse.
        page.goto(f"{installation.url}/costs/")
        look_again_until(page, page.locator(WAITING))
        expect(page.locator(WAITING).first).to_be_focused()
        page.keyboard.press("c")
        page.keyboard.type(client)
        offered = page.locator(".found-client", has_text=client).first
        expect(offered).to_be_visible()
        page.keyboard.press("Tab")
        expect(offered).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"Given to {client}.")).to_be_visible()
        sums = page.locator(".found-sums")
        given = sums.locator("dd").nth(1).inner_text()
        after = read_margin(page, installation, client)

        assert before[0] == "0.00"
        assert after[0] == given != "0.00"
        assert after[1] != before[1]

        # The figure opens the one line that it is the sum of.
        row = page.locator(".profit-table tbody tr", has=page.get_by_role("link", name=client, exact=True))
        row.locator("[data-label=Costs] a").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(given)
        expect(page.locator("main tbody tr")).to_have_count(1)

        page.goto(f"{installation.url}/costs/")
        page.keyboard.press("u")
        expect(page.get_by_text(re.compile("Taken back"))).to_be_visible()
        assert read_margin(page, installation, client) == before
