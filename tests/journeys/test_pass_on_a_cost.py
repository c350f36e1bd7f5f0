"""A software bill with a PDF is passed on to five clients, billed, approved, part paid and settled."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, WRITE_SCOPES
from tests.journeys.conftest import Installation, allow_access, confirm, open_page, sign_up
from tests.journeys.keys import press, tick, type_into
from tests.journeys.test_bill_the_month import make_clients
from tests.journeys.test_raise_an_invoice import OURS, book_to
from tests.journeys.waiting import sync_now, wait_for

pytestmark = pytest.mark.journey

PDF = b"%PDF-1.7\n" + Random(9).randbytes(60_000)
CLIENTS = 5


class Xero:
    """The organisation in Xero, as somebody there works in it."""

    def __init__(self, installation: Installation) -> None:
        self._xero = installation.xero
        self.tenant = self._xero.tenant_id(OURS)
        self._redirect_uri = f"{installation.url}/admin/xero_integration/connect"

    def act(self, path: str, **fields: Any) -> dict[str, Any]:
        return self._xero.act(self.tenant, path, **fields)

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        consent = self._xero.consent(self.tenant, scope=WRITE_SCOPES, redirect_uri=self._redirect_uri)
        form = {
            "grant_type": "authorization_code",
            "code": consent["code"],
            "redirect_uri": self._redirect_uri,
        }
        answer = self._xero.client.post("/connect/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
        token = answer.raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "xero-tenant-id": self.tenant}
        headers |= {"Accept": "application/json"} | request.pop("headers", {})
        answer = self._xero.client.request(method, f"/api.xro/2.0/{path}", headers=headers, **request)
        return answer.raise_for_status()

    def enter_bill(self) -> dict[str, Any]:
        """Enter the supplier's bill, with its PDF."""
        today = datetime.now(UTC).date().isoformat()
        fields = {"Type": "ACCPAY", "Name": "Nimbus Cloud", "InvoiceNumber": "NC-77", "Date": today}
        bill = self.act("invoices", Amount="251.00", **fields)
        path = f"Invoices/{bill['InvoiceID']}/Attachments/Nimbus.pdf"
        self.call("PUT", path, content=PDF, headers={"Content-Type": "application/pdf"})
        return bill

    def list_passed_on(self) -> list[dict[str, Any]]:
        """Return the invoices that pass the bill on."""
        return [
            one
            for one in self._xero.records(self.tenant, "Invoices")
            if one["Type"] == "ACCREC"
            and any("NC-77" in str(line.get("Description")) for line in one["LineItems"])
        ]

    def list_links(self, bill: dict[str, Any]) -> list[dict[str, Any]]:
        links = self._xero.records(self.tenant, "LinkedTransactions")
        return [one for one in links if one["SourceTransactionID"] == bill["InvoiceID"]]

    def read_file(self, invoice: dict[str, Any]) -> bytes:
        path = f"Invoices/{invoice['InvoiceID']}/Attachments"
        [file] = self.call("GET", path).json()["Attachments"]
        headers = {"Accept": "application/pdf"}
        return self.call("GET", f"{path}/{file['AttachmentID']}", headers=headers).content


def connect(page: Page, installation: Installation) -> str:
    """Let Counterfoil raise invoices and attach files; return the organisation's address here."""
    page.goto(f"{installation.url}/connect/")
    page.get_by_label("Two-way").check()
    tick(page.get_by_label("Raise invoices and credit notes"))
    tick(page.get_by_label("Attach files"))
    allow_access(page, OURS)
    confirm(page, OURS)
    expect(page.locator("#progress")).to_have_count(0, timeout=90_000)
    return page.url.partition("#")[0].rstrip("/")


def wait_until(page: Page, is_so: Callable[[], bool], *, outbox: str) -> None:
    """Wait for what the workers do in Xero; what the outbox says tells why it did not come."""
    for _ in range(120):
        if is_so():
            return
        page.wait_for_timeout(500)
    said = []
    for show in ("moving", "waiting", "refused", "done"):
        page.goto(f"{outbox}?show={show}")
        said.append(page.locator("main").inner_text())
    pytest.fail("it did not come to Xero:\n" + "\n".join(said))


def sync(page: Page, home: str) -> None:
    page.goto(f"{home}/")
    sync_now(page)
    expect(page.locator("#messages")).not_to_be_empty()


