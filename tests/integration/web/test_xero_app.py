"""The steps to an app of one's own at Xero (P2 to P9, P11, K21, K22)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.models import AuditEntry, Membership
from counterfoil.mirror.models import Connection, Grant, XeroApp
from counterfoil.sync.probing import Verdict, check_clock
from tests.factories.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
)
from tests.integration.web.conftest import CALLBACK, OURS, Xero
from tests.integration.web.firms import Firm, make_firm

PAGE = "/settings/xero-app/"


@pytest.fixture
def empty(xero: Xero, settings: Settings) -> Xero:
    """A stand-in, and an installation that knows no app."""
    settings.XERO_CLIENT_ID = settings.XERO_CLIENT_SECRET = ""
    return xero


def text_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]  # Django's test response


def give(client_id: str = CLIENT_ID, secret: str = CLIENT_SECRET, kind: str = "code") -> dict[str, str]:
    return {"client_id": client_id, "client_secret": secret, "kind": kind}


@pytest.mark.parametrize("path", [PAGE, "/admin/xero_integration", "/admin/xero_integration/"])
def test_the_steps_show_both_addresses_to_copy(firm: Firm, empty: Xero, path: str) -> None:
    page = text_of(firm.client.get(path))

    assert f'<code id="redirect-uri">{OURS}{CALLBACK}</code>' in page
    assert f'<code id="our-url">{OURS}</code>' in page
    assert "Not set up" in page


def test_what_xero_accepts_is_saved_and_never_shown(firm: Firm, empty: Xero) -> None:
    saved = firm.client.post(PAGE, give(), follow=True)

    page = text_of(saved)
    assert "The app is saved. Xero accepts the Client ID and the Client Secret." in page
    assert CLIENT_ID in page
    assert CLIENT_SECRET not in page
    with firm.inside():
        app = XeroApp.objects.get()
        assert (app.client_id, app.client_secret, app.is_current) == (CLIENT_ID, CLIENT_SECRET, True)
        assert app.accepted_at is not None
        (entry,) = AuditEntry.objects.filter(act="connection.app_saved")
        assert entry.what == CLIENT_ID


def test_what_xero_does_not_know_is_not_saved(firm: Firm, empty: Xero) -> None:
    answer = firm.client.post(PAGE, give(secret="not-the-secret"))

    assert answer.status_code == 422
    page = text_of(answer)
    assert "Xero says: “invalid_client”." in page
    assert 'action="/settings/xero-app/#credentials"' in page  # the refusal is read where it stands
    assert "not-the-secret" not in page
    with firm.inside():
        assert not XeroApp.objects.exists()


def test_an_app_is_saved_although_xero_is_away(firm: Firm, empty: Xero) -> None:
    empty.fail("token_503", count=1)

    page = text_of(firm.client.post(PAGE, give(), follow=True))

    assert "The app is saved. Not checked yet." in page
    with firm.inside():
        assert XeroApp.objects.get().accepted_at is None


def test_an_empty_secret_keeps_the_saved_one(firm: Firm, empty: Xero) -> None:
    firm.client.post(PAGE, give())

    firm.client.post(PAGE, give(secret=""))

    with firm.inside():
        assert XeroApp.objects.get().client_secret == CLIENT_SECRET


def test_a_web_app_needs_its_secret(firm: Firm, empty: Xero) -> None:
    answer = firm.client.post(PAGE, give(secret=""))

    assert answer.status_code == 422
    assert "Paste the Client Secret too" in text_of(answer)


@pytest.mark.parametrize("pasted", ["somebody@firm.example", "https://developer.xero.com/app", "too short"])
def test_something_else_that_was_pasted_is_named(firm: Firm, empty: Xero, pasted: str) -> None:
    answer = firm.client.post(PAGE, give(client_id=pasted))

    assert "this is something else" in text_of(answer)


def test_an_app_without_a_secret_keeps_none(firm: Firm, empty: Xero) -> None:
    firm.client.post(PAGE, give(kind="pkce"))

    with firm.inside():
        app = XeroApp.objects.get()
        assert (app.kind, app.client_secret) == (Grant.Kind.PKCE, "")


def test_a_custom_connection_connects_its_organisation_without_a_consent(firm: Firm, empty: Xero) -> None:
    made = empty.running.register_app(
        kind="custom",
        client_id="CUSTOMOFTHETEST0000000000000000",
        secret="custom-secret",
        tenant_id=empty.running.tenant_id(),
    )
    firm.client.post(PAGE, give(made["client_id"], "custom-secret", "custom"))

    done = firm.client.post("/settings/xero-app/connect/")

    with firm.inside():
        connection = Connection.objects.select_related("organisation", "grant").get()
        assert connection.organisation.name == "Brightwater Studio Ltd"
        assert connection.grant.kind == Grant.Kind.CUSTOM
        assert done.headers["Location"] == f"/o/{connection.organisation_id}/"


def test_the_checks_say_what_is_good_and_what_is_not(firm: Firm, xero: Xero, settings: Settings) -> None:
    settings.COUNTERFOIL_URL = "http://127.0.0.1:1"

    page = text_of(firm.client.post("/settings/xero-app/check/"))

    assert "Xero refuses http://127.0.0.1:1: it takes http only for localhost" in page
    assert "Nothing answers at http://127.0.0.1:1 (ConnectError)." in page
    assert "It agrees with Xero&#x27;s, and Xero can be reached." in page
    assert "Xero accepts the Client ID and the Client Secret." in page


def test_a_clock_that_is_off_is_noticed(xero: Xero) -> None:
    found = check_clock(now=lambda: timezone.now() + timedelta(seconds=200))

    assert found.verdict is Verdict.BAD
    assert "seconds off Xero's." in found.words


def test_a_new_app_takes_over_and_the_earlier_one_can_be_forgotten(firm: Firm, empty: Xero) -> None:
    empty.running.register_app(
        kind="web", client_id="SECONDAPP00000000000000000000000", secret="second-secret", redirect_uris=[]
    )
    firm.client.post(PAGE, give())
    firm.client.post(PAGE, give("SECONDAPP00000000000000000000000", "second-secret"))
    with firm.inside():
        earlier = XeroApp.objects.get(is_current=False)
        assert earlier.client_id == CLIENT_ID

    page = text_of(firm.client.post(f"/settings/xero-app/{earlier.pk}/forget/", follow=True))

    assert "The app is forgotten here." in page
    with firm.inside():
        assert XeroApp.objects.count() == 1


@pytest.mark.parametrize("role", [Membership.Role.MEMBER, Membership.Role.VIEWER])
def test_only_owners_and_admins_see_or_change_the_app(xero: Xero, db: None, role: str) -> None:
    firm = make_firm(role=role)

    answers = [
        firm.client.get(PAGE),
        firm.client.post(PAGE, give()),
        firm.client.post("/settings/xero-app/check/"),
        firm.client.post("/settings/xero-app/connect/"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    with firm.inside():
        assert not XeroApp.objects.exists()


def test_an_app_of_before_march_2026_connects_with_broad_permissions(firm: Firm, empty: Xero) -> None:
    """PAIN 10: what an older app has is enough until September 2027, and nothing else is asked for."""
    old = {
        "client_id": "0123456789ABCDEF0123456789ABCDEF",
        "secret": "the-secret-of-an-older-app",
    }
    empty.running.register_app(kind="web", redirect_uris=[OURS + CALLBACK], is_old=True, **old)
    firm.client.post(PAGE, give(old["client_id"], old["secret"]) | {"is_older": "on"})

    question = firm.client.post("/connect/").headers["Location"]
    answer = empty.allow(question, "Brightwater Studio Ltd")
    chosen = firm.client.get(answer, follow=True)

    assert "accounting.transactions.read" in question
    assert "accounting.invoices.read" not in question
    assert "Brightwater Studio Ltd" in text_of(chosen)
    with firm.inside():
        scopes = Grant.objects.get().scopes
    assert "accounting.transactions.read" in scopes
