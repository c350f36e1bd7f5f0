"""Apps, consents, tokens and connections, and the rules that govern them (FACTS 1)."""

import hashlib
import secrets
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Literal

from xero_sandbox.clock import Clock
from xero_sandbox.config import SandboxSettings

CODE_LIFE_S = 300
REFRESH_LIFE_S = 60 * 86_400
REFRESH_GRACE_S = 1_800

AppKind = Literal["web", "pkce", "custom"]


@dataclass(frozen=True)
class App:
    """
    An app registered with the stand-in; a custom connection is bound to one organisation.

    One that `is_old` was made before 2 March 2026, and may ask for broad scopes.
    """

    kind: AppKind
    client_id: str
    name: str
    secret: str = ""
    redirect_uris: tuple[str, ...] = ()
    tenant_id: str | None = None
    scopes: tuple[str, ...] = ()
    is_old: bool = False


@dataclass(frozen=True)
class User:
    """A person who can sign in and connect organisations."""

    user_id: str
    subject: str
    given_name: str
    family_name: str
    email: str


@dataclass
class Code:
    """An authorization code."""

    client_id: str
    user: User
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str | None
    event_id: str
    expires_s: float
    nonce: str | None = None


@dataclass
class Grant:
    """What one consent lets an app do: one token set, renewed by rotation."""

    client_id: str
    user: User
    scopes: tuple[str, ...]
    event_id: str
    auth_time_s: float
    refresh_token: str = ""
    refresh_expires_s: float = 0.0
    previous: str | None = None
    previous_until_s: float = 0.0


@dataclass(frozen=True)
class AccessToken:
    """What an issued access token stands for."""

    client_id: str
    user_id: str | None
    scopes: frozenset[str]
    expires_s: float
    event_id: str | None = None


@dataclass
class Connection:
    """One organisation that one person connected to one app."""

    connection_id: str
    client_id: str
    user_id: str
    tenant_id: str
    event_id: str
    created_ms: int
    updated_ms: int


class TokenRefused(ValueError):
    """The token endpoint answers 400 with this one key."""

    def __init__(self, error: str) -> None:
        self.error = error
        super().__init__(error)


