"""Every page with data, light and dark, wide and narrow: no serious fault by axe, no sideways scroll."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect

from tests.integration.web.addresses import list_addresses
from tests.integration.web.test_permissions import RULES, Open
from tests.journeys.conftest import NARROW, WIDE, Installation, connect, open_page, sign_up

pytestmark = pytest.mark.journey

# What answers a machine or hands a file over, and Django's own admin, which operators alone see.
NO_PAGE = {"export", "healthz", "readyz", "backstage", "mfa_download_recovery_codes", "mfa_login_webauthn"}
PAGES = [address for address in list_addresses() if RULES[address.name].get and address.name not in NO_PAGE]

_RUN_AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
}"""
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def somebody(browser: Browser, installation: Installation) -> Iterator[tuple[StorageState, str]]:
    """A person with a connected organisation whose first copy is there, and the organisation's number."""
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page)
        number = page.url.rstrip("/").rpartition("/")[2]
        page.goto(f"{installation.url}/o/{number}/invoices/")
        for _ in range(60):
            if page.locator("tbody tr").count():
                break
            page.wait_for_timeout(1000)
            page.reload()
        expect(page.locator("tbody tr").first).to_be_visible()
        yield page.context.storage_state(), number


def list_faults(page: Page, axe: str) -> list[str]:
    """Return what is wrong with the page that is open."""
    page.evaluate(axe)
    faults: list[str] = page.evaluate(_RUN_AXE)
    overflow: int = page.evaluate(_OVERFLOW)
    return [*faults, *([f"scrolls sideways by {overflow} px"] if overflow > 0 else [])]


def test_a_fault_would_be_found(browser: Browser, installation: Installation) -> None:
    axe = (files("axe_core_python") / "axe.min.js").read_text()
    with open_page(browser, viewport=NARROW) as page:
        page.goto(f"{installation.url}/accounts/login/")
        page.evaluate("document.querySelector('main').append(document.createElement('img'))")
        page.evaluate("document.querySelector('h1').style.width = '2000px'")

        faults = list_faults(page, axe)

    assert len(faults) == 2
    assert faults[0].startswith("image-alt: ")
    assert faults[1].startswith("scrolls sideways by ")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_is_for_everybody(
    browser: Browser,
    installation: Installation,
    somebody: tuple[StorageState, str],
    viewport: ViewportSize,
    dark: bool,
) -> None:
    storage, number = somebody
    axe = (files("axe_core_python") / "axe.min.js").read_text()
    settings: Any = {"viewport": viewport, "color_scheme": "dark" if dark else "light", "locale": "en-GB"}
    context = browser.new_context(storage_state=storage, **settings)
    stranger = browser.new_context(**settings)
    faults = []
    for name, each in (("somebody", context), ("a stranger", stranger)):
        page = each.new_page()
        for address in PAGES:
            if name == "a stranger" and RULES[address.name].get is not Open.ANYBODY:
                continue  # sent to sign in, which is tried by itself
            path = address.fill({"organisation_id": number})
            page.goto(f"{installation.url}{path}")
            faults += [f"{path} for {name}: {fault}" for fault in list_faults(page, axe)]
        each.close()
    assert faults == []
