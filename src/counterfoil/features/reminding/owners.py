"""Who sends: how an organisation stands at one moment, for every message that it may send."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, Sum

from counterfoil.domain.datekit import find_zone, today_in
from counterfoil.domain.reminders.guard import Connected, Sender
from counterfoil.domain.reminders.packs import Pack
from counterfoil.features.reminding.models import Channel, Message, SenderChoices
from counterfoil.features.reminding.packing import read_packs
from counterfoil.mirror.models import Connection, Cursor, Organisation, OrganisationProfile

# What has to be current before anybody is reminded.
_NEEDED = ("Contacts", "Invoices")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who sends: what holds for every message of an organisation at one moment."""

    organisation: Organisation
    now: datetime
    zone: ZoneInfo
    today: date
    connected: Connected
    copied_at: datetime | None
    choices: SenderChoices
    packs: Mapping[str, Pack]
    sent_today: int
    spent: Decimal
    apart_from: int = 0  # a message that is not counted among what was sent: the one that is asked about

    @property
    def business(self) -> str:
        """What the sender calls itself to its customers."""
        return self.choices.business or self.organisation.name

    def describe_sender(
        self,
        channel: str,
        *,
        country: str,
        also_sent: int = 0,
        also_spent: Decimal = Decimal(0),
        left_of_campaign: int | None = None,
    ) -> Sender:
        """Return what may still be sent to a country, when so much more than what is stored was."""
        choices = self.choices
        by_name = channel == Channel.TEXT and choices.sends_by_name
        return Sender(
            is_ready=is_ready(choices, channel),
            by_name=by_name,
            is_registered=country in choices.registered_in,
            left_today=_less(choices.daily_limit, self.sent_today + also_sent),
            left_of_campaign=_less(left_of_campaign, also_sent),
            left_to_spend=_less(choices.monthly_limit, self.spent + also_spent),
            both_channels=choices.both_channels,
        )


def is_ready(choices: SenderChoices, channel: str) -> bool:
    """Say whether messages of this channel can be handed to somebody."""
    match choices.provider:
        case SenderChoices.Provider.SHOWN:
            return True
        case SenderChoices.Provider.GATEWAY if channel == Channel.TEXT:
            return bool(choices.address and choices.account and choices.secret)
        case _ if channel == Channel.TEXT:
            return bool(choices.account and choices.secret and choices.sender)
    return bool(choices.mail_host and choices.mail_from)


def describe_owner(organisation: Organisation, *, now: datetime, apart_from: int = 0) -> Owner:
    """Return how the organisation stands now, not counting one message as sent; six queries."""
    profile = OrganisationProfile.objects.filter(organisation=organisation).first()
    zone = find_zone(profile.timezone if profile else None)
    connection = Connection.objects.filter(organisation=organisation).first()
    today = today_in(zone, now)
    found = SenderChoices.objects.filter(organisation=organisation).first()
    choices = found or SenderChoices(organisation=organisation)
    begun = Message.objects.filter(organisation=organisation).exclude(pk=apart_from)
    day, month = (datetime.combine(each, time(), tzinfo=zone) for each in (today, today.replace(day=1)))
    return Owner(
        organisation=organisation,
        now=now,
        zone=zone,
        today=today,
        connected=_describe_connection(connection),
        copied_at=_find_oldest_copy(organisation),
        choices=choices,
        packs=read_packs(organisation.workspace_id, choices),
        apart_from=apart_from,
        **begun.filter(started_at__gte=month).aggregate(
            sent_today=Count("pk", filter=Q(started_at__gte=day)), spent=Sum("cost", default=Decimal(0))
        ),
    )


def _describe_connection(connection: Connection | None) -> Connected:
    if connection is None:
        return Connected.REMOVED
    return Connected.LOST if connection.state == Connection.State.LOST else Connected.YES


def _find_oldest_copy(organisation: Organisation) -> datetime | None:
    cursors = Cursor.objects.filter(organisation=organisation, stream__in=_NEEDED)
    read = cursors.aggregate(oldest=Min("succeeded_at"), count=Count("succeeded_at"))
    oldest: datetime | None = read["oldest"]
    return oldest if read["count"] == len(_NEEDED) else None


def _less(limit: Any, used: Any) -> Any:
    return None if limit is None else limit - used
