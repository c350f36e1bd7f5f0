"""Every page with data, light and dark, wide and narrow: no serious fault by axe, no sideways scroll."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import cycle
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect

from tests.integration.web.addresses import Address, list_addresses
from tests.integration.web.test_permissions import RULES, Open
from tests.journeys.conftest import (
    NARROW,
    PASSWORD,
    WIDE,
    Installation,
    allow_access,
    confirm,
    open_page,
    sign_up,
)
from tests.journeys.test_bill_the_month import agree as agree_to_a_fee
from tests.journeys.test_bill_the_month import make_clients
from tests.journeys.test_come_in import code_for, give_password, sign_in, sign_out
from tests.journeys.test_raise_an_invoice import book_to
from tests.journeys.waiting import wait_for, wait_until_there

pytestmark = pytest.mark.journey

# What answers a machine or hands a file over, and Django's own admin, which operators alone see.
NO_PAGE = {
    "export",
    "export_invoices",
    "export_agreements",
    "export_expenses",
    "export_time",
    "export_wishes",
    "export_units",
    "export_clients",
    "export_contacts",
    "export_profitability",
    "export_recharge_report",
    "export_recharges_behind",
    "export_left",
    "billing_export",
    "choose_client_terms",
    "export_profit_and_loss",
    "export_receivables",
    "download_pdf",
    "download_file",
    "healthz",
    "reminder_fate",
    "reminder_answer",
    "readyz",
    "metrics",
    "backstage",
    "mfa_download_recovery_codes",
    "mfa_login_webauthn",
}
PAGES = [address for address in list_addresses() if RULES[address.name].get and address.name not in NO_PAGE]

_AXE = (files("axe_core_python") / "axe.min.js").read_text()
_RUN_AXE = """async (rules) => {
  const options = {resultTypes: ["violations"]};
  if (rules) options.runOnly = {type: "rule", values: rules};
  const found = await axe.run(document, options);
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
}"""
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Of fifty rows with the same elements, classes and attributes axe says fifty times the same.
_THIN_OUT = """() => {
  const seen = new Map();
  const shape = (one) => [one.tagName, one.getAttribute("class"), ...one.getAttributeNames()].join(" ");
  for (const row of document.querySelectorAll("main tbody > tr, main ul > li, main ol > li")) {
    const whole = [row, ...row.querySelectorAll("*")].map(shape).join(", ");
    seen.set(whole, (seen.get(whole) ?? 0) + 1);
    if (seen.get(whole) > 2) row.remove();
  }
}"""
# Dark or light changes nothing but the colours.
_OF_COLOUR = ["color-contrast"]


@dataclass(frozen=True)
class Way:
    """A way to look at a page, and the rules that can find something which the ways before it did not."""

    viewport: ViewportSize
    scheme: Literal["light", "dark"]
    rules: list[str] | None = None


EVERY_WAY = {
    "wide, light": Way(WIDE, "light"),
    "wide, dark": Way(WIDE, "dark", _OF_COLOUR),
    "narrow, light": Way(NARROW, "light"),
    "narrow, dark": Way(NARROW, "dark", _OF_COLOUR),
}
# Every page by every rule, one as wide and light and the next as narrow and dark: in a third of the time.
IN_TURN: tuple[dict[str, Way], ...] = (
    {"wide, light": Way(WIDE, "light")},
    {"narrow, dark": Way(NARROW, "dark")},
)
in_these_ways = pytest.mark.parametrize(
    "ways",
    [IN_TURN, pytest.param((EVERY_WAY,), marks=pytest.mark.slow)],
    ids=["in turn", "in every way"],
)


BRIGHTWATER = "Brightwater Studio Ltd"
BLANK = "Blank Canvas Ltd"
COOLABAH = "Coolabah Trades Pty Ltd"


@dataclass(frozen=True)
class Somebody:
    """A person whose firm has something on every page, and the parts of the addresses of it."""

    storage: StorageState
    parts: dict[str, object]


@pytest.fixture(scope="module")
def somebody(browser: Browser, installation: Installation) -> Iterator[Somebody]:
    """An organisation to be written to whose first copy is there, a client with a deal, writes that wait."""
    with open_page(browser) as page:
        sign_up(page, installation)
        page.goto(f"{installation.url}/connect/")
        page.get_by_label("Two-way").check()
        page.get_by_label("Raise invoices and credit notes").check()
        allow_access(page, BRIGHTWATER)
        confirm(page, BRIGHTWATER)
        parts: dict[str, object] = {"organisation_id": page.url.partition("/o/")[2].partition("/")[0]}
        parts |= keep_a_client(page, installation)
        page.goto(f"{installation.url}/o/{parts['organisation_id']}/invoices/")
        wait_until_there(page.locator("tbody tr").first)
        page.goto(f"{installation.url}/contact-groups/")
        group = page.locator("tbody th a").first.get_attribute("href") or ""
        parts["group_id"] = group.rstrip("/").rpartition("/")[2]
        page.go_back()
        record = page.locator("a.details-link").first.get_attribute("href") or ""
        parts |= {"country": "GB", "kind": "Invoices", "xero_id": record.rstrip("/").rpartition("/")[2]}
        parts |= put_an_invoice_into_the_outbox(page, installation, parts["organisation_id"])
        parts |= begin_an_invoice(page, installation)
        parts |= agree(page, installation)
        parts |= keep_a_cost(page, installation)
        parts |= recharge_a_cost(page, installation, parts["line_id"])
        parts |= remind(page, installation, parts["organisation_id"])
        parts |= bill(page, installation, f"{installation.url}/o/{parts['organisation_id']}")
        yield Somebody(page.context.storage_state(), parts)


def path_of(page: Page) -> str:
    """Return the path of the open page, without the place in it that the skip link leaves behind."""
    return urlsplit(page.url).path


def keep_a_client(page: Page, installation: Installation) -> dict[str, object]:
    """Write down a client, somebody there, a deal, and lines that are to become clients."""
    page.goto(f"{installation.url}/clients/new/")
    page.get_by_label("Name").first.fill("Pōhutukawa Landscaping & Earthworks (Kāpiti Coast) Limited")
    page.get_by_role("button", name="Save").click()
    client = page.url.rstrip("/").rpartition("/")[2]
    found: dict[str, object] = {"client_id": client}
    for noun, part in (("people", "person_id"), ("deals", "deal_id")):
        page.goto(f"{installation.url}/clients/{client}/{noun}/new/")
        page.get_by_label("Name").first.fill("Ngaio")
        page.get_by_role("button", name="Save").click()
        page.goto(f"{installation.url}/clients/{client}/")
        href = page.locator("main").get_by_role("link", name="Ngaio").last.get_attribute("href") or ""
        found[part] = href.rstrip("/").rpartition("/")[2]
    page.goto(f"{installation.url}/import/")
    page.get_by_label("Or paste the lines").fill("Name\tE-mail\nNgaio\tnobody\n\tnobody@ngaio.example\n")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("“nobody” is no e-mail address.")).to_be_visible()
    found["upload_id"] = page.url.rstrip("/").rpartition("/")[2]
    return found


def begin_an_invoice(page: Page, installation: Installation) -> dict[str, object]:
    """Begin an invoice with a line on it."""
    page.goto(f"{installation.url}/drafts/new/?q=a")
    page.locator("#candidates button").first.click()
    page.get_by_label("Description of line 1").fill("Setting up the books, with all that belongs to it")
    page.get_by_role("button", name="Keep as draft here").click()
    return {"draft_id": page.url.rstrip("/").rpartition("/")[2]}


def put_an_invoice_into_the_outbox(
    page: Page, installation: Installation, organisation_id: object
) -> dict[str, object]:
    """Send an invoice of words alone, which waits there for somebody's approval."""
    begin_an_invoice(page, installation)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Send it to Xero").click()
    page.goto(f"{installation.url}/o/{organisation_id}/outbox/")
    operation = page.locator("tbody th a").first.get_attribute("href") or ""
    return {"operation_id": operation.rstrip("/").rpartition("/")[2]}


