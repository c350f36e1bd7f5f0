"""What the settings say about each connection: how it stands, what it may do, and what has happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db.models import OuterRef, QuerySet, Subquery, Sum

from counterfoil.features.connections.troubles import Trouble, describe_trouble
from counterfoil.mirror.models import (
    Connection,
    ConnectionEvent,
    Grant,
    Organisation,
    OrganisationProfile,
    Usage,
)
from counterfoil.sync.streams import STREAMS
from counterfoil.xero.roles import RoleInXero, describe_role
from counterfoil.xero.scopes import (
    BROAD_SCOPES_END,
    WRITES,
    Write,
    is_write_scope,
    list_broad_scopes,
    list_missing_scopes,
)

EVENTS_ON_A_PAGE = 50


@dataclass(frozen=True)
class Company:
    """What Xero says the organisation is (R5)."""

    legal_name: str
    entity: str
    country_code: str
    base_currency: str


@dataclass(frozen=True)
class ConnectionCard:
    """One connection as the settings show it; the company is known once the organisation was read."""

    organisation: Organisation
    connection: Connection
    grant: Grant
    role: RoleInXero
    trouble: Trouble | None
    company: Company | None

    @property
    def is_two_way(self) -> bool:
        """Say whether it may write."""
        return self.connection.mode == Connection.Mode.TWO_WAY

    @property
    def write_names(self) -> list[str]:
        """What it may write, in words."""
        return [Write(write).label for write in self.connection.writes]


@dataclass(frozen=True)
class Need:
    """A permission that something here needs, and how it stands."""

    what: str
    scope: str
    is_asked: bool
    is_granted: bool

    @property
    def is_missing(self) -> bool:
        """Say whether it does not work for want of it."""
        return not self.is_granted


@dataclass(frozen=True)
class Permissions:
    """The scope doctor: what was asked for, what was granted, what is needed, and what is left over."""

    needs: Sequence[Need]
    unused: Sequence[str]
    broad: Sequence[str]
    writes_made: int

    @property
    def missing(self) -> list[Need]:
        """What does not work."""
        return [need for need in self.needs if need.is_missing]

    @property
    def broad_end(self) -> str:
        """The day on which Xero ends the broad permissions."""
        return f"{BROAD_SCOPES_END:%-d %B %Y}"


@dataclass(frozen=True)
class EventPage:
    """Some of what happened, latest first, and the number that the next page begins after."""

    events: Sequence[ConnectionEvent]
    next_before: int | None


def list_cards(organisations: Sequence[Organisation], *, now: datetime) -> list[ConnectionCard]:
    """Return a card for each connected organisation, by one query for all of them."""
    companies = _describe_companies(organisations)
    return [
        ConnectionCard(
            organisation=organisation,
            connection=organisation.connection,
            grant=organisation.connection.grant,
            role=describe_role(organisation.connection.role),
            trouble=describe_trouble(organisation.connection, now=now),
            company=companies.get(organisation.pk),
        )
        for organisation in organisations
    ]


def list_removed() -> "QuerySet[Organisation]":
    """Return the organisations whose connection was removed, with when, the latest first; one query."""
    removed = ConnectionEvent.objects.filter(
        organisation=OuterRef("pk"), kind=ConnectionEvent.Kind.REMOVED
    ).order_by("-pk")
    found = Organisation.objects.filter(connection__isnull=True)
    return found.annotate(removed_at=Subquery(removed.values("at")[:1])).order_by("-removed_at")


def describe_permissions(connection: Connection) -> Permissions:
    """Return what the connection's consent covers of what each kind of record and each write needs."""
    grant = connection.grant
    needed = [(stream.title, stream.scope) for stream in STREAMS]
    needed.append(("Attachments", "accounting.attachments.read"))
    for write in connection.writes:
        needed.append((Write(write).label, WRITES[Write(write)]))
    asked_missing = set(list_missing_scopes(grant.asked_scopes, [scope for _, scope in needed]))
    missing = set(list_missing_scopes(grant.scopes, [scope for _, scope in needed]))
    switched_on = {WRITES[Write(write)] for write in connection.writes}
    return Permissions(
        needs=[
            Need(
                what=what,
                scope=scope,
                # A custom connection is given its permissions at developer.xero.com; nothing is asked for.
                is_asked=scope not in asked_missing or grant.kind == Grant.Kind.CUSTOM,
                is_granted=scope not in missing,
            )
            for what, scope in needed
        ],
        unused=[scope for scope in grant.scopes if is_write_scope(scope) and scope not in switched_on],
        broad=list_broad_scopes(grant.scopes),
        writes_made=_count_writes(connection),
    )


def list_events(*, before: int | None = None) -> EventPage:
    """Return what happened to the workspace's connections, latest first; one query."""
    events = ConnectionEvent.objects.select_related("organisation").order_by("-pk")
    if before is not None:
        events = events.filter(pk__lt=before)
    found = list(events[: EVENTS_ON_A_PAGE + 1])
    page = found[:EVENTS_ON_A_PAGE]
    return EventPage(page, page[-1].pk if len(found) > EVENTS_ON_A_PAGE else None)


def _describe_companies(organisations: Sequence[Organisation]) -> dict[int, Company]:
    profiles = OrganisationProfile.objects.filter(organisation__in=organisations)
    return {
        profile.organisation_id: Company(
            legal_name=profile.legal_name,
            entity=_find_entity(profile.raw),
            country_code=profile.country_code,
            base_currency=profile.base_currency,
        )
        for profile in profiles
    }


def _find_entity(raw: str) -> str:
    """Return Xero's word for the kind of entity, as people write it: SOLE_TRADER is "Sole trader"."""
    kind = msgspec.json.decode(raw, type=_Entity).OrganisationEntityType
    return kind.replace("_", " ").capitalize()


class _Entity(msgspec.Struct):
    OrganisationEntityType: str = ""  # Xero's name


def _count_writes(connection: Connection) -> int:
    spent = Usage.objects.filter(organisation_id=connection.organisation_id)
    return spent.aggregate(made=Sum("writes"))["made"] or 0
