"""
Sends what was planned: one sender for an organisation, each message written down before it leaves.

Whatever stops the sender, and wherever, nothing is sent twice: what was being sent when it stopped is in
doubt for good, unless the carrier itself tells of its fate. A second reminder is worse than a missing one.

The guard is asked twice: when a message's turn comes, and once more in the moment before it leaves, while
what could change its answer is held in place. Who removes the connection, pauses the campaign or says STOP
waits for a message that is just leaving, and none leaves after it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection

from counterfoil.config.paths import FATE_PATH
from counterfoil.domain.reminders.guard import Act, Why
from counterfoil.features.reminding.leaving import keep_way_out, write_link
from counterfoil.features.reminding.ledger import hold_wish
from counterfoil.features.reminding.models import Campaign, Channel, LedgerEntry, Message, MessageInvoice
from counterfoil.features.reminding.owners import describe_owner
from counterfoil.features.reminding.planning import read_draft
from counterfoil.features.reminding.preparing import Prepared, prepare
from counterfoil.features.reminding.providers import find_carrier
from counterfoil.features.reminding.providers.base import (
    Carrier,
    InDoubt,
    Letter,
    NotTaken,
    Outcome,
    Refused,
    Taken,
)
from counterfoil.features.reminding.reaching import renew_reach
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.lease import hold_reminders

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
Passes = Callable[[str], None]

MOST_ATTEMPTS = 5
_IN_DOUBT_IN_A_ROW = 3
_LOOKS_AGAIN = timedelta(minutes=15)
_CUT_OFF = "Sending was cut off: nobody knows whether the provider has it."
_MASS_FAILURE = "Several messages in a row are in doubt: the provider does not answer as it should."


@dataclass
class Report:
    """What came of a round: how many messages ended in which state."""

    states: Counter[str] = field(default_factory=Counter)


def send_due(
    organisation: Organisation,
    *,
    now: Clock,
    carrier: Carrier | None = None,
    passes: Passes = lambda step: None,
) -> Report:
    """
    Send what is due, one message after the other, and return what came of it. Raises AlreadyReminding.

    `passes` is told of every step, so that a test can end the process there.
    """
    report = Report()
    with hold_reminders(organisation.pk):
        own_up(organisation, now=now())
        in_doubt = 0
        while in_doubt < _IN_DOUBT_IN_A_ROW:
            state = _send_next(organisation, now=now, carrier=carrier, passes=passes)
            if state is None:
                return report
            report.states[state] += 1
            in_doubt = in_doubt + 1 if state == Message.State.UNKNOWN else 0
        _pause_all(organisation, _MASS_FAILURE)
    return report


def own_up(organisation: Organisation, *, now: datetime) -> int:
    """Say of what a dead sender left behind that nobody knows; call it while holding the right to send."""
    with in_workspace(organisation.workspace_id):
        left = Message.objects.filter(organisation=organisation, state=Message.State.SENDING)
        return left.update(state=Message.State.UNKNOWN, said=_CUT_OFF, settled_at=now)


def _send_next(
    organisation: Organisation, *, now: Clock, carrier: Carrier | None, passes: Passes
) -> str | None:
    """Take the next message as far as it gets, and return its state; None when nothing is due."""
    with in_workspace(organisation.workspace_id):
        message = _find_next(organisation, now())
        if message is None:
            return None
        prepared = _prepare_one(organisation, message, now())
        passes("decided")
        if prepared.decision.act is not Act.SEND:
            _put_off(message, prepared, now())
            return message.state
        _write_down(message, prepared, now())
    passes("written down")
    with in_workspace(organisation.workspace_id):
        hold_in_place(organisation, message)
        message.refresh_from_db()
        passes("held in place")
        again = _prepare_one(organisation, message, now())
        if not _is_same(message, again):
            _take_back(message, again, now())
            return message.state
        chosen = carrier or find_carrier(describe_owner(organisation, now=now()).choices, message.channel)
        passes("asked")
        outcome = chosen.carry(write_letter(message))
        passes("answered")
        settle(message, outcome, by=chosen.name, now=now())
        passes("settled")
    passes("stored")
    return message.state


def _find_next(organisation: Organisation, now: datetime) -> Message | None:
    due = Message.objects.filter(
        organisation=organisation, state=Message.State.PLANNED, look_at__lte=now
    ).select_for_update(of=("self",))
    return due.select_related("campaign").prefetch_related("invoices").order_by("look_at", "pk").first()


def _prepare_one(organisation: Organisation, message: Message, now: datetime) -> Prepared:
    """Return the message as it would leave now, with its contact and everything else read afresh."""
    renew_reach(organisation, now=now, contact_ids=[message.contact_id])
    campaign = Campaign.objects.get(pk=message.campaign_id)
    owner = describe_owner(organisation, now=now, apart_from=message.pk)
    is_active = campaign.state == Campaign.State.ACTIVE
    [prepared] = prepare(
        owner, campaign, [read_draft(message)], resumed_at=campaign.resumed_at if is_active else None
    )
    return prepared


def _put_off(message: Message, prepared: Prepared, now: datetime) -> None:
    """Keep what the guard said: look at it later, or never again."""
    decision, message.contact_name = prepared.decision, prepared.contact_name
    message.why, message.said = decision.why, decision.said
    if decision.act is Act.DROP:
        message.state, message.settled_at = Message.State.DROPPED, now
    else:
        message.look_at = decision.until or now + _LOOKS_AGAIN
    message.save()


def _write_down(message: Message, prepared: Prepared, now: datetime) -> None:
    message.state, message.started_at, message.attempts = Message.State.SENDING, now, message.attempts + 1
    message.contact_name, message.address = prepared.contact_name, prepared.address
    message.digest = prepared.digest
    message.language, message.subject, message.text = prepared.language, prepared.subject, prepared.text
    message.parts, message.cost = prepared.parts, prepared.cost
    message.why, message.said = Why.FREE, ""
    message.save()
    keep_way_out(message, sender=message.organisation.tenant_id, now=now)
    told = MessageInvoice.objects.filter(message=message)
    told.update(was_told=False)
    told.filter(invoice_id__in=prepared.told).update(was_told=True)


def hold_in_place(organisation: Organisation, message: Message) -> None:
    """
    Hold what could change the answer until the transaction ends: connection, campaign, the reader's wish.

    The lock on the connection lets syncs go on and keeps it from being removed; see `hold_wish` for the last.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from mirror_connection where organisation_id = %s for key share", [organisation.pk]
        )
        cursor.execute("select 1 from reminding_campaign where id = %s for share", [message.campaign_id])
        cursor.execute(
            "select 1 from reminding_senderchoices where organisation_id = %s for share", [organisation.pk]
        )
        # What the carrier tells of it meanwhile waits until its answer is stored.
        cursor.execute("select 1 from reminding_message where id = %s for no key update", [message.pk])
    if message.digest is not None:
        hold_wish(bytes(message.digest))


