"""What can be asked about contacts: one page at a time, by name."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q, QuerySet

from counterfoil.mirror.models import Contact, Organisation
from counterfoil.mirror.models.searchable import is_known_as

PAGE_SIZE = 50


class Show(StrEnum):
    """Which contacts are listed; customers unless something else is asked (K13)."""

    CUSTOMERS = "customers"
    SUPPLIERS = "suppliers"
    NEITHER = "neither"
    ALL = "all"


_SHOWN = {
    Show.CUSTOMERS: Q(is_customer=True),
    Show.SUPPLIERS: Q(is_supplier=True),
    Show.NEITHER: Q(is_customer=False, is_supplier=False),
    Show.ALL: Q(),
}


@dataclass(frozen=True)
class Place:
    """A row's place in the list, by which the next page is found without counting rows."""

    name: str
    xero_id: str


@dataclass(frozen=True)
class ContactPage:
    """One page of the list, how many rows there are in all, and where the next page begins."""

    rows: Sequence[Contact]
    count: int
    next_place: Place | None


def list_contacts(
    organisation: Organisation, *, show: Show, search: str = "", after: Place | None = None
) -> ContactPage:
    """Return a page of contacts by name and id; two queries."""
    matching = page = _filter(organisation, show, search)
    if after is not None:
        page = matching.filter(Q(name__gte=after.name)).filter(
            Q(name__gt=after.name) | Q(xero_id__gt=after.xero_id)
        )
    # The rows of a page are found by the narrow columns alone, which an index holds; only those are read.
    wanted = page.order_by("name", "xero_id").values("xero_id")[: PAGE_SIZE + 1]
    rows_of = Contact.objects.filter(organisation=organisation, xero_id__in=wanted)
    found = list(rows_of.defer("raw", "digest", "name_grams").order_by("name", "xero_id"))
    rows = found[:PAGE_SIZE]
    last = rows[-1] if len(found) > PAGE_SIZE else None
    return ContactPage(
        rows=rows, count=matching.count(), next_place=Place(last.name, last.xero_id) if last else None
    )


def list_members(organisation: Organisation, group_id: str) -> list[str]:
    """Return the ids of all contacts in a group; one query."""
    members = Contact.objects.filter(organisation=organisation, gone_at=None, group_ids__contains=[group_id])
    return list(members.values_list("xero_id", flat=True))


def list_contacts_of(
    organisation: Organisation, contact_ids: Collection[str], *, after: Place | None = None
) -> tuple[Sequence[Contact], Place | None]:
    """Return a page of these contacts by name and id, and where the next begins; one query."""
    rows = Contact.objects.filter(organisation=organisation, xero_id__in=list(contact_ids))
    if after is not None:
        rows = rows.filter(Q(name__gte=after.name)).filter(
            Q(name__gt=after.name) | Q(xero_id__gt=after.xero_id)
        )
    found = list(rows.defer("raw", "digest", "name_grams").order_by("name", "xero_id")[: PAGE_SIZE + 1])
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return found[:PAGE_SIZE], Place(last.name, last.xero_id) if last else None


def iterate_contacts(organisation: Organisation, *, show: Show, search: str = "") -> Iterator[Contact]:
    """Yield every contact of the list in its order; nothing is held in memory."""
    rows = _filter(organisation, show, search).defer("raw", "digest", "name_grams")
    return rows.order_by("name", "xero_id").iterator(chunk_size=2000)


def find_contacts_known_as(organisations: Iterable[Organisation], search: str) -> "QuerySet[Contact]":
    """Return the contacts in whose name, e-mail address or numbers every word of a search occurs."""
    return Contact.objects.filter(is_known_as(search), organisation__in=list(organisations))


def has_contacts(organisation: Organisation) -> bool:
    """Say whether any contact has been read yet."""
    return Contact.objects.filter(organisation=organisation).exists()


def _filter(organisation: Organisation, show: Show, search: str) -> "QuerySet[Contact]":
    contacts = Contact.objects.filter(_SHOWN[show], organisation=organisation, gone_at=None)
    return contacts.filter(is_known_as(search)) if search else contacts
