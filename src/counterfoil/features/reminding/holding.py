"""Holding reminders back by hand, for a customer or one invoice, and letting them go again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from counterfoil.domain.reminders.guard import Hold
from counterfoil.features.reminding.models import Held
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Contact, Invoice, Organisation
from counterfoil.mirror.models.searchable import is_known_as

_OFFERED = 8
_SHOWN = 200


class CannotHold(ValueError):
    """What was asked for cannot be held back; the sentence says why."""


@dataclass(frozen=True, slots=True)
class About:
    """A customer, or one invoice of theirs."""

    contact_id: str
    contact_name: str
    invoice_id: str = ""
    number: str = ""

    @property
    def key(self) -> str:
        """Return how a form calls it."""
        return f"{self.contact_id}/{self.invoice_id}"


@dataclass(frozen=True, slots=True)
class Row:
    """What is held back, and about whom and what."""

    held: Held
    contact_name: str
    number: str


def find_about(organisation: Organisation, typed: str) -> list[About]:
    """Return what was meant: the invoice of this number, or customers with this name; two queries."""
    said = typed.strip()
    if not said:
        return []
    invoices = Invoice.objects.filter(organisation=organisation, kind="ACCREC", gone_at=None, number=said)
    found = [About(one.contact_id, one.contact_name, one.xero_id, one.number) for one in invoices[:_OFFERED]]
    contacts = Contact.objects.filter(organisation=organisation, gone_at=None).filter(is_known_as(said))
    return found + [About(one.xero_id, one.name) for one in contacts.order_by("name")[:_OFFERED]]


def read_about(organisation: Organisation, key: str) -> About | None:
    """Return what a form's key stands for; two queries at most."""
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
) -> Held:
    """Hold reminders back until a day, or until somebody lets them go. Raises CannotHold."""
    if hold is Hold.PROMISED and until is None:
        raise CannotHold("Say until when the customer promised to pay.")
    with transaction.atomic():
        held = Held.objects.create(
            organisation=organisation,
            workspace_id=organisation.workspace_id,
            contact_id=about.contact_id,
            invoice_id=about.invoice_id,
            hold=hold,
            until=until,
            made_by=name_person(by),
            made_at=now,
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


def list_holds(organisation: Organisation, *, today: date) -> Sequence[Row]:
    """Return what is held back now, the latest first; three queries."""
    standing = Held.objects.filter(organisation=organisation, ended_at=None)
    holds = list(standing.filter(Q(until=None) | Q(until__gte=today)).order_by("-pk")[:_SHOWN])
    contacts = Contact.objects.filter(
        organisation=organisation, xero_id__in=[one.contact_id for one in holds]
    )
    invoices = Invoice.objects.filter(
        organisation=organisation, xero_id__in=[one.invoice_id for one in holds if one.invoice_id]
    )
    names = dict(contacts.values_list("xero_id", "name"))
    numbers = dict(invoices.values_list("xero_id", "number"))
    return [Row(one, names.get(one.contact_id, ""), numbers.get(one.invoice_id, "")) for one in holds]


def _record(organisation: Organisation, act: Act, what: str, by: User, now: datetime) -> None:
    record(workspace_id=organisation.workspace_id, act=act, who=by, what=what, now=now)