def _is_same(message: Message, again: Prepared) -> bool:
    """Say whether the message may still leave, to the same reader and in the words written down."""
    return (
        again.decision.act is Act.SEND
        and again.digest == bytes(message.digest or b"")
        and (again.address, again.subject, again.text) == (message.address, message.subject, message.text)
    )


def _take_back(message: Message, prepared: Prepared, now: datetime) -> None:
    """It has not left: what was written down is as if it had not been."""
    message.state, message.started_at = Message.State.PLANNED, None
    message.address, message.subject, message.text, message.parts, message.cost = "", "", "", 0, None
    MessageInvoice.objects.filter(message=message).update(was_told=False)
    if prepared.decision.act is Act.SEND:  # with other words now: it is looked at afresh
        message.look_at = now
        message.save()
    else:
        _put_off(message, prepared, now)


def write_letter(message: Message) -> Letter:
    """Return what a carrier is given of a message that was written down."""
    return Letter(
        to=message.address,
        text=message.text,
        subject=message.subject,
        token=str(message.token),
        told_at=f"{settings.COUNTERFOIL_URL}{FATE_PATH}{message.token}/",
        leave_at=write_link(
            sender=message.organisation.tenant_id,
            channel=message.channel,
            digest=bytes(message.digest or b""),
        )
        if message.channel == Channel.EMAIL
        else "",
    )


def settle(message: Message, outcome: Outcome, *, by: str, now: datetime) -> None:
    """Keep what came of handing a message over."""
    message.provider, message.settled_at = by, now
    match outcome:
        case Taken(provider_id=provider_id):
            message.state, message.provider_id = Message.State.SENT, provider_id
        case Refused(words=words, wants_none=wants_none):
            message.state, message.said = Message.State.FAILED, words
            if wants_none:
                _note_stop(message, now)
        case NotTaken(words=words, again_in=again_in):
            message.said = words
            if message.attempts < MOST_ATTEMPTS:
                message.state, message.started_at, message.settled_at = Message.State.PLANNED, None, None
                message.look_at = now + again_in
            else:
                message.state = Message.State.FAILED
        case InDoubt(words=words):
            message.state, message.said = Message.State.UNKNOWN, words
    if message.state in (Message.State.PLANNED, Message.State.FAILED):
        MessageInvoice.objects.filter(message=message).update(was_told=False)
    message.save()
    log.info("reminder", message=message.pk, state=message.state, provider=by)


def _note_stop(message: Message, now: datetime) -> None:
    """The carrier knows that the reader wants none: so do we from now on."""
    LedgerEntry.objects.create(
        workspace_id=message.workspace_id,
        sender=message.organisation.tenant_id,
        channel=message.channel,
        digest=message.digest,
        act=LedgerEntry.Act.STOPPED,
        source=LedgerEntry.Source.PROVIDER,
        at=now,
    )


def _pause_all(organisation: Organisation, because: str) -> None:
    with in_workspace(organisation.workspace_id):
        active = Campaign.objects.filter(organisation=organisation, state=Campaign.State.ACTIVE)
        active.update(state=Campaign.State.PAUSED, state_because=because)
