"""
Asks, before anybody connects, whether this installation and its app will work with Xero.

Nothing here raises for what it finds: a finding is a value with a sentence and, when it is not good,
with what to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from counterfoil.mirror.models import Grant
from counterfoil.sync.asking import ask_xero
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.consent import App, client_credentials
from counterfoil.xero.errors import AppRefused, XeroError, XeroUnreachable
from counterfoil.xero.transport import send
from counterfoil.xero.wire.headers import get_header

# More than this, and Xero's tokens seem to end too early or not to have begun.
_CLOCKS_MAY_DIFFER = timedelta(seconds=60)
_OURS_ANSWERS_WITHIN_S = 5.0

# Errors that Xero gives only after it has accepted the secret. Source: RFC 6749, 5.2.
_AFTER_THE_SECRET = {"unauthorized_client", "invalid_scope"}


class Verdict(StrEnum):
    """What a check found."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One finding, and what to do about it."""

    title: str
    verdict: Verdict
    words: str
    next_step: str = ""


def check_redirect_address() -> Check:
    """Say whether Xero will take the redirect address. Source: FACTS of the authorization-code flow."""
    title, parts = "Redirect address", urlsplit(settings.COUNTERFOIL_URL)
    if parts.scheme == "https":
        return Check(title, Verdict.GOOD, "It begins with https, as Xero wants it.")
    if parts.hostname == "localhost":
        return Check(title, Verdict.GOOD, "Xero wants https, and makes an exception for localhost.")
    return Check(
        title,
        Verdict.BAD,
        f"Xero refuses {settings.COUNTERFOIL_URL}: it takes http only for localhost, not even for 127.0.0.1.",
        "Put a certificate in front of Counterfoil, and start it with COUNTERFOIL_URL=https://…",
    )


def check_own_address() -> Check:
    """Say whether Counterfoil is reached at the address that it gives to Xero."""
    title, address = "This address", f"{settings.COUNTERFOIL_URL}/healthz"
    try:
        status = httpx.get(address, timeout=_OURS_ANSWERS_WITHIN_S, follow_redirects=False).status_code
    except httpx.HTTPError as error:
        return Check(
            title,
            Verdict.BAD,
            f"Nothing answers at {settings.COUNTERFOIL_URL} ({type(error).__name__}).",
            "Set COUNTERFOIL_URL to the address that stands in your browser, and start Counterfoil again.",
        )
    if status != 200:
        return Check(
            title,
            Verdict.BAD,
            f"Something else answers at {settings.COUNTERFOIL_URL} (status {status}).",
            "Let your proxy pass all paths on to Counterfoil, or correct COUNTERFOIL_URL.",
        )
    return Check(title, Verdict.GOOD, f"Counterfoil answers at {settings.COUNTERFOIL_URL}.")


def check_clock(*, now: Callable[[], datetime]) -> Check:
    """Say whether this machine's clock agrees with Xero's."""
    title = "Clock"

    async def look(http: httpx.AsyncClient, addresses: XeroAddresses) -> str | None:
        reply = await send(http, http.build_request("GET", addresses.discovery))
        return get_header(reply.headers, "date")

    try:
        said = ask_xero(look)
    except XeroUnreachable as silence:
        return Check(title, Verdict.BAD, silence.sentence, silence.next_step)
    try:
        apart = abs(now() - parsedate_to_datetime(said or ""))
    except (TypeError, ValueError):
        return Check(title, Verdict.UNKNOWN, "Xero answers, and does not say what time it is.")
    if apart > _CLOCKS_MAY_DIFFER:
        return Check(
            title,
            Verdict.BAD,
            f"This machine's clock is {round(apart.total_seconds())} seconds off Xero's.",
            "Let the machine set its clock from the network (NTP).",
        )
    return Check(title, Verdict.GOOD, "It agrees with Xero's, and Xero can be reached.")


def check_secret(app: App, *, kind: Grant.Kind, now: datetime) -> Check:
    """
    Say whether Xero knows this id and secret, without anybody's consent.

    A web app may ask for a token of its own that reaches no organisation; whether it is granted or
    not, only a wrong secret is answered with "invalid_client". An app without a secret cannot ask.
    Source: Xero developer guide, "Client credentials", scope app.connections.
    """
    title = "The app"
    if app.client_secret is None:
        return Check(title, Verdict.UNKNOWN, "An app without a secret is checked when you first connect.")
    scopes = None if kind == Grant.Kind.CUSTOM else ["app.connections"]
    try:
        ask_xero(lambda http, addresses: client_credentials(http, addresses, app, scopes, now))
    except AppRefused as refused:
        if kind == Grant.Kind.CUSTOM or refused.code not in _AFTER_THE_SECRET:
            return Check(title, Verdict.BAD, refused.sentence, refused.next_step)
    except XeroError as error:
        return Check(title, Verdict.UNKNOWN, f"Not checked yet. {error}", error.next_step)
    return Check(title, Verdict.GOOD, "Xero accepts the Client ID and the Client Secret.")
