"""From an empty app to Connected, and every turn that a connection may take after that (PAIN 1, 2)."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Installation, allow_access, confirm, connect, open_page, sign_up
from tests.journeys.keys import choose, press, tab_to, tick, type_into
from tests.journeys.waiting import wait_until_there

pytestmark = pytest.mark.journey

BRIGHTWATER = "Brightwater Studio Ltd"
COOLABAH = "Coolabah Trades Pty Ltd"


def wait_for_copy(page: Page) -> None:
    expect(page.locator("#progress")).to_have_count(0, timeout=90_000)


def make_a_client_of_the_first_contact(page: Page, installation: Installation) -> str:
    """Link whoever waits first in the queue; return the address of the client's page."""
    page.goto(f"{installation.url}/unmatched/")
    waiting = page.locator("[data-queue-row]").first
    expect(waiting).to_be_focused()
    name = waiting.get_attribute("aria-label") or ""
    page.keyboard.press("n")
    expect(page.get_by_text("is a client now, and linked.")).to_be_visible()
    page.goto(f"{installation.url}/clients/")
    press(page.get_by_role("link", name=name, exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page.url.partition("#")[0]


def test_the_steps_lead_from_an_empty_app_to_connected(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        page.goto(f"{installation.url}/admin/xero_integration")
        press(page.get_by_role("button", name="Check now"))
        checks = page.locator(".checks")
        expect(checks).to_contain_text("Counterfoil answers at")
        expect(checks).to_contain_text("Xero can be reached")
        redirect_uri = page.locator("#redirect-uri").inner_text()
        assert redirect_uri == f"{installation.url}/admin/xero_integration/connect"

        press(page.get_by_role("link", name="the stand-in’s page for apps"))
        page.get_by_label("App name").fill("Counterfoil of ours")
        page.get_by_label("Redirect URL").fill(redirect_uri)
        page.get_by_role("button", name="Create app").click()
        client_id, secret = (page.locator("dd code").nth(place).inner_text() for place in (0, 1))
        page.goto(f"{installation.url}/settings/xero-app/")
        type_into(page.get_by_label("Client ID"), client_id)
        type_into(page.get_by_label("Client Secret"), "not the one")
        press(page.get_by_role("button", name="Save"))
        expect(page.locator("main")).to_contain_text("A Client Secret has no spaces")
        type_into(page.get_by_label("Client Secret"), secret)
        press(page.get_by_role("button", name="Save"))
        expect(page.locator("#messages")).to_contain_text("Xero accepts the Client ID")
        expect(page.locator("#state")).to_contain_text(client_id)
        expect(page.locator("body")).not_to_contain_text(secret)

        press(page.locator("#state").get_by_role("link", name="Connect to Xero"))
        allow_access(page, BRIGHTWATER)
        confirm(page, BRIGHTWATER)


def test_another_organisation_than_the_one_it_was_about_is_refused(
    browser: Browser, installation: Installation
) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page, BRIGHTWATER)
        press(page.get_by_role("link", name="Settings"))
        press(page.get_by_role("link", name="Make it two-way"))
        tick(page.get_by_label("Raise invoices and credit notes"))
        allow_access(page, COOLABAH)
        expect(page.locator("main")).to_contain_text("That was another organisation")
        assert page.locator("input[name=tenant]").count() == 0

        press(page.get_by_role("link", name="Go back to Xero"))
        expect(page.locator(".head")).to_contain_text(BRIGHTWATER)


def test_a_downgraded_person_is_named_and_somebody_reconnects(
    browser: Browser, installation: Installation
) -> None:
    made = installation.xero.add_organisation(
        name="Downgraded Ltd", country="GB", seed=21, invoices=20, contacts=6
    )
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page, "Downgraded Ltd")
        wait_for_copy(page)
        installation.xero.act(made["tenantId"], "role", role="READONLY")
        press(page.get_by_role("link", name="Settings"))
        press(page.get_by_role("link", name="Make it two-way"))
        tick(page.get_by_label("Record payments"))
        allow_access(page, "Downgraded Ltd")
        confirm(page, "Downgraded Ltd")
        page.goto(f"{installation.url}/settings/")
        # The copy that begins with the reconnection reads the roles, too.
        wait_until_there(page.locator(".connection", has_text=re.compile("Read only")))
        expect(page.locator(".connection")).to_contain_text("Two-way")
        expect(page.locator(".connection")).to_contain_text("Nothing can be written to Xero")

        press(page.get_by_role("button", name="Make it read-only"))

        expect(page.locator(".connection")).to_contain_text("Read-only")
        press(page.get_by_role("link", name="History of connections"))
        expect(page.locator("main")).to_contain_text("From Adviser to Read only.")


def test_removed_reconnected_removed_and_forgotten(browser: Browser, installation: Installation) -> None:
    installation.xero.add_organisation(name="Come And Go Ltd", country="GB", seed=31, invoices=20, contacts=6)
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page, "Come And Go Ltd")
        wait_for_copy(page)
        client = make_a_client_of_the_first_contact(page, installation)

        for _ in range(2):
            page.goto(f"{installation.url}/settings/")
            press(page.get_by_role("link", name="Remove Connection"))
            expect(page.locator(".consequences")).to_contain_text("contacts")
            type_into(page.get_by_label("to confirm"), "Come And Go Ltd")
            press(page.get_by_role("button", name="Remove Connection"))
            expect(page.locator("#messages")).to_contain_text("is removed.")
            expect(page.locator("main")).to_contain_text("Removed organisations")
            if _ == 0:
                press(page.get_by_role("link", name="Dashboard"))
                connect(page, "Come And Go Ltd")
                wait_for_copy(page)
                page.goto(f"{client}?view=all")
                expect(page.locator("#documents tbody tr").first).to_be_visible()

        page.goto(f"{installation.url}/settings/")
        press(page.get_by_role("link", name="Forget the organisation"))
        type_into(page.get_by_label("to confirm"), "forget")
        press(page.get_by_role("button", name="Forget"))
        expect(page.locator("#messages")).to_contain_text("Forgotten:")
        expect(page.locator("main")).not_to_contain_text("Removed organisations")


