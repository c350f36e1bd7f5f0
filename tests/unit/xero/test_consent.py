"""Consent, exchange and return, with every refusal of the token endpoint."""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.consent import (
    App,
    client_credentials,
    delete_connection,
    exchange_code,
    list_connections,
    new_challenge,
    new_state,
    new_verifier,
    refresh_tokens,
    revoke,
    start_consent,
)
from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    AppRefused,
    ConsentLost,
    LostReason,
    TokenRejected,
    XeroBroken,
    XeroBusy,
    XeroError,
    XeroUnreachable,
)
from counterfoil.xero.tokens import TokenSet

T = TypeVar("T")

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
HERE = XeroAddresses()
WEB_APP = App("client-1", "s3cret", "https://books.example/admin/xero_integration/connect")
PKCE_APP = App("client-1", None, "http://localhost:8000/admin/xero_integration/connect")
TOKENS = {
    "access_token": "a2",
    "expires_in": 1800,
    "scope": "openid",
    "refresh_token": "r2",
    "id_token": "i2",
}

Handler = Callable[[httpx.Request], httpx.Response]


def run(handler: Handler, act: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
    async def main() -> T:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
            return await act(http)

    return asyncio.run(main())


def answer(status: int, **kwargs: object) -> Handler:
    return lambda _: httpx.Response(status, **kwargs)  # type: ignore[arg-type]  # passed through as given


async def refresh(http: httpx.AsyncClient) -> TokenSet:
    return await refresh_tokens(http, HERE, WEB_APP, "secret-r1", NOW)


def read_form(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def test_the_consent_page_is_asked_for_with_the_registered_address_byte_for_byte() -> None:
    url = start_consent(WEB_APP, HERE, ("openid", "offline_access"), "s1")

    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == HERE.authorize
    assert parse_qs(parts.query) == {
        "response_type": ["code"],
        "client_id": ["client-1"],
        "redirect_uri": ["https://books.example/admin/xero_integration/connect"],
        "scope": ["openid offline_access"],
        "state": ["s1"],
    }


def test_a_pkce_consent_sends_the_challenge_and_never_the_verifier() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    url = start_consent(PKCE_APP, HERE, ("openid",), "s1", verifier)

    query = parse_qs(urlsplit(url).query)
    # The pair is the example of RFC 7636, appendix B.
    assert query["code_challenge"] == ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"]
    assert query["code_challenge_method"] == ["S256"]
    assert verifier not in url


def test_verifiers_and_states_are_fresh_and_within_what_is_allowed() -> None:
    verifiers, states = {new_verifier() for _ in range(20)}, {new_state() for _ in range(20)}

    assert (len(verifiers), len(states)) == (20, 20)
    assert [v for v in verifiers if not re.fullmatch(r"[A-Za-z0-9_-]{43,128}", v)] == []
    assert {len(new_challenge(v)) for v in verifiers} == {43}


def test_the_secret_of_an_app_is_not_shown() -> None:
    assert repr(WEB_APP) == (
        "App(client_id='client-1', redirect_uri='https://books.example/admin/xero_integration/connect')"
    )


def test_a_code_is_exchanged_with_the_secret_in_the_header() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=TOKENS)

    tokens = run(handle, lambda http: exchange_code(http, HERE, WEB_APP, "c1", None, NOW))

    assert tokens == TokenSet("a2", "r2", LATER, ("openid",), "i2")
    assert [(r.method, str(r.url)) for r in seen] == [("POST", "https://identity.xero.com/connect/token")]
    assert seen[0].headers["authorization"] == "Basic " + base64.b64encode(b"client-1:s3cret").decode()
    assert read_form(seen[0]) == {
        "grant_type": "authorization_code",
        "code": "c1",
        "redirect_uri": WEB_APP.redirect_uri,
    }


def test_a_pkce_app_sends_its_verifier_and_id_and_no_secret() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=TOKENS)

    run(handle, lambda http: exchange_code(http, HERE, PKCE_APP, "c1", "v" * 43, NOW))

    assert "authorization" not in seen[0].headers
    assert read_form(seen[0]) == {
        "grant_type": "authorization_code",
        "code": "c1",
        "redirect_uri": PKCE_APP.redirect_uri,
        "code_verifier": "v" * 43,
        "client_id": "client-1",
    }


