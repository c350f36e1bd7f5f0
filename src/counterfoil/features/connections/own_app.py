"""What can be done with a workspace's own app at Xero: check it, save it, forget it, connect through it."""

from datetime import datetime

from counterfoil.features.connections.tasks import request_sync
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Connection, Grant, Organisation, Run, Workspace, XeroApp
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.app import get_redirect_uri
from counterfoil.sync.custom import connect_custom
from counterfoil.sync.probing import Check, Verdict, check_secret
from counterfoil.xero.consent import App


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
    kind: Grant.Kind,
    client_id: str,
    client_secret: str,
    permissions: str,
    who: User,
    now: datetime,
) -> Check:
    """
    Keep the app's credentials unless Xero says that they are wrong, and return what Xero says.

    New consents are asked for with this app from now on; the apps before it stay for the consents that
    were given to them. An empty secret keeps the one that this very app has. Xero is asked before
    anything is written. Raises SecretMissing.
    """
    with in_workspace(workspace_id):
        known = XeroApp.objects.filter(client_id=client_id).first()
    secret = "" if kind == Grant.Kind.PKCE else client_secret or (known.client_secret if known else "")
    if kind != Grant.Kind.PKCE and not secret:
        raise SecretMissing
    said = check_secret(App(client_id, secret or None, get_redirect_uri()), kind=kind, now=now)
    if said.verdict is Verdict.BAD:
        return said
    with in_workspace(workspace_id):
        XeroApp.objects.filter(is_current=True).exclude(client_id=client_id).update(is_current=False)
        XeroApp.objects.update_or_create(
            workspace_id=workspace_id,
            client_id=client_id,
            defaults={
                "kind": kind,
                "client_secret": secret,
                "permissions": permissions,
                "is_current": True,
                "saved_by": name_person(who),
                "saved_at": now,
                "accepted_at": now if said.verdict is Verdict.GOOD else None,
            },
        )
        record(workspace_id=workspace_id, act=Act.APP_SAVED, who=who, what=client_id, now=now)
    return said


def save_webhook_key(app: XeroApp, *, key: str) -> None:
    """Keep the key that Xero signs this app's webhooks with."""
    app.webhook_key = key
    app.save(update_fields=["webhook_key"])


def forget_app(app: XeroApp, *, who: User, now: datetime) -> None:
    """Erase the app and its secrets here; in Xero it stays. Raises AppInUse."""
    through_it = Connection.objects.filter(grant__client_id=app.client_id)
    in_use = through_it.filter(state=Connection.State.CONNECTED).count()
    if in_use:
        raise AppInUse(in_use)
    record(workspace_id=app.workspace_id, act=Act.APP_FORGOTTEN, who=who, what=app.client_id, now=now)
    app.delete()


def connect_through_app(workspace: Workspace, *, who: User, now: datetime) -> Organisation:
    """
    Connect the one organisation of a custom connection, and ask for its first full sync.

    Raises what `connect_custom` raises.
    """
    connection = connect_custom(workspace=workspace, now=now)
    with in_workspace(workspace.pk):
        organisation = Organisation.objects.get(pk=connection.organisation_id)
        what = f"{organisation.name}, by a custom connection"
        record(workspace_id=workspace.pk, act=Act.ORGANISATION_CONNECTED, who=who, what=what, now=now)
        request_sync(organisation_id=organisation.pk, kind=Run.Kind.FULL, reason="connected", by_person=True)
    return organisation
