"""What can be done about which contact is which client: link, create, skip, unlink, undo (X27, K14)."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from counterfoil.domain.matching import Matcher, Party, Proof
from counterfoil.features.clients.models import Client, Decision, Link, Person, Skip
from counterfoil.features.clients.signals import clients_changed, contact_unlinked
from counterfoil.features.contacts.survivors import find_survivors
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Contact, Organisation

log = structlog.get_logger(__name__)


class AlreadyDecided(Exception):
    """Somebody else, or another window, was faster with this contact."""

    def __init__(self, client: Client | None) -> None:
        what = f"is linked to {client.name} already" if client else "was skipped already"
        super().__init__(f"This contact {what}: somebody was faster. Nothing was changed.")


class NothingToUndo(Exception):
    """The person has decided nothing here that could be taken back."""

    def __init__(self) -> None:
        super().__init__("There is no decision of yours to take back.")


class CannotUndo(Exception):
    """Taking the decision back would undo what was done since."""


def link_contact(
    organisation: Organisation,
    *,
    contact_id: str,
    client: Client,
    by: User | None,
    now: datetime,
    proof: Proof = Proof.BY_HAND,
    person: Person | None = None,
) -> Link:
    """Say that the contact is this client. Raises AlreadyDecided when it is linked already."""
    return _link(organisation, contact_id, client, by, now, proof, Decision.Act.LINKED, person)


def create_client_from_contact(
    organisation: Organisation, *, contact: Contact, by: User, now: datetime
) -> Link:
    """
    Make a client of the contact and link the two. Raises AlreadyDecided.

    The contact number becomes the client's number unless another client has it.
    """
    with transaction.atomic():
        number = contact.contact_number[:50]
        if number and Client.objects.filter(number=number).exists():
            number = ""
        client = Client.objects.create(
            workspace_id=organisation.workspace_id,
            name=contact.name[:255],
            number=number,
            email=contact.email[:255],
            created_at=now,
        )
        return _link(
            organisation, contact.xero_id, client, by, now, Proof.MADE_FROM_CONTACT, Decision.Act.CREATED
        )


def create_clients_from_contacts(
    organisation: Organisation, *, contact_ids: Sequence[str], by: User, now: datetime
) -> int:
    """
    Make a client of each of these contacts, and return how many were made.

    What somebody linked or skipped meanwhile stays so. Of contacts that share a name or an e-mail address
    only the first becomes a client: the others may be the same, and wait for a look.
    """
    skipped = Skip.objects.filter(organisation=organisation, contact_id__in=contact_ids)
    mine = Contact.objects.filter(organisation=organisation, xero_id__in=contact_ids, gone_at=None)
    fresh = mine.exclude(name="").exclude(xero_id__in=skipped.values("contact_id")).defer("raw", "digest")
    seen: set[str] = set()
    made = 0
    for contact in fresh.order_by("name", "xero_id"):
        signs = {contact.name.casefold(), contact.email.casefold()} - {""}
        if signs & seen:
            continue
        seen |= signs
        try:
            create_client_from_contact(organisation, contact=contact, by=by, now=now)
        except AlreadyDecided:
            continue
        made += 1
    return made


def skip_contacts(organisation: Organisation, *, contact_ids: Sequence[str], by: User, now: datetime) -> int:
    """Say that these contacts are no clients, and return how many were still undecided."""
    with transaction.atomic():
        decided = set(
            Skip.objects.filter(organisation=organisation, contact_id__in=contact_ids)
            .values_list("contact_id", flat=True)
            .union(
                Link.objects.filter(organisation=organisation, contact_id__in=contact_ids).values_list(
                    "contact_id", flat=True
                )
            )
        )
        fresh = [contact_id for contact_id in dict.fromkeys(contact_ids) if contact_id not in decided]
        mark = {"workspace_id": organisation.workspace_id, "organisation": organisation, "made_at": now}
        Skip.objects.bulk_create(
            [Skip(**mark, contact_id=contact_id, made_by=by) for contact_id in fresh], ignore_conflicts=True
        )
        Decision.objects.bulk_create(
            [
                Decision(**mark, contact_id=contact_id, made_by=by, act=Decision.Act.SKIPPED)
                for contact_id in fresh
            ]
        )
    return len(fresh)


def give_to_person(link: Link, person: Person) -> None:
    """Say that a contact of the client is one of its people's own; it stays the client's."""
    assert person.client_id == link.client_id
    Link.objects.filter(pk=link.pk).update(person=person)


def take_from_person(link: Link, person: Person) -> None:
    """Say that a contact is not this person's own after all; of another's nothing is changed."""
    Link.objects.filter(pk=link.pk, person=person).update(person=None)


def unlink_contact(link: Link, *, by: User, now: datetime) -> None:
    """Say that the contact is not this client after all: it goes back to the queue, and stays there."""
    with transaction.atomic():
        _record(link.organisation, link.contact_id, Decision.Act.UNLINKED, link.client, by, now, link.proof)
        delete_links(Link.objects.filter(pk=link.pk), now)


def undo_last(organisation: Organisation, *, by: User, now: datetime) -> Decision:
    """Take back this person's latest decision here. Raises NothingToUndo and CannotUndo."""
    with transaction.atomic():
        mine = Decision.objects.select_for_update(of=("self",)).select_related("client")
        last = mine.filter(organisation=organisation, made_by=by, undone_at=None).order_by("-id").first()
        if last is None:
            raise NothingToUndo
        _take_back(last, by=by, now=now)
        Decision.objects.filter(pk=last.pk).update(undone_at=now)
    return last


