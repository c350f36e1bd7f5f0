"""
Gathers everything that decides about messages, for one or for fifty thousand, in the same few queries.

The preview, the plan and the sender all come here, so that what was previewed is what is sent.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, TextField, Value

from counterfoil.domain.reminders.guard import Debt, Hold, Recipient
from counterfoil.domain.reminders.packs import Pack, find_pack
from counterfoil.domain.statuses import InvoiceStatus
from counterfoil.features.reminding.ledger import Wishes, read_wishes
from counterfoil.features.reminding.models import Campaign, Channel, Held, HeldClient, Message, PayLink, Reply
from counterfoil.features.reminding.owners import Owner
from counterfoil.features.reminding.rows import (
    ChoiceRow,
    ContactRow,
    InvoiceRow,
    ReachRow,
    read_choices,
    read_contacts,
    read_invoices,
    read_reaches,
    select,
)

_STATUSES: Mapping[str, InvoiceStatus] = {status.value: status for status in InvoiceStatus}
_REMEMBERED = timedelta(days=31)
_FEW = 1000


@dataclass(frozen=True, slots=True)
class Planned:
    """An invoice that a message is planned about, and the day on which it was due then."""

    invoice_id: str
    days: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be: to whom, by which step, about what, and for how long it is worth sending."""

    contact_id: str
    step_id: int | None
    invoices: tuple[Planned, ...]
    planned_at: datetime
    expires_at: datetime
    was_attempted: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """That reminders are held back, why, and through which day."""

    hold: Hold
    until: date | None


@dataclass(frozen=True)
class Facts:
    """What is known, at one moment, of the people and invoices of many messages."""

    owner: Owner
    campaign: Campaign
    contacts: Mapping[str, ContactRow]
    reaches: Mapping[str, ReachRow]
    invoices: Mapping[str, InvoiceRow]
    choices: Mapping[str, ChoiceRow]
    holds: Mapping[tuple[str, str], Holding]
    unread: Collection[bytes]
    wishes: Wishes
    sent: Mapping[bytes, Sequence[datetime]]
    otherwise: Mapping[str, Sequence[datetime]]
    pay_links: Mapping[str, str]  # of those invoices of which Xero was asked
    left_of_campaign: int | None

    def describe_recipient(self, contact_id: str) -> Recipient:
        """Return what is known of a person; without a usable address, why."""
        contact, reach = self.contacts.get(contact_id), self.reaches.get(contact_id)
        digest, hold, choice = (
            self.find_digest(contact_id),
            self._hold(contact_id, ""),
            self.choices.get(contact_id),
        )
        return Recipient(
            zones=self._zones(reach),
            problem=self._find_problem(contact, reach),
            has_opted_out=digest in self.wishes.stopped,
            has_consented=digest in self.wishes.consented,
            is_excluded=choice is not None and choice.is_excluded,
            has_unread_reply=digest in self.unread,
            hold=hold.hold if hold else None,
            held_until=hold.until if hold else None,
            sent_at=self.sent.get(digest or b"", ()),
            other_sent_at=self.otherwise.get(contact_id, ()),
        )

    def describe_debt(self, contact_id: str, planned: Planned) -> Debt:
        """Return an invoice as the copy has it now; another contact's is not this one's debt."""
        invoice = self.invoices.get(planned.invoice_id)
        if invoice is None or invoice.gone_at is not None or invoice.contact_id != contact_id:
            nothing = Decimal(0)
            return Debt(planned.invoice_id, None, nothing, nothing, nothing, None, planned.due_on)
        hold, until = self._find_hold(contact_id, invoice)
        return Debt(
            invoice_id=invoice.xero_id,
            status=_read_status(invoice.status),
            amount_due=invoice.amount_due,
            amount_paid=invoice.amount_paid,
            amount_credited=invoice.amount_credited,
            due_on=invoice.due_date,
            planned_due_on=planned.due_on,
            hold=hold,
            held_until=until,
        )

    def find_address(self, contact_id: str) -> str:
        """Return where a message to the contact goes, or nothing."""
        reach = self.reaches.get(contact_id)
        if reach is None:
            return ""
        return reach.number if self._is_text else reach.email

    def find_digest(self, contact_id: str) -> bytes | None:
        """Return by which digest the person is known in the ledger."""
        reach = self.reaches.get(contact_id)
        if reach is None:
            return None
        digest = reach.number_digest if self._is_text else reach.email_digest
        return bytes(digest) if digest is not None else None

    def find_pack(self, contact_id: str) -> Pack:
        """Return the rules of the country that the number belongs to."""
        reach = self.reaches.get(contact_id)
        return find_pack(reach.region if reach else "", self.owner.packs)

    def find_language(self, contact_id: str) -> str:
        """Return the language that the person is written to in."""
        choice = self.choices.get(contact_id)
        return (choice.language if choice else "") or self.campaign.language

    @cached_property
    def _is_text(self) -> bool:
        return self.campaign.channel == Channel.TEXT

    def _zones(self, reach: ReachRow | None) -> tuple[ZoneInfo, ...]:
        names = reach.zones if reach and self._is_text else []
        return tuple(ZoneInfo(name) for name in names) or (self.owner.zone,)

    def _find_problem(self, contact: ContactRow | None, reach: ReachRow | None) -> str:
        if contact is None or contact.gone_at is not None or contact.status != "ACTIVE":
            return "The contact is archived or gone in Xero."
        if reach is None:
            return "The contact has not been read yet."
        if self._is_text:
            return reach.number_problem
        return "" if reach.email else "The contact has no e-mail address in Xero that can be used."

    def _hold(self, contact_id: str, invoice_id: str) -> Holding | None:
        return self.holds.get((contact_id, invoice_id))

    def _find_hold(self, contact_id: str, invoice: InvoiceRow) -> tuple[Hold | None, date | None]:
        held = self._hold(contact_id, invoice.xero_id)
        if held is not None:
            return held.hold, held.until
        # What somebody noted in Xero as the expected day of payment is a promise too.
        if invoice.expected_payment_date is not None:
            return Hold.PROMISED, invoice.expected_payment_date
        return None, None


