"""Asks for consent, exchanges what it brings for tokens, and gives it back."""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import msgspec

from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.callback import (
    ConsentCancelled,
    ConsentFailed,
    ConsentNotGiven,
    StateMismatch,
    parse_callback,
)
from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    AppRefused,
    ConsentLost,
    LostReason,
    NotFound,
    XeroBroken,
    XeroError,
)
from counterfoil.xero.tokens import TokenSet, parse_token_answer
from counterfoil.xero.transport import Reply, send
from counterfoil.xero.wire.answers import check_answer
from counterfoil.xero.wire.connections import Connection, parse_connections
from counterfoil.xero.wire.headers import CORRELATION_ID, get_header

__all__ = [
    "App",
    "ConsentCancelled",
    "ConsentFailed",
    "ConsentNotGiven",
    "StateMismatch",
    "client_credentials",
    "delete_connection",
    "exchange_code",
    "list_connections",
    "new_challenge",
    "new_state",
    "new_verifier",
    "parse_callback",
    "refresh_tokens",
    "revoke",
    "start_consent",
]

# The codes that speak of the app. Source: RFC 6749, 5.2.
_ABOUT_THE_APP = {
    "invalid_client",
    "unauthorized_client",
    "invalid_scope",
    "invalid_request",
    "unsupported_grant_type",
}


@dataclass(frozen=True, slots=True)
class App:
    """An app registered at developer.xero.com; without a secret it is a PKCE app. The secret is not shown."""

    client_id: str
    client_secret: str | None = field(repr=False)
    redirect_uri: str


class _TokenProblem(msgspec.Struct):
    error: str


def new_state() -> str:
    """Return a value nobody can guess, which ties Xero's answer to this browser."""
    return secrets.token_urlsafe(32)


def new_verifier() -> str:
    """Return a fresh PKCE verifier of 86 characters (43 to 128 are allowed). Source: RFC 7636, 4.1."""
    return secrets.token_urlsafe(64)


def new_challenge(verifier: str) -> str:
    """Return the S256 challenge for a verifier. Source: RFC 7636, 4.2."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def start_consent(
    app: App,
    addresses: XeroAddresses,
    scopes: Iterable[str],
    state: str,
    verifier: str | None = None,
    nonce: str | None = None,
) -> str:
    """
    Return the address to which the person's browser is sent, as a whole page: Xero forbids frames.

    The redirect address is sent byte for byte as registered.
    Source: Xero developer guide, "The standard authorization code flow" and "The PKCE flow".
    """
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
    }
    if verifier is not None:
        query |= {"code_challenge": new_challenge(verifier), "code_challenge_method": "S256"}
    if nonce is not None:
        query |= {"nonce": nonce}
    return str(httpx.URL(addresses.authorize, params=query))


async def exchange_code(
    http: httpx.AsyncClient,
    addresses: XeroAddresses,
    app: App,
    code: str,
    verifier: str | None,
    now: datetime,
) -> TokenSet:
    """
    Return the tokens for an authorization code.

    Raises `ConsentLost` when the code was used or is older than five minutes, `AppRefused` when the app
    itself is wrong, and otherwise what `check_answer` raises.
    Source: Xero developer guide, "The standard authorization code flow".
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri}
    if verifier is not None:
        form["code_verifier"] = verifier
    reply = await _post(http, addresses.token, app, form, invalid_grant=LostReason.CODE_NOT_ACCEPTED)
    return parse_token_answer(reply.body, now=now)


