"""Signed access and id tokens with the claims that Xero's carry (FACTS 1.5)."""

import hashlib
import uuid
from base64 import urlsafe_b64encode
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from xero_sandbox.identity.state import AccessToken, App, Grant, IdentityState, User

ID_TOKEN_LIFE_S = 300


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _b64_number(number: int) -> str:
    return _b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


class Signer:
    """Holds the signing key and writes tokens with it."""

    def __init__(self, issuer: str, *, key: str | None = None) -> None:
        self.issuer = issuer
        self._key = _read_key(key) if key else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        modulus = _b64_number(numbers.n)
        self.key_id = hashlib.sha256(modulus.encode()).hexdigest()[:40].upper()
        self.thumbprint = _b64(hashlib.sha1(modulus.encode()).digest())  # noqa: S324 -- x5t is a label
        self.jwks = {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "kid": self.key_id,
                    "x5t": self.thumbprint,
                    "e": _b64_number(numbers.e),
                    "n": modulus,
                    "alg": "RS256",
                }
            ]
        }

    def export_key(self) -> str:
        """Return the private key as PEM; it guards nothing but pretended books."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def issue_access_token(
        self, state: IdentityState, app: App, *, scopes: tuple[str, ...], grant: Grant | None, life_s: int
    ) -> str:
        """Return an access token and remember what it stands for."""
        now = int(state.clock.now_s())
        claims: dict[str, Any] = {
            "nbf": now,
            "exp": now + life_s,
            "iss": self.issuer,
            "aud": f"{self.issuer}/resources",
            "client_id": app.client_id,
            "jti": uuid.uuid4().hex.upper(),
            "scope": list(scopes),
        }
        user_id: str | None = None
        if grant is not None:
            user_id = grant.user.user_id
            claims |= {
                "sub": grant.user.subject,
                "auth_time": int(grant.auth_time_s),
                "xero_userid": user_id,
                "global_session_id": _session_id(grant),
                "authentication_event_id": grant.event_id,
            }
        token = self._sign(claims)
        state.access_tokens[token] = AccessToken(
            client_id=app.client_id,
            user_id=user_id,
            scopes=frozenset(scopes),
            expires_s=now + life_s,
            event_id=grant.event_id if grant else None,
        )
        return token

    def issue_id_token(self, grant: Grant, *, access_token: str, now_s: float, nonce: str | None) -> str:
        """Return an id token for the person who consented."""
        now = int(now_s)
        user = grant.user
        claims: dict[str, Any] = {
            "nbf": now,
            "exp": now + ID_TOKEN_LIFE_S,
            "iss": self.issuer,
            "aud": grant.client_id,
            "iat": now,
            "at_hash": _b64(hashlib.sha256(access_token.encode()).digest()[:16]),
            "sid": _session_id(grant),
            "sub": user.subject,
            "auth_time": int(grant.auth_time_s),
            "xero_userid": user.user_id,
            "global_session_id": _session_id(grant),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        if "profile" in grant.scopes:
            claims |= profile_claims(user)
        if "email" in grant.scopes:
            claims["email"] = user.email
        return self._sign(claims)

    def _sign(self, claims: dict[str, Any]) -> str:
        headers = {"kid": self.key_id, "x5t": self.thumbprint}
        return jwt.encode(claims, self._key, algorithm="RS256", headers=headers)


def _read_key(text: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(text.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(type(key))
    return key


def profile_claims(user: User) -> dict[str, str]:
    """Return what the `profile` scope shows of a person."""
    return {
        "preferred_username": user.email,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "name": f"{user.given_name} {user.family_name}",
    }


def _session_id(grant: Grant) -> str:
    return hashlib.sha256(f"{grant.user.subject}:{grant.event_id}".encode()).hexdigest()[:32]
