"""What can be asked about reminders: what campaigns would send, what left and what did not, and replies."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count

from counterfoil.domain.reminders.guard import Act, Why
from counterfoil.domain.reminders.reasons import WORDS, say_why
from counterfoil.features.reminding.models import Campaign, Held, Message, Reply, SenderChoices
from counterfoil.features.reminding.owners import Owner, describe_owner
from counterfoil.features.reminding.planning import plan_day
from counterfoil.features.reminding.preparing import Prepared, look_as_at, prepare
from counterfoil.features.reminding.reaching import renew_reach
from counterfoil.mirror.models import Contact, Organisation

PAGE_SIZE = 50
DAYS_SHOWN = 7
_MESSAGES_SHOWN = 20
_LOOKED_AT = 2000
"""Of larger audiences the guard is asked about so many; the page says so."""


@dataclass(frozen=True)
class Row:
    """A campaign, and how many of its messages stand where."""

    campaign: Campaign
    counts: Mapping[str, int]

    @property
    def sent(self) -> int:
        """How many left."""
        states = (Message.State.SENT, Message.State.DELIVERED, Message.State.UNKNOWN)
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def not_sent(self) -> int:
        """How many did not, for good."""
        return self.counts.get(Message.State.DROPPED, 0) + self.counts.get(Message.State.FAILED, 0)

    @property
    def waiting(self) -> int:
        """How many are still to be looked at."""
        return self.counts.get(Message.State.PLANNED, 0)


@dataclass(frozen=True)
class Shown:
    """A message as it would leave, and what the guard says about it, in words."""

    prepared: Prepared
    words: str

    @property
    def leaves(self) -> bool:
        """Say whether it would leave, now or when the hour allows."""
        return self.prepared.decision.act in (Act.SEND, Act.WAIT)


@dataclass(frozen=True)
class Day:
    """What a campaign has to say on a day, and who is left out and why."""

    day: date
    planned_at: datetime
    total: int
    looked_at: int
    leaving: int
    messages: Sequence[Shown]
    left_out: Sequence[tuple[str, int]]
    parts: int
    cost: Decimal | None
    currency: str


def list_campaigns(organisation: Organisation) -> list[Row]:
    """Return the campaigns, those that send first, then the latest; two queries."""
    order = {Campaign.State.ACTIVE: 0, Campaign.State.PAUSED: 1, Campaign.State.DRAFT: 2}
    campaigns = sorted(
        Campaign.objects.filter(organisation=organisation).order_by("-pk"),
        key=lambda campaign: order.get(Campaign.State(campaign.state), 3),
    )
    counts: dict[int, dict[str, int]] = {}
    counted: Any = Message.objects.filter(organisation=organisation, is_test=False).order_by()
    for row in counted.values("campaign", "state").annotate(count=Count("pk")):
        counts.setdefault(row["campaign"], {})[row["state"]] = row["count"]
    return [Row(campaign, counts.get(campaign.pk, {})) for campaign in campaigns]


def count_active(organisation: Organisation) -> int:
    """Return how many campaigns send."""
    return Campaign.objects.filter(organisation=organisation, state=Campaign.State.ACTIVE).count()


def preview(campaign: Campaign, *, now: datetime) -> list[Day]:
    """
    Return what the campaign will say on the days to come, in the exact words, if nothing changes.

    A campaign that does not send yet is shown as if it were activated now.
    """
    renew_reach(campaign.organisation, now=now)
    owner = describe_owner(campaign.organisation, now=now)
    is_active = campaign.state == Campaign.State.ACTIVE
    resumed_at = campaign.resumed_at if is_active else now
    days = (owner.today + timedelta(days=number) for number in range(DAYS_SHOWN + 1))
    found = (_preview_day(owner, campaign, day, resumed_at) for day in days)
    return [day for day in found if day is not None][:DAYS_SHOWN]


def awaits_links(days: Sequence[Day]) -> bool:
    """Say whether a message that is shown waits for Xero's word on where an invoice is paid."""
    shown = (one.prepared.decision for day in days for one in day.messages)
    return any(decision.why is Why.NO_LINK_YET for decision in shown)


