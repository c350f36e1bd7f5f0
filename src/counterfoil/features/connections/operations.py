"""What can be done with connections: ask, receive, choose, sync, remove."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from counterfoil.domain.rhythm import INTERVALS
from counterfoil.features.connections.health import describe_health
from counterfoil.features.connections.queries import is_queued
from counterfoil.features.connections.removal import erase_organisation, purge_organisation
from counterfoil.features.connections.tasks import request_sync
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Connection, ConnectionEvent, Grant, Organisation, Run, Workspace
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.connecting import (
    Farewell,
    Question,
    attach_organisation,
    begin_consent,
    give_back,
    list_all_tenants,
    list_tenants,
    receive_consent,
)
from counterfoil.sync.history import note_events
from counterfoil.xero.errors import ConsentLost, LostReason
from counterfoil.xero.scopes import Write

log = structlog.get_logger(__name__)

# A consent whose organisation nobody chose is not kept with its tokens.
_UNUSED_GRANT_LIVES = timedelta(hours=1)


class OrganisationVanished(Exception):
    """The organisation was offered, but Xero no longer lists it."""

    def __init__(self) -> None:
        super().__init__(
            "Xero no longer gives access to the organisation you chose:"
            " it was disconnected there a moment ago."
        )


class WrongOrganisation(Exception):
    """The consent was asked for one organisation, and another one came back (PAIN 2)."""

    def __init__(self, expected: str) -> None:
        super().__init__(f"This was about {expected}, so no other organisation is connected by it.")


class CannotSync(Exception):
    """A sync cannot be asked for now; the sentence says why."""


@dataclass(frozen=True)
class Choice:
    """One organisation that the consent offers."""

    tenant_id: str
    name: str
    connection: Connection | None

    @property
    def colour(self) -> str:
        """The class of its colour; one that was never here has none yet."""
        return f"org-{self.connection.organisation.colour}" if self.connection else ""

    @property
    def is_connected(self) -> bool:
        """Say whether it is connected already, and working."""
        return self.connection is not None and self.connection.state == Connection.State.CONNECTED

    @property
    def is_two_way(self) -> bool:
        """Say whether something may be written to it today."""
        return self.connection is not None and self.connection.mode == Connection.Mode.TWO_WAY

    @property
    def is_lost(self) -> bool:
        """Say whether it was connected and access was lost, so that choosing it reconnects it."""
        return self.connection is not None and self.connection.state == Connection.State.LOST


@dataclass(frozen=True)
class Removal:
    """What a removal took away here, and what Xero said to it."""

    name: str
    counts: Mapping[str, int]
    farewell: Farewell


def start_connecting(*, workspace_id: int, writes: Collection[Write] = ()) -> Question:
    """Return where to send the browser for consent, to read or also to write. Raises AppNotConfigured."""
    return begin_consent(workspace_id=workspace_id, writes=writes)


def accept_consent(
    query: Mapping[str, str],
    *,
    client_id: str,
    state: str,
    verifier: str | None,
    asked_scopes: Collection[str],
    workspace_id: int,
    now: datetime,
) -> Grant:
    """Return the grant for Xero's answer; grants that nobody used are erased. Raises XeroError."""
    grant = receive_consent(
        query,
        client_id=client_id,
        state=state,
        verifier=verifier,
        asked_scopes=asked_scopes,
        workspace_id=workspace_id,
        now=now,
    )
    with in_workspace(workspace_id):
        unused = Grant.objects.filter(connections__isnull=True, created_at__lt=now - _UNUSED_GRANT_LIVES)
        unused.exclude(pk=grant.pk).delete()
    return grant


def list_choices(grant: Grant, *, now: datetime) -> list[Choice]:
    """Return the organisations that the consent offers now, and which are connected already."""
    tenants = list_tenants(grant, now=now)
    with in_workspace(grant.workspace_id):
        known = {
            connection.organisation.tenant_id: connection
            for connection in Connection.objects.select_related("organisation")
        }
    return [
        Choice(tenant.tenant_id, tenant.tenant_name or tenant.tenant_id, known.get(tenant.tenant_id))
        for tenant in tenants
    ]


