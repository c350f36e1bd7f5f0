"""Sign up, connect, choose, watch it arrive, see a change, remove the connection."""

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import (
    NARROW,
    Installation,
    allow_access,
    confirm,
    connect,
    open_page,
    sign_up,
)
from tests.journeys.keys import press, tab_to, type_into
from tests.journeys.waiting import sync_now

pytestmark = pytest.mark.journey

BRIGHTWATER = "Brightwater Studio Ltd"


def wait_for_first_copy(page: Page) -> None:
    expect(page.locator("#progress")).to_have_count(0, timeout=90_000)
    expect(page.locator("#freshness")).to_contain_text("As of")


def test_a_person_connects_watches_sees_a_change_and_removes_it(
    browser: Browser, installation: Installation
) -> None:
    xero = installation.xero
    tenant = xero.tenant_id(BRIGHTWATER)
    with open_page(browser) as page:
        sign_up(page, installation)
        card = page.locator("#connection-card")
        expect(card).to_contain_text("Xero Connection")
        expect(card).to_contain_text("not connected")

        card.click(position={"x": 8, "y": 8})  # all of the card can be pressed
        expect(page.get_by_role("heading", name="Setting up with Xero")).to_be_visible()
        allow_access(page, BRIGHTWATER, "Coolabah Trades Pty Ltd")
        expect(page.get_by_role("heading", name="Which organisation?")).to_be_visible()
        assert page.locator("input[name=tenant]:checked").count() == 0
        page.get_by_label(BRIGHTWATER).check()
        page.get_by_role("button", name="Confirm").click()

        expect(card).to_contain_text("Connected")
        wait_for_first_copy(page)
        invoices = xero.records(tenant, "Invoices")
        sales = [row for row in invoices if row["Type"] == "ACCREC" and row["Status"] != "DELETED"]
        customers = [row for row in xero.records(tenant, "Contacts") if row["IsCustomer"]]
        expect(page.locator("#total-invoices .stat-value")).to_have_text(f"{len(sales):,}")
        expect(page.locator("#total-customers .stat-value")).to_have_text(f"{len(customers):,}")

        raised = xero.act(
            tenant,
            "invoices",
            Type="ACCREC",
            Status="AUTHORISED",
            Name="Fresh Face Ltd",
            Amount=123.45,
        )
        xero.act(tenant, f"invoices/{raised['InvoiceID']}/pay", amount=23.45)
        sync_now(page)
        expect(page.locator("#total-invoices .stat-value")).to_have_text(f"{len(sales) + 1:,}")
        page.get_by_role("link", name="Invoices", exact=True).click()
        page.get_by_label("Search by number, contact or reference").fill("Fresh Face")
        page.keyboard.press("Enter")
        row = page.get_by_role("row").filter(has_text=raised["InvoiceNumber"])
        expect(row).to_contain_text("Partially paid")
        expect(row.get_by_role("link", name="open in Xero")).to_have_attribute(
            "href", f"{xero.url}/app/{short_code(installation, tenant)}/invoicing/view/{raised['InvoiceID']}"
        )

        xero.act(tenant, f"invoices/{raised['InvoiceID']}/pay")
        page.get_by_role("link", name="Dashboard").click()
        sync_now(page)
        expect(page.locator("#news")).to_contain_text(f"{raised['InvoiceNumber']} Fresh Face Ltd")
        expect(page.locator("#news .chip").first).to_have_text("Paid")

        press(page.get_by_role("link", name="Settings"))
        press(page.get_by_role("link", name="Remove Connection"))
        expect(page.locator("main")).to_contain_text("All synced customer data is removed")
        press(page.get_by_role("button", name="Remove Connection"))
        expect(page.locator("main")).to_contain_text(f"Type “{BRIGHTWATER}” to confirm.")
        type_into(page.get_by_label("to confirm"), BRIGHTWATER)
        press(page.get_by_role("button", name="Remove Connection"))
        expect(page.locator("#messages")).to_contain_text(f"The connection to {BRIGHTWATER} is removed.")
        expect(page.get_by_role("link", name="Connect to Xero")).to_be_visible()
        page.get_by_role("link", name="Invoices", exact=True).click()
        expect(page.locator("main")).to_contain_text("No invoices yet")


def exchange_the_live_part(page: Page) -> None:
    """Do at once what the dashboard does every other second while a sync is under way."""
    old = page.locator("#live").element_handle()
    page.evaluate("htmx.ajax('GET', `${location.pathname}live/`, {target: '#live', swap: 'outerHTML'})")
    page.wait_for_function("element => !element.isConnected", arg=old)


