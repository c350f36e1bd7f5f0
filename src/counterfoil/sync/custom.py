"""Connects the one organisation of a custom connection: client credentials, no browser, no refresh token."""

import asyncio
from datetime import datetime

from counterfoil.mirror.models import Connection, Grant, Workspace
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.app import get_addresses, get_app
from counterfoil.sync.connecting import attach_organisation
from counterfoil.xero.consent import App, client_credentials, list_connections
from counterfoil.xero.errors import XeroError
from counterfoil.xero.tokens import TokenSet
from counterfoil.xero.transport import build_http
from counterfoil.xero.wire.connections import Connection as XeroConnection


class NotOneOrganisation(XeroError):
    """A custom connection must name exactly one organisation, and this one does not."""

    next_step = "Authorise the custom connection at developer.xero.com for the organisation, then try again."

    def __init__(self, count: int) -> None:
        super().__init__(f"Xero says that this custom connection has {count} organisations instead of one.")


def connect_custom(*, workspace: Workspace, now: datetime) -> Connection:
    """
    Connect the custom connection's organisation to a workspace and return the connection.

    Raises AppNotConfigured, AppRefused for wrong credentials, NotOneOrganisation, and what else Xero's
    answers raise.
    """
    app = get_app(workspace.pk)
    tokens, found = asyncio.run(_ask(app, now))
    with in_workspace(workspace.pk):
        grant = Grant.objects.create(
            workspace=workspace,
            kind=Grant.Kind.CUSTOM,
            client_id=app.client_id,
            scopes=list(tokens.scopes),
            access_token=tokens.access_token,
            expires_at=tokens.expires_at,
            refreshed_at=now,
        )
        attach_organisation(grant, found, connected_by="custom connection", now=now)
        return Connection.objects.get(grant=grant)


async def _ask(app: App, now: datetime) -> tuple[TokenSet, XeroConnection]:
    addresses = get_addresses()
    async with build_http(addresses=addresses) as http:
        tokens = await client_credentials(http, addresses, app, None, now)
        found = await list_connections(http, addresses, tokens.access_token, None)
    if len(found) != 1:
        raise NotOneOrganisation(len(found))
    return tokens, found[0]
