"""A whole installation beside a stand-in Xero, and a browser to use it with."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect, sync_playwright

from tests.factories.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    SOURCE,
    RunningSandbox,
    running_sandbox,
)
from tests.journeys.keys import choose, press, type_into

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "correct horse battery"
_READY_WITHIN_S = 240.0
_people = count(1)

WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}

# A journey fails by what does not come, never by a machine that has others to serve, too.
_PATIENCE_MS = 60_000

expect.set_options(timeout=_PATIENCE_MS)


def find_free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Walk a journey once more when it fails, and say so in the summary.

    A browser and six processes on a machine that serves others, too, can be late for once; what is wrong
    is wrong the second time. Nothing but the journeys is tried twice.
    """
    for item in items:
        if item.get_closest_marker("journey"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@contextmanager
def running(*verb: str, environment: dict[str, str], log: Path) -> Iterator[None]:
    """Run one command of Counterfoil for the length of a block."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "counterfoil", *verb],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_ready(url: str, log: Path) -> None:
    """Wait until the pages and their database answer, or fail with what the processes printed."""
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail(f"{url} did not become ready:\n{log.read_text(errors='replace')}")


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Make a home that the unprivileged user of the database may enter, and remove it afterwards."""
    home = Path(tempfile.mkdtemp(prefix="counterfoil-journey-"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def build_environment(home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process that has nothing to do with the tests' own database."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COUNTERFOIL_", "XERO_", "DATABASE_URL"))
    }
    return {**inherited, "PYTHONPATH": str(SOURCE), "COUNTERFOIL_HOME": str(home), **more}


@dataclass(frozen=True)
class Installation:
    """Counterfoil as served to browsers, and the Xero it talks to."""

    url: str
    xero: RunningSandbox


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """Web, worker, database and stand-in, each a process of its own."""
    port = find_free_port()
    url = f"http://localhost:{port}"
    with ExitStack() as stack:
        home = stack.enter_context(temporary_home())
        xero = stack.enter_context(
            running_sandbox(
                redirect_uri=[
                    f"{url}/admin/xero_integration/connect",
                    f"{url}/accounts/xero/login/callback/",
                ],
                invoices=240,
                contacts=60,
                several=True,
                tier="advanced",
                minute_calls=10_000,
            )
        )
        addresses = dict.fromkeys(
            ["XERO_LOGIN_URL", "XERO_IDENTITY_URL", "XERO_API_URL", "XERO_WEB_URL"], xero.url
        )
        environment = build_environment(
            home,
            COUNTERFOIL_URL=url,
            XERO_CLIENT_ID=CLIENT_ID,
            XERO_CLIENT_SECRET=CLIENT_SECRET,
            **addresses,
        )
        log = home / "journey.log"
        migrating = [sys.executable, "-m", "counterfoil", "migrate"]
        subprocess.run(migrating, env=environment, check=True, stdout=subprocess.DEVNULL)
        stack.enter_context(running("serve", "--port", str(port), environment=environment, log=log))
        stack.enter_context(running("worker", environment=environment, log=log))
        wait_until_ready(url, log)
        yield Installation(url, xero)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; where there is none the journeys are skipped, but never in CI."""
    path = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("No Chromium was found, and in CI the journeys must run.")
        pytest.skip("No Chromium was found (chromium, chromium-browser or google-chrome).")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield started
        started.close()


@contextmanager
def open_page(
    browser: Browser,
    *,
    viewport: ViewportSize = WIDE,
    javascript: bool = True,
    dark: bool = False,
    storage: StorageState | None = None,
) -> Iterator[Page]:
    """Open a browser of its own, which fails the journey when a page complains in its console."""
    context = browser.new_context(
        viewport=viewport,
        java_script_enabled=javascript,
        color_scheme="dark" if dark else "light",
        locale="en-GB",
        storage_state=storage,
    )
    context.set_default_timeout(_PATIENCE_MS)
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield page
    context.close()
    assert complaints == []


def sign_up(page: Page, installation: Installation, *, firm: str = "Journey & Co") -> str:
    """Sign up as somebody new by keys, and return their address."""
    email = f"person{next(_people)}@journey.example"
    page.goto(f"{installation.url}/accounts/signup/")
    type_into(page.get_by_label("Your firm"), firm)
    type_into(page.get_by_label("E-mail address"), email)
    type_into(page.get_by_label("Password"), PASSWORD)
    press(page.get_by_role("button", name="Sign up", exact=True))
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    return email


def allow_access(page: Page, *names: str) -> None:
    """Go to Xero from the interstitial and allow access to these organisations; a mouse is for Xero alone."""
    press(page.get_by_role("button", name="Connect with Xero"))
    expect(page.get_by_role("button", name="Allow access")).to_be_visible()
    for box in page.locator("input[name=tenant]").all():
        box.uncheck()
    for name in names:
        page.get_by_text(name).click()
    page.get_by_role("button", name="Allow access").click()


def connect(page: Page, name: str = "Brightwater Studio Ltd") -> None:
    """Connect an organisation from the dashboard by keys."""
    press(page.locator("#connection-card"))
    allow_access(page, name)
    confirm(page, name)


def confirm(page: Page, name: str) -> None:
    """Choose one of the organisations that were allowed in Xero."""
    choose(page.get_by_label(name))
    press(page.get_by_role("button", name="Confirm"))
    expect(page.locator("#connection-card")).to_contain_text("Connected")
