"""An id token is believed only when everything about it is right."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.errors import XeroError
from counterfoil.xero.signing_in import IdTokenRefused, UnknownKey, check_id_token
from counterfoil.xero.tokens import IdClaims

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ADDRESSES = XeroAddresses(identity="https://identity.xero.example/")
XEROS_KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


def as_jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    numbers = key.public_key().public_numbers()

    def encode(number: int) -> str:
        return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()

    return {"kty": "RSA", "use": "sig", "kid": kid, "n": encode(numbers.n), "e": encode(numbers.e)}


KEYS = {"xero": as_jwk(XEROS_KEY, "xero")}


def sign(
    key: rsa.RSAPrivateKey | str = XEROS_KEY, *, kid: str = "xero", alg: str = "RS256", **other: Any
) -> str:
    claims: dict[str, Any] = {
        "iss": "https://identity.xero.example",
        "aud": "our-app",
        "sub": "subject",
        "xero_userid": "person",
        "email": "robin@firm.example",
        "nonce": "asked",
        "nbf": int(NOW.timestamp()),
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(minutes=5)).timestamp()),
    }
    sent = {name: value for name, value in (claims | other).items() if value is not None}
    return jwt.encode(sent, key, algorithm=alg, headers={"kid": kid})


def check(token: str, *, now: datetime = NOW) -> IdClaims:
    return check_id_token(token, keys=KEYS, addresses=ADDRESSES, client_id="our-app", nonce="asked", now=now)


def test_a_token_that_xero_signed_for_this_sign_in_says_who_it_is() -> None:
    assert check(sign()) == IdClaims(xero_userid="person", sub="subject", email="robin@firm.example")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(sign(OTHER_KEY), id="signed by somebody else under the name of Xero's key"),
        pytest.param(sign(aud="another-app"), id="for another app"),
        pytest.param(sign(aud=None), id="for no app"),
        pytest.param(sign(iss="https://identity.evil.example"), id="by another issuer"),
        pytest.param(sign(iss=None), id="by no issuer"),
        pytest.param(sign(nonce="of another sign-in"), id="of another sign-in"),
        pytest.param(sign(nonce=None), id="without a nonce"),
        pytest.param(sign(exp=None), id="without an end"),
        pytest.param(sign(exp="soon"), id="with an end that is no time"),
        pytest.param(sign(xero_userid=None), id="naming nobody"),
        pytest.param(
            sign("a secret known to all, long enough for hs256", alg="HS256"), id="signed by a secret"
        ),
        pytest.param(
            jwt.encode({"nonce": "asked"}, "", algorithm="none", headers={"kid": "xero"}), id="unsigned"
        ),
        pytest.param("rubbish", id="no token"),
    ],
)
def test_a_token_with_anything_wrong_is_refused(token: str) -> None:
    with pytest.raises(XeroError) as refused:
        check(token)

    assert "robin@" not in str(refused.value)
    assert token not in str(refused.value)


def test_a_key_that_is_not_known_is_told_apart_so_that_the_keys_can_be_fetched_again() -> None:
    with pytest.raises(UnknownKey):
        check(sign(kid="newer"))


@pytest.mark.parametrize("off", [timedelta(minutes=-3), timedelta(minutes=8)])
def test_a_token_of_another_time_is_refused(off: timedelta) -> None:
    with pytest.raises(IdTokenRefused, match="clock"):
        check(sign(), now=NOW + off)


@pytest.mark.parametrize("off", [timedelta(minutes=-1), timedelta(minutes=6)])
def test_clocks_that_differ_by_a_minute_do_no_harm(off: timedelta) -> None:
    assert check(sign(), now=NOW + off).xero_userid == "person"
