"""
What can be asked about the unmatched queue: contacts with documents about which nobody has decided.

Nothing falls between: linked, queued and skipped contacts together are all contacts that have a
document (X28). A contact merged in Xero counts as the one that is left.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import connection

from counterfoil.domain.matching import Match, Matcher, Party
from counterfoil.domain.money import Money
from counterfoil.features.clients.linking import describe_clients
from counterfoil.features.clients.models import Client
from counterfoil.mirror.models import Contact, Organisation

PAGE_SIZE = 50


class Side(StrEnum):
    """Which contacts of the queue are shown."""

    CUSTOMERS = "customers"
    SUPPLIERS = "suppliers"
    ALL = "all"


@dataclass(frozen=True)
class Place:
    """A row's place in the queue, by which the next page is found."""

    documents: int
    contact_id: str


@dataclass(frozen=True)
class Tally:
    """How many contacts with documents there are, and what was decided about them."""

    linked: int
    skipped: int
    customers: int
    suppliers: int

    @property
    def queued(self) -> int:
        """Contacts about which nobody has decided."""
        return self.customers + self.suppliers

    @property
    def total(self) -> int:
        """All contacts that have a document."""
        return self.linked + self.skipped + self.queued


@dataclass(frozen=True)
class Queued:
    """One contact that waits for a decision, what it has, and whom it may be."""

    contact_id: str
    name: str
    email: str
    number: str
    is_archived: bool
    documents: int
    invoiced: Sequence[Money]
    billed: Sequence[Money]
    match: Match | None


@dataclass(frozen=True)
class QueuePage:
    """One page of the queue, where the next begins, and how many there are in all."""

    rows: Sequence[Queued]
    next_place: Place | None
    tally: Tally


# Every contact with documents: how many, whether any of them is a sale, and what was decided.
# Deleted drafts are no documents; voided ones are, because they are part of the client's story.
# All are counted and a page of them is listed at once: finding out who has documents is what takes the time.
_PAGE = """
with recursive merged as (
    select xero_id as loser, merged_to_id as survivor, 1 as depth
    from mirror_contact where organisation_id = %(organisation)s and merged_to_id <> ''
    union all
    select merged.loser, contact.merged_to_id, merged.depth + 1
    from merged join mirror_contact contact
      on contact.organisation_id = %(organisation)s and contact.xero_id = merged.survivor
     and contact.merged_to_id <> ''
    where merged.depth < 20
),
final as (select distinct on (loser) loser, survivor from merged order by loser, depth desc),
counted as (
    select contact_id, count(*) as documents, bool_or(kind = 'ACCREC') as has_sales
    from mirror_invoice
    where organisation_id = %(organisation)s and gone_at is null and status <> 'DELETED' and contact_id <> ''
    group by contact_id
    union all
    select contact_id, count(*), bool_or(kind = 'ACCRECCREDIT')
    from mirror_creditnote
    where organisation_id = %(organisation)s and gone_at is null and status <> 'DELETED' and contact_id <> ''
    group by contact_id
),
contacts as (
    select coalesce(final.survivor, counted.contact_id) as contact_id,
           sum(documents)::int as documents, bool_or(has_sales) as has_sales
    from counted left join final on final.loser = counted.contact_id
    group by 1
),
decided as materialized (
    select contacts.*, link.id is not null as is_linked, skip.id is not null as is_skipped
    from contacts
    left join clients_link link
      on link.organisation_id = %(organisation)s and link.contact_id = contacts.contact_id
    left join clients_skip skip
      on skip.organisation_id = %(organisation)s and skip.contact_id = contacts.contact_id
),
tally as (
    select count(*) filter (where is_linked) as linked,
           count(*) filter (where is_skipped and not is_linked) as skipped,
           count(*) filter (where not is_linked and not is_skipped and has_sales) as customers,
           count(*) filter (where not is_linked and not is_skipped and not has_sales) as suppliers
    from decided
),
page as (
    select contact_id, documents from decided
    where not is_linked and not is_skipped
      and (%(side)s = 'all' or has_sales = (%(side)s = 'customers'))
      and (%(documents)s::int is null
           or documents < %(documents)s or (documents = %(documents)s and contact_id > %(after)s))
    order by documents desc, contact_id
    limit %(limit)s
)
select tally.*, page.contact_id, page.documents from tally left join page on true
order by page.documents desc, page.contact_id
"""

