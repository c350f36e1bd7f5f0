"""What can be done with a workspace's own app at Xero: save it, give it its webhook key, forget it."""

from datetime import datetime

from django.db import transaction

from counterfoil.mirror.models import Connection, Grant, XeroApp


class AppInUse(Exception):
    """Organisations are connected through this app, and its secret is all that keeps them connected."""

    def __init__(self, count: int) -> None:
        noun = "organisation is" if count == 1 else "organisations are"
        super().__init__(f"{count} {noun} connected through this app. Reconnect or remove them first.")


class SecretMissing(ValueError):
    """A web app or a custom connection has a secret, and none was given or kept."""

    def __init__(self) -> None:
        super().__init__("Paste the Client Secret too: this kind of app has one.")


def save_app(
    *,
    workspace_id: int,
    kind: str,
    client_id: str,
    client_secret: str,
    permissions: str,
    saved_by: str,
    now: datetime,
) -> XeroApp:
    """
    Keep the app's credentials, and ask new consents with this app from now on.

    An empty secret keeps the one that this very app has; an app without a secret never has one. The
    apps before it stay for the consents that were given to them. Raises SecretMissing.
    """
    with transaction.atomic():
        XeroApp.objects.filter(is_current=True).exclude(client_id=client_id).update(is_current=False)
        app = XeroApp.objects.filter(client_id=client_id).first() or XeroApp(
            workspace_id=workspace_id, client_id=client_id
        )
        app.client_secret = "" if kind == Grant.Kind.PKCE else client_secret or app.client_secret
        if kind != Grant.Kind.PKCE and not app.client_secret:
            raise SecretMissing
        app.kind, app.permissions, app.is_current = kind, permissions, True
        app.saved_by, app.saved_at = saved_by, now
        app.save()
    return app


def save_webhook_key(app: XeroApp, *, key: str, saved_by: str, now: datetime) -> None:
    """Keep the key that Xero signs this app's webhooks with."""
    app.webhook_key, app.saved_by, app.saved_at = key, saved_by, now
    app.save(update_fields=["webhook_key", "saved_by", "saved_at"])


def forget_app(app: XeroApp) -> None:
    """Erase the app and its secrets here; in Xero it stays. Raises AppInUse."""
    in_use = Connection.objects.filter(
        grant__client_id=app.client_id, state=Connection.State.CONNECTED
    ).count()
    if in_use:
        raise AppInUse(in_use)
    app.delete()
