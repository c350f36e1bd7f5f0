"""Asks Xero where customers pay the invoices that coming messages name, once for each, and keeps it."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from counterfoil.features.reminding.audience import select_unpaid
from counterfoil.features.reminding.models import Campaign, Message, MessageInvoice, PayLink
from counterfoil.features.reminding.owners import describe_owner
from counterfoil.features.reminding.preparing import read_versions
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.extras import find_online_addresses
from counterfoil.sync.standing import ConnectionRemoved
from counterfoil.xero.errors import XeroError

log = structlog.get_logger(__name__)

DAYS_AHEAD = 7
MOST_AT_ONCE = 40
"""Under Xero's sixty calls a minute there is room for a sync beside it."""


def list_unasked(
    organisation: Organisation, *, now: datetime, states: Collection[str] = (Campaign.State.ACTIVE,)
) -> list[str]:
    """
    Return invoices of which these campaigns will name where to pay, and nobody has asked Xero yet.

    What was planned already comes first, then what steps fall on in the coming days.
    """
    campaigns = Campaign.objects.filter(organisation=organisation, state__in=states).prefetch_related("steps")
    naming = [one for one in campaigns if names_pay_link(one)]
    if not naming:
        return []
    asked = PayLink.objects.filter(organisation=organisation).values("invoice_id")
    waiting = MessageInvoice.objects.filter(campaign__in=naming, message__state=Message.State.PLANNED)
    found = list(
        waiting.exclude(invoice_id__in=asked)
        .order_by("pk")
        .values_list("invoice_id", flat=True)[:MOST_AT_ONCE]
    )
    today = describe_owner(organisation, now=now).today
    days = [today + timedelta(days=number) for number in range(DAYS_AHEAD + 1)]
    for campaign in naming:
        due = Q(
            due_date__in={day - timedelta(days=step.days) for day in days for step in campaign.steps.all()}
        )
        unpaid = select_unpaid(campaign, today=today).filter(due).exclude(xero_id__in=asked)
        found += unpaid.order_by("due_date", "xero_id").values_list("xero_id", flat=True)[:MOST_AT_ONCE]
    return list(dict.fromkeys(found))[:MOST_AT_ONCE]


def names_pay_link(campaign: Campaign) -> bool:
    """Say whether any words of the campaign name where an invoice is paid; one query."""
    if campaign.kind != Campaign.Kind.INVOICES:
        return False
    versions = read_versions(campaign)
    return any(words.names_pay_link for by_language in versions.values() for words in by_language.values())


def fetch_pay_links(
    organisation: Organisation,
    *,
    now: Callable[[], datetime],
    states: Collection[str] = (Campaign.State.ACTIVE,),
) -> int:
    """
    Ask Xero for some of what is not known yet, keep it, and return how many. No transaction may be open.

    What Xero does not answer now is asked for again next time; until then its messages wait.
    """
    with in_workspace(organisation.workspace_id):
        wanted = list_unasked(organisation, now=now(), states=states)
    if not wanted:
        return 0
    found: dict[str, str] = {}
    try:
        find_online_addresses(organisation, invoice_ids=wanted, into=found, now=now)
    except (NotConnected, ConnectionRemoved, XeroError) as not_now:
        log.info("no more pay links", organisation=organisation.pk, because=type(not_now).__name__)
    with in_workspace(organisation.workspace_id):
        PayLink.objects.bulk_create(
            [
                PayLink(
                    organisation=organisation,
                    workspace_id=organisation.workspace_id,
                    invoice_id=invoice_id,
                    address=address,
                    asked_at=now(),
                )
                for invoice_id, address in found.items()
            ],
            ignore_conflicts=True,
        )
    return len(found)