def test_a_custom_connection_asks_without_scopes_for_what_it_is_configured_with() -> None:
    forms: list[dict[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        forms.append(read_form(request))
        return httpx.Response(
            200, json={"access_token": "a", "expires_in": 1800, "scope": "accounting.settings"}
        )

    async def act(http: httpx.AsyncClient) -> list[TokenSet]:
        scopes = ("app.connections",)
        return [
            await client_credentials(http, HERE, WEB_APP, None, NOW),
            await client_credentials(http, HERE, WEB_APP, scopes, NOW),
        ]

    tokens = run(handle, act)

    assert forms == [
        {"grant_type": "client_credentials"},
        {"grant_type": "client_credentials", "scope": "app.connections"},
    ]
    assert tokens == [TokenSet("a", None, LATER, ("accounting.settings",))] * 2


def test_refreshing_brings_both_tokens() -> None:
    assert run(answer(200, json=TOKENS), refresh) == TokenSet("a2", "r2", LATER, ("openid",), "i2")


def test_a_refresh_that_brings_no_refresh_token_is_not_understood() -> None:
    with pytest.raises(AnswerNotUnderstood) as refused:
        run(answer(200, json={"access_token": "a", "expires_in": 1800}), refresh)

    assert str(refused.value) == (
        "Xero's answer could not be understood: the renewed tokens bring no refresh token."
    )


def test_only_invalid_grant_says_that_the_grant_is_dead() -> None:
    with pytest.raises(ConsentLost) as lost:
        run(answer(400, json={"error": "invalid_grant"}), refresh)

    assert lost.value.reason is LostReason.GRANT_ENDED


def test_a_code_that_was_used_or_is_too_old_asks_to_connect_again() -> None:
    with pytest.raises(ConsentLost) as lost:
        run(
            answer(400, json={"error": "invalid_grant"}),
            lambda http: exchange_code(http, HERE, WEB_APP, "c1", None, NOW),
        )

    assert lost.value.reason is LostReason.CODE_NOT_ACCEPTED
    assert lost.value.sentence == (
        "Xero did not accept the confirmation of the permission: it works once, and only for five minutes."
    )


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "invalid_client",
            "Xero does not know this app's Client ID and Client Secret. Xero says: “invalid_client”.",
        ),
        (
            "unauthorized_client",
            "Xero does not let this app connect in this way. Xero says: “unauthorized_client”.",
        ),
        (
            "invalid_scope",
            "Xero does not grant this app one of the permissions it asks for. Xero says: “invalid_scope”.",
        ),
        (
            "unsupported_grant_type",
            "Xero refuses the way this app asks for access. Xero says: “unsupported_grant_type”.",
        ),
    ],
)
def test_what_is_wrong_with_the_app_is_for_the_operator(status: int, code: str, sentence: str) -> None:
    with pytest.raises(AppRefused) as refused:
        run(answer(status, json={"error": code}), refresh)

    assert (refused.value.code, refused.value.sentence) == (code, sentence)


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (answer(500), XeroBroken),
        (answer(503, text="The Xero API is temporarily unavailable"), XeroBroken),
        (answer(403, html="<html>blocked</html>"), XeroBroken),
        (answer(400, html="<html>bad request</html>"), XeroBroken),
        (answer(429, headers={"retry-after": "5"}), XeroBusy),
        (answer(302, headers={"location": "https://elsewhere.example"}), AnswerNotUnderstood),
        (answer(400, json={"error": "something_new"}), AnswerNotUnderstood),
        (answer(200, text="{"), AnswerNotUnderstood),
        (answer(200, html="<html>sign in to the wifi</html>"), AnswerNotUnderstood),
    ],
)
def test_no_other_answer_of_the_token_endpoint_speaks_about_the_grant(
    handler: Handler, error: type[XeroError]
) -> None:
    with pytest.raises(XeroError) as met:
        run(handler, refresh)

    assert type(met.value) is error
    assert ["secret-r1" in text for text in (str(met.value), repr(met.value))] == [False, False]


@pytest.mark.parametrize("silence", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_silence_of_the_token_endpoint_leaves_the_tokens_good_and_no_trace_of_them(
    silence: type[httpx.TransportError],
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise silence("the network's words", request=request)

    with pytest.raises(XeroUnreachable) as met:
        run(handle, refresh)

    # httpx's own error holds the request, and the request the refresh token and the secret.
    assert (met.value.__cause__, met.value.__context__) == (None, None)


def test_giving_the_grant_back_needs_an_empty_answer_only() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    run(handle, lambda http: revoke(http, HERE, PKCE_APP, "r1"))

    assert str(seen[0].url) == "https://identity.xero.com/connect/revocation"
    assert read_form(seen[0]) == {"token": "r1", "token_type_hint": "refresh_token", "client_id": "client-1"}


def test_connections_are_asked_for_by_the_event_of_this_consent() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[])

    async def act(http: httpx.AsyncClient) -> None:
        await list_connections(http, HERE, "a1", "event-1")
        await list_connections(http, HERE, "a1", None)

    run(handle, act)

    assert [str(request.url) for request in seen] == [
        "https://api.xero.com/connections?authEventId=event-1",
        "https://api.xero.com/connections",
    ]
    assert [(r.headers["authorization"], "xero-tenant-id" in r.headers) for r in seen] == [
        ("Bearer a1", False)
    ] * 2


def test_connections_with_an_expired_token_ask_for_a_new_one() -> None:
    with pytest.raises(TokenRejected):
        run(answer(401), lambda http: list_connections(http, HERE, "a1"))


@pytest.mark.parametrize("status", [204, 404])
def test_disconnecting_is_done_when_the_connection_is_gone(status: int) -> None:
    seen: list[tuple[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, str(request.url)))
        return httpx.Response(status)

    run(handle, lambda http: delete_connection(http, HERE, "a1", "connection-1"))

    assert seen == [("DELETE", "https://api.xero.com/connections/connection-1")]


def test_disconnecting_raises_when_xero_did_not_do_it() -> None:
    with pytest.raises(XeroBroken):
        run(answer(500), lambda http: delete_connection(http, HERE, "a1", "connection-1"))
