"""Plans what a campaign has to say on a day: to whom, about which invoices, and by which step's words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import Q

from counterfoil.features.reminding.audience import select_contacts, select_unpaid
from counterfoil.features.reminding.gathering import Draft, Planned
from counterfoil.features.reminding.models import Campaign, Message, Step
from counterfoil.features.reminding.owners import Owner, describe_owner
from counterfoil.mirror.models import Organisation

WORTH_SENDING_FOR = timedelta(days=2)
"""A message that found no opening for so long says something that is no longer so."""


def plan_day(owner: Owner, campaign: Campaign, day: date) -> list[Draft]:
    """
    Return what the campaign has to say on a day of the organisation, one message for each person.

    All invoices of a person that any step speaks of on this day are in one message, in the words of the
    latest step. Who may not be written to is not left out here: the guard says so, with its reason.
    """
    planned_at = datetime.combine(day, campaign.send_at, tzinfo=owner.zone).astimezone(UTC)
    if campaign.kind == Campaign.Kind.BROADCAST:
        return _plan_broadcast(campaign, day, planned_at)
    steps = {day - timedelta(days=step.days): step for step in campaign.steps.all()}
    by_contact: dict[str, list[tuple[Step, Planned]]] = defaultdict(list)
    for invoice_id, contact_id, due_on in select_invoices(campaign, list(steps), today=day):
        step = steps[due_on]
        by_contact[contact_id].append((step, Planned(invoice_id, step.days, due_on)))
    return [
        _draft(contact_id, found, planned_at, _find_end(found, owner, planned_at))
        for contact_id, found in by_contact.items()
    ]


def select_invoices(
    campaign: Campaign, due_days: Sequence[date], *, today: date
) -> Iterable[tuple[str, str, date]]:
    """Return id, contact and due date of each unpaid invoice of the audience due on these days; one query."""
    invoices: Any = select_unpaid(campaign, today=today).filter(due_date__in=due_days)
    found: Iterable[tuple[str, str, date]] = invoices.order_by(
        "contact_id", "due_date", "number", "xero_id"
    ).values_list("xero_id", "contact_id", "due_date")
    return found


def store_plan(campaign: Campaign, drafts: Sequence[Draft], *, day: date) -> int:
    """
    Keep what was planned, each once: what this campaign said or planned before is left out. Return how many.

    Two statements, whatever their number.
    """
    organisation = campaign.organisation
    rows = [(str(uuid4()), draft) for draft in drafts]
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP_MESSAGES,
            {
                **_common(campaign, organisation, day),
                "tokens": [token for token, _ in rows],
                "contacts": [draft.contact_id for _, draft in rows],
                "steps": [draft.step_id for _, draft in rows],
                "planned": [draft.planned_at for _, draft in rows],
                "expires": [draft.expires_at for _, draft in rows],
                "invoice_tokens": [token for token, draft in rows for _ in draft.invoices],
                "invoices": [planned.invoice_id for _, draft in rows for planned in draft.invoices],
                "days": [planned.days for _, draft in rows for planned in draft.invoices],
                "due": [planned.due_on for _, draft in rows for planned in draft.invoices],
            },
        )
        return int(cursor.fetchone()[0])


def read_draft(message: Message) -> Draft:
    """Return a kept message as it was planned."""
    return Draft(
        contact_id=message.contact_id,
        step_id=message.step_id,
        invoices=tuple(Planned(one.invoice_id, one.days, one.due_on) for one in message.invoices.all()),
        planned_at=message.planned_at,
        expires_at=message.expires_at,
    )


# An invoice that a step has spoken of, or is planned to, is not planned again; a message that would have
# nothing left to say is none.
_KEEP_MESSAGES = """
    with planned as (
        select * from unnest(%(tokens)s::uuid[], %(contacts)s::text[], %(steps)s::bigint[],
                             %(planned)s::timestamptz[], %(expires)s::timestamptz[])
            as row (token, contact_id, step_id, planned_at, expires_at)
    ), about as (
        select row.* from unnest(%(invoice_tokens)s::uuid[], %(invoices)s::text[],
                                 %(days)s::int[], %(due)s::date[])
            as row (token, invoice_id, days, due_on)
        where not exists (
            select from reminding_messageinvoice known
            where known.campaign_id = %(campaign)s and known.invoice_id = row.invoice_id
              and known.days = row.days and known.due_on = row.due_on
        )
    ), kept as (
        insert into reminding_message (
            organisation_id, workspace_id, campaign_id, step_id, channel, contact_id, token, state,
            planned_on, planned_at, expires_at, look_at, is_test, attempts, parts,
            contact_name, address, language, subject, text, currency, provider, provider_id, why, said
        )
        select %(organisation)s, %(workspace)s, %(campaign)s, step_id, %(channel)s, contact_id, token,
               'planned', %(day)s, planned_at, expires_at, planned_at, false, 0, 0,
               '', '', '', '', '', '', '', '', '', ''
        from planned
        where %(is_broadcast)s or exists (select from about where about.token = planned.token)
        on conflict (campaign_id, contact_id, planned_on) where not is_test do nothing
        returning id, token
    ), linked as (
        insert into reminding_messageinvoice (
            organisation_id, workspace_id, campaign_id, message_id, invoice_id, days, due_on, was_told
        )
        select %(organisation)s, %(workspace)s, %(campaign)s, kept.id, invoice_id, days, due_on, false
        from about join kept using (token)
        returning 1
    )
    select count(*) from kept
