"""Empties the records that are the person's own: who they are as a client, what was written to them."""

import re
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Lower, Right

from counterfoil.domain.ownership import FIELDS
from counterfoil.domain.reminders.guard import Why
from counterfoil.features.clients.models import Address, Client, Deal, Link, Person
from counterfoil.features.importing.models import Upload, UploadRow
from counterfoil.features.migrating.models import StagedRow
from counterfoil.features.privacy.finding import DIGITS_COMPARED, Subject
from counterfoil.features.privacy.sweeping import ERASED, Words
from counterfoil.features.reminding.models import LedgerEntry, Message, Reach, Reply
from counterfoil.features.two_way.models import Agreement, Difference, Push
from counterfoil.features.workspaces.models import Invitation
from counterfoil.mirror.models import Contact

_EMPTY = {"email": "", "phone": "", "direct_phone": "", "mobile_phone": "", "fax": "", "notes": ""}

_ERASED_DEAL = "Erased deal"
_CONTACTS = "Contacts"

# Of a contact at Xero, what says nothing about a person.
_HARMLESS = ("ContactID", "ContactStatus", "IsCustomer", "IsSupplier", "DefaultCurrency", "HasAttachments")


def erase_owned(subject: Subject, words: Words, *, now: datetime) -> dict[str, int]:
    """Empty everything of the person's own, and return how many rows of each kind."""
    return {
        "Clients": _empty_clients(subject),
        "People at clients": _empty_people(subject),
        "Addresses": Address.objects.filter(client__in=subject.clients).delete()[0],
        "Deals": _count(
            Deal.objects.filter(client__in=subject.clients).exclude(name=_ERASED_DEAL, notes=""),
            name=_ERASED_DEAL,
            notes="",
        ),
        "Contact fields that went both ways": _part_fields(subject, now=now),
        "Messages": _empty_messages(subject, now=now),
        "Replies": _count(
            of_person(Reply, subject).exclude(text="", address="", answer=""), text="", address="", answer=""
        ),
        "Notes beside wishes about messages": _empty_wishes(subject),
        "Lines of imported files": _empty_lines(subject, words),
        "Lines of an earlier tool": _count(
            StagedRow.objects.filter(_mentions(words, "name", "said")), name=ERASED, number="", said={}
        ),
        "Open invitations": have_address(Invitation.objects.all(), "email", subject).delete()[0],
        "What changed in their contact": _forget_changes(subject),
        "Contacts that Xero no longer has": _empty_gone(subject),
    }


def _empty_clients(subject: Subject) -> int:
    clients = [one for one in Client.objects.filter(pk__in=subject.clients) if not is_nameless(one.name)]
    for client in clients:
        client.name = f"Erased client {client.pk}"
        client.number, client.tags = "", []
        _empty(client)
    Client.objects.bulk_update(clients, ["name", "number", "tags", *_EMPTY])
    return len(clients)


def _empty_people(subject: Subject) -> int:
    people = [one for one in Person.objects.filter(pk__in=subject.people) if not is_nameless(one.name)]
    for person in people:
        person.name, person.position = f"Erased person {person.pk}", ""
        _empty(person)
    Person.objects.bulk_update(people, ["name", "position", *_EMPTY])
    return len(people)


def _empty(card: Client | Person) -> None:
    for name, nothing in _EMPTY.items():
        setattr(card, name, nothing)


def _part_fields(subject: Subject, *, now: datetime) -> int:
    """Let both sides differ from now on: emptying ours must not empty Xero's, nor ask about it."""
    links = list(
        Link.objects.filter(
            Q(client__in=subject.clients, person=None)
            | Q(person__in=subject.people)
            | Q(contact_id__in=subject.contacts)
        )
    )
    count = Agreement.objects.filter(link__in=links).exclude(values={}).count()
    count += Difference.objects.filter(link__in=links).delete()[0]
    count += Push.objects.filter(link__in=links).delete()[0]
    for link in links:
        Agreement.objects.update_or_create(
            link=link,
            defaults={
                "workspace_id": link.workspace_id,
                "organisation_id": link.organisation_id,
                "person_id": link.person_id,
                "values": {},
                "apart": [field.name for field in FIELDS],
                "agreed_at": now,
            },
        )
    return count