def remind(page: Page, installation: Installation, organisation_id: object) -> dict[str, object]:
    """Compose a campaign by e-mail, which sends a test to its writer alone; a customer to talk with."""
    page.goto(f"{installation.url}/o/{organisation_id}/contacts/")
    contact = page.locator("a.details-link").first.get_attribute("href") or ""
    page.goto(f"{installation.url}/o/{organisation_id}/reminders/new/")
    page.get_by_label("Sent by").select_option("email")
    page.get_by_label("Subject").first.fill("Invoice {invoice}")
    page.get_by_label("Message", exact=True).first.fill("{invoice} over {amount} is open. {business}")
    page.get_by_role("button", name="Save and preview").click()
    expect(page.get_by_role("button", name="Activate")).to_be_visible()
    campaign = page.url.rstrip("/").rpartition("/")[2]
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#messages")).to_contain_text("The test is on its way")
    page.goto(
        f"{installation.url}/o/{organisation_id}/reminders/messages/"
    )  # a preview's links lead nowhere yet
    sent = page.locator(".reminders-words", has_text="TEST").first
    return {
        "campaign_id": campaign,
        "code": sent.inner_text().partition("/x/")[2].split()[0],
        "contact_id": contact.rstrip("/").rpartition("/")[2],
    }


def agree(page: Page, installation: Installation) -> dict[str, object]:
    """Set up an agreement with a fee."""
    page.goto(f"{installation.url}/agreements/new/")
    page.get_by_label("Client").select_option(index=1)
    page.get_by_label("What it is called").fill("Everything that belongs to the books, each month")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Description of line 1").fill("Retainer {month}, with all that belongs to it")
    page.get_by_label("Price of line 1").fill("1250")
    page.get_by_role("button", name="Keep", exact=True).last.click()
    found: dict[str, object] = {"agreement_id": page.url.rstrip("/").rpartition("/")[2]}
    page.goto(f"{installation.url}/time/rates/new/")
    page.get_by_label("Name").fill("Standard rates of every role")
    page.get_by_role("button", name="Go on to its rates").click()
    found["card_id"] = page.url.rstrip("/").rpartition("/")[2]
    for kind, part in (("", "time_id"), ("expenses/", "expense_id")):
        page.goto(f"{installation.url}/time/{kind}new/")
        page.get_by_label("Client").select_option(index=1)
        if kind:
            page.get_by_label("Description").fill("Train to the stocktaking, there and back")
            page.get_by_label("Amount").fill("64.20")
            page.get_by_label("Currency").fill("GBP")
        else:
            page.get_by_label("Hours").fill("1.5")
        page.get_by_role("button", name="Save", exact=True).click()
        href = page.locator("tbody td a").first.get_attribute("href") or ""
        found[part] = href.rstrip("/").rpartition("/")[2]
    return found | {"count_id": count_units(page, installation, str(found["agreement_id"]))}


