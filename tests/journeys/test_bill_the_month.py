"""
A month in one piece: a retainer with hours and a plain one are agreed, the run is made, one is held, one is
sent, approved in Xero, and its revenue and margin are seen to move.
"""

import re
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from counterfoil.domain.datekit import add_months
from tests.journeys.conftest import Installation, open_page, sign_up
from tests.journeys.keys import press, tab_to, type_into
from tests.journeys.test_raise_an_invoice import OURS, book_to, connect_two_way
from tests.journeys.test_work_with_clients import WAITING
from tests.journeys.waiting import sync_now, wait_for

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


def agree(
    page: Page,
    installation: Installation,
    *,
    client: str,
    name: str,
    billed: str = "in_arrears",
    has_hours: bool = False,
) -> str:
    """Let a client agree to 250 a month from this month's first day on, and return the agreement's page."""
    page.goto(f"{installation.url}/agreements/new/")
    page.get_by_label("Client", exact=True).select_option(label=client)
    type_into(page.get_by_label("What it is called"), name)
    page.get_by_label("Billed here from").fill(datetime.now(UTC).date().replace(day=1).isoformat())
    page.get_by_label("Period").select_option("month")
    page.get_by_label("Billed", exact=True).select_option(billed)
    press(page.get_by_role("button", name="Go on"))
    type_into(page.get_by_label("Description of line 1"), f"{name} in {{month}}")
    type_into(page.get_by_label("Price of line 1"), "250")
    expect(page.locator("#outcome")).to_contain_text("1 × 250.00")
    if has_hours:
        page.keyboard.press("Alt+n")
        expect(page.get_by_label("Description of line 2")).to_be_visible()
        choose_in(page, "What line 2 bills", "Hours")
        type_into(page.get_by_label("Description of line 2"), "Work")
        choose_in(page, "Rate card of line 2", "Standard")
    page.get_by_label("Currency").select_option("GBP")
    type_into(page.get_by_label("Reference"), f"{name} {{month}}")
    press(page.get_by_role("button", name="Keep and activate"))
    expect(page.locator("main")).to_contain_text("Activated: runs bill it.")
    return page.url.partition("#")[0]


def work(page: Page, installation: Installation, agreement: str, *, client: str) -> None:
    """Write down an hour and a half for a client, and see it in what will be billed."""
    page.goto(f"{installation.url}/clients/")
    press(page.get_by_role("link", name=client, exact=True).first)
    press(page.get_by_role("link", name="Add time"))
    type_into(page.get_by_label("Hours"), "1:30")
    press(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator("main")).to_contain_text("1.5 hours")
    page.goto(agreement)
    expect(page.get_by_label("What will be billed")).to_contain_text("1.5 × 80.00")


def make_clients(page: Page, home: str, count: int) -> list[str]:
    """Make clients of the first contacts that wait, by a key each, and return their names."""
    page.goto(f"{home}/unmatched/")
    names = []
    for number in range(count):
        expect(page.locator("main")).to_contain_text(f"{number} of ")
        names.append(page.locator(WAITING).first.get_attribute("aria-label") or "")
        page.keyboard.press("n")
        page.wait_for_url("**/unmatched/**")
        wait_for(page, f"{number + 1} of ")
    return names


def read_earned(page: Page, installation: Installation, client: str) -> tuple[Decimal, Decimal]:
    """Return the revenue and the margin that the report has for a client, nothing where it has none yet."""
    page.goto(f"{installation.url}/reports/profitability/")
    row = page.locator(".profit-table tbody tr", has=page.get_by_role("link", name=client, exact=True))
    if not row.count():
        return Decimal(0), Decimal(0)
    cells = [row.locator(f"[data-label={word}]").inner_text() for word in ("Invoiced", "Margin")]
    invoiced, margin = (Decimal(cell.replace(",", "").replace("−", "-")) for cell in cells)
    return invoiced, margin


def wait_until_earned(
    page: Page, installation: Installation, client: str, expected: tuple[Decimal, Decimal]
) -> None:
    """Look at the report until it has what is expected: lines are read by a job after the sync."""
    until = time.monotonic() + 120
    while (found := read_earned(page, installation, client)) != expected and time.monotonic() < until:
        page.wait_for_timeout(500)
    assert found == expected


def last_day_of_month() -> date:
    return add_months(datetime.now(UTC).date().replace(day=1), 1) - timedelta(days=1)


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
        write_rates(page, installation)
        busy, other = make_clients(page, home, 2)
        bookkeeping = agree(page, installation, client=busy, name="Bookkeeping", has_hours=True)
        work(page, installation, bookkeeping, client=busy)
        agree(page, installation, client=other, name="Payroll")

        page.goto(f"{installation.url}/billing/")
        press(page.get_by_role("link", name="Bill up to a day").first)
        page.get_by_label("Bill up to").fill(last_day_of_month().isoformat())
        press(page.get_by_role("button", name="Look"))
        expect(page.locator("main")).to_contain_text("2 invoices of 2 agreements: 620.00 GBP")
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
        assert (made["Status"], made["Total"]) == ("DRAFT", 444.0)
        revenue, margin = read_earned(page, installation, busy)
        page.goto(f"{run}?show=pushed")
        page.locator("[data-queue-row] a[data-act=e]").focus()
        page.keyboard.press("Enter")
        press(page.get_by_role("link", name="Open in Xero"))
        page.get_by_role("button", name="Approve").click()
        page.goto(f"{home}/")
        sync_now(page)
        expect(page.locator("#messages")).not_to_be_empty()
        page.goto(f"{run}?show=pushed")
        wait_for(page, "There now:", "Open")

        billed = Decimal(250) + Decimal("1.5") * 80
        wait_until_earned(page, installation, busy, (revenue + billed, margin + billed))

        page.goto(run)
        press(page.get_by_role("button", name="Make what is missing"))
        expect(page).to_have_url(re.compile(r"/billing/\d+/#?\w*$"))
        wait_for(page, "Archive for good")
        tab_to(page.get_by_role("button", name="Archive for good"))
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("Nothing here changes any more.")
        expect(page.locator("main")).to_contain_text("They asked to wait.")