def short_code(installation: Installation, tenant: str) -> str:
    found = {row["tenantId"]: row["shortCode"] for row in installation.xero.organisations()}
    return str(found[tenant])


def test_two_organisations_stay_apart(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page, "Coolabah Trades Pty Ltd")
        wait_for_first_copy(page)
        add = page.get_by_role("link", name="Add another organisation")
        tab_to(add)
        exchange_the_live_part(page)
        expect(add).to_be_focused()  # as while a copy is watched: the place is kept
        press(add)
        allow_access(page, "Blank Canvas Ltd")
        confirm(page, "Blank Canvas Ltd")
        wait_for_first_copy(page)
        expect(page.locator("#total-invoices .stat-value")).to_have_text("0")

        press(page.locator("details.switcher > summary"))
        press(page.locator(".switcher-list").get_by_role("link", name="Coolabah Trades Pty Ltd"))

        expect(page.locator("#total-invoices .stat-value")).not_to_have_text("0")
        expect(page.locator(".switcher > summary")).to_contain_text("Coolabah Trades Pty Ltd (AUD)")


def test_a_person_who_cancels_can_begin_again(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        press(page.locator("#connection-card"))
        press(page.get_by_role("button", name="Connect with Xero"))
        page.get_by_role("button", name="Cancel").click()  # at Xero
        expect(page.get_by_role("heading", name="You cancelled in Xero")).to_be_visible()

        press(page.get_by_role("link", name="Connect to Xero"))

        expect(page.get_by_role("heading", name="Setting up with Xero")).to_be_visible()


def test_access_lost_in_xero_is_given_again(browser: Browser, installation: Installation) -> None:
    made = installation.xero.add_organisation(
        name="Slipping Away Ltd", country="NZ", seed=11, invoices=20, contacts=6
    )
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page, "Slipping Away Ltd")
        wait_for_first_copy(page)
        installation.xero.disconnect(made["tenantId"])

        sync_now(page)
        expect(page.locator("#connection-card")).to_contain_text("Lost access")
        expect(page.locator("#total-invoices .stat-value")).not_to_have_text("0")  # nothing was deleted
        press(page.get_by_role("link", name="Reconnect Xero").first)
        allow_access(page, "Slipping Away Ltd")
        expect(page.locator("main")).to_contain_text("Reconnects")
        confirm(page, "Slipping Away Ltd")


def test_reading_and_connecting_work_without_javascript(browser: Browser, installation: Installation) -> None:
    with open_page(browser, javascript=False) as page:
        sign_up(page, installation)
        connect(page)
        for _ in range(60):
            if page.locator("#progress").count() == 0:
                break
            page.wait_for_timeout(500)
            page.get_by_role("link", name="Dashboard").click()
        page.get_by_role("link", name="Invoices", exact=True).click()
        page.get_by_role("combobox", name="Status").select_option("Overdue")
        page.get_by_role("button", name="Apply").click()

        expect(page.locator("tbody tr").first).to_contain_text("Overdue")
        assert page.locator("tbody .chip-bad").count() == page.locator("tbody tr").count()


def test_nothing_scrolls_sideways_on_a_telephone(browser: Browser, installation: Installation) -> None:
    with open_page(browser, viewport=NARROW, dark=True) as page:
        sign_up(page, installation)
        connect(page)
        wait_for_first_copy(page)
        paths = ["/", "/invoices/", "/contacts/", "/activity/sync/", "/settings/", "/settings/integrations/"]
        widths = {}
        for path in [*paths, "/connect/", "/styleguide/"]:
            page.goto(installation.url + path)
            widths[path] = page.evaluate("document.documentElement.scrollWidth")
        page.goto(installation.url)
        page.get_by_text("Menu", exact=True).click()
        page.locator(".sheet summary", has_text="Finance").click()
        page.locator(".sheet").get_by_role("link", name="Contacts").click()

        assert {path for path, width in widths.items() if width > NARROW["width"]} == set()
        expect(page.get_by_role("heading", name="Contacts")).to_be_visible()


def test_the_keyboard_reaches_everything(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        page.goto(installation.url)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.locator("#connection-card")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Setting up with Xero")).to_be_visible()


def test_a_chosen_theme_stays(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        page.goto(f"{installation.url}/accounts/login/")
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Switch between light and dark").click()
        page.reload()

        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")

        assert dark != light
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_installation_is_ready(installation: Installation) -> None:
    answer = httpx.get(f"{installation.url}/readyz", trust_env=False)

    assert answer.json() == {"ready": True, "database": "ok", "migrations_waiting": 0}