def count_units(page: Page, installation: Installation, agreement_id: str) -> str:
    """Have the agreement bill seats, and write some down."""
    page.goto(f"{installation.url}/agreements/{agreement_id}/edit/")
    page.get_by_label("What line 2 bills").select_option("units")
    page.get_by_label("Description of line 2").fill("Seats")
    page.get_by_label("Price of line 2").fill("9")
    page.get_by_role("button", name="Keep", exact=True).last.click()
    page.goto(f"{installation.url}/time/units/new/")
    page.get_by_label("Agreement and unit").select_option(index=1)
    page.get_by_label("How many").fill("12")
    page.get_by_role("button", name="Save", exact=True).click()
    href = page.locator("tbody td a").first.get_attribute("href") or ""
    return href.rstrip("/").rpartition("/")[2]


def bill(page: Page, installation: Installation, home: str) -> dict[str, object]:
    """Bill the month of a client that a contact was made into."""
    book_to(page, home, "200 Sales")
    [client] = make_clients(page, home, 1)
    agree_to_a_fee(page, installation, client=client, name="Bookkeeping", billed="in_advance")
    page.goto(f"{installation.url}/billing/new/")
    page.get_by_role("button", name=re.compile("Make .* to review")).click()
    expect(page).to_have_url(re.compile(r"/billing/\d+/"))
    run = path_of(page).rstrip("/").rpartition("/")[2]
    wait_for(page, "First time billed here")
    return {"run_id": run}


def keep_a_cost(page: Page, installation: Installation) -> dict[str, object]:
    """Make a rule of a cost that waits."""
    page.goto(f"{installation.url}/costs/")
    wait_until_there(page.locator("[data-queue-row]").first)
    line = (page.locator("[data-queue-row]").first.get_attribute("id") or "").rpartition("-")[2]
    page.locator("[data-queue-row] summary").first.click()
    page.get_by_role("link", name="Make a rule for costs like it").first.click()
    page.get_by_label("Client 1").fill("Pōhutukawa Landscaping & Earthworks (Kāpiti Coast) Limited")
    page.get_by_role("button", name="Save").click()
    rule = page.locator("main ol a").first.get_attribute("href") or ""
    return {"line_id": line, "rule_id": rule.rstrip("/").rpartition("/")[2]}


