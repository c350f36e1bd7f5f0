"""One's own sign-in: second factors, passwords, sessions, in our own look."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.signals import template_rendered
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.operations import create_workspace
from tests.integration.web.firms import NOW

PASSWORD = "correct horse battery"
EMAIL = "mara@firm.example"


@pytest.fixture
def mara(db: None) -> Client:
    """Somebody with a password, signed in with it."""
    create_workspace(name="Our firm", owner=User.objects.create_user(EMAIL, PASSWORD), now=NOW)
    client = Client()
    sign_in(client)
    return client


def sign_in(client: Client) -> Any:
    return client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})


def show_again(client: Client, path: str) -> Any:
    """Ask for a page that wants the password once more, and give it."""
    asked = client.get(path)
    return client.post(asked.headers["Location"], {"password": PASSWORD}, follow=True)


def code_for(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def switch_totp_on(client: Client) -> str:
    """Switch the authenticator app on, and return its secret."""
    page = show_again(client, "/accounts/2fa/totp/activate/").content.decode()
    found = re.search(r'id="authenticator_secret"[^>]*>([A-Z2-7]+)<', page)
    assert found, page
    client.post("/accounts/2fa/totp/activate/", {"code": code_for(found[1])})
    return found[1]


def test_an_authenticator_app_is_asked_for_at_the_next_sign_in(mara: Client) -> None:
    secret = switch_totp_on(mara)
    other = Client()

    halfway = sign_in(other)
    wrong = other.post("/accounts/2fa/authenticate/", {"code": "000000"})

    assert halfway.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in other.session
    assert "This code is not right." in wrong.content.decode()
    cache.clear()  # a code is good once, and this one was used to switch the app on
    other.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert "_auth_user_id" in other.session


def test_a_recovery_code_signs_in_once(mara: Client) -> None:
    switch_totp_on(mara)
    codes = mara.get("/accounts/2fa/recovery-codes/").content.decode()
    code = codes.partition("<pre")[2].partition(">")[2].partition("<")[0].split()[0]
    first, second = Client(), Client()

    sign_in(first)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    sign_in(second)
    second.post("/accounts/2fa/authenticate/", {"code": code})

    assert "_auth_user_id" in first.session
    assert "_auth_user_id" not in second.session


def test_the_secret_of_the_app_lies_encrypted(mara: Client) -> None:
    secret = switch_totp_on(mara)

    with connection.cursor() as cursor:
        cursor.execute("select string_agg(data::text, ' ') from mfa_authenticator")
        stored = cursor.fetchone()[0]

    assert stored
    assert secret not in stored


def test_signing_out_elsewhere_ends_the_other_sessions(mara: Client) -> None:
    other = Client()
    sign_in(other)
    assert other.get("/settings/").status_code == 200

    mara.post("/accounts/sessions/")

    assert other.get("/settings/").status_code == 302
    assert mara.get("/settings/").status_code == 200


def test_a_new_password_ends_the_old_one(mara: Client) -> None:
    form = {
        "oldpassword": PASSWORD,
        "password1": "another horse battery",
        "password2": "another horse battery",
    }
    answer = mara.post("/accounts/password/change/", form)

    assert answer.headers["Location"] == "/settings/security/"
    assert sign_in(Client()).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/sessions/",
        "/accounts/3rdparty/",
        "/settings/security/",
        "/accounts/2fa/webauthn/",
    ],
)
def test_every_page_of_ones_own_sign_in_has_our_look(mara: Client, path: str) -> None:
    answer = mara.get(path, follow=True)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "counterfoil/css/tokens.css" in page
    assert "<strong>Menu:</strong>" not in page
    assert page.count("<h1") == 1


@pytest.fixture
def rendered() -> Iterator[set[str]]:
    """The files of the templates that a test renders: pages, messages and letters."""
    files: set[str] = set()

    def note(*, template: Any, **_: object) -> None:
        files.add(template.origin.name)

    template_rendered.connect(note, weak=False)
    yield files
    template_rendered.disconnect(note)


def test_all_that_is_said_about_signing_in_is_in_our_words(
    transactional_db: None,
    mara: Client,
    settings: Settings,
    mailoutbox: list[EmailMessage],
    rendered: set[str],
) -> None:
    settings.COUNTERFOIL_HAS_MAIL = settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.create(user=User.objects.get(), email=EMAIL, verified=True, primary=True)
    switch_totp_on(mara)
    halfway, stranger = Client(), Client()
    sign_in(halfway)
    halfway.get("/accounts/2fa/authenticate/")
    for path in ("reauthenticate/", "2fa/reauthenticate/", "2fa/recovery-codes/", "2fa/webauthn/add/"):
        mara.get(f"/accounts/{path}")
    for path in ("2fa/recovery-codes/generate/", "2fa/totp/deactivate/"):
        mara.get(f"/accounts/{path}")
        mara.post(f"/accounts/{path}", follow=True)
    stranger.post("/accounts/signup/", {"firm": "F", "email": EMAIL, "password1": PASSWORD}, follow=True)
    form = {"oldpassword": PASSWORD, "password1": f"{PASSWORD} 2", "password2": f"{PASSWORD} 2"}
    mara.post("/accounts/password/change/", form, follow=True)
    mara.post("/accounts/email/", {"email": "other@firm.example", "action_add": ""}, follow=True)
    for email in (EMAIL, "nobody@firm.example"):
        stranger.post("/accounts/password/reset/", {"email": email}, follow=True)
    links = re.findall(r"http://testserver(/accounts/\S+/)", "\n".join(str(one.body) for one in mailoutbox))
    for link in links:
        stranger.get(link, follow=True)
    mara.post("/accounts/logout/", follow=True)

    foreign = {name for name in rendered if "/allauth/templates/" in name and "/headless/" not in name}

    assert [one.subject.removeprefix("Counterfoil: ") for one in mailoutbox] == [
        "An authenticator app was set up",
        "New recovery codes were made",
        "The authenticator app was switched off",
        "You have signed up already",
        "Your password was changed",
        "Is this address yours?",
        "Choose a new password",
        "No account with this address",
    ]
    assert foreign == set()