@dataclass
class IdentityState:
    """Everything that the identity server remembers."""

    settings: SandboxSettings
    clock: Clock
    apps: dict[str, App] = field(default_factory=dict)
    users: list[User] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)

    def get_app(self, client_id: str, secret: str | None) -> App:
        """Return the app behind a token call, or raise TokenRefused."""
        app = self.apps.get(client_id)
        if app is None:
            raise TokenRefused("invalid_client")
        if app.kind != "pkce" and not secrets.compare_digest(app.secret, secret or ""):
            raise TokenRefused("invalid_client")
        return app

    def find_connection(self, client_id: str, user_id: str | None, tenant_id: str) -> Connection | None:
        """Return the connection that a token may use for an organisation."""
        for connection in self.connections.values():
            if (
                connection.tenant_id == tenant_id
                and connection.client_id == client_id
                and user_id in {None, connection.user_id}
            ):
                return connection
        return None

    def connect(self, app: App, user: User, tenant_ids: list[str], event_id: str) -> None:
        """Connect organisations, or renew their connections with this consent's event."""
        now_ms = self.clock.now_ms()
        for tenant_id in tenant_ids:
            known = self.find_connection(app.client_id, user.user_id, tenant_id)
            if known is not None:
                known.event_id, known.updated_ms = event_id, now_ms
                continue
            connection_id = str(uuid.uuid4())
            self.connections[connection_id] = Connection(
                connection_id=connection_id,
                client_id=app.client_id,
                user_id=user.user_id,
                tenant_id=tenant_id,
                event_id=event_id,
                created_ms=now_ms,
                updated_ms=now_ms,
            )

    def is_connected(self, client_id: str, tenant_id: str) -> bool:
        """Return whether anybody connected this organisation to the app."""
        return any(
            item.client_id == client_id and item.tenant_id == tenant_id for item in self.connections.values()
        )

    def count_uncertified(self, tenant_id: str, *, besides: App) -> int:
        """Return how many other apps an organisation holds; custom connections do not count (FACTS 1.7)."""
        others = {
            item.client_id
            for item in self.connections.values()
            if item.tenant_id == tenant_id and self.apps[item.client_id].kind != "custom"
        }
        return len(others - {besides.client_id})

    def count_connections(self, app: App) -> int:
        """Return how many connections the app holds against its tier's cap."""
        return sum(connection.client_id == app.client_id for connection in self.connections.values())

    def disconnect_tenant(self, tenant_id: str) -> int:
        """Remove every app's connection to an organisation, as its Xero user can; tokens live on."""
        found = [key for key, item in self.connections.items() if item.tenant_id == tenant_id]
        for key in found:
            del self.connections[key]
        return len(found)

    def add_code(self, code: Code) -> str:
        """Return a single-use code for a consent just given."""
        text = secrets.token_urlsafe(32)
        self.codes[text] = code
        return text

    def earlier_scopes(self, app: App, user: User) -> tuple[str, ...]:
        """Return what this person already granted this app: scopes add up over consents (FACTS 2.1)."""
        granted = [
            scope
            for grant in self.grants
            if grant.client_id == app.client_id and grant.user == user
            for scope in grant.scopes
        ]
        return tuple(dict.fromkeys(granted))

    def redeem_code(self, app: App, text: str, redirect_uri: str, verifier: str | None) -> tuple[Grant, Code]:
        """Turn a code into a grant, or raise TokenRefused."""
        code = self.codes.pop(text, None)
        if (
            code is None
            or code.client_id != app.client_id
            or code.redirect_uri != redirect_uri
            or code.expires_s < self.clock.now_s()
            or not _verifier_matches(code.challenge, verifier)
        ):
            raise TokenRefused("invalid_grant")
        grant = Grant(app.client_id, code.user, code.scopes, code.event_id, self.clock.now_s())
        self.grants.append(grant)
        return grant, code

    def issue_refresh_token(self, grant: Grant) -> str:
        """Give the grant a new refresh token and start its 60 days again."""
        grant.refresh_token = secrets.token_urlsafe(32)
        grant.refresh_expires_s = self.clock.now_s() + REFRESH_LIFE_S
        return grant.refresh_token

    def rotate(self, app: App, token: str) -> Grant:
        """
        Accept the current refresh token, or the one before it for 30 minutes; raise TokenRefused otherwise.

        A retry with the previous token gets a fresh pair, and the pair whose answer was lost dies.
        Source: FACTS 1.4, 13.
        """
        now = self.clock.now_s()
        for grant in self.grants:
            if grant.client_id != app.client_id:
                continue
            if grant.refresh_token == token and now < grant.refresh_expires_s:
                grant.previous, grant.previous_until_s = token, now + REFRESH_GRACE_S
                return grant
            if grant.previous == token and now < grant.previous_until_s:
                return grant
        raise TokenRefused("invalid_grant")

    def revoke(self, app: App, token: str) -> None:
        """End the person's grants and connections to the app; an unknown token changes nothing."""
        for grant in self.grants:
            if grant.client_id == app.client_id and token in {grant.refresh_token, grant.previous}:
                self._forget(app, grant.user)
                return

    def _forget(self, app: App, user: User) -> None:
        self.grants = [
            grant for grant in self.grants if not (grant.client_id == app.client_id and grant.user == user)
        ]
        self.connections = {
            key: item
            for key, item in self.connections.items()
            if not (item.client_id == app.client_id and item.user_id == user.user_id)
        }
        for key, token in list(self.access_tokens.items()):
            if token.client_id == app.client_id and token.user_id == user.user_id:
                del self.access_tokens[key]


def _verifier_matches(challenge: str | None, verifier: str | None) -> bool:
    if challenge is None:
        return True
    if verifier is None or not 43 <= len(verifier) <= 128:
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
