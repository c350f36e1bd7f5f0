"""Coming in by keys alone: with Xero, by an invitation, with a second factor, with a passkey."""

from collections.abc import Iterator
from time import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PASSWORD, Installation, open_page, sign_up
from tests.journeys.keys import press, tick, type_into

pytestmark = pytest.mark.journey

_CODE_LIVES_S = 30


@pytest.fixture
def careful_xero(installation: Installation) -> Iterator[None]:
    """The stand-in, asking for a password, a code and whether the device is known."""
    xero = installation.xero
    xero.ask_before_consent(sign_in=True, mfa=True, new_device=True)
    yield
    xero.ask_before_consent(sign_in=False, mfa=False, new_device=False)


@pytest.mark.parametrize(
    "dawdling_s", [0, pytest.param(90, marks=pytest.mark.slow)], ids=["at once", "in minutes"]
)
def test_a_person_signs_up_with_xero_past_a_code_and_a_new_device_and_connects_nothing(
    browser: Browser, installation: Installation, careful_xero: None, dawdling_s: int
) -> None:
    with open_page(browser) as page:
        page.goto(f"{installation.url}/accounts/signup/")
        press(page.get_by_role("button", name="Sign up with Xero"))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
        page.wait_for_timeout(dawdling_s * 1000)
        page.get_by_label("Code").fill("000000")
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("alert")).to_contain_text("That code is not right")
        page.get_by_label("Code").fill("123456")
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("heading", name="Is this device yours")).to_be_visible()
        page.wait_for_timeout(dawdling_s * 1000)
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Allow access").click()

        type_into(page.get_by_label("Your firm"), "Fielding & Co")
        press(page.get_by_role("button", name="Sign up"))

        expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
        expect(page.locator("#connection-card")).to_contain_text("not connected")
        page.goto(f"{installation.url}/settings/security/")
        expect(page.locator("#xero")).to_contain_text("Linked")


def test_a_new_person_accepts_an_invitation(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page, open_page(browser) as theirs:
        sign_up(page, installation, firm="Kauri Partners")
        link = invite(page, installation, "tama@journey.example")

        theirs.goto(link)
        expect(theirs.get_by_role("heading", name="Join Kauri Partners")).to_be_visible()
        press(theirs.get_by_role("link", name="Sign up", exact=True))
        type_into(theirs.get_by_label("Password"), PASSWORD)  # the address stands there
        press(theirs.get_by_role("button", name="Sign up", exact=True))

        expect(theirs.get_by_role("heading", name="Dashboard")).to_be_visible()
        expect(theirs.locator(".me-firm").first).to_have_text("Kauri Partners")
        page.goto(f"{installation.url}/settings/people/")
        expect(page.get_by_role("row").filter(has_text="tama@journey.example")).to_contain_text("Member")
        theirs.goto(link)
        expect(theirs.get_by_role("heading", name="This invitation no longer works")).to_be_visible()


def test_a_person_signs_in_with_an_authenticator_app(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        email = sign_up(page, installation)
        open_second_factors(page, installation)
        press(page.get_by_role("link", name="Set up"))
        give_password(page)
        secret = page.locator("#authenticator_secret").inner_text()
        type_into(page.get_by_label("Enter the code"), code_for(secret, periods_ago=1))
        press(page.get_by_role("button", name="Switch it on"))
        expect(page.get_by_text("The authenticator app is on.")).to_be_visible()

        sign_out(page, installation)
        sign_in(page, email)
        type_into(page.get_by_label("Code"), "000000")
        press(page.get_by_role("button", name="Sign in", exact=True))
        expect(page.get_by_text("This code is not right")).to_be_visible()
        type_into(page.get_by_label("Code"), code_for(secret))
        press(page.get_by_role("button", name="Sign in", exact=True))

        expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_a_person_signs_in_with_a_passkey(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page:
        email = sign_up(page, installation)
        plug_in_authenticator(page)
        open_second_factors(page, installation)
        press(page.get_by_role("link", name="Add a passkey"))
        give_password(page)
        type_into(page.get_by_label("Name"), "Laptop")
        tick(page.get_by_label("Sign in with it alone"))
        press(page.get_by_role("button", name="Add"))
        expect(page.get_by_text("The passkey is added.")).to_be_visible()

        sign_out(page, installation)
        press(page.get_by_role("button", name="Sign in with a passkey"))

        expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
        expect(page.locator(".me-name").first).to_have_text(email)


def test_a_person_signs_in_invites_and_switches_firm(browser: Browser, installation: Installation) -> None:
    with open_page(browser) as page, open_page(browser) as mine:
        sign_up(page, installation, firm="Rimu Accounts")
        email = sign_up(mine, installation, firm="Totara Books")
        mine.goto(invite(page, installation, email))
        press(mine.get_by_role("button", name="Join"))
        expect(mine.get_by_role("heading", name="Dashboard")).to_be_visible()
        sign_out(mine, installation)

        type_into(mine.get_by_label("E-mail address"), email)
        type_into(mine.get_by_label("Password"), PASSWORD)
        mine.keyboard.press("Enter")
        expect(mine.get_by_role("heading", name="Dashboard")).to_be_visible()

        press(mine.get_by_role("link", name="Settings").first)
        press(mine.get_by_role("link", name="People", exact=True))
        type_into(mine.get_by_label("E-mail address"), "wiremu@journey.example")
        mine.keyboard.press("Enter")

        expect(mine.get_by_role("heading", name="Send this link to wiremu@journey.example")).to_be_visible()
        press(mine.locator(".side .firms > summary"))
        press(mine.get_by_role("button", name="Rimu Accounts"))
        expect(mine.locator(".me-firm").first).to_have_text("Rimu Accounts")


def invite(page: Page, installation: Installation, email: str) -> str:
    """Invite somebody and return the link to send them."""
    page.goto(f"{installation.url}/settings/people/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Invite").click()
    return page.locator("#invitation-link").inner_text()


def sign_out(page: Page, installation: Installation) -> None:
    page.goto(installation.url)
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def sign_in(page: Page, email: str) -> None:
    type_into(page.get_by_label("E-mail address"), email)
    type_into(page.get_by_label("Password"), PASSWORD)
    press(page.get_by_role("button", name="Sign in", exact=True))


def open_second_factors(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.url}/settings/security/")
    press(page.get_by_role("link", name="Authenticator app, passkeys and recovery codes"))


def give_password(page: Page) -> None:
    """Answer the question whether it is still the same person."""
    type_into(page.get_by_label("Password"), PASSWORD)
    press(page.get_by_role("button", name="Go on"))


def code_for(secret: str, *, periods_ago: int = 0) -> str:
    """Return what an authenticator app shows; one code is taken once, so two in a row are of two periods."""
    counter = int(time()) // _CODE_LIVES_S - periods_ago
    return str(format_hotp_value(hotp_value(secret, counter)))


def plug_in_authenticator(page: Page) -> None:
    """Give the browser a passkey device, whose person is always there."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
