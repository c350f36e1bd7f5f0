"""The documents and hours that sum to a figure of the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from counterfoil.domain.datekit import Period, add_months
from counterfoil.features.profitability.asking import Behind, By, Figure, Place, Whose
from counterfoil.features.profitability.earnings import find_cost_card, find_currency, find_home
from counterfoil.features.profitability.summing import HOMES_AND_RATES, HOURS_RATED, RATE
from counterfoil.features.spending.models import Line, Part
from counterfoil.mirror.models import Organisation

PAGE_SIZE = 50


@dataclass(frozen=True)
class Worked:
    """Hours of somebody, at what they cost the firm; None where no rate is known."""

    pk: int
    day: date
    client_id: int
    client: str
    who: str
    role: str
    hours: Decimal
    rate: Decimal | None
    cost: Decimal


@dataclass(frozen=True)
class PartPage:
    """One page of parts of lines, all of which sum to the figure, and where the next begins."""

    rows: Sequence[Part]
    count: int
    sum: Decimal
    settled: Decimal
    next_place: Place | None


@dataclass(frozen=True)
class WorkedPage:
    """One page of hours, all of which sum to the figure, and where the next begins."""

    rows: Sequence[Worked]
    count: int
    sum: Decimal
    next_place: Place | None


def select_parts(organisation: Organisation, behind: Behind) -> "QuerySet[Part]":
    """Return the parts that the figure is the sum of."""
    days = _narrow(behind)
    side = Line.Side.REVENUE if behind.figure is Figure.REVENUE else Line.Side.COST
    parts = Part.objects.filter(organisation=organisation, side=side, day__gte=days.start, day__lt=days.end)
    match behind.whose:
        case Whose.CLIENTS:
            parts = parts.filter(client__isnull=False)
        case Whose.UNCLAIMED:
            parts = parts.filter(client=None)
        case Whose.OVERHEAD:
            parts = parts.filter(standing=Line.Standing.OVERHEAD)
        case Whose.OPEN:
            given_to_nobody = Q(standing=Line.Standing.ATTRIBUTED, client=None)
            parts = parts.filter(Q(standing=Line.Standing.OPEN) | given_to_nobody)
    if behind.whose is Whose.CLIENTS and behind.has_key:
        match behind.by:
            case By.CLIENT:
                parts = parts.filter(client=behind.key)
            case By.DEAL:
                parts = parts.filter(deal=behind.key)
            case By.OWNER:
                parts = parts.filter(client__owner=behind.key)
    return parts


def list_parts(organisation: Organisation, behind: Behind, *, after: Place | None = None) -> PartPage:
    """Return a page of parts, the newest first, with the sum of all; two queries."""
    parts = select_parts(organisation, behind)
    sums = parts.aggregate(
        count=Count("pk"),
        sum=Sum("amount", default=Decimal(0)),
        settled=Sum("settled", default=Decimal(0)),
    )
    if after is not None:
        parts = parts.filter(Q(day__lt=after.day) | Q(day=after.day, pk__lt=after.pk))
    found = list(
        parts.select_related("line", "line__rule", "client").order_by("-day", "-pk")[: PAGE_SIZE + 1]
    )
    shown = found[:PAGE_SIZE]
    last = Place(shown[-1].day, shown[-1].pk) if len(found) > PAGE_SIZE else None
    return PartPage(shown, sums["count"], sums["sum"], sums["settled"], last)


_WORKED = f"""
with {HOMES_AND_RATES}, worked as (
    select entry.id, entry.day, entry.client_id, client.name, entry.who, entry.role, entry.hours,
           {RATE} as amount, coalesce(round(entry.hours * {RATE}, 2), 0) as cost
    from {HOURS_RATED}
    join clients_client client on client.id = entry.client_id
    where entry.day >= %(start)s and entry.day < %(end)s
      and coalesce(home.organisation_id, %(first)s) = %(organisation)s
      and (%(by)s <> 'client' or entry.client_id = %(key)s)
      and (%(by)s <> 'deal' or entry.deal_id is not distinct from %(key)s)
      and (%(by)s <> 'owner' or client.owner_id is not distinct from %(key)s)
)
select worked.*, (select count(*) from worked), (select coalesce(sum(cost), 0) from worked) from worked
where %(after_day)s::date is null or (day, id) < (%(after_day)s, %(after)s)
order by day desc, id desc limit %(limit)s
"""  # noqa: S608  # our own texts


def list_worked(
    organisation: Organisation, behind: Behind, *, after: Place | None = None, limit: int = PAGE_SIZE
) -> WorkedPage:
    """Return a page of hours, the newest first, with the sum of all."""
    days, card = _narrow(behind), find_cost_card(find_currency(organisation))
    values: dict[str, Any] = {
        "organisation": organisation.pk,
        "start": days.start,
        "end": days.end,
        "card": card.pk if card else None,
        "first": find_home(organisation),
        "by": behind.by.value if behind.has_key else "",
        "key": behind.key,
        "after_day": after.day if after else None,
        "after": after.pk if after else None,
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WORKED, values)
        found = list(cursor.fetchall())
    rows = [Worked(*row[:9]) for row in found[:limit]]
    last = Place(rows[-1].day, rows[-1].pk) if len(found) > limit else None
    count, total = (found[0][9], found[0][10]) if found else (0, Decimal(0))
    return WorkedPage(rows, count, total, last)


def _narrow(behind: Behind) -> Period:
    """Return the days of the figure; a month's row has no more than its month."""
    if behind.by is not By.MONTH or not behind.has_key or behind.key is None:
        return behind.days
    month = date.fromordinal(behind.key)
    start, end = max(month, behind.days.start), min(add_months(month, 1), behind.days.end)
    return Period(start, max(start, end))
