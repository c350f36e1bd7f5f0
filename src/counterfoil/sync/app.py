"""
Which app at Xero speaks for a workspace: its own when it has saved one, else the installation's.

The app of a consent never changes. Tokens are renewed with the app that they were given to, also when
the workspace has another one by now.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from counterfoil.config.paths import CALLBACK_PATH
from counterfoil.mirror.models import Grant, XeroApp
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.consent import App
from counterfoil.xero.errors import ConsentLost, LostReason


class AppNotConfigured(Exception):
    """Neither this workspace nor the installation has the credentials of an app registered at Xero."""

    def __init__(self) -> None:
        super().__init__("Counterfoil does not yet know the Client ID of an app registered at Xero.")


@dataclass(frozen=True, slots=True)
class KnownApp(App):
    """An app with what is known about it here; `is_own` says that the workspace saved it itself."""

    kind: Grant.Kind
    permissions: XeroApp.Permissions = XeroApp.Permissions.GRANULAR
    has_webhook_key: bool = False
    is_own: bool = False
    accepted_at: datetime | None = None

    @property
    def has_secret(self) -> bool:
        """Say whether there is a secret, for pages that must not hold it."""
        return self.client_secret is not None

    @property
    def is_broad(self) -> bool:
        """Say whether it asks for the broad permissions of an older app."""
        return self.permissions == XeroApp.Permissions.BROAD


@dataclass(frozen=True, slots=True)
class WebhookKey:
    """What one app signs its webhooks with; `workspace_id` is None for the installation's app."""

    client_id: str
    key: str = field(repr=False)
    workspace_id: int | None = None


def get_addresses() -> XeroAddresses:
    """Return Xero's addresses, or those of a stand-in."""
    return XeroAddresses(
        login=settings.XERO_LOGIN_URL,
        identity=settings.XERO_IDENTITY_URL,
        api=settings.XERO_API_URL,
        web=settings.XERO_WEB_URL,
    )


def get_redirect_uri() -> str:
    """Return the redirect address that must stand at developer.xero.com, letter for letter."""
    return settings.COUNTERFOIL_URL + CALLBACK_PATH


def find_app(workspace_id: int) -> KnownApp | None:
    """Return the app that new consents are asked for with; None when there is none yet."""
    with in_workspace(workspace_id):
        own = XeroApp.objects.filter(is_current=True).first()
    return _describe(own) if own else find_installation_app()


def get_app(workspace_id: int) -> KnownApp:
    """Return the app that new consents are asked for with. Raises AppNotConfigured."""
    app = find_app(workspace_id)
    if app is None:
        raise AppNotConfigured
    return app


def get_app_of(*, workspace_id: int, client_id: str) -> KnownApp:
    """
    Return the app that a consent is given to, whichever is in use now.

    Raises ConsentLost when nobody has saved it any more: no other app can use its tokens.
    Source: RFC 6749, 6: a refresh token is bound to the client to which it was issued.
    """
    with in_workspace(workspace_id):
        own = XeroApp.objects.filter(client_id=client_id).first()
    if own is not None:
        return _describe(own)
    app = find_installation_app()
    if app is None or app.client_id != client_id:
        raise ConsentLost(LostReason.APP_GONE)
    return app


def find_installation_app() -> KnownApp | None:
    """Return the app that the environment names; with a Client ID alone it is an app without a secret."""
    if not settings.XERO_CLIENT_ID:
        return None
    return KnownApp(
        client_id=settings.XERO_CLIENT_ID,
        client_secret=settings.XERO_CLIENT_SECRET or None,
        redirect_uri=get_redirect_uri(),
        kind=Grant.Kind.CODE if settings.XERO_CLIENT_SECRET else Grant.Kind.PKCE,
        has_webhook_key=bool(settings.XERO_WEBHOOK_KEY),
    )


def list_webhook_keys() -> list[WebhookKey]:
    """Return the keys of all apps, of all workspaces: who posts a webhook is known by its key alone."""
    with across_workspaces():
        rows = XeroApp.objects.exclude(webhook_key="").order_by("pk")
        keys = [WebhookKey(*row) for row in rows.values_list("client_id", "webhook_key", "workspace_id")]
    if settings.XERO_WEBHOOK_KEY:
        keys.insert(0, WebhookKey(settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY))
    return keys


def _describe(app: XeroApp) -> KnownApp:
    return KnownApp(
        client_id=app.client_id,
        client_secret=app.client_secret or None,
        redirect_uri=get_redirect_uri(),
        kind=Grant.Kind(app.kind),
        permissions=XeroApp.Permissions(app.permissions),
        has_webhook_key=bool(app.webhook_key),
        is_own=True,
        accepted_at=app.accepted_at,
    )
