"""A month: two clients agree to a retainer, one is held, one is sent, approved in Xero, and seen here."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.conftest import Installation, open_page, sign_up
from tests.journeys.keys import press, tab_to, type_into
from tests.journeys.test_raise_an_invoice import OURS, book_to, connect_two_way
from tests.journeys.waiting import wait_for

pytestmark = pytest.mark.journey


def agree(page: Page, installation: Installation, *, client: int, name: str) -> None:
    """Let a client agree to 250 a month from this month's first day on."""
    page.goto(f"{installation.url}/agreements/new/")
    page.get_by_label("Client", exact=True).select_option(index=client)
    type_into(page.get_by_label("What it is called"), name)
    page.get_by_label("Billed here from").fill(datetime.now(UTC).date().replace(day=1).isoformat())
    page.get_by_label("Period").select_option("month")
    page.get_by_label("Billed", exact=True).select_option("in_advance")
    press(page.get_by_role("button", name="Go on"))
    type_into(page.get_by_label("Description of line 1"), f"{name} in {{month}}")
    type_into(page.get_by_label("Price of line 1"), "250")
    page.get_by_label("Currency").select_option("GBP")
    type_into(page.get_by_label("Reference"), f"{name} {{month}}")
    press(page.get_by_role("button", name="Keep and activate"))
    expect(page.locator("main")).to_contain_text("Activated: runs bill it.")


def make_clients(page: Page, home: str, count: int) -> None:
    """Make clients of the first contacts that wait, by a key each."""
    page.goto(f"{home}/unmatched/")
    for number in range(count):
        expect(page.locator("main")).to_contain_text(f"{number} of ")
        page.keyboard.press("n")
        page.wait_for_url("**/unmatched/**")
        wait_for(page, f"{number + 1} of ")


def row_of(page: Page, name: str) -> Locator:
    return page.locator("[data-queue-row]").filter(has_text=name)


def test_a_month_is_billed_by_keys_one_held_one_sent_and_approved_in_xero(
    browser: Browser, installation: Installation
) -> None:
    """X19, X20, X21, X22, X36, X37, K15, PAIN 6."""
    xero = installation.xero
    with open_page(browser) as page:
        sign_up(page, installation)
        home = f"{installation.url}/o/{connect_two_way(page, installation)}"
        book_to(page, home, "200 Sales")
        make_clients(page, home, 2)
        agree(page, installation, client=1, name="Bookkeeping")
        agree(page, installation, client=2, name="Payroll")

        page.goto(f"{installation.url}/billing/")
        press(page.get_by_role("link", name="Bill up to a day").first)
        expect(page.locator("main")).to_contain_text("2 invoices of 2 agreements: 500.00 GBP")
        press(page.get_by_role("button", name="Make 2 invoices to review"))
        expect(page).to_have_url(re.compile(r"/billing/\d+/"))
        run = page.url.partition("?")[0].partition("#")[0]
        wait_for(page, "First time billed here")

        sent = row_of(page, "Bookkeeping")
        sent.focus()
        page.keyboard.press("r")
        expect(page.locator("main")).to_contain_text("One invoice is ready to be sent.")
        row_of(page, "Payroll").focus()
        page.keyboard.press("h")
        page.keyboard.type("They asked to wait.")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("no other run bills it meanwhile")

        press(page.get_by_role("button", name="Send 1 to Xero as draft"))
        expect(page).to_have_url(re.compile(r"show=pushed"))
        wait_for(page, "Waiting for approval")
        press(page.get_by_role("link", name="Open the outbox"))
        press(page.get_by_role("button", name="Approve all 1"))
        expect(page.locator("main")).to_contain_text("1 approved, and on the way to Xero.")
        page.goto(f"{run}?show=pushed")
        wait_for(page, "Done")

        [made] = [
            one
            for one in xero.records(xero.tenant_id(OURS), "Invoices")
            if one.get("Reference", "").startswith("Bookkeeping")
        ]
        assert (made["Status"], made["Total"]) == ("DRAFT", 300.0)
        page.locator("[data-queue-row] a[data-act=e]").focus()
        page.keyboard.press("Enter")
        press(page.get_by_role("link", name="Open in Xero"))
        page.get_by_role("button", name="Approve").click()
        page.goto(f"{home}/")
        press(page.get_by_role("button", name="Sync now"))
        expect(page.locator("#messages")).not_to_be_empty()
        page.goto(f"{run}?show=pushed")
        wait_for(page, "There now:", "Open")

        press(page.get_by_role("button", name="Make what is missing"))
        expect(page).to_have_url(re.compile(r"/billing/\d+/#?\w*$"))
        wait_for(page, "Archive for good")
        tab_to(page.get_by_role("button", name="Archive for good"))
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("Nothing here changes any more.")
        expect(page.locator("main")).to_contain_text("They asked to wait.")
