"""Reads the tokens that Xero gives, and the claims inside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt
import msgspec

from counterfoil.xero.errors import AnswerNotUnderstood


@dataclass(frozen=True, slots=True)
class TokenSet:
    """
    What one exchange at the token endpoint gave; the tokens stay out of its repr.

    An access token lives 30 minutes, a refresh token 60 days from its last use. A custom connection has no
    refresh token. Source: Xero developer guide, "Token types".
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: datetime
    scopes: tuple[str, ...]
    id_token: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says; `authentication_event_id` marks the connections of the same consent."""

    authentication_event_id: str | None
    xero_userid: str | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IdClaims:
    """Who signed in; `xero_userid` is the one to match on, since an e-mail address can change."""

    xero_userid: str
    sub: str
    email: str | None = field(repr=False, default=None)
    given_name: str | None = field(repr=False, default=None)
    family_name: str | None = field(repr=False, default=None)


class _Sent(msgspec.Struct):
    access_token: str
    expires_in: int
    scope: str = ""
    refresh_token: str | None = None
    id_token: str | None = None


def parse_token_answer(body: bytes, *, now: datetime) -> TokenSet:
    """
    Return the tokens of a good answer, with the instant at which the access token ends.

    Raises `AnswerNotUnderstood`. Source: Xero developer guide, "The standard authorization code flow".
    """
    try:
        sent = msgspec.json.decode(body, type=_Sent)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise AnswerNotUnderstood("the token answer has another shape") from None
    if not sent.access_token or not 0 < sent.expires_in <= 86_400:
        raise AnswerNotUnderstood("the token answer has no token, or one without a sensible end")
    return TokenSet(
        access_token=sent.access_token,
        refresh_token=sent.refresh_token,
        expires_at=now + timedelta(seconds=sent.expires_in),
        scopes=tuple(sent.scope.split()),
        id_token=sent.id_token,
    )


def read_access_claims(access_token: str) -> AccessClaims:
    """
    Return what an access token says about itself; raises `AnswerNotUnderstood`.

    The signature is not checked: call it only with a token that has just come from Xero's token endpoint
    over TLS, which is what vouches for it. A custom connection's token names no user.
    Source: Xero developer guide, "Token types", access token.
    """
    claims = _decode(access_token)
    return AccessClaims(
        authentication_event_id=_get_text(claims, "authentication_event_id"),
        xero_userid=_get_text(claims, "xero_userid"),
        scopes=_get_scopes(claims),
    )


def read_id_claims(id_token: str) -> IdClaims:
    """
    Return who gave consent; raises `AnswerNotUnderstood`.

    The signature is not checked, as OpenID Connect allows (Core 1.0, 3.1.3.7, 6) for a token that came
    straight from the token endpoint over TLS: call it with no other.
    Source: Xero developer guide, "Token types", id token.
    """
    claims = _decode(id_token)
    xero_userid, sub = _get_text(claims, "xero_userid"), _get_text(claims, "sub")
    if xero_userid is None or sub is None:
        raise AnswerNotUnderstood("the id token names no user")
    return IdClaims(
        xero_userid=xero_userid,
        sub=sub,
        email=_get_text(claims, "email"),
        given_name=_get_text(claims, "given_name"),
        family_name=_get_text(claims, "family_name"),
    )


def _decode(token: str) -> Mapping[str, object]:
    try:
        claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise AnswerNotUnderstood("a token is not a signed set of claims") from None
    return claims


def _get_text(claims: Mapping[str, object], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None


def _get_scopes(claims: Mapping[str, object]) -> tuple[str, ...]:
    # Recorded tokens carry an array, where the standard has words in one string.
    value = claims.get("scope")
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, list):
        return tuple(word for word in value if isinstance(word, str))
    return ()
