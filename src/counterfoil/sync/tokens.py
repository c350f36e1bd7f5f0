"""
Access tokens of a grant: renewed by one process at a time, stored before they are used.

The grant's row is locked while Xero is asked. When the answer is lost, or the process is killed
before it could be stored, the row still holds the old refresh token, which Xero accepts for 30 more
minutes; so the next attempt heals it. Only Xero's own "invalid_grant" ends a grant.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import QuerySet

from counterfoil.mirror.models import Connection, ConnectionEvent, Grant, OrganisationProfile
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.app import get_addresses, get_app_of
from counterfoil.sync.history import note_events
from counterfoil.sync.standing import ConnectionRemoved
from counterfoil.sync.threads import DatabaseThread
from counterfoil.xero.consent import App, client_credentials, refresh_tokens
from counterfoil.xero.errors import AppRefused, ConsentLost, LostReason, XeroError
from counterfoil.xero.tokens import TokenSet
from counterfoil.xero.transport import build_http

log = structlog.get_logger(__name__)

# Renew while the old one is still good, so that a call never starts with a token about to end.
_MARGIN = timedelta(minutes=1)

# Xero lets a permission end after 60 days without use; so there are seven weeks of tries left.
_IDLE_AFTER = timedelta(days=10)


class GrantTokens:
    """The access tokens of one grant, as the client asks for them."""

    def __init__(self, grant: Grant, *, thread: DatabaseThread, now: Callable[[], datetime]) -> None:
        self._grant_id = grant.pk
        self._workspace_id = grant.workspace_id
        self._thread = thread
        self._now = now
        self._held: tuple[str, datetime] | None = None

    async def current(self) -> str:
        """Return an access token that is good for at least a minute. Raises what the refresh raises."""
        if self._held and self._held[1] - self._now() > _MARGIN:
            return self._held[0]
        return await self._take(rejected=None)

    async def renew(self, rejected: str) -> str:
        """Return another access token than the one that Xero rejected."""
        return await self._take(rejected=rejected)

    async def _take(self, rejected: str | None) -> str:
        self._held = await self._thread.run(
            take_token, self._grant_id, self._workspace_id, rejected=rejected, now=self._now
        )
        return self._held[0]


def take_token(
    grant_id: int, workspace_id: int, *, rejected: str | None, now: Callable[[], datetime]
) -> tuple[str, datetime]:
    """
    Return the grant's access token and its end, renewed first when it is due or was rejected.

    A renewal is a transaction of its own, whatever surrounds it: the new pair is stored before the
    token is used, and no failure of a page takes it back. Raises ConsentLost after marking every
    connection of the grant as lost, and ConnectionRemoved; whatever else is raised leaves the stored
    tokens as they are.
    """
    with in_workspace(workspace_id):
        grant = Grant.objects.filter(pk=grant_id).first()
    if grant is None:
        raise ConnectionRemoved
    if not _is_due(grant, rejected, now()):
        return grant.access_token, grant.expires_at
    if not connection.in_atomic_block:
        return _renew(grant_id, workspace_id, rejected=rejected, now=now)
    with ThreadPoolExecutor(max_workers=1) as beside:
        here = copy_context()  # its lines in the log name the same request and job
        return beside.submit(
            here.run, _renew_beside, grant_id, workspace_id, rejected=rejected, now=now
        ).result()


def _is_due(grant: Grant, rejected: str | None, now: datetime) -> bool:
    return grant.access_token == rejected or grant.expires_at - now <= _MARGIN


def _renew(
    grant_id: int, workspace_id: int, *, rejected: str | None, now: Callable[[], datetime]
) -> tuple[str, datetime]:
    if rejected is not None:
        _write_off(grant_id, workspace_id, rejected=rejected, now=now())
    try:
        with in_workspace(workspace_id):
            grant = Grant.objects.select_for_update().filter(pk=grant_id).first()
            if grant is None:
                raise ConnectionRemoved
            if _is_due(grant, rejected, now()):  # nobody else was first
                app = get_app_of(workspace_id=workspace_id, client_id=grant.client_id)
                store_tokens(grant, asyncio.run(_ask_for_tokens(app, grant, now())), now=now())
                log.info("tokens renewed", grant=grant.pk)
            return grant.access_token, grant.expires_at
    except XeroError as error:
        with in_workspace(workspace_id):
            if isinstance(error, ConsentLost):
                mark_lost(Connection.objects.filter(grant_id=grant_id), error, now=now())
            else:
                _mark_failing(grant_id, error, now=now())
        raise


def _write_off(grant_id: int, workspace_id: int, *, rejected: str, now: datetime) -> None:
    """
    Store that the access token is good no more, before Xero is asked for another.

    A process killed while it asks leaves the old refresh token, which has half an hour. An access token
    that still counted as good would be used for just as long, and the permission be lost at its end.
    """
    with in_workspace(workspace_id):
        grant = Grant.objects.select_for_update().filter(pk=grant_id).first()
        if grant is not None and grant.access_token == rejected and grant.expires_at > now:
            Grant.objects.filter(pk=grant_id).update(expires_at=now)


def _renew_beside(
    grant_id: int, workspace_id: int, *, rejected: str | None, now: Callable[[], datetime]
) -> tuple[str, datetime]:
    """Renew on a connection of this thread's own, and close it."""
    try:
        return _renew(grant_id, workspace_id, rejected=rejected, now=now)
    finally:
        connection.close()


