"""An e-mail address that was changed here and in Xero, decided by keys alone and taken back (K16)."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Installation, allow_access, confirm, open_page, sign_up
from tests.journeys.keys import press, tick, type_into
from tests.journeys.waiting import sync_now, wait_for

pytestmark = pytest.mark.journey

OURS = "Brightwater Studio Ltd"


def connect_two_way(page: Page, installation: Installation) -> str:
    """Let Counterfoil update contacts, wait for the first copy, and return its address here."""
    page.goto(f"{installation.url}/connect/")
    page.get_by_label("Two-way").check()
    tick(page.get_by_label("Create and update contacts"))
    allow_access(page, OURS)
    confirm(page, OURS)
    expect(page.locator("#progress")).to_have_count(0, timeout=90_000)
    return page.url.partition("#")[0].rstrip("/")


def make_a_client(page: Page, home: str) -> str:
    """Make a client of the first contact that waits, and return its name."""
    page.goto(f"{home}/unmatched/")
    row = page.locator("[data-queue-row]").first
    expect(row).to_be_focused()
    name = row.get_attribute("aria-label") or ""
    page.keyboard.press("n")
    expect(page.get_by_text(f"{name} is a client now, and linked.")).to_be_visible()
    return name


def test_what_both_sides_changed_is_decided_by_keys(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)
        home = connect_two_way(page, installation)
        name = make_a_client(page, home)
        page.goto(f"{home}/settings/contact-fields/")
        press(page.get_by_role("button", name="Switch on"))
        wait_for(page, "Last compared")

        # Changed here, and in Xero by somebody else.
        page.goto(f"{installation.url}/clients/?q={name}")
        press(page.locator("main").get_by_role("link", name=name))
        press(page.get_by_role("link", name="Edit", exact=True))
        type_into(page.get_by_label("E-mail address"), "ours@client.example")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Saved.")).to_be_visible()
        tenant = installation.xero.tenant_id(OURS)
        [contact] = [one for one in installation.xero.records(tenant, "Contacts") if one["Name"] == name]
        path = f"contacts/{contact['ContactID']}/edit"
        installation.xero.act(tenant, path, EmailAddress="theirs@client.example")
        page.goto(f"{home}/activity/sync/")
        sync_now(page)
        expect(page.locator("#messages")).not_to_be_empty()

        # Xero's is taken over, and that is taken back; in a tab of its own, as the sync's page renews itself.
        page = page.context.new_page()
        page.goto(f"{home}/activity/conflicts/")
        wait_for(page, "Changed on both sides")
        expect(page.locator("[data-queue-row]")).to_contain_text("theirs@client.example")
        page.keyboard.press("j")
        page.keyboard.press("t")
        expect(page.get_by_text("Xero’s is taken over.")).to_be_visible()
        page.keyboard.press("u")
        expect(page.get_by_text("Taken back: E-mail address.")).to_be_visible()

        # Something else is written for both, and is on its way.
        page.keyboard.press("e")
        expect(page.locator("details[open] input[name=value]")).to_be_focused()
        page.keyboard.press("Control+A")
        page.keyboard.type("both@client.example")
        page.keyboard.press("Enter")
        expect(page.get_by_text("saved here, and on its way to Xero.")).to_be_visible()
        expect(page.locator("[data-queue-row]")).to_have_count(0)
        page.goto(f"{home}/activity/conflicts/?show=sending")
        expect(page.locator("main")).to_contain_text("both@client.example")
