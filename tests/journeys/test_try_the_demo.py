"""One command, one page, two clicks."""

import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories.sandbox import checked_exchanges
from tests.journeys.conftest import (
    build_environment,
    find_free_port,
    open_page,
    running,
    temporary_home,
    wait_until_ready,
)
from tests.journeys.waiting import look_again

pytestmark = pytest.mark.journey


def test_the_demo_signs_in_connects_by_clicking_and_goes_on_after_a_restart(browser: Browser) -> None:
    port, xero_port = find_free_port(), find_free_port()
    url = f"http://localhost:{port}"
    verb = ["demo", "--port", str(port), "--sandbox-port", str(xero_port)]
    with temporary_home() as home, checked_exchanges() as record:
        log = home / "demo.log"
        # The demo starts its stand-in itself, which takes this option from the environment as well.
        environment = build_environment(
            home, **{f"SANDBOX_{name.upper()}": it for name, it in record.items()}
        )
        with running(*verb, "--invoices", "100", environment=environment, log=log):
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
                before = page.locator("#total-invoices .stat-value").inner_text()

        with running(*verb, environment=environment, log=log):
            wait_until_ready(url, log)
            raise_invoice(f"http://127.0.0.1:{xero_port}/sandbox/api/organisations")
            with open_page(browser) as page:
                page.goto(url)
                expect(page.locator("#connection-card")).to_contain_text("Connected")
                wait_for_another_total(page, before)
        assert all(Path(file).stat().st_size for file in record.values())


def wait_for_another_total(page: Page, before: str, *, within_s: float = 90) -> None:
    """Look again until the number of invoices differs; the worker asks every fifteen seconds."""
    deadline = time.monotonic() + within_s
    total = page.locator("#total-invoices .stat-value")
    while total.inner_text() == before:
        assert time.monotonic() < deadline, f"The new invoice did not arrive within {within_s} s."
        page.wait_for_timeout(2_000)
        look_again(page)


def raise_invoice(organisations: str) -> None:
    """Raise an invoice in the stand-in's first organisation, as its Xero user."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        tenant = client.get(organisations).json()[0]["tenantId"]
        made = {"Type": "ACCREC", "Status": "AUTHORISED", "Name": "After the Restart Ltd", "Amount": 50}
        client.post(f"{organisations}/{tenant}/invoices", json=made).raise_for_status()
