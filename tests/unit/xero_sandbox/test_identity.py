"""Consent, tokens, rotation and connections."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from tests.factories.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    REDIRECT_URI,
)
from tests.unit.xero_sandbox.conftest import SMALL, Xero
from xero_sandbox.config import PKCE_CLIENT_ID


def callback(answer: Any) -> dict[str, str]:
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == REDIRECT_URI
    return {key: values[0] for key, values in parse_qs(target.query).items()}


def test_consent_page_names_app_scopes_and_organisations(xero: Xero) -> None:
    params = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid accounting.invoices.read accounting.contacts",
        "state": "s",
    }

    page = xero.client.get("/identity/connect/authorize", params=params)

    words = [
        "Counterfoil (demo) wants access to your Xero organisations",
        "View invoices, bills, credit notes",
        "View and change contacts and contact groups",
        "Brightwater Studio Ltd",
        "Coolabah Trades Pty Ltd",
        "Blank Canvas Ltd",
        "Allow access",
        "Cancel",
    ]
    assert [word for word in words if word not in page.text] == []
    assert page.headers["content-security-policy"] == "frame-ancestors 'none'"


def test_allow_leads_back_with_a_code(xero: Xero) -> None:
    answer = callback(xero.authorize(scope="openid accounting.contacts.read"))

    assert set(answer) == {"code", "scope", "session_state", "state"}
    assert answer["state"] == "opaque"


def test_an_app_of_before_march_2026_may_ask_for_broad_scopes_until_they_end(xero: Xero) -> None:
    """FACTS 2: they cover what replaced them, and end on 13 September 2027."""
    identity = xero.world.identity
    identity.apps[CLIENT_ID] = replace(identity.apps[CLIENT_ID], is_old=True)
    xero.connect(scope="openid offline_access accounting.transactions.read")

    reads = [xero.get(path).status_code for path in ("Invoices", "Payments", "ManualJournals")]
    write = xero.send("PUT", "Invoices", {"Invoices": []})
    xero.world.clock.set(datetime(2027, 9, 13, tzinfo=UTC))
    late = xero.authorize(scope="openid accounting.transactions.read")

    assert reads == [200, 200, 200]
    assert write.status_code == 401
    assert late.status_code == 400


def test_cancel_leads_back_with_access_denied(xero: Xero) -> None:
    assert callback(xero.authorize(action="cancel")) == {"error": "access_denied", "state": "opaque"}


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ({"client_id": "nobody"}, "Unknown client or client not enabled"),
        ({"redirect_uri": f"{REDIRECT_URI}/"}, "Invalid redirect_uri"),
        ({"scope": "openid accounting.transactions"}, "Invalid scope for client: accounting.transactions"),
        ({"scope": "openid everything"}, "Invalid scope: everything"),
        ({"client_id": PKCE_CLIENT_ID}, "code challenge required"),
    ],
)
def test_the_apps_own_mistakes_do_not_lead_back(xero: Xero, extra: dict[str, str], sentence: str) -> None:
    answer = xero.authorize(**extra)

    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert sentence in answer.text


def test_tokens_carry_xeros_claims_and_verify_against_the_published_key(xero: Xero) -> None:
    tokens = xero.connect(scope="openid profile email offline_access accounting.contacts.read")

    keys = jwt.PyJWKSet.from_dict(xero.client.get("/.well-known/openid-configuration/jwks").json())
    access = jwt.decode(
        tokens["access_token"],
        keys.keys[0],
        algorithms=["RS256"],
        audience="http://127.0.0.1:9090/resources",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    person = jwt.decode(
        tokens["id_token"],
        keys.keys[0],
        algorithms=["RS256"],
        audience=CLIENT_ID,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )

    assert set(access) == {
        "nbf", "exp", "iss", "aud", "client_id", "sub", "auth_time", "xero_userid", "global_session_id",
        "jti", "authentication_event_id", "scope",
    }  # fmt: skip
    assert access["exp"] - access["nbf"] == 1800
    assert set(access["scope"]) >= {"openid", "accounting.contacts.read"}
    assert person["exp"] - person["nbf"] == 300
    assert (person["email"], person["given_name"]) == ("robin@brightwater.example", "Robin")
    assert "authentication_event_id" not in person
    assert (tokens["expires_in"], tokens["token_type"]) == (1800, "Bearer")


def test_connections_are_listed_by_their_consent(xero: Xero) -> None:
    tokens = xero.connect()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    event_id = claims["authentication_event_id"]

    listed = xero.client.get(f"/connections?authEventId={event_id}", headers=xero.headers).json()
    other = xero.client.get(f"/connections?authEventId={xero.books.tenant_id}", headers=xero.headers).json()

    assert [(item["tenantId"], item["tenantType"], item["authEventId"]) for item in listed] == [
        (xero.books.tenant_id, "ORGANISATION", event_id)
    ]
    assert other == []


def test_a_deleted_connection_answers_403_and_is_gone(xero: Xero) -> None:
    (connection,) = xero.client.get("/connections", headers=xero.headers).json()

    first = xero.client.delete(f"/connections/{connection['id']}", headers=xero.headers)
    second = xero.client.delete(f"/connections/{connection['id']}", headers=xero.headers)

    assert (first.status_code, second.status_code) == (204, 404)
    assert xero.client.get("/connections", headers=xero.headers).json() == []
    assert xero.get("Organisation").status_code == 403


def test_a_code_works_once(xero: Xero) -> None:
    code = xero.code()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}

    first, second = xero.token_call(**form), xero.token_call(**form)

    assert first.status_code == 200
    assert (second.status_code, second.json()) == (400, {"error": "invalid_grant"})


def test_a_code_dies_after_five_minutes(xero: Xero) -> None:
    code = xero.code()
    xero.world.clock.advance(301)

    answer = xero.token_call(grant_type="authorization_code", code=code, redirect_uri=REDIRECT_URI)

    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


def refresh(xero: Xero, token: str) -> Any:
    return xero.token_call(grant_type="refresh_token", refresh_token=token)


def test_refresh_rotates_and_the_previous_token_has_thirty_minutes(xero: Xero) -> None:
    first = xero.connect()["refresh_token"]
    lost = refresh(xero, first).json()["refresh_token"]

    again = refresh(xero, first)
    dead = refresh(xero, lost)
    newest = again.json()["refresh_token"]

    assert again.status_code == 200
    assert (dead.status_code, dead.json()) == (400, {"error": "invalid_grant"})
    xero.world.clock.advance(1_801)
    assert refresh(xero, first).json() == {"error": "invalid_grant"}
    assert refresh(xero, newest).status_code == 200


def test_a_refresh_token_dies_after_sixty_unused_days(xero: Xero) -> None:
    token = xero.connect()["refresh_token"]
    xero.world.clock.advance(60 * 86_400 + 1)

    assert refresh(xero, token).json() == {"error": "invalid_grant"}


def test_refresh_works_on_after_the_organisation_was_disconnected(xero: Xero) -> None:
    token = xero.connect()["refresh_token"]
    xero.client.post(f"/sandbox/api/organisations/{xero.books.tenant_id}/disconnect")

    answer = refresh(xero, token)

    assert answer.status_code == 200
    xero.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    assert xero.get("Organisation").status_code == 403


def test_revocation_ends_tokens_and_connections(xero: Xero) -> None:
    token = xero.connect()["refresh_token"]

    answer = xero.client.post("/connect/revocation", data={"token": token}, auth=(CLIENT_ID, CLIENT_SECRET))

    assert (answer.status_code, answer.content) == (200, b"")
    assert refresh(xero, token).json() == {"error": "invalid_grant"}
    assert xero.get("Organisation").status_code == 401


@pytest.mark.parametrize(
    ("form", "secret", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "x"}, CLIENT_SECRET, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "wrong", "invalid_client"),
        ({"grant_type": "password"}, CLIENT_SECRET, "unsupported_grant_type"),
        (
            {"grant_type": "client_credentials", "scope": "accounting.contacts"},
            CLIENT_SECRET,
            "invalid_scope",
        ),
    ],
)
def test_token_errors_are_one_key_with_400(xero: Xero, form: dict[str, str], secret: str, error: str) -> None:
    answer = xero.client.post("/connect/token", data=form, auth=(CLIENT_ID, secret))

    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_pkce_needs_the_verifier_and_no_secret(xero: Xero) -> None:
    verifier = "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    extra = {"client_id": PKCE_CLIENT_ID, "code_challenge": challenge, "code_challenge_method": "S256"}
    form = {"grant_type": "authorization_code", "client_id": PKCE_CLIENT_ID, "redirect_uri": REDIRECT_URI}

    wrong = xero.client.post(
        "/connect/token", data=form | {"code": xero.code(**extra), "code_verifier": "w" * 64}
    )
    right = xero.client.post(
        "/connect/token", data=form | {"code": xero.code(**extra), "code_verifier": verifier}
    )

    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_grant"})
    assert right.status_code == 200


def test_a_custom_connection_needs_no_tenant_header(xero: Xero) -> None:
    answer = xero.client.post(
        "/connect/token",
        data={"grant_type": "client_credentials"},
        auth=(CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET),
    ).json()
    headers = {"authorization": f"Bearer {answer['access_token']}", "xero-tenant-id": ""}

    organisation = xero.client.get("/api.xro/2.0/Organisation", headers=headers).json()["Organisations"][0]
    connections = xero.client.get("/connections", headers=headers).json()

    assert "refresh_token" not in answer
    assert organisation["Name"] == "Brightwater Studio Ltd"
    assert [item["tenantId"] for item in connections] == [xero.books.tenant_id]


def test_the_connection_cap_sends_to_xeros_own_page() -> None:
    full = Xero(SMALL)
    for place in range(3):
        full.client.post("/sandbox/api/organisations", json={"name": f"Extra {place}", "country": "NZ"})

    answers = []
    for books in list(full.world.organisations.values()):
        full.books = books
        answers.append(full.authorize().headers["location"].split("?")[0])
    full.client.close()

    assert answers == [REDIRECT_URI] * 5 + ["/connectionLimit"]


def test_sign_in_code_and_device_are_asked_for_in_turn() -> None:
    xero = Xero(replace(SMALL, sign_in=True, mfa=True, new_device=True))

    def title(answer: Any) -> str:
        return str(answer.text).split("<title>")[1].split(" ·")[0]

    first = xero.authorize(action="sign-in")
    params = dict(first.request.url.params)
    shown = [title(xero.client.get("/identity/connect/authorize", params=params)), title(first)]
    for form in (
        {"action": "mfa", "code": "000000"},
        {"action": "mfa", "code": "123456"},
        {"action": "new-device"},
    ):
        shown.append(title(xero.client.post("/identity/connect/authorize", params=params, data=form)))
    xero.client.close()

    assert shown[:4] == ["Sign in", "Verify it is you", "Verify it is you", "New device"]
    assert shown[4] not in shown[:4]


def test_the_pages_before_consent_are_switched_while_it_runs(xero: Xero) -> None:
    said = xero.client.post("/sandbox/api/sign-in", json={"mfa": True})
    refused = [
        xero.client.post("/sandbox/api/sign-in", json=wrong) for wrong in ({"mfa": "yes"}, {"invoices": 1})
    ]
    page = xero.client.get(
        "/identity/connect/authorize", params=xero.authorize(action="x").request.url.params
    )

    assert said.json() == {"mfa": True, "new_device": False, "sign_in": False}
    assert "Enter your code" in page.text
    assert [answer.status_code for answer in refused] == [400, 400]


def test_an_organisation_holds_two_uncertified_apps(xero: Xero) -> None:
    for number in range(3):
        app = {"client_id": f"APP{number}", "secret": "s", "redirect_uris": [REDIRECT_URI]}
        xero.client.post("/sandbox/api/apps", json=app)

    answers = [xero.authorize(client_id=f"APP{number}") for number in range(2)]

    assert [answer.status_code for answer in answers] == [302, 200]
    assert "already has two uncertified apps connected" in answers[1].text