def test_an_earlier_tools_data_is_tried_assigned_and_taken_back(
    browser: Browser, installation: Installation
) -> None:
    made = installation.xero.add_organisation(
        name="Moving House Ltd", country="GB", seed=41, invoices=20, contacts=6
    )
    known, *_ = installation.xero.records(made["tenantId"], "Contacts")
    table = f"Client,Contact ID\n{known['Name']},{known['ContactID']}\nNobody At All,\n"
    with open_page(browser) as page:
        sign_up(page, installation)
        connect(page, "Moving House Ltd")
        wait_for_copy(page)
        page.goto(f"{installation.url}/settings/migrate/")
        tab_to(page.get_by_label("CSV file"))  # the system's own window follows, which no page can hold
        page.get_by_label("CSV file").set_input_files(
            {"name": "earlier.csv", "mimeType": "text/csv", "buffer": table.encode()}
        )
        press(page.get_by_role("button", name="Take the file"))
        expect(page.locator(".head")).to_contain_text("no organisation yet")

        choose(page.get_by_label("Moving House Ltd"))
        press(page.get_by_role("button", name="Try it, without changing anything"))
        expect(page.locator("main")).to_contain_text("What would be matched in Moving House Ltd")
        expect(page.locator("main")).to_contain_text("This organisation has no such record.")
        expect(page.locator(".head")).to_contain_text("no organisation yet")
        press(page.get_by_role("button", name="Assign to Moving House Ltd"))
        expect(page.locator("#messages")).to_contain_text("Lines matched: 1, waiting: 1.")

        press(page.get_by_role("button", name="Take back"))
        expect(page.locator("#messages")).to_contain_text("Taken back.")
        expect(page.locator(".head")).to_contain_text("no organisation yet")