"""


def _common(campaign: Campaign, organisation: Organisation, day: date) -> dict[str, Any]:
    return {
        "organisation": organisation.pk,
        "workspace": organisation.workspace_id,
        "campaign": campaign.pk,
        "channel": campaign.channel,
        "day": day,
        "is_broadcast": campaign.kind == Campaign.Kind.BROADCAST,
    }


def _plan_broadcast(campaign: Campaign, day: date, planned_at: datetime) -> list[Draft]:
    if day != campaign.broadcast_on:
        return []
    step = campaign.steps.first()
    contacts: Any = select_contacts(campaign, today=day)
    return [
        Draft(contact_id, step.pk if step else None, (), planned_at, planned_at + WORTH_SENDING_FOR)
        for contact_id in contacts.order_by("xero_id").values_list("xero_id", flat=True)
    ]


def _draft(
    contact_id: str, found: Sequence[tuple[Step, Planned]], planned_at: datetime, expires_at: datetime
) -> Draft:
    latest = max((step for step, _ in found), key=lambda step: step.days)
    return Draft(contact_id, latest.pk, tuple(planned for _, planned in found), planned_at, expires_at)


def _find_end(found: Sequence[tuple[Step, Planned]], owner: Owner, planned_at: datetime) -> datetime:
    """Return until when it is worth sending: what speaks of a day to come is not sent once it has passed."""
    ends = planned_at + WORTH_SENDING_FOR
    for step, planned in found:
        if step.days <= 0:
            after_due = datetime.combine(planned.due_on + timedelta(days=1), time(), tzinfo=owner.zone)
            ends = min(ends, after_due.astimezone(UTC))
    return max(ends, planned_at)


def plan_today(organisation: Organisation, *, now: datetime) -> int:
    """
    Plan what the organisation's campaigns say today, each once its hour has come. Return how many messages.

    A campaign that was activated after its hour begins tomorrow.
    """
    owner = describe_owner(organisation, now=now)
    count = 0
    active = Campaign.objects.filter(organisation=organisation, state=Campaign.State.ACTIVE)
    unplanned = active.filter(Q(planned_through=None) | Q(planned_through__lt=owner.today))
    for campaign in unplanned.select_for_update().prefetch_related("steps"):
        planned_at = datetime.combine(owner.today, campaign.send_at, tzinfo=owner.zone)
        if now < planned_at:
            continue
        if campaign.resumed_at is not None and campaign.resumed_at <= planned_at:
            drafts = plan_day(owner, campaign, owner.today)
            count += store_plan(campaign, drafts, day=owner.today)
        Campaign.objects.filter(pk=campaign.pk).update(planned_through=owner.today)
    return count
