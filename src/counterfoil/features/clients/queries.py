"""What can be asked about clients, people and deals: lists, and one record with what belongs to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from django.db.models import Count, Model, Q, QuerySet

from counterfoil.features.clients.models import Client, Deal, Link, Person
from counterfoil.mirror.models import Contact, Organisation
from counterfoil.mirror.models.searchable import is_known_as

PAGE_SIZE = 50

Row = TypeVar("Row", bound=Model)


class Show(StrEnum):
    """Which records are listed."""

    ACTIVE = "active"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class Place:
    """A row's place in a list by name, by which the next page is found without counting rows."""

    name: str
    pk: int


@dataclass(frozen=True)
class NamePage(Generic[Row]):
    """One page of a list by name, how many rows there are in all, and where the next page begins."""

    rows: Sequence[Row]
    count: int
    next_place: Place | None


@dataclass(frozen=True)
class LinkedContact:
    """A contact in Xero that a client is; `contact` is missing while the organisation is not connected."""

    link: Link
    contact: Contact | None

    @property
    def name(self) -> str:
        """Its name in Xero, or what can be said without the copy."""
        return self.contact.name if self.contact else "A contact that is not copied at present"


def list_clients(
    *, show: Show = Show.ACTIVE, search: str = "", tag: str = "", after: Place | None = None
) -> NamePage[Client]:
    """Return a page of the firm's clients by name, with how many contacts in Xero each is; two queries."""
    matching = _find_clients(show, search, tag)
    return _page(matching.select_related("owner").annotate(link_count=Count("links")), matching, after)


def iterate_clients(*, show: Show = Show.ACTIVE, search: str = "", tag: str = "") -> Iterator[Client]:
    """Yield every client of the list in its order, with its addresses; nothing more is held in memory."""
    rows = _find_clients(show, search, tag).select_related("owner").prefetch_related("addresses")
    return rows.order_by("name", "pk").iterator(chunk_size=1000)


def _find_clients(show: Show, search: str, tag: str) -> "QuerySet[Client]":
    matching = _shown(Client.objects.all(), show)
    if search:
        matching = matching.filter(is_known_as(search))
    return matching.filter(tags__contains=[tag]) if tag else matching


def list_people(
    *, show: Show = Show.ACTIVE, search: str = "", after: Place | None = None
) -> NamePage[Person]:
    """Return a page of people by name with their client; two queries."""
    matching = _shown(Person.objects.all(), show)
    if search:
        matching = matching.filter(
            is_known_as(search) | Q(client__in=Client.objects.filter(is_known_as(search)).values("pk"))
        )
    return _page(matching.select_related("client"), matching, after)


def list_deals(
    *, show: Show = Show.ACTIVE, stage: str = "", search: str = "", after: Place | None = None
) -> NamePage[Deal]:
    """Return a page of deals by name with their client; two queries."""
    matching = _shown(Deal.objects.all(), show)
    if stage:
        matching = matching.filter(stage=stage)
    if search:
        matching = matching.filter(
            is_known_as(search) | Q(client__in=Client.objects.filter(is_known_as(search)).values("pk"))
        )
    return _page(matching.select_related("client", "owner"), matching, after)


def list_linked_contacts(client: Client) -> list[LinkedContact]:
    """Return the contacts in Xero that the client is, in all organisations; two queries."""
    links = list(
        Link.objects.filter(client=client)
        .select_related("organisation", "made_by", "person")
        .order_by("organisation__name", "pk")
    )
    contacts = {
        (contact.organisation_id, contact.xero_id): contact
        for contact in Contact.objects.filter(
            organisation__in={link.organisation_id for link in links},
            xero_id__in=[link.contact_id for link in links],
        ).defer("raw", "digest")
    }
    return [LinkedContact(link, contacts.get((link.organisation_id, link.contact_id))) for link in links]


@dataclass(frozen=True)
class LinkPlace:
    """A link's place in the list, the latest first."""

    pk: int


def list_links(
    organisation: Organisation, *, after: LinkPlace | None = None
) -> tuple[Sequence[Link], LinkPlace | None]:
    """Return a page of an organisation's links, the latest first, and where the next begins; one query."""
    found = Link.objects.filter(organisation=organisation)
    if after is not None:
        found = found.filter(pk__lt=after.pk)
    rows = list(found.order_by("-pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], LinkPlace(rows[PAGE_SIZE - 1].pk) if len(rows) > PAGE_SIZE else None


def list_tags() -> list[str]:
    """Return all tags in use, by name."""
    used = Client.objects.filter(archived_at=None).values_list("tags", flat=True)
    return sorted({tag for tags in used for tag in tags}, key=str.casefold)


def _shown(records: "QuerySet[Row]", show: Show) -> "QuerySet[Row]":
    return records.filter(archived_at__isnull=show is Show.ACTIVE)


def _page(rows: "QuerySet[Row]", matching: "QuerySet[Row]", after: Place | None) -> NamePage[Row]:
    if after is not None:
        rows = rows.filter(Q(name__gt=after.name) | Q(name=after.name, pk__gt=after.pk))
    found = list(rows.order_by("name", "pk")[: PAGE_SIZE + 1])
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return NamePage(
        rows=found[:PAGE_SIZE],
        count=matching.count(),
        next_place=Place(last.name, last.pk) if last else None,  # type: ignore[attr-defined]
    )
