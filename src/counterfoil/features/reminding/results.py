"""What came of a campaign: what left, what did not and why, and how much was paid soon after."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count

from counterfoil.domain.reminders.guard import Why
from counterfoil.domain.reminders.reasons import WORDS
from counterfoil.features.reminding.models import Campaign, Message
from counterfoil.features.reminding.owners import Owner

SPANS = (7, 14, 30)


@dataclass(frozen=True, slots=True)
class Paid:
    """
    What became of the invoices in one currency that a campaign spoke of, within days of its first word.

    `open` are those whose days are not over yet; amounts are of whole invoices.
    """

    currency: str
    reminded: int
    paid: int
    amount: Decimal
    open: int

    @property
    def unpaid(self) -> int:
        """How many were not paid in that time."""
        return self.reminded - self.paid - self.open


@dataclass(frozen=True, slots=True)
class Results:
    """How many messages stand where, why some were not sent, and what was paid; tests are not counted."""

    sent: int
    delivered: int
    in_doubt: int
    failed: int
    waiting: int
    not_sent: Sequence[tuple[str, int]]
    paid: Sequence[Paid]

    @property
    def left(self) -> int:
        """How many left, or may have."""
        return self.sent + self.delivered + self.in_doubt

    @property
    def dropped(self) -> int:
        """How many were not sent for a reason of ours."""
        return sum(count for _, count in self.not_sent)


def sum_results(campaign: Campaign, *, owner: Owner, days: int) -> Results:
    """Return what came of a campaign, with what was paid within so many days; two queries."""
    states: dict[str, int] = {}
    reasons: dict[str, int] = {}
    counted: Any = Message.objects.filter(campaign=campaign, is_test=False).order_by()
    for row in counted.values("state", "why").annotate(count=Count("pk")):
        states[row["state"]] = states.get(row["state"], 0) + row["count"]
        if row["state"] == Message.State.DROPPED:
            reasons[row["why"]] = row["count"]
    return Results(
        sent=states.get(Message.State.SENT, 0),
        delivered=states.get(Message.State.DELIVERED, 0),
        in_doubt=states.get(Message.State.UNKNOWN, 0),
        failed=states.get(Message.State.FAILED, 0),
        waiting=states.get(Message.State.PLANNED, 0) + states.get(Message.State.SENDING, 0),
        not_sent=[
            (WORDS[Why(why)] if why else "For a reason that was not kept.", count)
            for why, count in sorted(reasons.items(), key=lambda each: -each[1])
        ],
        paid=_list_paid(campaign, owner, days),
    )


# A day is the organisation's. What had been paid before the first word, only not known here yet, was not paid
# after it.
_PAID = """
    with told as (
        select about.invoice_id, min((message.started_at at time zone %(zone)s)::date) as first_on
        from reminding_messageinvoice about
        join reminding_message message on message.id = about.message_id
        where message.campaign_id = %(campaign)s and about.was_told and not message.is_test
          and message.state in ('sent', 'delivered', 'unknown')
        group by about.invoice_id
    ), known as (
        select invoice.currency, invoice.total,
               invoice.status = 'PAID'
                   and invoice.fully_paid_on between told.first_on and told.first_on + %(days)s as is_paid,
               told.first_on + %(days)s >= %(today)s as is_open
        from told join mirror_invoice invoice
          on invoice.organisation_id = %(organisation)s and invoice.xero_id = told.invoice_id
    )
    select currency, count(*), count(*) filter (where is_paid),
           coalesce(sum(total) filter (where is_paid), 0),
           count(*) filter (where is_open and is_paid is not true)
    from known group by currency order by count(*) desc, currency
"""


def _list_paid(campaign: Campaign, owner: Owner, days: int) -> list[Paid]:
    with connection.cursor() as cursor:
        cursor.execute(
            _PAID,
            {
                "campaign": campaign.pk,
                "organisation": campaign.organisation_id,
                "zone": owner.zone.key,
                "today": owner.today,
                "days": days,
            },
        )
        return [Paid(*row) for row in cursor.fetchall()]