def of_person(model: Any, subject: Subject) -> QuerySet[Any]:
    """Return the messages or replies that went to the person or came from them."""
    digits = Func(F("address"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    found: QuerySet[Any] = model.objects.annotate(
        plain=Lower("address"), digits=Right(digits, DIGITS_COMPARED, output_field=TextField())
    ).filter(
        Q(contact_id__in=subject.contacts)
        | Q(plain__in=subject.emails)
        | Q(digits__in=subject.digits)
        | Q(digest__in=subject.digests)
    )
    return found


def have_address(rows: QuerySet[Any], column: str, subject: Subject) -> QuerySet[Any]:
    """Return those whose e-mail address is the person's, however it is written."""
    return rows.filter(
        pk__in=rows.annotate(plain=Lower(column)).filter(plain__in=subject.emails).values("pk")
    )


def is_nameless(name: str) -> bool:
    """Say whether this is what somebody erased is called."""
    return re.fullmatch(r"Erased (client|person) \d+", name) is not None


def _empty_messages(subject: Subject, *, now: datetime) -> int:
    messages = of_person(Message, subject)
    messages.filter(state=Message.State.PLANNED).update(
        state=Message.State.DROPPED, why=Why.ERASED, settled_at=now
    )
    nothing = {"contact_name": "", "address": "", "subject": "", "text": "", "said": ""}
    return _count(messages.exclude(**nothing), **nothing)


def _empty_wishes(subject: Subject) -> int:
    """What they want stays by their digest alone."""
    digests = set(subject.digests)
    reached = Reach.objects.filter(contact_id__in=subject.contacts)
    for pair in reached.values_list("number_digest", "email_digest"):
        digests.update(bytes(one) for one in pair if one)
    noted = LedgerEntry.objects.filter(digest__in=digests).exclude(note="", shown="")
    return _count(noted, note="", shown="")


def _empty_lines(subject: Subject, words: Words) -> int:
    made = Q(belongs_to__kind=Upload.Kind.CLIENTS, made_id__in=subject.clients) | Q(
        belongs_to__kind=Upload.Kind.PEOPLE, made_id__in=subject.people
    )
    rows = list(UploadRow.objects.filter(made | _mentions(words, "cells", "wrote", "stood", "reason")))
    for row in rows:
        row.cells = ["" for _ in row.cells]
        row.wrote = row.stood = row.made_id = row.found_id = None
        row.reason = ""
        row.state = UploadRow.State.LEFT  # it makes nobody, and taking the import back leaves it alone
    UploadRow.objects.bulk_update(rows, ["cells", "wrote", "stood", "made_id", "found_id", "reason", "state"])
    return len(rows)


def _mentions(words: Words, *columns: str) -> Q:
    found = Q(pk__in=())
    for column in columns:
        if words.pattern:
            found |= Q(**{f"{column}__iregex": words.pattern})
    return found


def _forget_changes(subject: Subject) -> int:
    """Take out of the contact's past what speaks of a person; what it is now is Xero's to say."""
    own, mentioned = subject.contacts, subject.mentioned
    count = 0
    with connection.cursor() as cursor:
        for column in ("before", "after"):
            cursor.execute(
                f"update mirror_change set {column} = (select coalesce(jsonb_object_agg(key, value), '{{}}')"  # noqa: S608 - ours
                f" from jsonb_each({column}) where key = any(%s))"
                f" where stream = %s and xero_id = any(%s) and {column} != '{{}}'",
                [list(_HARMLESS), _CONTACTS, own],
            )
            count += cursor.rowcount
            cursor.execute(
                f"update mirror_change set {column} = {column} - 'ContactPersons'"  # noqa: S608 - ours
                f" where stream = %s and xero_id = any(%s) and {column} ? 'ContactPersons'",
                [_CONTACTS, mentioned],
            )
            count += cursor.rowcount
    return count


def _empty_gone(subject: Subject) -> int:
    """A contact that Xero has erased never comes back: what is left of it here goes too."""
    gone = Contact.objects.filter(xero_id__in=subject.contacts, gone_at__isnull=False)
    nothing = dict.fromkeys(("first_name", "last_name", "email", "contact_number", "account_number"), "")
    count = 0
    for contact in gone:
        raw = f'{{"ContactID": "{contact.xero_id}", "Name": "{ERASED}"}}'
        mine = Contact.objects.filter(organisation=contact.organisation_id, xero_id=contact.xero_id)
        count += mine.update(name=ERASED, raw=raw, **nothing)
    return count


def _count(rows: QuerySet[Any], **values: Any) -> int:
    return rows.update(**values)
