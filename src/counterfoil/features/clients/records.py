"""Which documents belong to a client, a person or a deal, across the organisations they are in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from counterfoil.features.clients.models import Client, Deal, DealDocument, Link, OfDocument, Person, Pin
from counterfoil.features.contacts.survivors import find_survivors_in
from counterfoil.features.invoices.documents import Question, Source, View, select_documents
from counterfoil.features.invoices.listed import Listed, describe
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


def list_ungathered(deal: Deal, *, now: datetime, search: str = "", limit: int = 30) -> list[Listed]:
    """Return the newest invoices of the deal's client that are in no deal yet; a search finds older ones."""
    sources = find_sources(deal.client, now=now)
    gathered = DealDocument.objects.filter(
        kind=OfDocument.Kind.INVOICE,
        organisation=OuterRef("organisation"),
        document_id=OuterRef("xero_id"),
    )
    question = Question(view=View.ALL, search=search)
    found = select_documents(sources, question).filter(~Exists(gathered)).select_related("organisation")
    newest = found.defer("raw", "digest").order_by(*question.order.fields)[:limit]
    today_of = {source.organisation.pk: source.today for source in sources}
    return [describe(invoice, today_of[invoice.organisation_id]) for invoice in newest]
