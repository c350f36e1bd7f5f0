"""One command, one page, two clicks."""

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import (
    build_environment,
    find_free_port,
    open_page,
    running,
    temporary_home,
    wait_until_ready,
)

pytestmark = pytest.mark.journey


def test_the_demo_signs_in_and_connects_by_clicking(browser: Browser) -> None:
    port, xero_port = find_free_port(), find_free_port()
    url = f"http://localhost:{port}"
    verb = ["demo", "--port", str(port), "--sandbox-port", str(xero_port), "--invoices", "100"]
    with temporary_home() as home:
        log = home / "demo.log"
        with running(*verb, environment=build_environment(home), log=log):
            wait_until_ready(url, log)
            with open_page(browser) as page:
                page.goto(url)
                expect(page.locator("body")).to_contain_text("Demo: data from the stand-in Xero")
                page.locator("#connection-card").click()
                page.get_by_role("button", name="Connect with Xero").click()
                page.get_by_role("button", name="Allow access").click()
                page.locator("input[name=tenant]").check()
                page.get_by_role("button", name="Confirm").click()

                expect(page.locator("#connection-card")).to_contain_text("Connected")
                expect(page.locator("#progress")).to_have_count(0, timeout=90_000)
                expect(page.locator("#total-invoices .stat-value")).not_to_have_text("0")