def renew_idle_grants(*, now: Callable[[], datetime]) -> int:
    """
    Renew the permissions that nothing has used for a while, and return how many were (K18).

    A paused organisation, or one whose syncs fail for other reasons, keeps its access this way. What
    goes wrong is written down by the renewal itself, and tried again the next time.
    """
    with across_workspaces():
        idle = Grant.objects.filter(
            connections__state=Connection.State.CONNECTED, refreshed_at__lt=now() - _IDLE_AFTER
        )
        found = list(
            idle.exclude(refresh_token="").distinct().values_list("pk", "workspace_id", "access_token")
        )
    renewed = 0
    for grant_id, workspace_id, access_token in found:
        try:
            take_token(grant_id, workspace_id, rejected=access_token, now=now)
            renewed += 1
        except (XeroError, ConnectionRemoved) as error:
            log.warning("idle permission not renewed", grant=grant_id, error=str(error))
    return renewed


def store_tokens(grant: Grant, tokens: TokenSet, *, now: datetime) -> None:
    """Keep a new pair of tokens, encrypted, in the grant."""
    grant.access_token = tokens.access_token
    if tokens.refresh_token:
        grant.refresh_token = tokens.refresh_token
    grant.expires_at = tokens.expires_at
    grant.refreshed_at = now
    grant.scopes = list(tokens.scopes) or grant.scopes
    if grant.failing_since is not None:
        using = Connection.objects.filter(grant=grant)
        note_events(using, ConnectionEvent.Kind.RENEWED, now=now)
        grant.failing_since, grant.failing_because, grant.is_app_refused = None, "", False
    grant.save()


def mark_lost(connections: "QuerySet[Connection]", lost: ConsentLost, *, now: datetime) -> None:
    """Say on these connections that access is gone, and why. Nothing that was read is deleted."""
    for each in connections.select_for_update(no_key=True):
        why = lost
        if lost.reason is LostReason.ORGANISATION_DISCONNECTED and _is_demo_company(each):
            why = ConsentLost(LostReason.DEMO_RESET)
        if each.state != Connection.State.LOST:
            note_events([each], ConnectionEvent.Kind.LOST, what=why.sentence, now=now)
        each.state, each.lost_reason = Connection.State.LOST, why.reason
        each.lost_because = f"{why.sentence} {why.next_step}"
        each.save(update_fields=["state", "lost_reason", "lost_because"])


def _is_demo_company(connection: Connection) -> bool:
    profiles = OrganisationProfile.objects.filter(organisation_id=connection.organisation_id)
    return profiles.filter(is_demo_company=True).exists()


def _mark_failing(grant_id: int, error: XeroError, *, now: datetime) -> None:
    """
    Say on the grant that it cannot be renewed at the moment: that is no verdict on the permission.

    Only when Xero refuses the app itself must a person act; from an outage it heals by itself.
    """
    is_app_refused = isinstance(error, AppRefused)
    grants = Grant.objects.filter(pk=grant_id)
    is_news = grants.filter(failing_since=None).update(failing_since=now) == 1
    is_news |= grants.exclude(is_app_refused=is_app_refused).exists()
    grants.update(failing_because=f"{error} {error.next_step}", is_app_refused=is_app_refused)
    if is_news:
        using = Connection.objects.filter(grant_id=grant_id)
        note_events(using, ConnectionEvent.Kind.RENEWAL_FAILING, what=str(error), now=now)


async def _ask_for_tokens(app: App, grant: Grant, now: datetime) -> TokenSet:
    addresses = get_addresses()
    async with build_http(addresses=addresses) as http:
        if grant.kind == Grant.Kind.CUSTOM:
            return await client_credentials(http, addresses, app, None, now)
        return await refresh_tokens(http, addresses, app, grant.refresh_token, now)