def connect_organisation(
    grant: Grant,
    *,
    tenant_id: str,
    who: User,
    now: datetime,
    writes: Collection[Write] = (),
    expected: Organisation | None = None,
) -> Organisation:
    """
    Connect the organisation that a person chose and confirmed, and ask for its first full sync.

    Xero is asked before anything is written, so that no transaction waits for it. Raises
    WrongOrganisation when the consent was about another one, OrganisationVanished when Xero no longer
    lists it, OnlyOneOrganisation, and XeroError.
    """
    if expected is not None and expected.tenant_id != tenant_id:
        raise WrongOrganisation(expected.name)
    tenant = next((tenant for tenant in list_tenants(grant, now=now) if tenant.tenant_id == tenant_id), None)
    if tenant is None:
        raise OrganisationVanished
    with in_workspace(grant.workspace_id):
        was_connected = Connection.objects.filter(organisation__tenant_id=tenant_id).exists()
        organisation = attach_organisation(
            grant, tenant, connected_by=name_person(who), writes=writes, now=now
        )
        act = Act.ORGANISATION_RECONNECTED if was_connected else Act.ORGANISATION_CONNECTED
        how = "two-way" if writes else "read-only"
        what = f"{organisation.name}, {how}"
        record(workspace_id=grant.workspace_id, act=act, who=who, what=what, now=now)
        request_sync(organisation_id=organisation.pk, kind=Run.Kind.FULL, reason="connected", by_person=True)
    return organisation


def sync_now(organisation: Organisation, *, now: datetime) -> bool:
    """
    Ask for the changes since the last sync, ahead of what is scheduled, and say whether it must wait.

    It waits for a sync that is under way: that one may have passed by what the person looks for. Raises
    CannotSync.
    """
    connection = Connection.objects.filter(organisation=organisation).first()
    if connection is None or connection.state == Connection.State.LOST:
        raise CannotSync("Access to this organisation is lost. Reconnect Xero first.")
    latest = Run.objects.filter(organisation=organisation).order_by("-started_at").first()
    if latest is not None and latest.state == Run.State.PARKED:
        waiting = describe_health(organisation, now=now).health
        raise CannotSync(f"{waiting.sentence} {waiting.next_step}")
    must_wait = is_queued(organisation.pk, now=now) or (
        latest is not None and latest.state == Run.State.RUNNING
    )
    is_first = not Run.objects.filter(
        organisation=organisation, kind=Run.Kind.FULL, state__in=[Run.State.SUCCEEDED, Run.State.PARTIAL]
    ).exists()
    if is_first and must_wait:
        raise CannotSync(
            "The first copy is under way. What changes in Xero meanwhile is read right after it."
        )
    kind = Run.Kind.FULL if is_first else Run.Kind.DELTA
    request_sync(organisation_id=organisation.pk, kind=kind, reason="by hand", by_person=True)
    return must_wait


def switch_auto_sync(organisation: Organisation, *, is_on: bool, who: User, now: datetime) -> None:
    """
    Let the organisation be read by itself, or only when somebody asks (P12).

    What is under way is ended; what fell due meanwhile comes soon after it is switched on again.
    """
    Connection.objects.filter(organisation=organisation).update(auto_sync=is_on)
    act = Act.AUTO_SYNC_ON if is_on else Act.AUTO_SYNC_OFF
    record(workspace_id=organisation.workspace_id, act=act, who=who, what=organisation.name, now=now)


def choose_rhythm(organisation: Organisation, *, every: timedelta | None, who: User, now: datetime) -> None:
    """Ask for changes at this interval, one of those offered; None lets Xero's plan decide (K1)."""
    if every is not None and every not in INTERVALS:
        raise ValueError(f"{every} is not one of the intervals offered.")
    chosen = None if every is None else round(every.total_seconds())
    Connection.objects.filter(organisation=organisation).update(chosen_seconds=chosen)
    record(
        workspace_id=organisation.workspace_id,
        act=Act.RHYTHM_CHOSEN,
        who=who,
        what=f"{organisation.name}: {'automatic' if chosen is None else f'every {chosen // 60} minutes'}",
        now=now,
    )


