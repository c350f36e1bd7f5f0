"""From an app of one's own to hearing of a change within seconds (PAIN 7)."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Installation, allow_access, open_page, sign_up
from tests.journeys.waiting import wait_until_there

pytestmark = pytest.mark.journey

NAME = "Brightwater Studio Ltd"


def register_app(page: Page, installation: Installation) -> str:
    """Register an app at Xero and save it here; return its client id."""
    page.goto(f"{installation.xero.url}/apps")
    page.get_by_label("App name").fill("Our webhooks")
    page.get_by_label("Redirect URL").fill(f"{installation.url}/admin/xero_integration/connect")
    page.get_by_role("button", name="Create app").click()
    client_id, secret = (page.locator("dd code").nth(place).inner_text() for place in (0, 1))
    page.goto(f"{installation.url}/settings/xero-app/")
    page.get_by_label("Client ID").fill(client_id)
    page.get_by_label("Client Secret").fill(secret)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("The app is saved.")
    return client_id


def test_webhooks_are_set_up_tested_and_heard(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        client_id = register_app(page, installation)
        page.goto(f"{installation.url}/connect/")
        allow_access(page, NAME)
        page.get_by_label(NAME).check()
        page.get_by_role("button", name="Confirm").click()
        expect(page.locator("#progress")).to_have_count(0, timeout=90_000)

        # At Xero: the address, the key.
        page.goto(f"{installation.url}/settings/webhooks/")
        expect(page.locator("#webhooks-live")).to_contain_text("Not set up")
        address = page.locator("#receiver").inner_text()
        portal = f"{installation.xero.url}/apps/{client_id}/webhooks"
        page.goto(portal)
        page.get_by_label("Delivery URL").fill(address)
        page.get_by_role("button", name="Save").click()
        key = page.locator("#key").inner_text()

        # Here: the key, and the test.
        page.goto(f"{installation.url}/settings/webhooks/")
        page.get_by_label("Webhook key").fill(key)
        page.get_by_role("button", name="Save the key").click()
        expect(page.locator("#webhooks-live")).to_contain_text("Waiting for Xero’s first call")
        expect(page.locator("body")).not_to_contain_text(key)
        page.get_by_role("button", name="Test the address").click()
        expect(page.locator("#selftest")).to_contain_text("Passed", timeout=30_000)
        expect(page.locator("#selftest .webhook-check-passed")).to_have_count(8)
        expect(page.locator("#webhooks-live")).to_contain_text("Waiting for Xero’s first call")

        # At Xero: the intent to receive; here it is seen without reloading.
        with open_page(browser) as developer:
            developer.goto(portal)
            developer.get_by_role("button", name="Send intent to receive").click()
            expect(developer.locator("#status")).to_have_text("OK", timeout=30_000)
        expect(page.locator("#webhooks-live .chip-good").first).to_have_text("Hearing", timeout=30_000)

        # A change in Xero is here within seconds; nobody asked for it.
        tenant = installation.xero.tenant_id(NAME)
        raised = installation.xero.act(tenant, "invoices", Amount=4321)
        organisation = re.search(
            r"/o/(\d+)/", page.locator("a", has_text="What was told").get_attribute("href") or ""
        )
        assert organisation is not None
        log = f"{installation.url}/o/{organisation[1]}/activity/webhooks/"
        link = page.get_by_role("link", name=raised["InvoiceNumber"])
        # A sync may bring the record while what was told of it still waits.
        settled = page.locator("tr", has=link).locator(".chip-good")
        page.goto(log)
        wait_until_there(settled)
        expect(settled).to_have_text("In the copy")

        # Disabled at Xero, nothing is heard, and asking goes on; a replay still works.
        page.get_by_role("button", name=re.compile("Replay .*")).first.click()
        expect(page.locator("#messages")).to_contain_text("1 record of Brightwater Studio Ltd")
