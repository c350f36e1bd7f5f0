"""Gathers what is to be compared: our records, their contacts in Xero, and what both last agreed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from counterfoil.domain.agreeing import (
    AtFirst,
    Contact,
    Counterpart,
    Fate,
    OurRecord,
    Plan,
    Sent,
    Step,
    plan_record,
)
from counterfoil.domain.outbox import IN_DOUBT, OutboxState
from counterfoil.domain.ownership import FIELDS_OF_CLIENT, FIELDS_OF_PERSON
from counterfoil.features.clients.models import Address, Client, Link, Person
from counterfoil.features.two_way.fields import OurFields, read_contact
from counterfoil.features.two_way.models import Agreement, Difference, Push
from counterfoil.mirror import models as mirror
from counterfoil.mirror.models import Connection, Operation, Organisation, OrganisationProfile
from counterfoil.sync.outbox.moves import lock
from counterfoil.sync.rights import NotTwoWay, require_two_way
from counterfoil.xero.scopes import Write

AT_ONCE = 200

# A page is stored under the moment at which it was begun, and seen when it is committed.
_OVERLAP = timedelta(minutes=10)

_FATES = {
    **dict.fromkeys((OutboxState.DRAFT, OutboxState.WAITING, OutboxState.QUEUED), Fate.WAITING),
    **dict.fromkeys(IN_DOUBT, Fate.IN_DOUBT),
    OutboxState.REFUSED: Fate.REFUSED,
    OutboxState.HELD: Fate.HELD,
}


@dataclass
class Side:
    """One contact of a record, with all that is kept about the two."""

    link: Link
    contact: mirror.Contact | None
    agreement: Agreement
    pushes: dict[str, Push] = field(default_factory=dict)
    open: dict[str, Difference] = field(default_factory=dict)


@dataclass
class Subject:
    """A client or a person of ours, what they are in Xero, and both as the planner wants them."""

    fields: OurFields
    sides: Sequence[Side]
    record: OurRecord


@dataclass(frozen=True)
class Terms:
    """What holds for all contacts of an organisation: its country, and why nothing may be sent there."""

    region: str
    cannot_push: str


def find_terms(organisation: Organisation) -> Terms:
    """Return the terms; two queries."""
    profiles = OrganisationProfile.objects.filter(organisation=organisation)
    region = "".join(profiles.values_list("country_code", flat=True)[:1])
    connection = Connection.objects.select_related("grant").filter(organisation=organisation).first()
    if connection is None:
        return Terms(region, "This organisation is not connected to Xero.")
    try:
        require_two_way(connection, Write.CONTACTS)
    except NotTwoWay as refusal:
        return Terms(region, str(refusal))
    return Terms(region, "")


def list_to_compare(organisation: Organisation, *, since: datetime | None) -> list[int]:
    """Return the clients of which either side may have changed; all that are linked before the first time."""
    links = Link.objects.filter(organisation=organisation)
    if since is not None:
        contacts = mirror.Contact.objects.filter(
            organisation=organisation, xero_id=OuterRef("contact_id"), changed_here_at__gte=since - _OVERLAP
        )
        links = links.filter(
            Q(agreement=None)
            | Q(agreement__is_stale=True)
            | Exists(contacts)
            | Exists(Push.objects.filter(link=OuterRef("pk")))
            | Exists(Difference.objects.filter(link=OuterRef("pk"), decided_at=None))
        )
    return sorted(set(links.values_list("client_id", flat=True)))


def count_linked(organisation: Organisation) -> int:
    """Return how many contacts are linked."""
    return Link.objects.filter(organisation=organisation).count()


def plan_organisation(
    organisation: Organisation, client_ids: Sequence[int], *, at_first: AtFirst = AtFirst.ASK
) -> Plan:
    """Return what would become of these clients; nothing is changed by asking."""
    terms = find_terms(organisation)
    steps: list[Step] = []
    for chunk in list_chunks(client_ids):
        for subject in gather(organisation, chunk, terms=terms):
            steps += plan_record(subject.record, at_first=at_first)
    return Plan(tuple(steps))


def list_chunks(client_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield the ids, so many at a time that one transaction stays short."""
    for start in range(0, len(client_ids), AT_ONCE):
        yield client_ids[start : start + AT_ONCE]