def _preview_day(owner: Owner, campaign: Campaign, day: date, resumed_at: datetime | None) -> Day | None:
    """Return one day, unless its hour has passed or it has nothing to say."""
    planned_at = datetime.combine(day, campaign.send_at, tzinfo=owner.zone).astimezone(UTC)
    if planned_at <= owner.now:
        return None
    drafts = plan_day(owner, campaign, day)
    if not drafts:
        return None
    then = look_as_at(owner, planned_at)
    prepared = prepare(then, campaign, drafts[:_LOOKED_AT], resumed_at=resumed_at)
    leaving = [one for one in prepared if one.decision.act in (Act.SEND, Act.WAIT)]
    kept = Counter(one.decision.why for one in prepared if one.decision.act in (Act.HOLD, Act.DROP))
    costs = [one.cost for one in leaving if one.cost is not None]
    return Day(
        day=day,
        planned_at=planned_at,
        total=len(drafts),
        looked_at=len(prepared),
        leaving=len(leaving),
        messages=[_show(one) for one in prepared[:_MESSAGES_SHOWN]],
        left_out=[(WORDS[why], count) for why, count in kept.most_common()],
        parts=sum(one.parts for one in leaving),
        cost=sum(costs, Decimal(0)) if costs else None,
        currency=owner.choices.currency,
    )


def _show(prepared: Prepared) -> Shown:
    decision = prepared.decision
    return Shown(prepared, "" if decision.why is Why.FREE else say_why(decision.why, decision.said))


def list_messages(
    organisation: Organisation,
    *,
    state: str = "",
    campaign_id: int | None = None,
    contact_id: str = "",
    before: int | None = None,
) -> tuple[list[Message], int | None]:
    """Return a page of messages, the latest first, and where the next begins; one query."""
    found = Message.objects.filter(organisation=organisation).select_related("campaign")
    if state:
        found = found.filter(state=state)
    if campaign_id is not None:
        found = found.filter(campaign=campaign_id)
    if contact_id:
        found = found.filter(contact_id=contact_id)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None


@dataclass(frozen=True)
class Answered:
    """A reply, who wrote it, and what is held back for it."""

    reply: Reply
    contact_name: str
    holds: Sequence[Held]


def list_replies(
    organisation: Organisation, *, before: int | None = None
) -> tuple[list[Answered], int | None]:
    """Return a page of replies, the latest first, and where the next begins; three queries."""
    found = Reply.objects.filter(organisation=organisation).prefetch_related("holds")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: PAGE_SIZE + 1])
    contacts = Contact.objects.filter(
        organisation=organisation, xero_id__in=[reply.contact_id for reply in rows]
    )
    names = dict(contacts.values_list("xero_id", "name"))
    page = [
        Answered(
            reply,
            names.get(reply.contact_id, ""),
            [held for held in reply.holds.all() if held.ended_at is None],
        )
        for reply in rows[:PAGE_SIZE]
    ]
    return page, page[-1].reply.pk if len(rows) > PAGE_SIZE else None


def count_unread(organisation: Organisation) -> int:
    """Return how many replies wait for somebody here."""
    return Reply.objects.filter(organisation=organisation, decided_at=None).count()


def is_all_paused(organisation: Organisation) -> bool:
    """Say whether the one switch is off."""
    return SenderChoices.objects.filter(organisation=organisation, is_all_paused=True).exists()


def is_only_shown(organisation: Organisation) -> bool:
    """Say whether messages go nowhere but into the outbox that shows them."""
    carried = SenderChoices.objects.filter(organisation=organisation)
    return not carried.exclude(provider=SenderChoices.Provider.SHOWN, mail_host="").exists()
