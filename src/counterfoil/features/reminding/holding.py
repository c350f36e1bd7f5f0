"""Holding reminders back by hand, for a client, a customer or one invoice, and letting them go again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from counterfoil.domain.reminders.guard import Hold
from counterfoil.features.clients.models import Client
from counterfoil.features.reminding.models import Held, HeldClient
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Contact, Invoice, Organisation
from counterfoil.mirror.models.searchable import is_known_as

Kept = TypeVar("Kept", Held, HeldClient)

PAGE_SIZE = 50
_OFFERED = 8
_SHOWN = 200
_CLIENT = "client:"
_NUMBER = re.compile(r"[0-9]{1,18}")


class CannotHold(ValueError):
    """What was asked for cannot be held back; the sentence says why."""


@dataclass(frozen=True, slots=True)
class About:
    """A customer in Xero, one invoice of theirs, or a whole client, whichever contacts in Xero it is."""

    contact_id: str
    contact_name: str
    invoice_id: str = ""
    number: str = ""
    client: Client | None = None

    @property
    def key(self) -> str:
        """Return how a form calls it."""
        return f"{_CLIENT}{self.client.pk}" if self.client else f"{self.contact_id}/{self.invoice_id}"


@dataclass(frozen=True, slots=True)
class Row:
    """What is held back, and about whom and what."""

    held: Held | HeldClient
    contact_name: str
    number: str


def find_about(organisation: Organisation, typed: str) -> list[About]:
    """Return what was meant: an invoice by its number, clients and customers by name; three queries."""
    said = typed.strip()
    if not said:
        return []
    invoices = Invoice.objects.filter(organisation=organisation, kind="ACCREC", gone_at=None, number=said)
    found = [About(one.contact_id, one.contact_name, one.xero_id, one.number) for one in invoices[:_OFFERED]]
    contacts = Contact.objects.filter(organisation=organisation, gone_at=None).filter(is_known_as(said))
    clients = Client.objects.filter(workspace=organisation.workspace_id, archived_at=None)
    named = clients.filter(is_known_as(said)).order_by("name", "pk")[:_OFFERED]
    found += [About("", one.name, client=one) for one in named]
    return found + [About(one.xero_id, one.name) for one in contacts.order_by("name")[:_OFFERED]]


def read_about(organisation: Organisation, key: str) -> About | None:
    """Return what a form's key stands for; two queries at most."""
    if key.startswith(_CLIENT):
        number = key.removeprefix(_CLIENT)
        known = Client.objects.filter(workspace=organisation.workspace_id)
        client = known.filter(pk=int(number)).first() if _NUMBER.fullmatch(number) else None
        return About("", client.name, client=client) if client else None
    contact_id, _, invoice_id = key.partition("/")
    contact = Contact.objects.filter(organisation=organisation, xero_id=contact_id).first()
    if contact is None:
        return None
    if not invoice_id:
        return About(contact.xero_id, contact.name)
    invoice = Invoice.objects.filter(
        organisation=organisation, xero_id=invoice_id, contact_id=contact_id
    ).first()
    if invoice is None:
        return None
    return About(contact.xero_id, contact.name, invoice.xero_id, invoice.number)


def hold_back(
    organisation: Organisation, about: About, *, hold: Hold, until: date | None, by: User, now: datetime
) -> Held | HeldClient:
    """Hold reminders back until a day, or until somebody lets them go. Raises CannotHold."""
    made: dict[str, Any] = {"hold": hold, "until": until, "made_by": name_person(by), "made_at": now}
    if hold is Hold.PROMISED and until is None:
        raise CannotHold("Say until when the customer promised to pay.")
    with transaction.atomic():
        held: Held | HeldClient
        if about.client is not None:
            held = HeldClient.objects.create(
                workspace_id=organisation.workspace_id, client=about.client, **made
            )
        else:
            held = Held.objects.create(
                organisation=organisation,
                workspace_id=organisation.workspace_id,
                contact_id=about.contact_id,
                invoice_id=about.invoice_id,
                **made,
            )
        _record(organisation, Act.HELD_BACK, about.number or about.contact_name, by, now)
    return held


def end_hold(held: Held, *, by: User, now: datetime) -> None:
    """Let reminders go again; ending it twice changes nothing."""
    with transaction.atomic():
        standing = Held.objects.filter(pk=held.pk, ended_at=None)
        if standing.update(ended_by=name_person(by), ended_at=now):
            name = Contact.objects.filter(organisation=held.organisation_id, xero_id=held.contact_id)
            what = "".join(name.values_list("name", flat=True)[:1])
            _record(held.organisation, Act.HOLD_ENDED, what, by, now)


def end_client_hold(held: HeldClient, organisation: Organisation, *, by: User, now: datetime) -> None:
    """Let reminders to a client go again; ending it twice changes nothing."""
    with transaction.atomic():
        standing = HeldClient.objects.filter(pk=held.pk, ended_at=None)
        if standing.update(ended_by=name_person(by), ended_at=now):
            _record(organisation, Act.HOLD_ENDED, held.client.name, by, now)


def list_holds(organisation: Organisation, *, today: date) -> Sequence[Row]:
    """Return what is held back now, the latest first, clients of the firm among it; four queries."""
    standing = Q(ended_at=None) & (Q(until=None) | Q(until__gte=today))
    holds = list(Held.objects.filter(standing, organisation=organisation).order_by("-pk")[:_SHOWN])
    clients = HeldClient.objects.filter(standing, workspace=organisation.workspace_id)
    contacts = Contact.objects.filter(
        organisation=organisation, xero_id__in=[one.contact_id for one in holds]
    )
    invoices = Invoice.objects.filter(
        organisation=organisation, xero_id__in=[one.invoice_id for one in holds if one.invoice_id]
    )
    names = dict(contacts.values_list("xero_id", "name"))
    numbers = dict(invoices.values_list("xero_id", "number"))
    rows = [Row(one, names.get(one.contact_id, ""), numbers.get(one.invoice_id, "")) for one in holds]
    rows += [Row(one, one.client.name, "") for one in clients.select_related("client")[:_SHOWN]]
    return sorted(rows, key=lambda row: row.held.made_at, reverse=True)


def list_page(organisation: Organisation, *, before: int | None = None) -> tuple[list[Held], int | None]:
    """Return a page of what is or was held back, the latest first, and its last; one query."""
    return _cut(Held.objects.filter(organisation=organisation), before)


def list_client_page(*, before: int | None = None) -> tuple[list[HeldClient], int | None]:
    """Return a page of the firm's clients that are or were held back, likewise; one query."""
    return _cut(HeldClient.objects.all(), before)


def _cut(found: "QuerySet[Kept]", before: int | None) -> tuple[list[Kept], int | None]:
    rows = list((found if before is None else found.filter(pk__lt=before)).order_by("-pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None


def _record(organisation: Organisation, act: Act, what: str, by: User, now: datetime) -> None:
    record(workspace_id=organisation.workspace_id, act=act, who=by, what=what, now=now)