_SUMS = """
select contact_id, kind, currency, sum(total) from mirror_invoice
where organisation_id = %(organisation)s and contact_id = any(%(contacts)s)
  and gone_at is null and status in ('AUTHORISED', 'PAID')
group by contact_id, kind, currency
order by sum(total) desc
"""


def count_contacts(organisation: Organisation) -> Tally:
    """Return how many contacts with documents are linked, skipped and still undecided; one query."""
    return _read_page(organisation, Side.ALL, None, 0)[0]


def list_queue(
    organisation: Organisation,
    *,
    side: Side = Side.CUSTOMERS,
    after: Place | None = None,
    limit: int = PAGE_SIZE,
) -> QueuePage:
    """Return a page of the queue, those with the most documents first, each with a suggestion."""
    tally, found = _read_page(organisation, side, after, limit + 1)
    rows = found[:limit]
    last = Place(rows[-1][1], rows[-1][0]) if len(found) > limit else None
    return QueuePage(_describe(organisation, dict(rows)), last, tally)


def _read_page(
    organisation: Organisation, side: Side, after: Place | None, limit: int
) -> tuple[Tally, list[tuple[str, int]]]:
    found = _ask(
        _PAGE,
        {
            "organisation": organisation.pk,
            "side": side.value,
            "documents": after.documents if after else None,
            "after": after.contact_id if after else "",
            "limit": limit,
        },
    )
    linked, skipped, customers, suppliers, *_ = found[0]
    rows = [(contact_id, documents) for *_, contact_id, documents in found if contact_id is not None]
    return Tally(linked, skipped, customers, suppliers), rows


def find_queued(organisation: Organisation, contact_id: str) -> Queued | None:
    """Return one contact as the queue shows it, whatever was decided about it, or None if unknown."""
    if not Contact.objects.filter(organisation=organisation, xero_id=contact_id).exists():
        return None
    return _describe(organisation, {contact_id: 0})[0]


def _describe(organisation: Organisation, documents: Mapping[str, int]) -> list[Queued]:
    contacts = {
        contact.xero_id: contact
        for contact in Contact.objects.filter(organisation=organisation, xero_id__in=list(documents)).defer(
            "raw", "digest", "name_grams"
        )
    }
    sums = _sum(organisation, list(documents))
    matcher = Matcher(describe_clients(Client.objects.filter(archived_at=None).order_by("pk")))
    return [
        _describe_one(contact_id, count, contacts.get(contact_id), sums, matcher)
        for contact_id, count in documents.items()
    ]


def _describe_one(
    contact_id: str,
    count: int,
    contact: Contact | None,
    sums: Mapping[tuple[str, str], Sequence[Money]],
    matcher: Matcher,
) -> Queued:
    # A document may arrive before its contact; the queue then says what it knows.
    name = contact.name if contact else ""
    email = contact.email if contact else ""
    number = contact.contact_number if contact else ""
    return Queued(
        contact_id=contact_id,
        name=name,
        email=email,
        number=number,
        is_archived=contact is not None and contact.status == "ARCHIVED",
        documents=count,
        invoiced=sums.get((contact_id, "ACCREC"), []),
        billed=sums.get((contact_id, "ACCPAY"), []),
        match=matcher.suggest(Party(key=contact_id, name=name, email=email, number=number)),
    )


def _sum(organisation: Organisation, contacts: list[str]) -> dict[tuple[str, str], list[Money]]:
    sums: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for contact_id, kind, currency, total in _ask(
        _SUMS, {"organisation": organisation.pk, "contacts": contacts}
    ):
        sums[contact_id, kind].append(Money(total, currency))
    return sums


def _ask(query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