def split(page: Page, home: str) -> None:
    """Find the bill's line, and split it in equal shares with a mark-up of ten per cent, to be billed now."""
    page.goto(f"{home}/recharges/")
    press(page.get_by_role("button", name="Begin"))
    expect(page.locator("#messages")).not_to_be_empty()
    page.goto(f"{home}/recharges/?q=Nimbus")
    wait_for(page, "Nimbus Cloud")
    page.locator("[data-queue-row]").first.focus()
    page.keyboard.press("c")
    expect(page.locator("h1")).to_contain_text("Recharge 251.00 GBP")
    names = page.locator("#list-client option").evaluate_all("options => options.map(one => one.value)")
    for number, name in enumerate(names[:CLIENTS], start=1):
        if page.locator(f"#client-{number}").count() == 0:
            press(page.get_by_role("button", name="Preview"))
            expect(page.locator(f"#client-{number}")).to_be_visible()
        type_into(page.locator(f"#client-{number}"), name)
        type_into(page.locator(f"#share-{number}"), "1")
    press(page.get_by_text("Other terms than those of each client"))
    tick(page.get_by_label("Charge this cost at these terms"))
    type_into(page.get_by_label("Mark-up in per cent"), "10")
    press(page.get_by_role("button", name="Preview"))
    # 251.00 over five is 50.20 each, and with ten per cent 55.22.
    expect(page.locator("main")).to_contain_text("55.22")
    press(page.get_by_role("button", name="Recharge", exact=True))
    expect(page.locator("#messages")).not_to_be_empty()


def test_a_bill_is_passed_on_to_five_clients_by_keys_and_followed_until_it_is_settled(
    browser: Browser, installation: Installation
) -> None:
    """R6, R7, R8, R9, R13, K17."""
    xero = Xero(installation)
    with open_page(browser) as page:
        sign_up(page, installation)
        home = connect(page, installation)
        book_to(page, home, "200 Sales")
        make_clients(page, home, CLIENTS)
        bill = xero.enter_bill()
        sync(page, home)
        split(page, home)

        page.goto(f"{home}/recharges/bill/")
        expect(page.locator("main")).to_contain_text("5 draft invoices")
        expect(page.locator("main")).to_contain_text("66.26 GBP")  # 55.22 and 20 % VAT
        press(page.get_by_role("button", name="Bill what is ticked"))
        expect(page.locator("#messages")).to_contain_text("5 invoices are in the outbox")
        page.goto(f"{home}/outbox/")
        press(page.get_by_role("button", name=re.compile("Approve all")))
        expect(page.locator("main")).to_contain_text("approved, and on the way to Xero.")
        wait_until(
            page,
            lambda: (
                len(xero.list_passed_on()) == CLIENTS
                and all(one.get("HasAttachments") for one in xero.list_passed_on())
            ),
            outbox=f"{home}/outbox/",
        )

        invoices = xero.list_passed_on()
        assert {(one["Status"], Decimal(str(one["Total"]))) for one in invoices} == {
            ("DRAFT", Decimal("66.26"))
        }
        assert [xero.read_file(one) for one in invoices] == [PDF] * CLIENTS
        assert {one["TargetTransactionID"] for one in xero.list_links(bill)} == {
            one["InvoiceID"] for one in invoices
        }

        for one in invoices:
            xero.act(f"invoices/{one['InvoiceID']}/approve")
        xero.act(f"invoices/{invoices[0]['InvoiceID']}/pay", amount="33.13")
        sync(page, home)
        page.goto(f"{home}/recharges/report/")
        # Five times 55.22, of which half of one came back.
        wait_for(page, "276.10", "27.61", "248.49")
        assert {one["Status"] for one in xero.list_links(bill)} == {"BILLED"}

        xero.act(f"invoices/{invoices[0]['InvoiceID']}/pay", amount="33.13")
        for one in invoices[1:]:
            xero.act(f"invoices/{one['InvoiceID']}/pay", amount="66.26")
        sync(page, home)
        page.goto(f"{home}/recharges/report/?by=client")
        wait_for(page, "55.22", "276.10 GBP", "0.00 GBP")
        press(page.locator("tfoot a").nth(3))
        expect(page.locator("h1")).to_contain_text("Came back: 276.10 GBP")
        expect(page.locator("main")).to_contain_text("Settled")