def gather(
    organisation: Organisation, client_ids: Collection[int], *, terms: Terms, locks: bool = False
) -> list[Subject]:
    """
    Return the records of these clients with their contacts; seven queries, however many there are.

    With `locks` our records and what is on its way are held until the transaction ends.
    """
    if locks:
        list(Client.objects.select_for_update().filter(pk__in=client_ids).order_by("pk").values_list("pk"))
    links = list(
        Link.objects.filter(organisation=organisation, client_id__in=client_ids)
        .select_related("client", "person")
        .order_by("pk")
    )
    sides = _gather_sides(organisation, links, locks=locks)
    addresses: dict[int, dict[str, Address]] = defaultdict(dict)
    for address in Address.objects.filter(client_id__in=client_ids):
        addresses[address.client_id][address.kind] = address
    by_record: dict[tuple[str, int], list[Side]] = defaultdict(list)
    ours: dict[tuple[str, int], Client | Person] = {}
    for side in sides:
        one = side.link.person or side.link.client
        key = (type(one).__name__.lower(), one.pk)
        ours.setdefault(key, one)
        by_record[key].append(side)
    return [
        _describe(key, ours[key], addresses.get(key[1], {}) if key[0] == "client" else {}, mine, terms)
        for key, mine in by_record.items()
    ]


def _gather_sides(organisation: Organisation, links: Sequence[Link], *, locks: bool) -> list[Side]:
    contacts = {
        contact.xero_id: contact
        for contact in mirror.Contact.objects.filter(
            organisation=organisation, xero_id__in=[link.contact_id for link in links]
        ).defer("digest", "search_key", "name_grams")
    }
    agreements = {one.link_id: one for one in Agreement.objects.filter(link__in=links)}
    pushes: dict[int, dict[str, Push]] = defaultdict(dict)
    found = list(Push.objects.filter(link__in=links))
    of_pushes = Operation.objects.filter(pk__in=[push.operation_id for push in found])
    operations = {one.pk: one for one in (lock(of_pushes) if locks else of_pushes)}
    for push in found:
        push.operation = operations[push.operation_id]
        pushes[push.link_id][push.unit] = push
    waiting: dict[int, dict[str, Difference]] = defaultdict(dict)
    for difference in Difference.objects.filter(link__in=links, decided_at=None):
        waiting[difference.link_id][difference.field] = difference
    return [
        Side(
            link=link,
            contact=contacts.get(link.contact_id),
            agreement=_find_agreement(link, agreements.get(link.pk)),
            pushes=pushes[link.pk],
            open=waiting[link.pk],
        )
        for link in links
    ]


def _find_agreement(link: Link, kept: Agreement | None) -> Agreement:
    """Return what was agreed with this very record of ours; what was agreed with another says nothing."""
    if kept is None:
        kept = Agreement(workspace_id=link.workspace_id, organisation_id=link.organisation_id, link=link)
    if kept.person_id != link.person_id:
        kept.person_id, kept.values, kept.apart = link.person_id, {}, []
    return kept


def _describe(
    key: tuple[str, int],
    ours: Client | Person,
    addresses: Mapping[str, Address],
    sides: Sequence[Side],
    terms: Terms,
) -> Subject:
    fields = OurFields(ours, addresses)
    standings = Counter(_stand(side.contact) for side in sides)
    # Xero lets no two active contacts have the same name, so that each keeps its own.
    left_out = {"name"} if standings[Contact.LIVE] > 1 else set()
    record = OurRecord(
        key=":".join(map(str, key)),
        ours=fields.read(),
        counterparts=[_describe_side(side, terms, left_out) for side in sides],
        fields=FIELDS_OF_CLIENT if isinstance(ours, Client) else FIELDS_OF_PERSON,
        is_put_away=ours.archived_at is not None,
    )
    return Subject(fields, sides, record)


def _describe_side(side: Side, terms: Terms, left_out: set[str]) -> Counterpart:
    theirs = read_contact(side.contact) if side.contact else {}
    return Counterpart(
        key=side.link.pk,
        contact=_stand(side.contact),
        theirs=theirs,
        agreed=side.agreement.values,
        asked=frozenset(side.open),
        apart=frozenset(side.agreement.apart),
        sent={unit: sent for unit, push in side.pushes.items() if (sent := _judge(push, side.contact))},
        cannot_push=terms.cannot_push,
        left_out=frozenset(left_out | (FIELDS_OF_CLIENT - theirs.keys())),
        region=terms.region,
    )


def _stand(contact: mirror.Contact | None) -> Contact:
    if contact is None:
        return Contact.NOT_SEEN
    if contact.merged_to_id:
        return Contact.MERGED
    if contact.gone_at is not None:
        return Contact.GONE
    match contact.status:
        case "ARCHIVED":
            return Contact.ARCHIVED
        case "GDPRREQUEST":
            return Contact.FORGOTTEN
        case _:
            return Contact.LIVE


def _judge(push: Push, contact: mirror.Contact | None) -> Sent | None:
    """Return what became of a change; None where a person said that Xero has it, which the copy will show."""
    operation = push.operation
    fate = _FATES.get(operation.status)
    if fate is None:
        if operation.answer_stamp is None:
            return None
        seen = contact.updated_at if contact else None
        fate = Fate.DONE if seen is not None and seen >= operation.answer_stamp else Fate.UNSEEN
    return Sent(push.values, push.whole, fate)
