"""What can be done with connections: ask, receive, choose, sync, remove."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from counterfoil.features.connections.queries import is_queued
from counterfoil.features.connections.removal import purge_organisation
from counterfoil.features.connections.tasks import request_sync
from counterfoil.mirror.models import Connection, Grant, Organisation, Run
from counterfoil.sync.connecting import (
    Farewell,
    Question,
    attach_organisation,
    begin_consent,
    give_back,
    list_tenants,
    receive_consent,
)

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


class CannotSync(Exception):
    """A sync cannot be asked for now; the sentence says why."""


@dataclass(frozen=True)
class Choice:
    """One organisation that the consent offers."""

    tenant_id: str
    name: str
    connection: Connection | None

    @property
    def is_connected(self) -> bool:
        """Say whether it is connected already, and working."""
        return self.connection is not None and self.connection.state == Connection.State.CONNECTED

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


def start_connecting(*, workspace_id: int) -> Question:
    """Return where to send the browser for consent. Raises AppNotConfigured."""
    return begin_consent(workspace_id=workspace_id)


def accept_consent(
    query: Mapping[str, str],
    *,
    client_id: str,
    state: str,
    verifier: str | None,
    workspace_id: int,
    now: datetime,
) -> Grant:
    """Return the grant for Xero's answer; grants that nobody used are erased. Raises XeroError."""
    grant = receive_consent(
        query, client_id=client_id, state=state, verifier=verifier, workspace_id=workspace_id, now=now
    )
    Grant.objects.filter(connections__isnull=True, created_at__lt=now - _UNUSED_GRANT_LIVES).exclude(
        pk=grant.pk
    ).delete()
    return grant


def list_choices(grant: Grant, *, now: datetime) -> list[Choice]:
    """Return the organisations that the consent offers now, and which are connected already."""
    known = {
        connection.organisation.tenant_id: connection
        for connection in Connection.objects.select_related("organisation")
    }
    return [
        Choice(tenant.tenant_id, tenant.tenant_name or tenant.tenant_id, known.get(tenant.tenant_id))
        for tenant in list_tenants(grant, now=now)
    ]


def connect_organisation(grant: Grant, *, tenant_id: str, connected_by: str, now: datetime) -> Organisation:
    """
    Connect the organisation that a person chose and confirmed, and ask for its first full sync.

    Raises OrganisationVanished when Xero no longer lists it, and XeroError.
    """
    tenant = next((tenant for tenant in list_tenants(grant, now=now) if tenant.tenant_id == tenant_id), None)
    if tenant is None:
        raise OrganisationVanished
    with transaction.atomic():
        organisation = attach_organisation(grant, tenant, connected_by=connected_by, now=now)
        request_sync(organisation_id=organisation.pk, kind=Run.Kind.FULL, reason="connected")
    return organisation


def sync_now(organisation: Organisation, *, now: datetime) -> None:
    """Ask for the changes since the last sync, ahead of what is scheduled. Raises CannotSync."""
    connection = Connection.objects.filter(organisation=organisation).first()
    if connection is None or connection.state == Connection.State.LOST:
        raise CannotSync("Access to this organisation is lost. Reconnect Xero first.")
    latest = Run.objects.filter(organisation=organisation).order_by("-started_at").first()
    if is_queued(organisation.pk, now=now) or (latest is not None and latest.state == Run.State.RUNNING):
        raise CannotSync("A sync is under way already; its result is on its way.")
    if latest is not None and latest.state == Run.State.PARKED:
        raise CannotSync(
            "Xero's calls for today are used up; the sync goes on by itself when Xero allows it."
        )
    is_first = (
        latest is None
        or not Run.objects.filter(
            organisation=organisation, kind=Run.Kind.FULL, state__in=[Run.State.SUCCEEDED, Run.State.PARTIAL]
        ).exists()
    )
    kind = Run.Kind.FULL if is_first else Run.Kind.DELTA
    request_sync(organisation_id=organisation.pk, kind=kind, reason="by hand", by_person=True)


def remove_connection(organisation: Organisation, *, now: datetime) -> Removal:
    """
    End the connection in Xero and remove everything mirrored of the organisation here.

    Xero being away does not stop the removal; the result then says what to do there by hand.
    """
    name = organisation.name
    farewell = give_back(organisation.connection, now=now)
    return Removal(name=name, counts=purge_organisation(organisation), farewell=farewell)


def name_counts(counts: Mapping[str, int]) -> Sequence[str]:
    """Return what was removed in words, leaving out what there was none of."""
    return [f"{count:,} {what}" for what, count in counts.items() if count]