async def refresh_tokens(
    http: httpx.AsyncClient, addresses: XeroAddresses, app: App, refresh_token: str, now: datetime
) -> TokenSet:
    """
    Return a new pair of tokens; both must be stored before either is used.

    When the answer is lost, the same refresh token may be sent again for 30 minutes. Only `ConsentLost`
    says that the grant is dead; whatever else is raised leaves stored tokens good.
    Source: Xero developer guide, "Token types", refresh token.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    reply = await _post(http, addresses.token, app, form, invalid_grant=LostReason.GRANT_ENDED)
    tokens = parse_token_answer(reply.body, now=now)
    if tokens.refresh_token is None:
        raise AnswerNotUnderstood("the renewed tokens bring no refresh token")
    return tokens


async def client_credentials(
    http: httpx.AsyncClient,
    addresses: XeroAddresses,
    app: App,
    scopes: Iterable[str] | None,
    now: datetime,
) -> TokenSet:
    """
    Return the access token of a custom connection; there is no refresh token, just ask again.

    Without scopes Xero grants the ones configured for the app.
    Source: Xero developer guide, "Custom Connections".
    """
    form = {"grant_type": "client_credentials"}
    if scopes is not None:
        form["scope"] = " ".join(scopes)
    reply = await _post(http, addresses.token, app, form, invalid_grant=LostReason.GRANT_ENDED)
    return parse_token_answer(reply.body, now=now)


async def revoke(http: httpx.AsyncClient, addresses: XeroAddresses, app: App, refresh_token: str) -> None:
    """
    Give the grant back: Xero removes every connection that its user made to this app.

    Source: Xero developer guide, "Token types", revoking.
    """
    form = {"token": refresh_token, "token_type_hint": "refresh_token"}
    await _post(http, addresses.revocation, app, form, invalid_grant=LostReason.GRANT_ENDED)


async def list_connections(
    http: httpx.AsyncClient,
    addresses: XeroAddresses,
    access_token: str,
    auth_event_id: str | None = None,
) -> list[Connection]:
    """
    Return the organisations this token reaches; with `auth_event_id`, only those chosen in that consent.

    Without it Xero lists every organisation the user ever connected to the app, so the first need not be the
    one just chosen. Source: Xero developer guide, "Managing Connections".
    """
    params = {} if auth_event_id is None else {"authEventId": auth_event_id}
    request = http.build_request(
        "GET", addresses.connections, params=params, headers=_bearer_headers(access_token)
    )
    reply = await send(http, request)
    check_answer(reply.status, reply.headers, reply.body)
    return parse_connections(reply.body)


async def delete_connection(
    http: httpx.AsyncClient, addresses: XeroAddresses, access_token: str, connection_id: str
) -> None:
    """
    Disconnect one organisation; one that is already disconnected is fine.

    Source: Xero developer guide, "Managing Connections".
    """
    address = addresses.connection(connection_id)
    reply = await send(http, http.build_request("DELETE", address, headers=_bearer_headers(access_token)))
    try:
        check_answer(reply.status, reply.headers, reply.body)
    except NotFound:
        return


def _bearer_headers(access_token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}


async def _post(
    http: httpx.AsyncClient,
    address: str,
    app: App,
    form: Mapping[str, str],
    *,
    invalid_grant: LostReason,
) -> Reply:
    headers = {"Accept": "application/json"}
    if app.client_secret is None:
        form = {**form, "client_id": app.client_id}
    else:
        pair = f"{app.client_id}:{app.client_secret}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode('ascii')}"
    reply = await send(http, http.build_request("POST", address, data=form, headers=headers))
    if reply.status in (400, 401, 403):
        raise _judge_token_problem(reply, invalid_grant)
    check_answer(reply.status, reply.headers, reply.body)
    return reply


def _judge_token_problem(reply: Reply, invalid_grant: LostReason) -> XeroError:
    """
    Return the error for a refused exchange: only `invalid_grant` is about the person's consent.

    Anything that is not the one-key document is a wall in front of Xero, and no verdict on the grant.
    Source: Xero developer guide, "OAuth 2.0 troubleshooting"; XeroAPI/xero-node#370.
    """
    correlation_id = get_header(reply.headers, CORRELATION_ID)
    try:
        code = msgspec.json.decode(reply.body, type=_TokenProblem).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return XeroBroken(reply.status, correlation_id=correlation_id)
    if code == "invalid_grant":
        return ConsentLost(invalid_grant, correlation_id=correlation_id)
    if code in _ABOUT_THE_APP:
        return AppRefused(code, correlation_id=correlation_id)
    what = "the token endpoint gave an error that is not in its list"
    return AnswerNotUnderstood(what, correlation_id=correlation_id)