def recharge_a_cost(page: Page, installation: Installation, other_line: object) -> dict[str, object]:
    """Recharge a cost that waits, but for the one that is looked at by itself."""
    page.goto(f"{installation.url}/recharges/")
    page.get_by_label("Look at documents dated from").fill("2020-01-01")
    page.get_by_role("button", name="Begin").click()
    rows = page.locator(f"[data-queue-row]:not(#line-{other_line})")
    rows.first.get_by_role("link", name="Recharge…").click()
    page.get_by_label("Client 1").fill("Pōhutukawa Landscaping & Earthworks (Kāpiti Coast) Limited")
    page.get_by_role("button", name="Recharge", exact=True).click()
    expect(page.get_by_text("It can be billed.")).to_be_visible()
    page.goto(f"{installation.url}/recharges/?view=ready")
    source = page.locator("[data-queue-row]").first
    recharge = source.locator("a[href*='/recharges/']").first.get_attribute("href") or ""
    return {
        "source_id": (source.get_attribute("id") or "").rpartition("-")[2],
        "recharge_id": recharge.rstrip("/").rpartition("/")[2],
    }


def list_faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what is wrong with the page that is open."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    faults: list[str] = page.evaluate(_RUN_AXE, rules)
    return faults


def measure_sideways(page: Page, size: str) -> list[str]:
    """Return whether the page scrolls sideways; every row is asked, for one long name is enough."""
    overflow: int = page.evaluate(_OVERFLOW)
    return [f"{size}: scrolls sideways by {overflow} px"] if overflow > 0 else []


def look_in(page: Page, ways: dict[str, Way]) -> Iterator[str]:
    """Look at the open page in these ways, and tell what is wrong; rows are thinned out."""
    page.set_viewport_size(NARROW)
    yield from measure_sideways(page, "narrow")
    page.set_viewport_size(WIDE)
    yield from measure_sideways(page, "wide")
    page.evaluate(_THIN_OUT)
    for name, way in ways.items():
        page.set_viewport_size(way.viewport)
        page.emulate_media(color_scheme=way.scheme, reduced_motion="reduce")
        yield from (f"{name}: {fault}" for fault in list_faults(page, way.rules))