def gather_facts(owner: Owner, campaign: Campaign, drafts: Sequence[Draft]) -> Facts:
    """Return what is known of these messages' people and invoices: fourteen queries for any number."""
    organisation = owner.organisation
    contact_ids = {draft.contact_id for draft in drafts}
    invoice_ids = {planned.invoice_id for draft in drafts for planned in draft.invoices}
    reaches = read_reaches(organisation, contact_ids)
    is_text = campaign.channel == Channel.TEXT
    digests = {
        bytes(digest)
        for reach in reaches.values()
        if (digest := reach.number_digest if is_text else reach.email_digest) is not None
    }
    unread = Reply.objects.filter(organisation=organisation, decided_at=None)
    sent, otherwise = _read_history(owner, campaign.channel, digests, contact_ids)
    return Facts(
        owner=owner,
        campaign=campaign,
        contacts=read_contacts(organisation, contact_ids),
        reaches=reaches,
        invoices=read_invoices(organisation, invoice_ids),
        choices=read_choices(organisation, contact_ids),
        holds=_read_holds(owner, contact_ids),
        unread={bytes(digest) for digest in unread.values_list("digest", flat=True)},
        wishes=read_wishes(
            workspace_id=organisation.workspace_id,
            sender=organisation.tenant_id,
            channel=campaign.channel,
            digests=digests,
        ),
        sent=sent,
        otherwise=otherwise,
        pay_links=dict(
            select(PayLink, organisation, invoice_id=invoice_ids).values_list("invoice_id", "address")
        ),
        left_of_campaign=_count_left(owner, campaign),
    )


def _count_left(owner: Owner, campaign: Campaign) -> int | None:
    """Return how many messages the campaign may still send on the owner's day; None for any number."""
    if campaign.daily_limit is None:
        return None
    begun = Message.objects.filter(campaign=campaign.pk, is_test=False).exclude(pk=owner.apart_from)
    day = datetime.combine(owner.today, time(), tzinfo=owner.zone)
    return campaign.daily_limit - begun.filter(started_at__gte=day).count()


def _read_holds(owner: Owner, contact_ids: Collection[str]) -> dict[tuple[str, str], Holding]:
    """
    Return what holds now for each contact and invoice: of several, the one that lasts longest.

    What is held for a client is held for every contact that it is.
    """
    held: Any = select(Held, owner.organisation, contact_id=contact_ids).filter(ended_at=None)
    of_clients: Any = HeldClient.objects.filter(
        ended_at=None, client__links__organisation=owner.organisation
    ).values_list("client__links__contact_id", Value("", TextField()), "hold", "until")
    found: dict[tuple[str, str], Holding] = {}
    for contact_id, invoice_id, hold, until in (
        *held.values_list("contact_id", "invoice_id", "hold", "until"),
        *of_clients,
    ):
        if until is not None and until < owner.today:
            continue
        known = found.get((contact_id, invoice_id))
        if known is None or (known.until is not None and (until is None or until > known.until)):
            found[(contact_id, invoice_id)] = Holding(Hold(hold), until)
    return found


def _read_history(
    owner: Owner, channel: str, digests: Collection[bytes], contact_ids: Collection[str]
) -> tuple[Mapping[bytes, list[datetime]], Mapping[str, list[datetime]]]:
    """Return when each person was sent to by this channel, and each contact by the other one."""
    begun = Message.objects.filter(
        organisation=owner.organisation, started_at__gt=owner.now - _REMEMBERED
    ).exclude(Q(state=Message.State.FAILED) | Q(pk=owner.apart_from))
    mine = begun.filter(channel=channel)
    others = begun.exclude(channel=channel)
    if len(contact_ids) <= _FEW:
        mine, others = mine.filter(digest__in=list(digests)), others.filter(contact_id__in=list(contact_ids))
    by_digest: dict[bytes, list[datetime]] = defaultdict(list)
    by_contact: dict[str, list[datetime]] = defaultdict(list)
    for digest, moment in mine.values_list("digest", "started_at"):
        if digest is not None and moment is not None:
            by_digest[bytes(digest)].append(moment)
    for contact_id, moment in others.values_list("contact_id", "started_at"):
        if moment is not None:
            by_contact[contact_id].append(moment)
    return by_digest, by_contact


def _read_status(status: str) -> InvoiceStatus | None:
    # A status of a later version of Xero's is one of which nothing is known: nobody is reminded of it.
    return _STATUSES.get(status)
