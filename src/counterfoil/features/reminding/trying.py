"""
Sends one message as a test to somebody here, in examples instead of a customer's debt.

It takes the way of every message: the guard is asked, it is written down before it leaves, and nobody sends
it twice. It never goes to a customer, is marked as a test where it is read, and kept as one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

from counterfoil.domain.reminders.guard import Act, Decision, Recipient, Snapshot, Why, decide
from counterfoil.domain.reminders.numbers import Mobile, UnusableNumber, read_mobile
from counterfoil.domain.reminders.packs import Hours, Pack, find_pack
from counterfoil.domain.reminders.reasons import say_why
from counterfoil.domain.reminders.segments import count_segments
from counterfoil.domain.reminders.templates import TemplateProblem, list_examples, parse_template
from counterfoil.features.reminding.leaving import keep_way_out, write_link
from counterfoil.features.reminding.ledger import get_ledger_key, make_digest, read_wishes
from counterfoil.features.reminding.models import Campaign, Channel, Message, Wording
from counterfoil.features.reminding.owners import Owner, describe_owner
from counterfoil.features.reminding.preparing import add_way_out
from counterfoil.features.reminding.providers import find_carrier
from counterfoil.features.reminding.providers.base import Carrier, NotTaken, Refused
from counterfoil.features.reminding.reaching import find_region, is_of_a_customer
from counterfoil.features.reminding.sending import hold_in_place, settle, write_letter
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.lease import AlreadyReminding, hold_reminders

MOST_A_DAY = 5
_WORTH_SENDING_FOR = timedelta(hours=1)
_MARK = "TEST: "
# Quiet hours are for customers: who presses the button is awake.
_ALWAYS = (Hours(time(0), time.max),) * 7


class CannotTry(ValueError):
    """No test can be sent; the sentence says why."""


@dataclass(frozen=True, slots=True)
class _Reader:
    address: str
    digest: bytes
    region: str
    zones: tuple[ZoneInfo, ...]


def send_test(
    organisation: Organisation,
    wording: Wording,
    *,
    to: str,
    by: User,
    now: Callable[[], datetime],
    carrier: Carrier | None = None,
) -> Message:
    """
    Send a version of a step to the number `to`, or by e-mail to the person's own address. Raises CannotTry.

    No transaction may be open: a carrier may take its time.
    """
    try:
        with hold_reminders(organisation.pk):
            with in_workspace(organisation.workspace_id):
                message = _write_down(organisation, wording, to=to, by=by, now=now())
            return _hand_over(organisation, message, now=now, carrier=carrier)
    except AlreadyReminding as busy:
        raise CannotTry("Reminders are just being sent. Try again in a minute.") from busy


def _write_down(organisation: Organisation, wording: Wording, *, to: str, by: User, now: datetime) -> Message:
    campaign, owner = wording.step.campaign, describe_owner(organisation, now=now)
    _refuse_too_many(owner)
    reader = _find_reader(organisation, campaign.channel, to=to, by=by, now=now)
    if is_of_a_customer(organisation.workspace_id, reader.address):
        raise CannotTry("A customer has this number or address. Tests go to people here only.")
    subject, text = _write(owner, wording, campaign.channel, reader)
    is_text = campaign.channel == Channel.TEXT
    parts = count_segments(text).count if is_text else 0
    price = owner.choices.price
    cost = price * parts if is_text and price is not None else None
    decision = _ask_guard(owner, campaign, reader, cost=cost or Decimal(0))
    if decision.act is not Act.SEND:
        raise CannotTry(say_why(decision.why, decision.said))
    message = Message.objects.create(
        organisation=organisation,
        workspace_id=organisation.workspace_id,
        campaign=campaign,
        step=wording.step,
        channel=campaign.channel,
        contact_id="",
        contact_name=name_person(by),
        address=reader.address,
        digest=reader.digest,
        language=wording.language,
        subject=subject,
        text=text,
        parts=parts,
        cost=cost,
        token=uuid4(),
        state=Message.State.SENDING,
        why=Why.FREE,
        planned_on=owner.today,
        planned_at=now,
        expires_at=now + _WORTH_SENDING_FOR,
        look_at=now,
        is_test=True,
        attempts=1,
        started_at=now,
    )
    keep_way_out(message, sender=organisation.tenant_id, now=now)
    return message


def _hand_over(
    organisation: Organisation, message: Message, *, now: Callable[[], datetime], carrier: Carrier | None
) -> Message:
    """Ask the guard once more with what decides held in place, and hand the message over; never again."""
    with in_workspace(organisation.workspace_id):
        hold_in_place(organisation, message)
        owner = describe_owner(organisation, now=now(), apart_from=message.pk)
        campaign = Campaign.objects.get(pk=message.campaign_id)
        reader = _find_again(message, organisation)
        decision = _ask_guard(owner, campaign, reader, cost=message.cost or Decimal(0))
        if decision.act is not Act.SEND:
            message.state, message.why, message.said = Message.State.DROPPED, decision.why, decision.said
            message.settled_at, message.started_at = now(), None
            message.save()
            return message
        chosen = carrier or find_carrier(owner.choices, message.channel)
        outcome = chosen.carry(write_letter(message))
        final = Refused(outcome.words) if isinstance(outcome, NotTaken) else outcome
        settle(message, final, by=chosen.name, now=now())
    return message


def _refuse_too_many(owner: Owner) -> None:
    begins = datetime.combine(owner.today, time(), tzinfo=owner.zone)
    tests = Message.objects.filter(organisation=owner.organisation, is_test=True, planned_at__gte=begins)
    if tests.count() >= MOST_A_DAY:
        raise CannotTry(f"{MOST_A_DAY} tests were sent today; there can be more tomorrow.")


def _find_reader(organisation: Organisation, channel: str, *, to: str, by: User, now: datetime) -> _Reader:
    key = get_ledger_key(now=now)
    if channel == Channel.EMAIL:
        return _Reader(by.email, make_digest(key, by.email), "", ())
    try:
        mobile = read_mobile(to, region=find_region(organisation))
    except UnusableNumber as unusable:
        raise CannotTry(str(unusable)) from unusable
    return _describe(mobile, make_digest(key, mobile.number))


def _find_again(message: Message, organisation: Organisation) -> _Reader:
    digest = bytes(message.digest or b"")
    if message.channel == Channel.EMAIL:
        return _Reader(message.address, digest, "", ())
    return _describe(read_mobile(message.address, region=find_region(organisation)), digest)


def _describe(mobile: Mobile, digest: bytes) -> _Reader:
    zones = tuple(ZoneInfo(name) for name in mobile.zones)
    return _Reader(mobile.number, digest, mobile.region, zones)


def _ask_guard(owner: Owner, campaign: Campaign, reader: _Reader, *, cost: Decimal) -> Decision:
    """Ask what is asked of every message, but for what only a customer has: a debt, hours, caps of a day."""
    organisation = owner.organisation
    wishes = read_wishes(
        workspace_id=organisation.workspace_id,
        sender=organisation.tenant_id,
        channel=campaign.channel,
        digests=[reader.digest],
    )
    pack: Pack = find_pack(reader.region, owner.packs)
    return decide(
        Snapshot(
            now=owner.now,
            today=owner.today,
            connected=owner.connected,
            copied_at=owner.copied_at,
            planned_at=owner.now,
            expires_at=owner.now + _WORTH_SENDING_FOR,
            resumed_at=owner.now,
            has_ended=campaign.state == Campaign.State.ARCHIVED,
            is_all_paused=owner.choices.is_all_paused,
            was_attempted=False,
            debts=(),
            recipient=Recipient(
                zones=reader.zones or (owner.zone,),
                has_opted_out=reader.digest in wishes.stopped,
                has_consented=True,
            ),
            sender=owner.describe_sender(campaign.channel, country=pack.country),
            pack=replace(pack, hours=_ALWAYS, on_holidays=True),
            cost=cost,
            is_about_debt=False,
            is_text=campaign.channel == Channel.TEXT,
        )
    )


def _write(owner: Owner, wording: Wording, channel: str, reader: _Reader) -> tuple[str, str]:
    """Return subject and text with examples in their gaps, marked as a test."""
    sender = owner.organisation.tenant_id
    link = write_link(sender=sender, channel=channel, digest=reader.digest)
    values = list_examples(business=owner.business, phone=owner.choices.phone) | {"opt_out_link": link}
    try:
        subject = parse_template(wording.subject).fill(values) if wording.subject else ""
        template = parse_template(wording.text)
        text = template.fill(values)
    except TemplateProblem as problem:
        raise CannotTry(str(problem)) from problem
    if not owner.choices.hears(channel) and "opt_out_link" not in template.fields:
        text = add_way_out(text, link, channel=channel)
    return (f"{_MARK}{subject}" if subject else ""), f"{_MARK}{text}"
