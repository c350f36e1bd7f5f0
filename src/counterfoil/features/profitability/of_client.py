"""What one client earned, in each organisation that it is a part of."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from counterfoil.domain.datekit import Period
from counterfoil.domain.margins import Earnings
from counterfoil.features.clients.models import Client, Link
from counterfoil.features.profitability.asking import Behind, By, Figure
from counterfoil.features.profitability.behind import list_worked
from counterfoil.features.profitability.earnings import find_currency
from counterfoil.features.spending.models import Part
from counterfoil.mirror.models import Organisation

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Share:
    """A client's part of an organisation's books; currencies of several are never added."""

    organisation: Organisation
    currency: str
    earned: Earnings


def summarise_client(client: Client, days: Period) -> Sequence[Share]:
    """Return what a client earned on these days, by organisation, leaving out those with nothing."""
    parts = Part.objects.filter(client=client, day__gte=days.start, day__lt=days.end)
    sums: dict[int, dict[str, Any]] = {
        row["organisation_id"]: dict(row)
        for row in parts.order_by()
        .values("organisation_id")
        .annotate(
            invoiced=Sum("amount", filter=Q(side="revenue"), default=_ZERO),
            paid=Sum("settled", filter=Q(side="revenue"), default=_ZERO),
            costs=Sum("amount", filter=Q(side="cost"), default=_ZERO),
        )
    }
    linked = Link.objects.filter(client=client).values("organisation_id")
    known = Organisation.objects.filter(Q(pk__in=linked) | Q(pk__in=list(sums)), connection__isnull=False)
    shares = []
    for organisation in known.order_by("name"):
        row = sums.get(organisation.pk, {})
        behind = Behind(days, Figure.TIME, by=By.CLIENT, key=client.pk, has_key=True)
        earned = Earnings(
            row.get("invoiced", _ZERO),
            row.get("paid", _ZERO),
            row.get("costs", _ZERO),
            list_worked(organisation, behind, limit=1).sum,
        )
        if not earned.is_nothing:
            shares.append(Share(organisation, find_currency(organisation), earned))
    return shares