def test_a_fault_would_be_found(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        page.goto(f"{installation.url}/accounts/login/")
        page.evaluate("document.querySelector('main').append(document.createElement('img'))")
        page.evaluate("document.querySelector('main p').style.color = 'light-dark(black, #222)'")
        faults = [":".join(fault.split(":")[:2]) for fault in look_in(page, EVERY_WAY)]
        page.evaluate("document.querySelector('h1').style.width = '700px'")
        sideways = [fault for fault in look_in(page, EVERY_WAY) if "scrolls sideways" in fault]

    assert faults == [
        "wide, light: image-alt",
        "wide, dark: color-contrast",
        "narrow, light: image-alt",
        "narrow, dark: color-contrast",
    ]
    assert [fault.split(":")[0] for fault in sideways] == ["narrow"]


def test_rows_are_left_out_only_if_others_are_like_them(browser: Browser) -> None:
    rows = [
        '<li><a href="/1">One</a></li>', '<li><a href="/2">Two</a></li>', '<li><a href="/3">Three</a></li>',
        '<li class="chosen"><a href="/4">Four</a></li>', "<li><img src=''></li>",
    ]  # fmt: skip
    with open_page(browser) as page:
        page.set_content(f"<main><ul>{''.join(rows)}</ul></main>")
        page.evaluate(_THIN_OUT)
        left = page.locator("li").all_inner_texts()

    assert left == ["One", "Two", "Four", ""]


@in_these_ways
def test_every_page_is_for_everybody(
    browser: Browser, installation: Installation, somebody: Somebody, ways: tuple[dict[str, Way], ...]
) -> None:
    faults = []
    with open_page(browser, storage=somebody.storage) as page:
        for address, these in zip(PAGES, cycle(ways), strict=False):
            faults += look_at(page, installation, address, somebody.parts, these)
    assert faults == []


@in_these_ways
def test_every_way_in_is_for_everybody(
    browser: Browser, installation: Installation, ways: tuple[dict[str, Way], ...]
) -> None:
    """Other pages send a stranger to sign in, which is tried by itself."""
    faults = []
    open_to_all = [address for address in PAGES if RULES[address.name].get is Open.ANYBODY]
    with open_page(browser) as page:
        for address, these in zip(open_to_all, cycle(ways), strict=False):
            faults += look_at(page, installation, address, {}, these)
    assert faults == []


def test_the_way_out_of_messages_is_for_everybody(
    browser: Browser, installation: Installation, somebody: Somebody
) -> None:
    """Who is written to sees this one page of ours: before one press, after it, and once it is taken back."""
    faults = []
    with open_page(browser) as page:
        page.goto(f"{installation.url}/x/{somebody.parts['code']}")
        for title, press in (
            ("Stop these e-mails?", "Stop the e-mails"),
            ("No more e-mails", "Get them again"),
        ):
            expect(page.get_by_role("heading", name=title)).to_be_visible()
            faults += [f"{title} {fault}" for fault in look_in(page, EVERY_WAY)]
            page.get_by_role("button", name=press).click()
        expect(page.get_by_role("heading", name="Stop these e-mails?")).to_be_visible()
    assert faults == []


def test_every_page_in_the_middle_of_something_is_for_everybody(
    browser: Browser, installation: Installation
) -> None:
    """What is there for a moment only, and is not found by its address."""
    faults = []
    with open_page(browser) as page, open_page(browser) as guest:
        for where, shown in walk_through(page, guest, installation):
            faults += [f"{where} {fault}" for fault in look_both_ways(shown)]
    assert faults == []


def look_both_ways(page: Page) -> Iterator[str]:
    """Look at the open page wide and light, then at what narrow and dark can change; a third of every way."""
    yield from measure_sideways(page, "wide")
    yield from (f"wide, light: {fault}" for fault in list_faults(page))
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    yield from measure_sideways(page, "narrow")
    yield from (f"narrow, dark: {fault}" for fault in list_faults(page, _OF_COLOUR))
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")


def walk_through(page: Page, guest: Page, installation: Installation) -> Iterator[tuple[str, Page]]:
    """Bring one page after the other to where it is in the middle of something, and name it."""
    for fragment in ("live", "comparing", "reading", "sending"):  # nothing moves on while it is looked at
        page.route(f"**/{fragment}/", lambda route: route.fulfill(status=204))
    email = sign_up(page, installation)
    yield from walk_through_connecting(page, installation)
    yield from walk_through_proof(page, installation)
    yield from walk_through_migrating(page, installation)
    yield from walk_through_invitation(page, guest, installation)
    yield from walk_through_removal(page, installation)
    yield from walk_through_second_factor(page, installation, email)


def walk_through_connecting(page: Page, installation: Installation) -> Iterator[tuple[str, Page]]:
    """Choose, watch the first copy, be refused another organisation."""
    page.goto(f"{installation.url}/connect/")
    allow_access(page, BLANK, COOLABAH)
    expect(page.get_by_role("heading", name="Which organisation?")).to_be_visible()
    yield "choosing an organisation", page
    confirm(page, BLANK)
    yield "the first copy", page
    page.goto(f"{installation.url}{path_of(page)}permissions/")
    expect(page.get_by_role("heading", name="Needed, asked for, granted")).to_be_visible()
    yield "permissions", page
    page.goto(f"{installation.url}/settings/")
    page.get_by_role("link", name="Make it two-way").click()
    yield "making it two-way", page
    page.get_by_label("Raise invoices and credit notes").check()
    allow_access(page, COOLABAH)
    expect(page.get_by_role("alert")).to_contain_text("That was another organisation")
    yield "another organisation refused", page


def walk_through_proof(page: Page, installation: Installation) -> Iterator[tuple[str, Page]]:
    """Compare, and read again, at a Xero that takes its time, so that both are still under way when seen."""
    page.goto(f"{installation.url}/activity/proof/")
    compare = page.get_by_role("button", name="Compare now")
    wait_until_there(compare)  # the first copy is compared by itself
    installation.xero.fault("slow", count=1000, seconds=5, tenant=installation.xero.tenant_id(BLANK))
    compare.click()
    expect(page.locator("#comparing")).to_be_visible()
    yield "comparing", page
    page.get_by_role("link", name="Read again").click()
    page.locator("input[name=stream]").first.check()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#reading")).to_be_visible()
    yield "reading", page
    installation.xero.clear_faults()


def walk_through_migrating(page: Page, installation: Installation) -> Iterator[tuple[str, Page]]:
    """Give a file, try it, assign it."""
    table = "Client,Invoice Number\nPōhutukawa Landscaping & Earthworks (Kāpiti Coast) Limited,\n,INV-1\n"
    page.goto(f"{installation.url}/settings/migrate/")
    page.get_by_label("CSV file").set_input_files(
        {"name": "of-the-earlier-tool.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    page.get_by_role("button", name="Take the file").click()
    expect(page.locator(".head")).to_contain_text("no organisation yet")
    yield "data of an earlier tool", page
    page.get_by_label(BLANK).check()
    page.get_by_role("button", name="Try it").click()
    yield "data tried", page
    page.get_by_role("button", name=f"Assign to {BLANK}").click()
    expect(page.get_by_role("button", name="Take back")).to_be_visible()
    yield "data assigned", page


def walk_through_invitation(
    page: Page, guest: Page, installation: Installation
) -> Iterator[tuple[str, Page]]:
    """Invite, and look at the link with another's eyes."""
    page.goto(f"{installation.url}/settings/people/")
    page.get_by_label("E-mail address").fill("guest.of.the.firm@journey.example")
    page.get_by_role("button", name="Invite").click()
    link = page.locator("#invitation-link").inner_text()
    yield "an invitation to send", page
    guest.goto(link)
    yield "an invitation, signed out", guest
    guest.get_by_role("link", name="Sign up", exact=True).click()
    yield "signing up by an invitation", guest
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Sign up", exact=True).click()
    expect(guest.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.goto(f"{installation.url}/settings/people/")
    for act in ("Hand over", "Remove"):
        page.get_by_role("link", name=act).first.click()
        yield act, page
        page.go_back()
    page.goto(link)
    yield "an invitation that was used", page


def walk_through_removal(page: Page, installation: Installation) -> Iterator[tuple[str, Page]]:
    """Remove, refused once, and forget."""
    page.goto(f"{installation.url}/settings/")
    page.get_by_role("link", name="Remove Connection").click()
    page.get_by_role("button", name="Remove Connection").click()
    expect(page.locator(".errorlist")).to_be_visible()
    yield "a removal refused", page
    page.get_by_label("to confirm").fill(BLANK)
    page.get_by_role("button", name="Remove Connection").click()
    expect(page.locator("#messages")).to_contain_text("is removed.")
    yield "a removed organisation", page
    page.get_by_role("link", name="Forget the organisation").click()
    yield "forgetting", page


def walk_through_second_factor(
    page: Page, installation: Installation, email: str
) -> Iterator[tuple[str, Page]]:
    """Set an authenticator app up, sign in with it, and switch it off."""
    factors = f"{installation.url}/accounts/2fa"
    page.goto(f"{factors}/totp/activate/")
    give_password(page)
    expect(page.locator("#authenticator_secret")).to_be_visible()
    yield "an authenticator app", page
    secret = page.locator("#authenticator_secret").inner_text()
    page.get_by_label("Enter the code").fill(code_for(secret, periods_ago=1))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator("#recovery-codes")).to_be_visible()
    yield "recovery codes", page
    for path in ("recovery-codes/generate", "webauthn/add", "totp/deactivate", "reauthenticate"):
        page.goto(f"{factors}/{path}/")
        yield path, page
    sign_out(page, installation)
    sign_in(page, email)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    yield "one more step", page


def look_at(
    page: Page, installation: Installation, address: Address, parts: dict[str, object], ways: dict[str, Way]
) -> list[str]:
    """Open a page and tell what is wrong with it; the pages that say what is not there are looked at too."""
    path = address.fill(parts)
    page.set_viewport_size(WIDE)
    answer = page.goto(f"{installation.url}{path}")
    assert answer is not None
    failed = [f"{path} ({address.name}): {answer.status}"] if answer.status >= 500 else []
    return [*failed, *(f"{path} {fault}" for fault in look_in(page, ways))]