def link_exact_matches(organisation: Organisation, *, now: datetime, by: User | None = None) -> int:
    """
    Link every contact that is certainly a client, and return how many.

    A contact about which a person has decided is left alone, whatever a proof may say. Contacts that
    were merged in Xero are followed: the one that is left becomes the client that the other was.
    """
    with transaction.atomic():
        return _follow_merges(organisation, now) + _link_proven(organisation, now, by)


def _link_proven(organisation: Organisation, now: datetime, by: User | None) -> int:
    decided = _list_decided(organisation)
    contacts = [
        Party(key=xero_id, name=name, email=email, number=number)
        for xero_id, name, email, number in Contact.objects.filter(
            organisation=organisation, gone_at=None, merged_to_id=""
        ).values_list("xero_id", "name", "email", "contact_number")
    ]
    known = Client.objects.filter(workspace_id=organisation.workspace_id, archived_at=None)
    matcher = Matcher(describe_clients(known), contacts)
    proven = [
        (contact, match)
        for contact in contacts
        if contact.key not in decided and (match := matcher.find_proof(contact)) is not None
    ]
    clients = Client.objects.in_bulk([match.client.key for _, match in proven])
    for contact, match in proven:
        assert match.proof is not None
        link_contact(
            organisation,
            contact_id=str(contact.key),
            client=clients[int(match.client.key)],
            by=by,
            now=now,
            proof=match.proof,
        )
    if proven:
        log.info("contacts linked by proof", organisation=organisation.pk, count=len(proven))
    return len(proven)


def _follow_merges(organisation: Organisation, now: datetime) -> int:
    survivors = find_survivors(organisation)
    links = {
        link.contact_id: link
        for link in Link.objects.filter(organisation=organisation).select_related("client", "person")
    }
    decided = _list_decided(organisation)
    count = 0
    for merged, survivor in survivors.items():
        if merged in links and survivor not in decided:
            link = link_contact(
                organisation,
                contact_id=survivor,
                client=links[merged].client,
                by=None,
                now=now,
                proof=Proof.MERGED,
                person=links[merged].person,
            )
            decided.add(link.contact_id)
            count += 1
    return count


def describe_clients(clients: "QuerySet[Client]") -> list[Party]:
    """Return what is known of clients for matching; one query."""
    return [Party(*known) for known in clients.values_list("pk", "name", "email", "number")]


def _list_decided(organisation: Organisation) -> set[str]:
    """Return the contacts that are linked, skipped, or were once unlinked or undone by a person."""
    mine = {"organisation": organisation}
    by_hand = Q(act=Decision.Act.UNLINKED, undone_at=None) | Q(
        act__in=[Decision.Act.LINKED, Decision.Act.CREATED], undone_at__isnull=False
    )
    return {
        *Link.objects.filter(**mine).values_list("contact_id", flat=True),
        *Skip.objects.filter(**mine).values_list("contact_id", flat=True),
        *Decision.objects.filter(by_hand, **mine).values_list("contact_id", flat=True),
    }


def _link(
    organisation: Organisation,
    contact_id: str,
    client: Client,
    by: User | None,
    now: datetime,
    proof: Proof,
    act: str,
    person: Person | None = None,
) -> Link:
    try:
        with transaction.atomic():
            link = Link.objects.create(
                workspace_id=organisation.workspace_id,
                organisation=organisation,
                contact_id=contact_id,
                client=client,
                person=person,
                proof=proof.value,
                made_by=by,
                made_at=now,
            )
            Skip.objects.filter(organisation=organisation, contact_id=contact_id).delete()
            _record(organisation, contact_id, act, client, by, now, proof.value)
            clients_changed.send(sender=Link, client_ids=[client.pk])
    except IntegrityError as error:
        taken = Link.objects.filter(organisation=organisation, contact_id=contact_id).first()
        raise AlreadyDecided(taken.client if taken else None) from error
    return link


def _record(
    organisation: Organisation,
    contact_id: str,
    act: str,
    client: Client | None,
    by: User | None,
    now: datetime,
    proof: str,
) -> None:
    Decision.objects.create(
        workspace_id=organisation.workspace_id,
        organisation=organisation,
        contact_id=contact_id,
        act=act,
        client=client,
        proof=proof,
        made_by=by,
        made_at=now,
    )


def _take_back(decision: Decision, *, by: User, now: datetime) -> None:
    where = {"organisation_id": decision.organisation_id, "contact_id": decision.contact_id}
    match decision.act:
        case Decision.Act.SKIPPED:
            Skip.objects.filter(**where).delete()
        case Decision.Act.LINKED:
            delete_links(Link.objects.filter(**where, client=decision.client), now)
        case Decision.Act.CREATED:
            delete_links(Link.objects.filter(**where, client=decision.client), now)
            if decision.client is not None and not _is_used(decision.client):
                decision.client.delete()
        case Decision.Act.UNLINKED:
            if decision.client is None:
                raise CannotUndo("The client that this contact was linked to has been deleted since.")
            if Link.objects.filter(**where).exists():
                raise CannotUndo("The contact has been linked to another client since.")
            Link.objects.create(
                workspace_id=decision.workspace_id,
                **where,
                client=decision.client,
                proof=decision.proof,
                made_by=by,
                made_at=now,
            )
            clients_changed.send(sender=Link, client_ids=[decision.client.pk])


def delete_links(links: "QuerySet[Link]", now: datetime) -> None:
    """Delete links, having told higher features while they were still there."""
    for link_id in links.values_list("pk", flat=True):
        contact_unlinked.send(sender=Link, link_id=link_id, now=now)
    links.delete()


def _is_used(client: Client) -> bool:
    """Say whether anything was done with a client since it was made from a contact."""
    return client.links.exists() or client.people.exists() or client.deals.exists() or bool(client.notes)
