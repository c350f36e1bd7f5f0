"""Continue with Xero: signing up, signing in and linking, and everything that must not let anybody in."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.audit import Act
from counterfoil.features.workspaces.models import AuditEntry, Membership, User
from counterfoil.mirror.models import Connection, Grant, XeroApp
from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import NOW, Firm, make_firm

BEGIN = "/accounts/xero/login/"


def begin(client: Client, **form: str) -> str:
    answer = client.post(BEGIN, form)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def come_back(client: Client, xero: Xero, **form: str) -> str:
    """Go to Xero, say yes, and return where the callback sends the browser."""
    answer = client.get(xero.sign_in(begin(client, **form)))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def sign_up(client: Client, xero: Xero, firm: str = "Robin & Co") -> User:
    assert come_back(client, xero) == "/accounts/3rdparty/signup/"
    form = client.get("/accounts/3rdparty/signup/").context["form"]
    answer = client.post("/accounts/3rdparty/signup/", {"firm": firm, "email": form.initial["email"]})
    assert answer.headers["Location"] == "/"
    return User.objects.get(email=form.initial["email"])


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.django_db
def test_signing_up_with_xero_asks_for_the_firm_and_connects_nothing(xero: Xero) -> None:
    client = Client()

    user = sign_up(client, xero)

    membership = Membership.objects.get(user=user)
    assert (membership.workspace.name, membership.role) == ("Robin & Co", Membership.Role.OWNER)
    assert user.get_full_name() == "Robin Fielding"
    assert not user.has_usable_password()
    page = client.get("/").content.decode()
    assert "Connect to Xero" in page
    for model in (Grant, Connection):
        assert not model._default_manager.exists()
    assert not SocialToken.objects.exists()
    assert set(SocialAccount.objects.get().extra_data) == {"email"}


@pytest.mark.django_db
def test_only_who_it_is_is_asked_for(xero: Xero) -> None:
    query = parse_qs(urlsplit(begin(Client())).query)

    assert query["scope"] == ["openid profile email"]
    assert query["redirect_uri"] == ["http://testserver/accounts/xero/login/callback/"]
    assert query["code_challenge_method"] == ["S256"]
    assert query["nonce"]


@pytest.mark.django_db
def test_a_person_signs_in_again_by_xeros_id_although_their_address_changed(xero: Xero) -> None:
    user = sign_up(Client(), xero)
    User.objects.filter(pk=user.pk).update(email="renamed@firm.example")
    client = Client()

    assert come_back(client, xero, next="/invoices/") == "/invoices/"

    assert client.session["_auth_user_id"] == str(user.pk)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_the_same_address_does_not_let_anybody_into_an_account(xero: Xero) -> None:
    firm = make_firm()
    User.objects.filter(pk=firm.user.pk).update(email=xeros_address(xero))
    client = Client()

    answer = client.get(xero.sign_in(begin(client)))

    assert answer.status_code == 409
    assert "Sign in once to link Xero" in answer.content.decode()
    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()


@pytest.mark.django_db
def test_a_person_with_a_password_links_xero_by_hand_and_then_signs_in_with_it(xero: Xero) -> None:
    user = User.objects.create_user("mara@firm.example", "correct horse battery")
    client = Client()
    client.post("/accounts/login/", {"login": "mara@firm.example", "password": "correct horse battery"})

    assert "Link Xero sign-in" in client.get("/settings/security/").content.decode()
    asked_again = begin(client, process="connect")
    address = client.post(asked_again, {"password": "correct horse battery"}).headers["Location"]
    back = client.get(xero.sign_in(address)).headers["Location"]

    assert asked_again.startswith("/accounts/reauthenticate/")
    assert back == "/settings/security/"
    assert SocialAccount.objects.get().user_id == user.pk
    other = Client()
    assert come_back(other, xero) == "/"
    assert other.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
def test_linking_and_unlinking_are_written_down(xero: Xero) -> None:
    firm = make_firm()
    firm.client.get(xero.sign_in(begin(firm.client, process="connect")))  # has no password to ask for again
    firm.user.set_password("correct horse battery")
    firm.user.save()
    firm.client.force_login(firm.user)
    asked = firm.client.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get().pk})
    firm.client.post(asked.headers["Location"], {"password": "correct horse battery"})

    with firm.inside():
        acts = list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))
    assert acts[-2:] == [Act.XERO_SIGN_IN_LINKED, Act.XERO_SIGN_IN_UNLINKED]


@pytest.mark.django_db
def test_a_detour_over_mfa_and_a_new_device_may_take_minutes(xero: Xero) -> None:
    client = Client()
    with time_machine.travel(timezone.now() - timedelta(minutes=29), tick=True):
        address = begin(client)

    assert client.get(xero.sign_in(address)).headers["Location"] == "/accounts/3rdparty/signup/"


@pytest.mark.django_db
def test_a_sign_in_that_is_too_old_lands_on_a_page_with_one_button(xero: Xero) -> None:
    client = Client()
    with time_machine.travel(timezone.now() - timedelta(minutes=31), tick=True):
        address = begin(client)

    assert_refused(client, xero.sign_in(address), "This sign-in has expired")


@pytest.mark.django_db
def test_cancelling_in_xero_lands_on_a_page_with_one_button(xero: Xero) -> None:
    client = Client()

    assert_refused(client, xero.cancel(begin(client)), "You cancelled in Xero")


@pytest.mark.django_db
def test_a_forged_answer_is_refused(xero: Xero) -> None:
    client = Client()
    begin(client)

    assert_refused(client, "/accounts/xero/login/callback/?code=forged&state=forged", "has expired")
    assert_refused(client, "/accounts/xero/login/callback/", "has expired")


@pytest.mark.django_db
def test_an_answer_is_taken_once(xero: Xero) -> None:
    client = Client()
    address = xero.sign_in(begin(client))
    client.get(address)

    assert_refused(client, address, "has expired")


@pytest.mark.django_db
def test_an_answer_of_another_browser_is_refused(xero: Xero) -> None:
    """Otherwise a link would sign the victim in as the attacker."""
    attacker, victim = Client(), Client()
    address = xero.sign_in(begin(attacker))
    begin(victim)

    assert_refused(victim, address, "has expired")


@pytest.mark.django_db
def test_a_code_injected_into_ones_own_sign_in_is_refused(xero: Xero) -> None:
    """The attacker puts a stolen code under a state of their own; verifier and nonce are another's."""
    victim, attacker = Client(), Client()
    stolen = parse_qs(urlsplit(xero.sign_in(begin(victim))).query)["code"][0]
    state = parse_qs(urlsplit(begin(attacker)).query)["state"][0]

    assert_refused(
        attacker, f"/accounts/xero/login/callback/?code={stolen}&state={state}", "used or is too old"
    )


