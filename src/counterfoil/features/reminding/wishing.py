"""What people here note of who wants messages and who does not, and looking a person up in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from counterfoil.domain.reminders.numbers import UnusableNumber, read_mobile
from counterfoil.features.reminding.ledger import get_ledger_key, hold_wish, make_digest
from counterfoil.features.reminding.models import Channel, LedgerEntry, Reach
from counterfoil.features.reminding.reaching import find_region
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Contact, Organisation

# Only the person takes a wish to stop back, by answering START or where they pressed the link.
BY_HAND = (LedgerEntry.Act.STOPPED, LedgerEntry.Act.CONSENTED, LedgerEntry.Act.WITHDRAWN)
_SHOWN = 50


class NoAddress(ValueError):
    """What was typed is neither a mobile number nor an e-mail address; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A number or an address as the ledger knows it."""

    channel: str
    digest: bytes
    address: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody said, and how it is known here: about all of the firm's senders or this one."""

    act: str
    at: datetime
    note: str
    basis: str = ""
    shown: str = ""
    is_for_all: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger, and who it is about where a contact still has the number or address."""

    entry: LedgerEntry
    contact_id: str
    contact_name: str


def read_address(organisation: Organisation, typed: str, *, now: datetime) -> Somebody:
    """Return whom a number or an e-mail address stands for. Raises NoAddress."""
    said, key = typed.strip(), get_ledger_key(now=now)
    if "@" in said:
        try:
            validate_email(said)
        except ValidationError as error:
            raise NoAddress(f"{said} is no e-mail address.") from error
        return Somebody(Channel.EMAIL, make_digest(key, said), said)
    try:
        number = read_mobile(said, region=find_region(organisation)).number
    except UnusableNumber as problem:
        raise NoAddress(str(problem)) from problem
    return Somebody(Channel.TEXT, make_digest(key, number), number)


def list_words(organisation: Organisation, somebody: Somebody) -> Sequence[LedgerEntry]:
    """Return everything that is known of a person's wishes, the latest first; one query."""
    words = LedgerEntry.objects.filter(
        workspace=organisation.workspace_id,
        sender__in=("", organisation.tenant_id),
        channel=somebody.channel,
        digest=somebody.digest,
    )
    return list(words.order_by("-pk"))


def list_latest(organisation: Organisation, *, before: int | None = None) -> tuple[list[Entry], int | None]:
    """Return a page of the ledger, the latest first, and where the next begins; four queries."""
    found = LedgerEntry.objects.filter(
        workspace=organisation.workspace_id, sender__in=("", organisation.tenant_id)
    )
    if before is not None:
        found = found.filter(pk__lt=before)
    entries = list(found.order_by("-pk")[: _SHOWN + 1])
    page = entries[:_SHOWN]
    names = _name(organisation, page)
    rows = [Entry(one, *names.get(bytes(one.digest), ("", ""))) for one in page]
    return rows, page[-1].pk if len(entries) > _SHOWN else None


def note_wish(
    organisation: Organisation, somebody: Somebody, wish: Wish, *, by: User, now: datetime
) -> LedgerEntry:
    """Note what somebody said to a person here; it acts at once."""
    with transaction.atomic():
        hold_wish(somebody.digest)
        entry = LedgerEntry.objects.create(
            workspace_id=organisation.workspace_id,
            sender="" if wish.is_for_all else organisation.tenant_id,
            channel=somebody.channel,
            digest=somebody.digest,
            act=LedgerEntry.Act(wish.act),
            basis=wish.basis,
            shown=wish.shown,
            note=wish.note,
            source=LedgerEntry.Source.PERSON,
            who=name_person(by),
            at=wish.at,
        )
        record(
            workspace_id=organisation.workspace_id,
            act=Act.WISHES_NOTED,
            who=by,
            what=organisation.name,
            now=now,
        )
    return entry


def note_export(organisation: Organisation, *, by: User, now: datetime) -> None:
    """Write down that somebody took out who wants messages and who does not."""
    record(
        workspace_id=organisation.workspace_id,
        act=Act.WISHES_TAKEN_OUT,
        who=by,
        what=organisation.name,
        now=now,
    )


def _name(organisation: Organisation, entries: Sequence[LedgerEntry]) -> dict[bytes, tuple[str, str]]:
    """Return contact and name of those whose number or address a contact still has."""
    digests = [bytes(one.digest) for one in entries]
    reaches = Reach.objects.filter(organisation=organisation)
    found: dict[bytes, str] = {}
    for column in ("number_digest", "email_digest"):
        known = reaches.filter(**{f"{column}__in": digests}).values_list(column, "contact_id")
        found |= {bytes(digest): contact_id for digest, contact_id in known}
    contacts = Contact.objects.filter(organisation=organisation, xero_id__in=list(found.values()))
    names = dict(contacts.values_list("xero_id", "name"))
    return {digest: (contact_id, names.get(contact_id, "")) for digest, contact_id in found.items()}
