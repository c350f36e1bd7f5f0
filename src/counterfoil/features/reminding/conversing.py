"""What was said between the firm and one customer, beside what that customer owes, and what is held back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

from django.db.models import Q, QuerySet

from counterfoil.domain.statuses import InvoiceStatus
from counterfoil.features.clients.models import Client
from counterfoil.features.invoices.listed import SALES
from counterfoil.features.reminding.ledger import read_wishes
from counterfoil.features.reminding.models import (
    Channel,
    ContactChoice,
    Held,
    HeldClient,
    Message,
    MessageInvoice,
    Reach,
    Reply,
    SenderChoices,
)
from counterfoil.features.reminding.replying import Incoming, take_reply
from counterfoil.mirror.models import Contact, Invoice, Organisation, Payment

_SHOWN = 50
_FEW = 10


class NobodyToAnswer(LookupError):
    """There is no shown message that this customer could have answered."""


@dataclass(frozen=True)
class Said:
    """One thing in a conversation: our message or their reply, and when."""

    at: datetime
    message: Message | None = None
    reply: Reply | None = None


@dataclass(frozen=True)
class LastPaid:
    """The latest payment of a customer that Xero has, and the invoice that it paid."""

    on: date
    amount: Decimal
    invoice: Invoice


@dataclass(frozen=True)
class Conversation:
    """Everything about reminding one customer, the oldest first."""

    contact: Contact
    reach: Reach | None
    choice: ContactChoice
    said: Sequence[Said]
    is_shortened: bool
    invoices: Sequence[Invoice]
    last_paid: LastPaid | None
    holds: Sequence[Held | HeldClient]
    wants_none: bool
    may_be_answered: bool  # the last message was only shown: its reader can be played


def read_conversation(organisation: Organisation, contact_id: str) -> Conversation | None:
    """Return what was said to and by a contact, the latest fifty of each; thirteen queries."""
    contact = Contact.objects.filter(organisation=organisation, xero_id=contact_id).defer("raw").first()
    if contact is None:
        return None
    reach = Reach.objects.filter(organisation=organisation, contact_id=contact_id).first()
    choice = ContactChoice.objects.filter(organisation=organisation, contact_id=contact_id).first()
    messages = list(_list_messages(organisation, contact_id)[: _SHOWN + 1])
    replies = list(
        Reply.objects.filter(organisation=organisation, contact_id=contact_id).order_by("-pk")[: _SHOWN + 1]
    )
    said = [Said(one.started_at or one.planned_at, message=one) for one in messages[:_SHOWN]]
    said += [Said(one.received_at, reply=one) for one in replies[:_SHOWN]]
    return Conversation(
        contact=contact,
        reach=reach,
        choice=choice or ContactChoice(contact_id=contact_id),
        said=sorted(said, key=lambda each: each.at),
        is_shortened=max(len(messages), len(replies)) > _SHOWN,
        invoices=_list_unpaid(organisation, contact_id),
        last_paid=_find_last_paid(organisation, contact_id),
        holds=_list_holds(organisation, contact_id),
        wants_none=_wants_none(organisation, reach),
        may_be_answered=_find_shown(organisation, contact_id) is not None,
    )


def list_about_invoice(organisation: Organisation, invoice_id: str) -> list[Message]:
    """Return the latest messages that were planned about an invoice, sent or not; one query."""
    about = MessageInvoice.objects.filter(organisation=organisation, invoice_id=invoice_id)
    found = about.select_related("message__campaign").order_by("-pk")[:_FEW]
    return [one.message for one in found]


def list_to_contact(organisation: Organisation, contact_id: str) -> list[Message]:
    """Return the latest messages to a contact, sent or not; one query."""
    return list(_list_messages(organisation, contact_id)[:_FEW])


def list_to_client(client: Client) -> list[Message]:
    """Return the latest messages to a client, whichever contacts in Xero it is; two queries."""
    contacts = Q(pk=None)
    for organisation_id, contact_id in client.links.values_list("organisation", "contact_id"):
        contacts |= Q(organisation=organisation_id, contact_id=contact_id)
    return list(Message.objects.filter(contacts).select_related("campaign").order_by("-pk")[:_FEW])


def answer_as_customer(organisation: Organisation, contact_id: str, text: str, *, now: datetime) -> Reply:
    """
    Take an answer as if the customer had sent it, to a message that was only shown. Raises NobodyToAnswer.

    Where somebody carries the messages, only customers answer them.
    """
    message = _find_shown(organisation, contact_id)
    if message is None:
        raise NobodyToAnswer
    incoming = Incoming(message.address, text, "shown", str(uuid4()), message.channel)
    reply = take_reply(organisation, incoming, now=now)
    assert reply is not None  # its id is new
    return reply


def choose_for_contact(contact: Contact, *, language: str, is_excluded: bool) -> None:
    """Keep in which language a customer is written to, and whether at all."""
    ContactChoice.objects.update_or_create(
        organisation_id=contact.organisation_id,
        contact_id=contact.xero_id,
        defaults={
            "workspace_id": contact.workspace_id,
            "language": language.strip(),
            "is_excluded": is_excluded,
        },
    )


def _list_messages(organisation: Organisation, contact_id: str) -> QuerySet[Message]:
    found = Message.objects.filter(organisation=organisation, contact_id=contact_id)
    return found.select_related("campaign").order_by("-pk")


def _list_holds(organisation: Organisation, contact_id: str) -> list[Held | HeldClient]:
    """Return what is held for the contact, and for the client that it is."""
    mine = Held.objects.filter(organisation=organisation, contact_id=contact_id, ended_at=None)
    of_client = HeldClient.objects.filter(
        client__links__organisation=organisation, client__links__contact_id=contact_id, ended_at=None
    )
    return [*of_client.order_by("-pk"), *mine.order_by("-pk")]


def _find_last_paid(organisation: Organisation, contact_id: str) -> LastPaid | None:
    """Return it: who says that they have paid is looked up here first (PAIN 12)."""
    theirs = Invoice.objects.filter(organisation=organisation, contact_id=contact_id, kind="ACCREC")
    payments = Payment.objects.filter(
        organisation=organisation, gone_at=None, status="AUTHORISED", invoice_id__in=theirs.values("xero_id")
    )
    latest = payments.order_by("-date", "-xero_id").first()
    if latest is None:
        return None
    return LastPaid(latest.date, latest.amount, theirs.defer("raw").get(xero_id=latest.invoice_id))


def _list_unpaid(organisation: Organisation, contact_id: str) -> list[Invoice]:
    unpaid = Invoice.objects.filter(
        organisation=organisation,
        contact_id=contact_id,
        kind=SALES,
        status=InvoiceStatus.AUTHORISED,
        gone_at=None,
        amount_due__gt=0,
    )
    return list(unpaid.defer("raw", "digest").order_by("due_date", "xero_id")[:_SHOWN])


def _find_shown(organisation: Organisation, contact_id: str) -> Message | None:
    """Return the last message that was only shown, as long as nobody carries them."""
    carried = SenderChoices.objects.filter(organisation=organisation)
    if carried.exclude(provider=SenderChoices.Provider.SHOWN).exists():
        return None
    shown = _list_messages(organisation, contact_id).filter(provider="shown", channel=Channel.TEXT)
    return shown.exclude(address="").first()


def _wants_none(organisation: Organisation, reach: Reach | None) -> bool:
    if reach is None or reach.number_digest is None:
        return False
    digest = bytes(reach.number_digest)
    wishes = read_wishes(
        workspace_id=organisation.workspace_id,
        sender=organisation.tenant_id,
        channel=Channel.TEXT,
        digests=[digest],
    )
    return digest in wishes.stopped
