"""What is to come: how many messages the active campaigns plan on each of the next days."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from django.db.models import Count
from django.db.models.functions import TruncDate

from counterfoil.features.reminding.audience import select_contacts, select_unpaid
from counterfoil.features.reminding.models import Campaign, Message
from counterfoil.features.reminding.owners import Owner, describe_owner
from counterfoil.mirror.models import Organisation

DAYS = 28


@dataclass(frozen=True, slots=True)
class Coming:
    """What one campaign has for a day: so many people that a step falls on, and what waits until then."""

    campaign: Campaign
    planned: int
    waiting: int


@dataclass(frozen=True, slots=True)
class ComingDay:
    """A day with messages to come."""

    day: date
    campaigns: Sequence[Coming]

    @property
    def count(self) -> int:
        """How many messages there are at most: the guard looks at each when its turn comes."""
        return sum(each.planned + each.waiting for each in self.campaigns)


def list_coming(organisation: Organisation, *, now: datetime) -> list[ComingDay]:
    """
    Return the next four weeks' days on which messages are to come, the earliest first.

    A few queries, and one for each active campaign.
    """
    owner = describe_owner(organisation, now=now)
    active = Campaign.objects.filter(organisation=organisation, state=Campaign.State.ACTIVE)
    campaigns = {one.pk: one for one in active.order_by("send_at", "pk").prefetch_related("steps")}
    waiting = _count_waiting(owner, campaigns.keys())
    planned = {pk: _count_planned(owner, campaign) for pk, campaign in campaigns.items()}
    found = []
    for day in (owner.today + timedelta(days=number) for number in range(DAYS)):
        coming = [
            Coming(campaign, planned[pk].get(day, 0), waiting.get((pk, day), 0))
            for pk, campaign in campaigns.items()
        ]
        some = [each for each in coming if each.planned or each.waiting]
        if some:
            found.append(ComingDay(day, some))
    return found


def _count_planned(owner: Owner, campaign: Campaign) -> dict[date, int]:
    """Return how many people a campaign speaks to on each day that is not planned yet; one query."""
    first = owner.today
    if campaign.planned_through is not None and campaign.planned_through >= first:
        first = campaign.planned_through + timedelta(days=1)
    days = [first + timedelta(days=number) for number in range((owner.today - first).days + DAYS)]
    if campaign.kind == Campaign.Kind.BROADCAST:
        on = campaign.broadcast_on
        return {on: select_contacts(campaign, today=on).count()} if on is not None and on in days else {}
    falls: dict[date, list[date]] = defaultdict(list)
    for day, step in product(days, campaign.steps.all()):
        falls[day - timedelta(days=step.days)].append(day)
    people: dict[date, set[str]] = defaultdict(set)
    unpaid = select_unpaid(campaign, today=owner.today).filter(due_date__in=list(falls)).order_by()
    for due_on, contact_id in unpaid.values_list("due_date", "contact_id").distinct():
        for day in falls[due_on] if due_on else ():
            people[day].add(contact_id)
    return {day: len(some) for day, some in people.items()}


def _count_waiting(owner: Owner, campaigns: Collection[int]) -> dict[tuple[int, date], int]:
    """Return how many planned messages of each campaign are looked at on which day; what is late, today."""
    rows = Message.objects.filter(campaign__in=list(campaigns), state=Message.State.PLANNED).order_by()
    counted = rows.annotate(day=TruncDate("look_at", tzinfo=owner.zone)).values_list("campaign", "day")
    found: dict[tuple[int, date], int] = defaultdict(int)
    for campaign, day, count in counted.annotate(count=Count("pk")):
        found[(campaign, max(day, owner.today))] += count
    return found
