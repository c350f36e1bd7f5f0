"""Signing in with Xero: who a person is, as an id token signed by Xero says, and nothing else."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import msgspec

from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.errors import AnswerNotUnderstood, XeroError
from counterfoil.xero.tokens import IdClaims, read_id_claims
from counterfoil.xero.transport import send
from counterfoil.xero.wire.answers import check_answer

# Signing in does not connect (T9): no permission on any organisation, and no way to come back later.
SIGN_IN_SCOPES = ("openid", "profile", "email")

Keys = Mapping[str, Mapping[str, Any]]

# Two machines' clocks; Xero's id token lives five minutes.
_LEEWAY = timedelta(minutes=2)
_ALGORITHM = "RS256"


class IdTokenRefused(XeroError):
    """The id token is not Xero's word about this sign-in."""

    next_step = "Press “Continue with Xero” again. If it happens again, tell whoever looks after Counterfoil."

    def __init__(self, why: str) -> None:
        super().__init__(f"The sign-in was not accepted: {why}.")


class UnknownKey(IdTokenRefused):
    """The token names a signing key that is not among those known; Xero may have changed its keys."""

    def __init__(self) -> None:
        super().__init__("the answer is not signed with a key of Xero’s")


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


async def fetch_signing_keys(http: httpx.AsyncClient, addresses: XeroAddresses) -> Keys:
    """
    Return Xero's public signing keys by their ids; keep them, for the address stands behind a wall.

    Raises AnswerNotUnderstood and what `check_answer` raises. Source: XeroAPI/xero-node#428.
    """
    request = http.build_request("GET", addresses.signing_keys, headers={"Accept": "application/json"})
    reply = await send(http, request)
    check_answer(reply.status, reply.headers, reply.body)
    try:
        found = msgspec.json.decode(reply.body, type=_KeySet).keys
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise AnswerNotUnderstood("the list of signing keys has another shape") from None
    return {str(key["kid"]): key for key in found if "kid" in key}


def check_id_token(
    id_token: str, *, keys: Keys, addresses: XeroAddresses, client_id: str, nonce: str, now: datetime
) -> IdClaims:
    """
    Return who signed in, once the signature, the issuer, the audience, the times and the nonce are right.

    Raises UnknownKey, IdTokenRefused and AnswerNotUnderstood.
    Source: OpenID Connect Core 1.0, 3.1.3.7.
    """
    try:
        key = keys.get(str(jwt.get_unverified_header(id_token).get("kid")))
        if key is None:
            raise UnknownKey
        claims = jwt.decode(
            id_token,
            jwt.PyJWK(dict(key), algorithm=_ALGORITHM),
            algorithms=[_ALGORITHM],
            audience=client_id,
            issuer=addresses.issuer,
            # The times are checked below, by the clock that this was called with.
            options={
                "require": ["exp", "iat"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidTokenError as problem:
        # Only the kind of the problem: the library's own words can quote the token.
        raise IdTokenRefused(f"its id token does not hold ({type(problem).__name__})") from None
    _check_times(claims, now)
    if claims.get("nonce") != nonce:
        raise IdTokenRefused("the answer belongs to another sign-in")
    return read_id_claims(id_token)


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    try:
        begins = datetime.fromtimestamp(int(claims.get("nbf", claims["iat"])), UTC)
        ends = datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise IdTokenRefused("its times cannot be read") from None
    if now < begins - _LEEWAY:
        raise IdTokenRefused("the answer comes from the future; this machine’s clock may be slow")
    if now > ends + _LEEWAY:
        raise IdTokenRefused("the answer is too old; this machine’s clock may be fast")
