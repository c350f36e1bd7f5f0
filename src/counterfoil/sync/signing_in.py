"""Joins a sign-in at Xero to the app that asks for it; it connects nothing (T9)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import httpx
from django.conf import settings
from django.core.cache import cache

from counterfoil.config.paths import SIGN_IN_PATH
from counterfoil.mirror.models import Grant, XeroApp
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.app import AppNotConfigured, find_installation_app, get_addresses
from counterfoil.xero import consent
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.consent import App
from counterfoil.xero.signing_in import (
    SIGN_IN_SCOPES,
    IdTokenRefused,
    Keys,
    UnknownKey,
    check_id_token,
    fetch_signing_keys,
)
from counterfoil.xero.tokens import IdClaims
from counterfoil.xero.transport import build_http

T = TypeVar("T")


_KEYS_FOR_S = 24 * 60 * 60


@dataclass(frozen=True)
class SignInQuestion:
    """A sign-in that was asked for: where to send the browser, and what its answer is checked with."""

    address: str
    client_id: str
    state: str
    verifier: str
    nonce: str


def get_sign_in_uri() -> str:
    """Return the second redirect address that must stand at developer.xero.com for signing in with Xero."""
    return settings.COUNTERFOIL_URL + SIGN_IN_PATH


def find_sign_in_app() -> App | None:
    """
    Return the app that people sign in with: the installation's, else the first that a workspace saved.

    Nobody's workspace is known before they signed in, and every app gets the same user id from Xero.
    A custom connection signs nobody in.
    """
    app: App | None = find_installation_app()
    if app is None:
        with across_workspaces():
            saved = (
                XeroApp.objects.filter(is_current=True).exclude(kind=Grant.Kind.CUSTOM).order_by("pk").first()
            )
        app = App(saved.client_id, saved.client_secret or None, "") if saved else None
    return replace(app, redirect_uri=get_sign_in_uri()) if app else None


def begin_sign_in() -> SignInQuestion:
    """Return the question to ask at Xero: who is this? Raises AppNotConfigured."""
    app = find_sign_in_app()
    if app is None:
        raise AppNotConfigured
    state, verifier, nonce = consent.new_state(), consent.new_verifier(), consent.new_state()
    address = consent.start_consent(
        app, get_addresses(), scopes=SIGN_IN_SCOPES, state=state, verifier=verifier, nonce=nonce
    )
    return SignInQuestion(address, app.client_id, state, verifier, nonce)


def finish_sign_in(
    query: Mapping[str, str], *, client_id: str, state: str, verifier: str, nonce: str, now: datetime
) -> IdClaims:
    """
    Return who signed in, for what the browser brought back from Xero. The tokens are not kept.

    Raises ConsentNotGiven (cancelled, foreign state), ConsentLost (the code is used or old), IdTokenRefused,
    AppRefused, AppNotConfigured when the app is gone by now, and what Xero's answers can raise.
    """
    code = consent.parse_callback(query, state)
    app = find_sign_in_app()
    if app is None or app.client_id != client_id:
        raise AppNotConfigured
    tokens = _ask(
        lambda http, addresses: consent.exchange_code(
            http, addresses, app, code=code, verifier=verifier, now=now
        )
    )
    if tokens.id_token is None:
        raise IdTokenRefused("Xero did not say who signed in")
    check = partial(
        check_id_token,
        tokens.id_token,
        addresses=get_addresses(),
        client_id=app.client_id,
        nonce=nonce,
        now=now,
    )
    try:
        return check(keys=_get_keys())
    except UnknownKey:
        return check(keys=_get_keys(afresh=True))


def _get_keys(*, afresh: bool = False) -> Keys:
    """Return Xero's keys, kept for a day: asking each time gets an app locked out (XeroAPI/xero-node#428)."""
    name = f"xero-signing-keys:{get_addresses().issuer}"
    kept: Keys | None = None if afresh else cache.get(name)
    if kept is None:
        kept = _ask(fetch_signing_keys)
        cache.set(name, kept, _KEYS_FOR_S)
    return kept


def _ask(call: Callable[[httpx.AsyncClient, XeroAddresses], Awaitable[T]]) -> T:
    async def within() -> T:
        addresses = get_addresses()
        async with build_http(addresses=addresses) as http:
            return await call(http, addresses)

    return asyncio.run(within())
