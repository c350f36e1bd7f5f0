"""An invoice raised here: seen, sent, approved, approved in Xero; and one that was refused and mended."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, WRITE_SCOPES
from tests.journeys.conftest import Installation, allow_access, confirm, open_page, sign_up
from tests.journeys.keys import press, tick, type_into
from tests.journeys.waiting import sync_now, wait_for

pytestmark = pytest.mark.journey

OURS = "Brightwater Studio Ltd"


def connect_two_way(page: Page, installation: Installation) -> str:
    """Let Counterfoil raise invoices, wait for the first copy, and return the organisation's number here."""
    page.goto(f"{installation.url}/connect/")
    page.get_by_label("Two-way").check()
    tick(page.get_by_label("Raise invoices and credit notes"))
    allow_access(page, OURS)
    confirm(page, OURS)
    expect(page.locator("#progress")).to_have_count(0, timeout=90_000)
    return address_of(page).rstrip("/").rpartition("/")[2]


def address_of(page: Page) -> str:
    """Return where the browser is, without the place on the page that the skip link left."""
    return page.url.partition("#")[0]


def book_to(page: Page, home: str, account: str) -> None:
    """Say what everything means that has no mapping of its own."""
    page.goto(f"{home}/settings/mappings/edit/?service=")
    page.get_by_label("Account").fill(account)
    page.get_by_label("Tax rate").fill("20% (VAT on Income)")
    press(page.get_by_role("button", name="Save"))
    expect(page.locator("#services")).to_contain_text(account)


def raise_invoice(page: Page, installation: Installation, *, reference: str) -> None:
    """Write 2 × 49.99 less 10 %, see what Xero will make of it, and send and approve it."""
    page.goto(f"{installation.url}/drafts/")
    press(page.get_by_role("link", name="New invoice").first)
    type_into(page.get_by_label("Name or e-mail of the contact"), "a")
    press(page.locator("#candidates button").first)
    type_into(page.get_by_label("Reference"), reference)
    page.get_by_label("Currency").select_option("GBP")
    type_into(page.get_by_label("Description of line 1"), "Bookkeeping")
    type_into(page.get_by_label("Quantity of line 1"), "2")
    type_into(page.get_by_label("Price of line 1"), "49.99")
    type_into(page.get_by_label("Discount of line 1"), "10%")
    expect(page.locator("[data-total]")).to_have_text("107.98 GBP")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("One invoice is ready to go: 107.98 GBP")
    send(page)


def send(page: Page) -> None:
    press(page.get_by_role("button", name="Send it to Xero"))
    with page.expect_navigation():
        press(page.get_by_role("button", name="Approve and send"))


def archive_account(installation: Installation, code: str) -> None:
    """Archive an account in Xero behind our back."""
    xero = installation.xero
    tenant, redirect_uri = xero.tenant_id(OURS), f"{installation.url}/admin/xero_integration/connect"
    [account] = [one for one in xero.records(tenant, "Accounts") if one.get("Code") == code]
    consent = xero.consent(tenant, scope=WRITE_SCOPES, redirect_uri=redirect_uri)
    form = {"grant_type": "authorization_code", "code": consent["code"], "redirect_uri": redirect_uri}
    answer = xero.client.post("/connect/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
    token = answer.raise_for_status().json()["access_token"]
    headers = {"authorization": f"Bearer {token}", "xero-tenant-id": tenant}
    path = f"/api.xro/2.0/Accounts/{account['AccountID']}"
    xero.client.post(path, headers=headers, json={"Status": "ARCHIVED"}).raise_for_status()


def test_an_invoice_is_raised_approved_in_xero_and_a_refused_one_is_mended_by_a_mapping(
    browser: Browser, installation: Installation
) -> None:
    """X18, X20, X21, X22, K15, PAIN 8, PAIN 9, PAIN 11."""
    xero = installation.xero
    with open_page(browser) as page:
        sign_up(page, installation)
        number = connect_two_way(page, installation)
        home = f"{installation.url}/o/{number}"
        # The account that is archived is one that no other journey books to: they share the stand-in.
        book_to(page, home, "260 Other Revenue")

        raise_invoice(page, installation, reference="JOURNEY 7")
        wait_for(page, "Done since", "Open in Xero")
        draft = address_of(page)
        [made] = [
            one
            for one in xero.records(xero.tenant_id(OURS), "Invoices")
            if one.get("Reference", "").startswith("JOURNEY 7")
        ]
        assert (made["Status"], made["Total"]) == ("DRAFT", 107.98)
        press(page.get_by_role("link", name="Open in Xero"))
        page.get_by_role("button", name="Approve").click()
        page.goto(f"{home}/")
        sync_now(page)
        expect(page.locator("#messages")).not_to_be_empty()
        page.goto(draft)
        wait_for(page, f"{made['InvoiceNumber']}, Open")

        archive_account(installation, "260")
        raise_invoice(page, installation, reference="JOURNEY 8")
        wait_for(page, "Xero refused it", "Account code '260' has been archived")
        book_to(page, home, "200 Sales")
        press(page.get_by_role("link", name="Preview it with these mappings"))
        expect(page.locator("main")).to_contain_text("200 Sales")
        send(page)
        wait_for(page, "Done since")

    again = [
        one
        for one in xero.records(xero.tenant_id(OURS), "Invoices")
        if one.get("Reference", "").startswith("JOURNEY 8")
    ]
    assert [[line["AccountCode"] for line in one["LineItems"]] for one in again] == [["200"]]
