"""
The send guard: whether a message may go out now, and why not.

One pure function, asked when a message is previewed, when its turn comes, and once more in the moment before
it leaves. A reminder that is missing can be sent tomorrow; one too many cannot be taken back (PAIN 12). So
whatever is unknown, old or disputed does not send.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from counterfoil.domain.reminders.hours import find_opening, is_open
from counterfoil.domain.reminders.packs import Pack, SenderNames
from counterfoil.domain.statuses import InvoiceStatus, is_unpaid

OLDEST_COPY = timedelta(hours=48)
"""A copy older than this says nothing about what was paid since."""

_WEEK, _MONTH = timedelta(days=7), timedelta(days=31)


class Act(StrEnum):
    """What becomes of a message."""

    SEND = "send"
    WAIT = "wait"  # until a moment, and then it is looked at again
    HOLD = "hold"  # until somebody does something
    DROP = "drop"  # for good


class Why(StrEnum):
    """What decided it."""

    FREE = "free"
    ALREADY_SENT = "already_sent"
    TOO_LATE = "too_late"
    REMOVED = "removed"
    ERASED = "erased"
    LOST = "lost"
    STALE = "stale"
    PAUSED = "paused"
    ALL_PAUSED = "all_paused"
    ENDED = "ended"
    GONE = "gone"
    NOT_APPROVED = "not_approved"
    VOIDED = "voided"
    PAID = "paid"
    CREDITED = "credited"
    MOVED = "moved"
    DISPUTED = "disputed"
    PROMISED = "promised"
    SAYS_PAID = "says_paid"
    HELD = "held"
    UNREAD = "unread"
    NO_ADDRESS = "no_address"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    EXCLUDED = "excluded"
    COUNTRY_OFF = "country_off"
    NOT_REVIEWED = "not_reviewed"
    NO_SENDER = "no_sender"
    SENDER_NAME = "sender_name"
    TEXT = "text"
    NO_LINK_YET = "no_link_yet"
    QUIET = "quiet"
    NEVER_OPEN = "never_open"
    DAY_CAP = "day_cap"
    WEEK_CAP = "week_cap"
    MONTH_CAP = "month_cap"
    OTHER_CHANNEL = "other_channel"
    ORGANISATION_CAP = "organisation_cap"
    CAMPAIGN_CAP = "campaign_cap"
    SPEND_LIMIT = "spend_limit"


class Hold(StrEnum):
    """What people said about a person or an invoice that keeps reminders back."""

    PAID = "paid"
    PROMISED = "promised"
    DISPUTED = "disputed"
    PLAN = "plan"
    VULNERABLE = "vulnerable"
    BY_HAND = "by_hand"


class Connected(StrEnum):
    """How the organisation stands with Xero."""

    YES = "yes"
    LOST = "lost"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Debt:
    """
    An invoice of the message, as the copy has it now; `planned_due_on` is the day that it was planned for.

    `status` is None when the copy holds no such invoice. `hold` has ended when `held_until` is past.
    """

    invoice_id: str
    status: InvoiceStatus | None
    amount_due: Decimal
    amount_paid: Decimal
    amount_credited: Decimal
    due_on: date | None
    planned_due_on: date
    hold: Hold | None = None
    held_until: date | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """
    Who gets it. `problem` says why no address of theirs can be used.

    `sent_at` are the moments, of the last 31 days, of what was sent to them or may have been, by this
    channel; `other_sent_at` of the other one.
    """

    zones: tuple[ZoneInfo, ...]
    problem: str = ""
    has_opted_out: bool = False
    has_consented: bool = False
    is_excluded: bool = False
    has_unread_reply: bool = False
    hold: Hold | None = None
    held_until: date | None = None
    sent_at: Sequence[datetime] = ()
    other_sent_at: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """
    Who sends, and what it may still send. None is no limit.

    `by_name` is for a sender that is a name; `is_registered` when its register in the country knows it.
    """

    is_ready: bool
    by_name: bool = False
    is_registered: bool = False
    left_today: int | None = None
    left_of_campaign: int | None = None
    left_to_spend: Decimal | None = None
    both_channels: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that decides about one message, as it stands at `now`."""

    now: datetime
    today: date  # the organisation's, by which days of promises count
    connected: Connected
    copied_at: datetime | None
    planned_at: datetime
    expires_at: datetime
    resumed_at: datetime | None  # None: the campaign is not active
    has_ended: bool
    is_all_paused: bool
    was_attempted: bool
    debts: Sequence[Debt]
    recipient: Recipient
    sender: Sender
    pack: Pack
    cost: Decimal = Decimal(0)
    text_problem: str = ""
    awaits_link: bool = False  # its words name where to pay, and Xero has not been asked yet
    is_about_debt: bool = True
    is_text: bool = True  # an e-mail knows no quiet hours, numbers or segments


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the message and why; `until`: when to look again; `said`: what only this case knows."""

    act: Act
    why: Why
    until: datetime | None = None
    said: str = ""


def decide(snapshot: Snapshot) -> Decision:
    """Return what becomes of a message. Only when nothing at all speaks against it is it sent."""
    for judge in _JUDGES:
        decision = judge(snapshot)
        if decision is not None:
            return decision
    return Decision(Act.SEND, Why.FREE)


def judge_debt(debt: Debt, *, today: date) -> Why | None:
    """Return why nobody may be reminded of this invoice, or None: paid, voided, credited, moved, held."""
    if debt.status is None:
        return Why.GONE
    if debt.status in (InvoiceStatus.VOIDED, InvoiceStatus.DELETED):
        return Why.VOIDED
    if debt.status is InvoiceStatus.PAID or (
        debt.status is InvoiceStatus.AUTHORISED
        and not is_unpaid(status=debt.status, amount_due=debt.amount_due)
    ):
        return Why.PAID if debt.amount_paid > 0 or debt.amount_credited == 0 else Why.CREDITED
    if debt.status is not InvoiceStatus.AUTHORISED:
        return Why.NOT_APPROVED
    if debt.due_on != debt.planned_due_on:
        return Why.MOVED
    return _judge_hold(debt.hold, debt.held_until, today)


def list_standing(snapshot: Snapshot) -> list[Debt]:
    """Return the invoices of which the message may still speak."""
    return [debt for debt in snapshot.debts if judge_debt(debt, today=snapshot.today) is None]


def _judge_moment(snapshot: Snapshot) -> Decision | None:
    if snapshot.was_attempted:
        return Decision(Act.DROP, Why.ALREADY_SENT)
    if snapshot.connected is Connected.REMOVED:
        return Decision(Act.DROP, Why.REMOVED)
    if snapshot.has_ended:
        return Decision(Act.DROP, Why.ENDED)
    if snapshot.now >= snapshot.expires_at:
        return Decision(Act.DROP, Why.TOO_LATE)
    # What was planned before a pause is a backlog: it is planned anew, or not at all.
    if snapshot.resumed_at is not None and snapshot.planned_at < snapshot.resumed_at:
        return Decision(Act.DROP, Why.TOO_LATE)
    return None


def _judge_standing(snapshot: Snapshot) -> Decision | None:
    if snapshot.connected is Connected.LOST:
        return Decision(Act.HOLD, Why.LOST)
    if snapshot.is_all_paused:
        return Decision(Act.HOLD, Why.ALL_PAUSED)
    if snapshot.resumed_at is None:
        return Decision(Act.HOLD, Why.PAUSED)
    if not snapshot.sender.is_ready:
        return Decision(Act.HOLD, Why.NO_SENDER)
    if snapshot.is_about_debt and _is_stale(snapshot):
        return Decision(Act.HOLD, Why.STALE)
    return None


def _judge_debts(snapshot: Snapshot) -> Decision | None:
    if not snapshot.is_about_debt:
        return None
    reasons = [judge_debt(debt, today=snapshot.today) for debt in snapshot.debts]
    if None in reasons:
        return None
    return Decision(Act.DROP, reasons[0] if reasons and reasons[0] else Why.GONE)


def _judge_recipient(snapshot: Snapshot) -> Decision | None:
    recipient = snapshot.recipient
    if recipient.problem:
        return Decision(Act.DROP, Why.NO_ADDRESS, said=recipient.problem)
    if recipient.has_opted_out:
        return Decision(Act.DROP, Why.OPTED_OUT)
    if recipient.is_excluded:
        return Decision(Act.DROP, Why.EXCLUDED)
    held = _judge_hold(recipient.hold, recipient.held_until, snapshot.today)
    if held is not None:
        return Decision(Act.DROP, held)
    if recipient.has_unread_reply:
        return Decision(Act.HOLD, Why.UNREAD)
    return None


def _judge_country(snapshot: Snapshot) -> Decision | None:
    if not snapshot.is_text:
        return None
    pack, sender = snapshot.pack, snapshot.sender
    if pack.is_off:
        return Decision(Act.DROP, Why.COUNTRY_OFF)
    if pack.needs_review:
        return Decision(Act.HOLD, Why.NOT_REVIEWED)
    if pack.needs_consent and not snapshot.recipient.has_consented:
        return Decision(Act.DROP, Why.NO_CONSENT)
    is_barred = pack.names is SenderNames.NEVER or (
        pack.names is SenderNames.IF_REGISTERED and not sender.is_registered
    )
    if sender.by_name and is_barred:
        return Decision(Act.DROP, Why.SENDER_NAME)
    return None


def _judge_text(snapshot: Snapshot) -> Decision | None:
    if snapshot.text_problem:
        return Decision(Act.DROP, Why.TEXT, said=snapshot.text_problem)
    if snapshot.awaits_link:
        return Decision(Act.WAIT, Why.NO_LINK_YET)
    return None


def _judge_caps(snapshot: Snapshot) -> Decision | None:
    recipient, pack, now = snapshot.recipient, snapshot.pack, snapshot.now
    today = [moment for moment in recipient.sent_at if _is_same_day(moment, now, recipient.zones)]
    if len(today) >= pack.a_day:
        return Decision(Act.DROP, Why.DAY_CAP)
    if sum(now - moment < _WEEK for moment in recipient.sent_at) >= pack.a_week:
        return Decision(Act.DROP, Why.WEEK_CAP)
    if sum(now - moment < _MONTH for moment in recipient.sent_at) >= pack.a_month:
        return Decision(Act.DROP, Why.MONTH_CAP)
    also = any(_is_same_day(moment, now, recipient.zones) for moment in recipient.other_sent_at)
    if also and not snapshot.sender.both_channels:
        return Decision(Act.DROP, Why.OTHER_CHANNEL)
    return None


def _judge_hours(snapshot: Snapshot) -> Decision | None:
    if not snapshot.is_text or is_open(snapshot.pack, snapshot.recipient.zones, snapshot.now):
        return None
    opening = find_opening(
        snapshot.pack, snapshot.recipient.zones, snapshot.now, until=snapshot.expires_at - _TICK
    )
    if opening is None:
        return Decision(Act.DROP, Why.NEVER_OPEN)
    return Decision(Act.WAIT, Why.QUIET, until=opening)


def _judge_limits(snapshot: Snapshot) -> Decision | None:
    sender = snapshot.sender
    for left, why in (
        (sender.left_today, Why.ORGANISATION_CAP),
        (sender.left_of_campaign, Why.CAMPAIGN_CAP),
    ):
        if left is not None and left <= 0:
            tomorrow = _begin_of_day(snapshot.today + timedelta(days=1), snapshot)
            return Decision(Act.WAIT, why, until=tomorrow)
    if sender.left_to_spend is not None and snapshot.cost > sender.left_to_spend:
        return Decision(Act.HOLD, Why.SPEND_LIMIT)
    return None


_TICK = timedelta(seconds=1)

# In this order: what is most final first, what passes by itself last.
_JUDGES = (
    _judge_moment,
    _judge_debts,
    _judge_recipient,
    _judge_standing,
    _judge_country,
    _judge_text,
    _judge_caps,
    _judge_hours,
    _judge_limits,
)


def _judge_hold(hold: Hold | None, until: date | None, today: date) -> Why | None:
    """Return why it is held; a promise holds through the day that was promised."""
    if hold is None or (until is not None and until < today):
        return None
    return _HELD.get(hold, Why.HELD)


_HELD = {Hold.PAID: Why.SAYS_PAID, Hold.PROMISED: Why.PROMISED, Hold.DISPUTED: Why.DISPUTED}


def _is_stale(snapshot: Snapshot) -> bool:
    return snapshot.copied_at is None or snapshot.now - snapshot.copied_at > OLDEST_COPY


def _is_same_day(moment: datetime, now: datetime, zones: Sequence[ZoneInfo]) -> bool:
    return any(moment.astimezone(zone).date() == now.astimezone(zone).date() for zone in zones)


def _begin_of_day(day: date, snapshot: Snapshot) -> datetime:
    zone = snapshot.recipient.zones[0]
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
