"""Which documents belong to a client, a person or a deal, across the organisations they are in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from counterfoil.features.clients.models import Client, Deal, DealDocument, Link, OfDocument, Person, Pin
from counterfoil.features.contacts.survivors import find_survivors_in
from counterfoil.features.invoices.documents import Question, Source, View, list_documents
from counterfoil.features.invoices.listed import Listed
from counterfoil.mirror.days import find_todays
from counterfoil.mirror.models import Organisation


def find_sources(record: Client | Person | Deal, *, now: datetime) -> list[Source]:
    """
    Return where the record's documents are: a client's and a person's by their contacts, a deal's by name.

    Documents of a contact that was merged in Xero count as those of the one that is left. Only
    organisations that are connected now have any.
    """
    named = _find_documents(record) if isinstance(record, Deal) else _find_contacts(record.links.all())
    organisations = _find_connected(named)
    today_of = find_todays(organisations, now)
    pins = _find_pins(organisations)
    return [
        Source(
            organisation=organisation,
            today=today_of[organisation.pk],
            contact_ids=None if isinstance(record, Deal) else named[organisation.pk],
            document_ids=named[organisation.pk] if isinstance(record, Deal) else None,
            pinned_ids=pins[organisation.pk],
        )
        for organisation in organisations
    ]


def find_source(organisation: Organisation, *, today: date) -> Source:
    """Return all documents of one organisation as a source, with what is pinned there; one query."""
    return Source(organisation, today, pinned_ids=_find_pins([organisation])[organisation.pk])


def _find_documents(deal: Deal) -> Mapping[int, set[str]]:
    named: dict[int, set[str]] = defaultdict(set)
    for organisation_id, document_id in deal.documents.filter(kind=OfDocument.Kind.INVOICE).values_list(
        "organisation_id", "document_id"
    ):
        named[organisation_id].add(document_id)
    return named


def _find_contacts(links: Iterable[Link]) -> Mapping[int, set[str]]:
    named: dict[int, set[str]] = defaultdict(set)
    for link in links:
        named[link.organisation_id].add(link.contact_id)
    for organisation_id, survivors in find_survivors_in(list(named)).items():
        known = named[organisation_id]
        known |= {merged for merged, survivor in survivors.items() if survivor in known}
    return named


def _find_connected(named: Mapping[int, set[str]]) -> list[Organisation]:
    return list(
        Organisation.objects.filter(pk__in=list(named), connection__isnull=False).order_by("name", "pk")
    )


def _find_pins(organisations: Iterable[Organisation]) -> Mapping[int, set[str]]:
    pins: dict[int, set[str]] = defaultdict(set)
    for organisation_id, document_id in Pin.objects.filter(
        organisation__in=organisations, kind=OfDocument.Kind.INVOICE
    ).values_list("organisation_id", "document_id"):
        pins[organisation_id].add(document_id)
    return pins


def list_ungathered(deal: Deal, *, now: datetime, limit: int = 30) -> list[Listed]:
    """Return the newest invoices of the deal's client that belong to no deal yet."""
    gathered = DealDocument.objects.filter(kind=OfDocument.Kind.INVOICE).values_list("document_id", flat=True)
    page = list_documents(find_sources(deal.client, now=now), Question(view=View.ALL))
    taken = set(gathered.filter(document_id__in=[row.invoice.xero_id for row in page.rows]))
    return [row for row in page.rows if row.invoice.xero_id not in taken][:limit]
