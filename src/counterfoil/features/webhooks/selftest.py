"""
A test of the webhook address as Xero will find it: two posts to it from here, through the public address.

One is signed right and one is wrong by a character, as in Xero's own test. A mark that only this
installation can make tells the posts from Xero's, and the answer to a marked post says what arrived.
"""

import ipaddress
import secrets
import string
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.core import signing

from counterfoil.config.paths import RECEIVER_PATH
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.webhooks import SIGNATURE, sign

MARK = "x-counterfoil-test"
ARRIVED = "x-counterfoil-arrived"

# Source: Xero developer guide, "Webhooks", response rules.
ANSWER_WITHIN_S = 5.0

_MARK_LASTS_S = 60
_GIVE_UP_AFTER_S = 10.0
_MOST_READ = 64 * 1024
_SALT = "counterfoil.webhooks.selftest"


class Outcome(StrEnum):
    """What a check found; `noted` is fine here and would not be for Xero itself."""

    PASSED = "passed"
    NOTED = "noted"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """One thing that must be right, whether it is, and what was found."""

    title: str
    outcome: Outcome
    found: str = ""

    def render(self) -> dict[str, Any]:
        """Return it as it is kept and as `--json` shows it."""
        return asdict(self)


@dataclass(frozen=True)
class Reply:
    """The answer to one post; `seconds` is how long it took."""

    status: int
    headers: httpx.Headers
    body: bytes
    seconds: float


def get_receiver_address() -> str:
    """Return the address that Xero posts to: ours, and no other."""
    return f"{settings.COUNTERFOIL_URL}{RECEIVER_PATH}"


def make_mark() -> str:
    """Return a mark for a post of our own."""
    return signing.TimestampSigner(salt=_SALT).sign(secrets.token_hex(8))


def is_mark(text: str) -> bool:
    """Say whether this installation made the mark, a moment ago."""
    try:
        signing.TimestampSigner(salt=_SALT).unsign(text, max_age=_MARK_LASTS_S)
    except signing.BadSignature:
        return False
    return True


def describe_arrival(body: bytes) -> str:
    """Return what the answer to a marked post says of its body."""
    return sha256(body).hexdigest()


def check_address(address: str, key: str, http: httpx.Client) -> list[Check]:
    """Post twice to the address and return what each check found, in the order in which people mend it."""
    body = _build_body()
    right = sign(body, key)
    form, title = _check_form(address), "The address can be reached"
    try:
        good, bad = [_post(http, address, body, signature) for signature in (right, _spoil(right))]
    except httpx.HTTPError as error:
        return [form, Check(title, Outcome.FAILED, _name_failure(error))]
    reached = Check(title, Outcome.PASSED, f"It answered with {good.status}.")
    return [form, reached, *_check_replies(good, bad, body)]


def has_passed(checks: Sequence[Check]) -> bool:
    """Say whether nothing failed."""
    return bool(checks) and all(one.outcome is not Outcome.FAILED for one in checks)


def _check_form(address: str) -> Check:
    title = "It is an address that Xero calls: https, port 443, reachable from the internet"
    parts = urlsplit(address)
    wrong = []
    if parts.scheme != "https":
        wrong.append("it does not begin with https://")
    if parts.port not in (None, 443):
        wrong.append(f"it names port {parts.port}")
    if _is_private(parts.hostname or ""):
        wrong.append("its name is known on this network only")
    if not wrong:
        return Check(title, Outcome.PASSED)
    found = f"COUNTERFOIL_URL is {settings.COUNTERFOIL_URL}: {', '.join(wrong)}."
    if XeroAddresses().api != settings.XERO_API_URL:
        return Check(title, Outcome.NOTED, f"{found} The stand-in takes it all the same.")
    return Check(title, Outcome.FAILED, found)


def _check_replies(good: Reply, bad: Reply, body: bytes) -> Iterator[Check]:
    is_redirect = 300 <= good.status < 400
    yield _say(
        "It is not redirected",
        not is_redirect,
        f"It sends on to {good.headers.get('location', 'another address')}; Xero does not follow.",
    )
    arrived = good.headers.get(ARRIVED)
    yield _say(
        "This installation answers",
        arrived is not None,
        "Something else answered, or another installation, or a proxy takes headers away.",
    )
    yield _say(
        "The body arrives byte by byte",
        arrived == describe_arrival(body),
        "It was changed on the way, so that no signature can fit. Look for a proxy that rewrites JSON."
        if arrived
        else "Unknown, because the answer does not say what arrived.",
    )
    yield _say("A right signature is answered with 200", good.status == 200, f"It was {good.status}.")
    yield _say("A wrong one, by a single character, with 401", bad.status == 401, f"It was {bad.status}.")
    yield _say(
        "The answer is empty and sets no cookie",
        not any(one.body or "set-cookie" in one.headers for one in (good, bad)),
        "There is a body or a cookie, which a proxy may have added.",
    )
    slowest = max(good.seconds, bad.seconds)
    took = f"It took {slowest * 1000:,.0f} ms."
    is_fast = slowest < ANSWER_WITHIN_S
    yield Check(
        f"It answers within {ANSWER_WITHIN_S:.0f} seconds",
        Outcome.PASSED if is_fast else Outcome.FAILED,
        took,
    )


def _say(title: str, is_right: bool, otherwise: str) -> Check:
    return Check(title, Outcome.PASSED) if is_right else Check(title, Outcome.FAILED, otherwise)


def _post(http: httpx.Client, address: str, body: bytes, signature: str) -> Reply:
    began = time.perf_counter()
    headers = {
        "accept": "*/*",
        "content-type": "application/json; charset=utf-8",
        SIGNATURE: signature,
        MARK: make_mark(),
    }
    with http.stream("POST", address, content=body, headers=headers, timeout=_GIVE_UP_AFTER_S) as answer:
        received = next(answer.iter_bytes(_MOST_READ), b"")
        return Reply(answer.status_code, answer.headers, received, time.perf_counter() - began)


def _build_body() -> bytes:
    """Return what Xero's own test holds, with its uneven spaces: no events, and twenty capital letters."""
    entropy = "".join(secrets.choice(string.ascii_uppercase) for _ in range(20))
    return f'{{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "{entropy}"}}'.encode()


def _spoil(signature: str) -> str:
    place = secrets.randbelow(len(signature) - 2)
    other = "A" if signature[place] != "A" else "B"
    return signature[:place] + other + signature[place + 1 :]


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))


def _name_failure(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"No answer came within {_GIVE_UP_AFTER_S:.0f} seconds."
    if "CERTIFICATE" in str(error).upper():
        return f"Its certificate is not trusted: {error}"
    return f"No connection: {str(error) or type(error).__name__}"
