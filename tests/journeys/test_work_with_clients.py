"""From contacts in Xero to clients, by keys alone; then find one, filter, pin, and see what was paid."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Installation, connect, open_page, sign_up

pytestmark = pytest.mark.journey

WAITING = "[data-queue-row]"


def wait_for_the_first_copy(page: Page, installation: Installation) -> None:
    """Stay on the dashboard until the sync is through."""
    page.goto(f"{installation.url}/")
    expect(page.locator("#progress")).to_have_count(0, timeout=120_000)
    expect(page.locator("#total-invoices .stat-value")).not_to_have_text("0")


def choose_view(page: Page, word: str) -> None:
    """Open one of the views of a record's documents and wait for its page."""
    tab = page.get_by_role("navigation", name="Saved views").get_by_role("link", name=re.compile(f"^{word}"))
    tab.click()
    expect(tab).to_have_attribute("aria-current", "page")


def test_a_queue_is_worked_by_keys_and_a_clients_invoices_are_where_the_work_is(
    browser: Browser, installation: Installation
) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page)
        wait_for_the_first_copy(page, installation)

        # Twenty contacts become clients without a mouse.
        page.goto(f"{installation.url}/unmatched/")
        first = page.locator(WAITING).first.get_attribute("aria-label") or ""
        for _ in range(20):
            row = page.locator(WAITING).first
            expect(row).to_be_focused()
            before = row.inner_text()
            page.keyboard.press("n")
            expect(page.get_by_text("is a client now, and linked.")).to_be_visible()
            expect(page.locator(WAITING).first).not_to_have_text(before)
            page.wait_for_load_state()

        # The last one is taken back, and waits again.
        page.keyboard.press("u")
        expect(page.get_by_text("Taken back")).to_be_visible()

        # The first is found from any page by typing, an arrow and Enter, with its invoices.
        page.keyboard.press("/")
        page.keyboard.type(first)
        expect(page.get_by_role("group", name="Clients").get_by_role("option").first).to_contain_text(first)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(first)
        choose_view(page, "All")
        rows = page.locator("#documents tbody tr")
        expect(rows.first).to_be_visible()

        # Pinned without a reload, and counted.
        rows.first.get_by_role("button", name=re.compile("^Pin ")).press("Enter")
        expect(rows.first.locator("[aria-pressed=true]")).to_be_visible()
        number = rows.first.locator("th").inner_text().split()[0]
        page.reload()
        choose_view(page, "Pinned")
        expect(rows).to_have_count(1)
        expect(rows.first).to_contain_text(number)

        # By what an invoice was covered, with the keyboard; Escape puts it away.
        page.goto(f"{installation.url}/invoices/?view=paid")
        payments = page.get_by_role("button", name="Payments").first
        payments.focus()
        hint = page.locator(".hinted:focus-within > .hint")
        expect(hint).to_be_visible()
        expect(hint).to_contain_text("Payments on")
        page.keyboard.press("Escape")
        expect(page.locator(".hint", has_text="Payments on").first).to_be_hidden()

        # Filtered to one number, and the filter stays in the address.
        page.keyboard.press("f")
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"q={number}"))
