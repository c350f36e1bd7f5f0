"""
Take the README's pictures from a demo that is made anew: `make pictures`.

Needs the development environment and a Chromium or Chrome on the path. Every picture is taken light and dark.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect, sync_playwright

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZE: ViewportSize = {"width": 1440, "height": 900}
CLIENTS = 8
SHOWN = {
    "dashboard": "/",
    "profit-and-loss": "/reports/profit-and-loss/",
    "proof": "/activity/proof/",
    "recharges": "/recharges/",
}
READY_WITHIN_S = 240


def main() -> None:
    """Start a demo, fill it by clicks, and photograph it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_demo() as url, sync_playwright() as playwright:
        chromium = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        storage, home = fill(browser, url)
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport=SIZE, color_scheme=scheme, locale="en-GB", storage_state=storage
            )
            page = context.new_page()
            for name, path in SHOWN.items():
                page.goto(f"{home}{path}")
                page.wait_for_load_state("networkidle")
                expect(page.locator("#progress")).to_have_count(0)  # a sync that was just under way
                page.screenshot(path=PICTURES / f"{name}-{scheme}.png")
            context.close()
        browser.close()


@contextmanager
def running_demo() -> Iterator[str]:
    """Run a demo with a home of its own, and give its address."""
    port, xero = find_free_port(), find_free_port()
    home = Path(tempfile.mkdtemp(prefix="counterfoil-pictures-"))
    home.chmod(0o755)  # the database's own account enters it when root takes the pictures
    command = [sys.executable, "-m", "counterfoil", "demo", "--port", str(port), "--sandbox-port", str(xero)]
    demo = subprocess.Popen(
        command, env={**os.environ, "COUNTERFOIL_HOME": str(home)}, stdout=subprocess.DEVNULL
    )
    url = f"http://localhost:{port}"
    try:
        wait_until_ready(url)
        yield url
    finally:
        demo.terminate()
        demo.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def find_free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(url: str) -> None:
    """Wait until the demo answers."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own demo
                return
        except (URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("The demo did not become ready.")


def fill(browser: Browser, url: str) -> tuple[StorageState, str]:
    """Connect an organisation, make clients of its contacts; return the session and where it is."""
    context = browser.new_context(viewport=SIZE, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(120_000)
    expect.set_options(timeout=120_000)
    page.goto(url)
    page.locator("#connection-card").click()
    page.get_by_role("button", name="Connect with Xero").click()
    page.get_by_role("button", name="Allow access").click()
    page.locator("input[name=tenant]").first.check()
    page.get_by_role("button", name="Confirm").click()
    home = page.url.rstrip("/")
    expect(page.locator("#progress")).to_have_count(0)
    make_clients(page, home)
    look_for_costs(page, home)
    page.wait_for_timeout(15_000)  # what is drawn up in the background
    storage = context.storage_state()
    context.close()
    return storage, home


def make_clients(page: Page, home: str) -> None:
    """Make clients of the contacts that wait first."""
    page.goto(f"{home}/unmatched/")
    for number in range(CLIENTS):
        expect(page.locator("main")).to_contain_text(f"{number} of ")
        page.keyboard.press("n")
        expect(page.locator("main")).to_contain_text(f"{number + 1} of ")


def look_for_costs(page: Page, home: str) -> None:
    """Begin to look for what can be recharged, from a year ago on."""
    page.goto(f"{home}/recharges/")
    page.get_by_role("button", name="Begin").click()


if __name__ == "__main__":
    main()