def remove_connection(organisation: Organisation, *, who: User, now: datetime) -> Removal:
    """
    End the connection in Xero and remove everything mirrored of the organisation here.

    Xero being away does not stop the removal; the result then says what to do there by hand.
    """
    name, workspace_id = organisation.name, organisation.workspace_id
    with in_workspace(workspace_id):
        connection = Connection.objects.select_related("grant").get(organisation=organisation)
    farewell = give_back(connection, now=now)
    with in_workspace(workspace_id):
        note_events([connection], ConnectionEvent.Kind.REMOVED, who=name_person(who), now=now)
        record(workspace_id=workspace_id, act=Act.CONNECTION_REMOVED, who=who, what=name, now=now)
        counts = purge_organisation(organisation, now=now)
    return Removal(name=name, counts=counts, farewell=farewell)


def forget_organisation(organisation: Organisation, *, who: User, now: datetime) -> int:
    """
    Erase everything that a removal left of the organisation, and return how many rows that were.

    Only the audit log still tells that it was done. Raises StillConnected.
    """
    what = f"the organisation with Xero's id {organisation.tenant_id}"
    record(
        workspace_id=organisation.workspace_id, act=Act.ORGANISATION_FORGOTTEN, who=who, what=what, now=now
    )
    return erase_organisation(organisation)


def make_read_only(organisation: Organisation, *, who: User, now: datetime) -> None:
    """Let nothing be written any more. Xero cannot take a single permission back, so it is just not used."""
    connection = Connection.objects.select_for_update().get(organisation=organisation)
    if connection.mode == Connection.Mode.READ_ONLY:
        return
    connection.mode, connection.writes = Connection.Mode.READ_ONLY, []
    connection.save(update_fields=["mode", "writes"])
    note_events([connection], ConnectionEvent.Kind.READ_ONLY, who=name_person(who), now=now)
    what = organisation.name
    record(workspace_id=organisation.workspace_id, act=Act.MADE_READ_ONLY, who=who, what=what, now=now)


def hold_all_writing(*, why: str, now: datetime) -> int:
    """Make every connection of the installation read-only, and return how many; call it across workspaces."""
    writing = list(
        Connection.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(mode=Connection.Mode.TWO_WAY)
    )
    Connection.objects.filter(pk__in=[one.pk for one in writing]).update(
        mode=Connection.Mode.READ_ONLY, writes=[]
    )
    note_events(writing, ConnectionEvent.Kind.READ_ONLY, what=why, now=now)
    for one in writing:
        what = f"{one.organisation.name}: {why}"
        record(workspace_id=one.workspace_id, act=Act.MADE_READ_ONLY, what=what, now=now)
    return len(writing)


def look_again(organisation: Organisation, *, now: datetime) -> None:
    """
    See whether lost access is there again, and ask for a sync if it is. Raises ConsentLost and XeroError.

    Somebody may have put right in Xero what was wrong, without coming here.
    """
    with in_workspace(organisation.workspace_id):
        connection = Connection.objects.select_related("grant").get(organisation=organisation)
    grant = connection.grant
    tenants = list_all_tenants(grant, now=now)
    if organisation.tenant_id not in {tenant.tenant_id for tenant in tenants}:
        raise ConsentLost(LostReason.ORGANISATION_DISCONNECTED)
    with in_workspace(organisation.workspace_id):
        lost = Connection.objects.filter(pk=connection.pk, state=Connection.State.LOST)
        if lost.update(state=Connection.State.CONNECTED, lost_because="", lost_reason=""):
            note_events([connection], ConnectionEvent.Kind.FOUND_AGAIN, now=now)
        request_sync(organisation_id=organisation.pk, kind=Run.Kind.FULL, reason="connected", by_person=True)


def hold_to_one_organisation(workspace: Workspace, *, is_held: bool, who: User, now: datetime) -> None:
    """Hold the firm to one organisation, or lift that; what is connected stays connected (T20)."""
    workspace.holds_one_organisation = is_held
    workspace.save(update_fields=["holds_one_organisation"])
    act = Act.HELD_TO_ONE if is_held else Act.LIMIT_LIFTED
    record(workspace_id=workspace.pk, act=act, who=who, now=now)


def name_counts(counts: Mapping[str, int]) -> Sequence[str]:
    """Return what was removed in words, leaving out what there was none of."""
    return [f"{count:,} {what}" for what, count in counts.items() if count]
