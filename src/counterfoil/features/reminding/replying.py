"""What people answer: kept once, read, and acted on at once when somebody wants no more messages."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from counterfoil.domain.reminders.guard import Hold
from counterfoil.domain.reminders.replies import Meaning, read_reply
from counterfoil.features.reminding.answering import plan_answer
from counterfoil.features.reminding.ledger import get_ledger_key, hold_wish, make_digest
from counterfoil.features.reminding.models import (
    Channel,
    Held,
    LedgerEntry,
    Message,
    Reach,
    Reply,
    SenderChoices,
)
from counterfoil.features.reminding.owners import describe_owner
from counterfoil.features.reminding.reaching import renew_reach
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation

_HOLDS = {Meaning.PAID: Hold.PAID, Meaning.PROMISE: Hold.PROMISED, Meaning.DISPUTE: Hold.DISPUTED}


class CannotDecide(ValueError):
    """A reply cannot be said to mean this; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a carrier brought: from which number, in which words, and what it calls the message."""

    address: str
    text: str
    provider: str
    provider_id: str
    channel: str = Channel.TEXT


def take_reply(organisation: Organisation, incoming: Incoming, *, now: datetime) -> Reply | None:
    """
    Keep an answer and return it; None when it was brought before.

    A wish to get no more is noted in the same transaction, and only the person's plain word takes it back.
    Whatever else it says holds back all messages to that person until somebody here has looked.
    """
    renew_reach(organisation, now=now)
    digest = make_digest(get_ledger_key(now=now), incoming.address)
    with transaction.atomic():
        hold_wish(digest)
        known = Reply.objects.filter(
            organisation=organisation, provider=incoming.provider, provider_id=incoming.provider_id
        )
        if known.exists():
            return None
        today = describe_owner(organisation, now=now).today
        reading = read_reply(incoming.text, today=today)
        settles_itself = reading.is_certain
        reply = Reply.objects.create(
            organisation=organisation,
            workspace_id=organisation.workspace_id,
            contact_id=_find_contact(organisation, digest, incoming.channel),
            address=incoming.address,
            digest=digest,
            text=incoming.text,
            provider=incoming.provider,
            provider_id=incoming.provider_id,
            received_at=now,
            meaning=reading.meaning,
            is_certain=reading.is_certain,
            promised_on=reading.promised_on,
            decided=reading.meaning if settles_itself else "",
            decided_at=now if settles_itself else None,
        )
        if reading.meaning is Meaning.STOP:
            _note(reply, LedgerEntry.Act.STOPPED, incoming.channel, is_certain=reading.is_certain, now=now)
        elif reading.meaning is Meaning.START:
            _note(reply, LedgerEntry.Act.STARTED, incoming.channel, is_certain=True, now=now)
        choices = SenderChoices.objects.filter(organisation=organisation).first()
        if choices is not None and incoming.channel == Channel.TEXT:
            plan_answer(reply, choices)
        return reply


def decide_reply(
    reply: Reply,
    *,
    meaning: Meaning,
    by: User,
    now: datetime,
    until: date | None = None,
    invoice_id: str = "",
) -> Held | None:
    """
    Say what a reply means, and return what is held back for it.

    A likely wish to stop that was none is taken back; a plain one never is. Raises CannotDecide.
    """
    if meaning is Meaning.PROMISE and until is None:
        raise CannotDecide("Say until when the customer promised to pay.")
    if meaning in _HOLDS and not reply.contact_id:
        raise CannotDecide("Nobody in Xero has this number, so there is no invoice to hold back.")
    if meaning is Meaning.START:
        raise CannotDecide("Only the customer can ask for messages again, by answering START.")
    if reply.meaning == Meaning.STOP and reply.is_certain and meaning is not Meaning.STOP:
        raise CannotDecide(
            "The customer wants no messages. Only they can take that back, by answering START."
        )
    with transaction.atomic():
        hold_wish(bytes(reply.digest))
        _settle_wish(reply, meaning, by=by, now=now)
        reply.decided, reply.decided_by, reply.decided_at = meaning, name_person(by), now
        reply.save(update_fields=["decided", "decided_by", "decided_at"])
        reply.holds.filter(ended_at=None).update(ended_by=name_person(by), ended_at=now)
        if meaning not in _HOLDS:
            return None
        return Held.objects.create(
            organisation_id=reply.organisation_id,
            workspace_id=reply.workspace_id,
            contact_id=reply.contact_id,
            invoice_id=invoice_id,
            hold=_HOLDS[meaning],
            until=until,
            reply=reply,
            made_by=name_person(by),
            made_at=now,
        )


def _settle_wish(reply: Reply, meaning: Meaning, *, by: User, now: datetime) -> None:
    """Note what a person reads in a reply where it is more, or less, than what was read by itself."""
    was_stop = (reply.decided or reply.meaning) == Meaning.STOP
    if meaning is Meaning.STOP and not was_stop:
        _note(reply, LedgerEntry.Act.STOPPED, Channel.TEXT, is_certain=True, now=now, by=by)
    if meaning is not Meaning.STOP and was_stop:
        _note(reply, LedgerEntry.Act.MISREAD, Channel.TEXT, is_certain=True, now=now, by=by)


def _note(
    reply: Reply, act: str, channel: str, *, is_certain: bool, now: datetime, by: User | None = None
) -> None:
    LedgerEntry.objects.create(
        workspace_id=reply.workspace_id,
        sender=reply.organisation.tenant_id,
        channel=channel,
        digest=reply.digest,
        act=act,
        is_certain=is_certain,
        source=LedgerEntry.Source.PERSON if by else LedgerEntry.Source.REPLY,
        who=name_person(by) if by else "",
        at=now,
    )


def _find_contact(organisation: Organisation, digest: bytes, channel: str) -> str:
    """Return whose number it is: of several contacts with it, the one that was written to last."""
    latest = Message.objects.filter(organisation=organisation, digest=digest).order_by("-started_at", "-pk")
    written_to = latest.values_list("contact_id", flat=True).first()
    if written_to:
        return written_to
    column = "number_digest" if channel == Channel.TEXT else "email_digest"
    known = Reach.objects.filter(organisation=organisation, **{column: digest}).order_by("pk")
    return known.values_list("contact_id", flat=True).first() or ""
