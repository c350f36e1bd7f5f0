"""Joins a consent given in Xero to an organisation kept here, and takes them apart again."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx
import structlog
from django.db.models import Q

from counterfoil.mirror.models import (
    ORGANISATION_COLOURS,
    Connection,
    ConnectionEvent,
    Grant,
    Organisation,
    Workspace,
)
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.app import AppNotConfigured, get_addresses, get_app, get_app_of
from counterfoil.sync.asking import ask_xero
from counterfoil.sync.history import note_events
from counterfoil.sync.tokens import take_token
from counterfoil.xero import consent
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.consent import App
from counterfoil.xero.errors import ConsentLost, LostReason, XeroError
from counterfoil.xero.scopes import (
    IDENTITY_SCOPES,
    READ_SCOPES,
    Write,
    is_write_scope,
    list_missing_scopes,
    list_wanted_scopes,
)
from counterfoil.xero.tokens import IdClaims, TokenSet, read_access_claims, read_id_claims
from counterfoil.xero.wire.connections import Connection as Tenant

log = structlog.get_logger(__name__)


class OnlyOneOrganisation(Exception):
    """The workspace is held to one organisation, and another one is connected (T20)."""

    def __init__(self, other: str) -> None:
        super().__init__(
            f"This firm is held to one organisation, and {other} is connected."
            " Remove that one first, or lift the limit in Settings, Account."
        )


@dataclass(frozen=True)
class Question:
    """A consent that was asked for: where to send the browser, and what its answer is checked with."""

    address: str
    client_id: str
    state: str
    verifier: str | None
    asked_scopes: tuple[str, ...]


@dataclass(frozen=True)
class Farewell:
    """What became of the access in Xero when a connection ended here; `problem` is a sentence, or empty."""

    problem: str = ""
    next_step: str = ""


def begin_consent(*, workspace_id: int, writes: Collection[Write] = ()) -> Question:
    """
    Return the question to ask in Xero: permissions to read, and to write only what was switched on.

    An app without a secret proves itself by a verifier; with one, the verifier still keeps a stolen code
    from being used in another browser. Raises AppNotConfigured, also for a custom connection, which knows
    no such question.
    Source: Xero developer guide, "The standard authorization code flow", "PKCE flow".
    """
    app, state = get_app(workspace_id), consent.new_state()
    if app.kind == Grant.Kind.CUSTOM:
        raise AppNotConfigured
    verifier = consent.new_verifier()
    scopes = list_wanted_scopes(writes, broad=app.is_broad)
    address = consent.start_consent(app, get_addresses(), scopes=scopes, state=state, verifier=verifier)
    return Question(
        address=address, client_id=app.client_id, state=state, verifier=verifier, asked_scopes=scopes
    )


def receive_consent(
    query: Mapping[str, str],
    *,
    client_id: str,
    state: str,
    verifier: str | None,
    asked_scopes: Collection[str],
    workspace_id: int,
    now: datetime,
) -> Grant:
    """
    Return the stored grant for what the browser brought back from Xero to the app that was asked with.

    Raises ConsentNotGiven (cancelled, foreign state, no code), ConsentLost (the code is used or old),
    AppRefused (the app's own credentials), and what else the token endpoint can raise.
    """
    code = consent.parse_callback(query, state)
    app = get_app_of(workspace_id=workspace_id, client_id=client_id)

    async def exchange(http: httpx.AsyncClient, addresses: XeroAddresses) -> TokenSet:
        return await consent.exchange_code(http, addresses, app, code=code, verifier=verifier, now=now)

    tokens = ask_xero(exchange)
    claims = read_access_claims(tokens.access_token)
    person = read_id_claims(tokens.id_token) if tokens.id_token else None
    with in_workspace(workspace_id):
        return Grant.objects.create(
            workspace_id=workspace_id,
            kind=app.kind,
            client_id=app.client_id,
            auth_event_id=claims.authentication_event_id or "",
            xero_user_id=claims.xero_userid or (person.xero_userid if person else ""),
            email=(person.email or "") if person else "",
            person=_name_person(person),
            asked_scopes=list(asked_scopes),
            scopes=list(tokens.scopes or claims.scopes),
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token or "",
            expires_at=tokens.expires_at,
            refreshed_at=now,
        )


def list_tenants(grant: Grant, *, now: datetime) -> list[Tenant]:
    """
    Return the organisations that were chosen in this one consent, as Xero tells at this moment.

    Xero lists all that the person ever connected to the app; the consent's own id tells them apart.
    Raises what Xero's answers raise. Source: Xero developer guide, "Managing Connections".
    """
    return _list_tenants(grant, grant.auth_event_id or None, now=now)


def list_all_tenants(grant: Grant, *, now: datetime) -> list[Tenant]:
    """Return all organisations that this person has connected to the app, in whichever consent."""
    return _list_tenants(grant, None, now=now)


def _list_tenants(grant: Grant, auth_event_id: str | None, *, now: datetime) -> list[Tenant]:
    access_token, _ = take_token(grant.pk, grant.workspace_id, rejected=None, now=lambda: now)
    return ask_xero(
        lambda http, addresses: consent.list_connections(
            http, addresses, access_token=access_token, auth_event_id=auth_event_id
        )
    )


def attach_organisation(
    grant: Grant, tenant: Tenant, *, connected_by: str, now: datetime, writes: Collection[Write] = ()
) -> Organisation:
    """
    Return the organisation, now connected by this grant; two-way when something to write is switched on.

    One that was here before keeps its row and whatever hangs on it. A grant that nothing uses any
    more is erased with its tokens. Call it in a transaction of the workspace. Raises
    OnlyOneOrganisation.
    """
    _check_room(grant.workspace_id, tenant)
    organisation, _ = Organisation.objects.update_or_create(
        workspace_id=grant.workspace_id,
        tenant_id=tenant.tenant_id,
        defaults={"name": tenant.tenant_name or tenant.tenant_id},
        create_defaults={
            "name": tenant.tenant_name or tenant.tenant_id,
            "colour": _choose_colour(grant.workspace_id),
        },
    )
    before = Connection.objects.select_for_update().filter(organisation=organisation).first()
    mode = Connection.Mode.TWO_WAY if writes else Connection.Mode.READ_ONLY
    connection, _ = Connection.objects.update_or_create(
        organisation=organisation,
        defaults={
            "workspace_id": grant.workspace_id,
            "grant": grant,
            "xero_connection_id": tenant.connection_id,
            "mode": mode,
            "writes": sorted(writes),
            "state": Connection.State.CONNECTED,
            "lost_because": "",
            "lost_reason": "",
            "connected_by": connected_by,
            "connected_at": now,
        },
    )
    kind = ConnectionEvent.Kind.RECONNECTED if before else ConnectionEvent.Kind.CONNECTED
    as_whom = f"In Xero as {grant.person or grant.email}." if grant.person or grant.email else ""
    note_events([connection], kind, what=as_whom, who=connected_by, now=now)
    if mode != (before.mode if before else Connection.Mode.READ_ONLY):
        change = ConnectionEvent.Kind.TWO_WAY if writes else ConnectionEvent.Kind.READ_ONLY
        note_events([connection], change, who=connected_by, now=now)
    if before is not None and before.grant_id != grant.pk:
        erase_unused_grant(before.grant_id)
    log.info("organisation connected", organisation=organisation.pk, grant=grant.pk, mode=mode)
    return organisation


def _check_room(workspace_id: int, tenant: Tenant) -> None:
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=workspace_id)
    if not workspace.holds_one_organisation:
        return
    others = Connection.objects.exclude(organisation__tenant_id=tenant.tenant_id)
    other = others.select_related("organisation").first()
    if other is not None:
        raise OnlyOneOrganisation(other.organisation.name)


def _choose_colour(workspace_id: int) -> int:
    """Return the colour that the fewest of the workspace's organisations have."""
    taken = Organisation.objects.filter(workspace_id=workspace_id).values_list("colour", flat=True)
    counts = Counter(taken)
    return min(range(ORGANISATION_COLOURS), key=lambda colour: (counts[colour], colour))


def list_gaps(grant: Grant) -> tuple[str, ...]:
    """Return the needed permissions that this consent does not cover."""
    return list_missing_scopes(grant.scopes, [scope for scope in READ_SCOPES if scope not in IDENTITY_SCOPES])


def list_excess(grant: Grant) -> tuple[str, ...]:
    """Return permissions to write that nobody asked for: Xero adds those of earlier consents. Never used."""
    return tuple(scope for scope in grant.scopes if is_write_scope(scope) and scope not in grant.asked_scopes)


def give_back(connection: Connection, *, now: datetime) -> Farewell:
    """
    Disconnect the organisation in Xero, and withdraw the consent when nothing else lives on it.

    Never raises for Xero's sake: what could not be done there is told. Withdrawing removes every
    connection of that person to the app, so one that is used elsewhere is left alone.
    Source: Xero developer guide, "Managing Connections", "Token types" (revoking).
    """
    grant = connection.grant
    others = _find_others(connection)
    try:
        app = get_app_of(workspace_id=grant.workspace_id, client_id=grant.client_id)
        access_token, _ = take_token(grant.pk, grant.workspace_id, rejected=None, now=lambda: now)
        with in_workspace(grant.workspace_id):
            grant.refresh_from_db()  # it may have been renewed just now
        ask_xero(lambda http, addresses: _leave(http, addresses, app, connection, others, access_token))
    except XeroError as error:
        if isinstance(error, ConsentLost) and error.reason is not LostReason.APP_GONE:
            return Farewell()  # Xero had ended it already
        log.warning(
            "connection not removed in Xero", organisation=connection.organisation_id, error=str(error)
        )
        return Farewell(
            problem=f"Xero could not be told. {error.sentence}",
            next_step="In Xero, open Settings, Connected apps, and disconnect Counterfoil there.",
        )
    return Farewell()


def erase_unused_grant(grant_id: int) -> None:
    """Erase the grant and its tokens when no connection uses it any more."""
    Grant.objects.filter(pk=grant_id, connections__isnull=True).delete()


@dataclass(frozen=True)
class _Others:
    same_connection: bool
    same_person: bool


def _find_others(connection: Connection) -> _Others:
    # Another firm on this installation may live on the same consent; only yes or no leaves this block.
    with across_workspaces():
        others = Connection.objects.exclude(pk=connection.pk)
        grant, in_xero = connection.grant, connection.xero_connection_id
        same_person = Q(grant=grant)
        if grant.xero_user_id:
            same_person |= Q(grant__xero_user_id=grant.xero_user_id, grant__client_id=grant.client_id)
        return _Others(
            same_connection=bool(in_xero) and others.filter(xero_connection_id=in_xero).exists(),
            same_person=others.filter(same_person).exists(),
        )


async def _leave(
    http: httpx.AsyncClient,
    addresses: XeroAddresses,
    app: App,
    connection: Connection,
    others: _Others,
    access_token: str,
) -> None:
    grant = connection.grant
    if connection.xero_connection_id and not others.same_connection:
        await consent.delete_connection(
            http, addresses, access_token=access_token, connection_id=connection.xero_connection_id
        )
    if others.same_person:
        return
    if grant.refresh_token:
        await consent.revoke(http, addresses, app, refresh_token=grant.refresh_token)


def _name_person(person: IdClaims | None) -> str:
    if person is None:
        return ""
    return " ".join(name for name in (person.given_name, person.family_name) if name)
