"""Tokens are read, and never shown."""

from dataclasses import replace
from datetime import UTC, datetime

import jwt
import pytest

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.tokens import (
    AccessClaims,
    IdClaims,
    TokenSet,
    parse_token_answer,
    read_access_claims,
    read_id_claims,
)

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
KEY = "only-for-this-test-and-long-enough-for-hs256"


def sign(**claims: object) -> str:
    return jwt.encode(dict(claims), KEY, algorithm="HS256")


def test_a_token_answer_tells_when_the_access_token_ends() -> None:
    body = (
        b'{"access_token":"aaa","expires_in":1800,"token_type":"Bearer","scope":"openid offline_access",'
        b'"refresh_token":"rrr","id_token":"iii"}'
    )

    assert parse_token_answer(body, now=NOW) == TokenSet(
        access_token="aaa",
        refresh_token="rrr",
        expires_at=datetime(2026, 3, 31, 12, 30, tzinfo=UTC),
        scopes=("openid", "offline_access"),
        id_token="iii",
    )


def test_a_custom_connection_has_no_refresh_token() -> None:
    tokens = parse_token_answer(b'{"access_token":"aaa","expires_in":1800}', now=NOW)

    assert tokens == TokenSet("aaa", None, datetime(2026, 3, 31, 12, 30, tzinfo=UTC), (), None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"access_token":"secret"}',
        b'{"access_token":"","expires_in":1800}',
        b'{"access_token":"secret","expires_in":0}',
        b'{"access_token":"secret","expires_in":99999999999999999}',
        b'{"access_token":["secret"],"expires_in":1800}',
    ],
)
def test_a_token_answer_of_another_shape_is_not_understood_and_not_quoted(body: bytes) -> None:
    with pytest.raises(AnswerNotUnderstood) as refused:
        parse_token_answer(body, now=NOW)

    assert ["secret" in text for text in (str(refused.value), repr(refused.value))] == [False, False]


def test_tokens_are_not_shown() -> None:
    tokens = TokenSet("secret-a", "secret-r", NOW, ("openid",), "secret-i")

    assert repr(tokens) == (
        "TokenSet(expires_at=datetime.datetime(2026, 3, 31, 12, 0, tzinfo=datetime.timezone.utc), "
        "scopes=('openid',))"
    )
    assert str(replace(tokens, scopes=())).count("secret") == 0


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        (["openid", "email"], ("openid", "email")),
        ("openid email", ("openid", "email")),
        (None, ()),
        (7, ()),
    ],
)
def test_an_access_token_says_which_consent_it_comes_from(scope: object, scopes: tuple[str, ...]) -> None:
    token = sign(authentication_event_id="event", xero_userid="user", scope=scope)

    assert read_access_claims(token) == AccessClaims("event", "user", scopes)


def test_the_access_token_of_a_custom_connection_names_no_user() -> None:
    assert read_access_claims(sign(client_id="c")) == AccessClaims(None, None, ())


def test_an_expired_token_can_still_be_read() -> None:
    assert read_access_claims(sign(exp=1, xero_userid="user")) == AccessClaims(None, "user", ())


def test_an_id_token_says_who_signed_in_and_does_not_show_it() -> None:
    token = sign(
        xero_userid="user",
        sub="0f",
        email="jane@example.com",
        given_name="Jane",
        family_name="Doe",
        aud="app",
    )

    claims = read_id_claims(token)

    assert claims == IdClaims("user", "0f", "jane@example.com", "Jane", "Doe")
    assert repr(claims) == "IdClaims(xero_userid='user', sub='0f')"


def test_an_id_token_without_a_user_is_not_understood() -> None:
    with pytest.raises(AnswerNotUnderstood):
        read_id_claims(sign(email="jane@example.com"))


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "é", "....", "eyJhbGciOiJub25lIn0.W10."])
def test_what_is_not_a_token_is_not_understood(token: str) -> None:
    with pytest.raises(AnswerNotUnderstood) as refused:
        read_access_claims(token)

    assert str(refused.value) == (
        "Xero's answer could not be understood: a token is not a signed set of claims."
    )