@pytest.mark.django_db
def test_linking_that_was_begun_by_somebody_else_in_this_browser_is_refused(xero: Xero) -> None:
    firm, other = make_firm(), make_firm()
    address = xero.sign_in(begin(firm.client, process="connect"))
    firm.client.force_login(other.user)

    answer = firm.client.get(address)

    assert answer.status_code == 400
    assert not SocialAccount.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_page_of_somebody_else(page: str, xero: Xero) -> None:
    sign_up(Client(), xero)

    assert come_back(Client(), xero, next=page) == "/"


@pytest.mark.django_db
def test_a_new_session_begins_with_signing_in(xero: Xero) -> None:
    sign_up(Client(), xero)
    client = Client()
    address = xero.sign_in(begin(client))
    planted = client.session.session_key

    client.get(address)

    assert is_signed_in(client)
    assert client.session.session_key != planted


@pytest.mark.django_db
def test_a_link_alone_begins_nothing(xero: Xero) -> None:
    assert Client().get(BEGIN).status_code == 405


@pytest.mark.django_db
def test_the_button_is_shown_only_where_an_app_is_known(settings: Settings, xero: Xero) -> None:
    assert "Continue with Xero" in Client().get("/accounts/login/").content.decode()
    assert "Sign up with Xero" in Client().get("/accounts/signup/").content.decode()

    settings.XERO_CLIENT_ID = ""

    assert "Continue with Xero" not in Client().get("/accounts/login/").content.decode()
    assert Client().post(BEGIN).headers["Location"] == "/accounts/login/"


@pytest.mark.django_db
def test_the_app_that_a_firm_saved_in_settings_is_signed_in_with(settings: Settings, xero: Xero) -> None:
    settings.XERO_CLIENT_ID = settings.XERO_CLIENT_SECRET = ""
    save_app(make_firm())

    assert come_back(Client(), xero) == "/accounts/3rdparty/signup/"


@pytest.mark.django_db
def test_xero_being_away_is_said(xero: Xero, settings: Settings) -> None:
    client = Client()
    address = xero.sign_in(begin(client))
    settings.XERO_IDENTITY_URL = "http://127.0.0.1:9"

    answer = client.get(address)

    assert answer.status_code == 424
    assert "Xero did not answer" in answer.content.decode()


def assert_refused(client: Client, address: str, words: str) -> None:
    answer = client.get(address)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert page.count('class="button button-primary"') == 1


def xeros_address(xero: Xero) -> str:
    client = Client()
    come_back(client, xero)
    return str(client.get("/accounts/3rdparty/signup/").context["form"].initial["email"])


def save_app(firm: Firm) -> None:
    with firm.inside():
        XeroApp.objects.create(
            workspace=firm.workspace,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            saved_by="Mara",
            saved_at=NOW,
        )
