"""What was worked, used and paid for a client and nothing has billed yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from counterfoil.domain.money import Money
from counterfoil.features.billing.models import Expense, TimeEntry, UnitCount
from counterfoil.features.clients.models import Client


@dataclass(frozen=True)
class Unbilled:
    """Hours that can be billed, expenses by currency, and how many counts of units."""

    hours: Decimal
    hours_count: int
    expenses: Sequence[Money]
    units_count: int

    @property
    def is_empty(self) -> bool:
        """Say whether nothing waits."""
        return not (self.hours_count or self.expenses or self.units_count)


def sum_unbilled(client: Client) -> Unbilled:
    """Return what waits to be billed to a client; three queries."""
    mine = Q(client=client, billed_by=None)
    hours = TimeEntry.objects.filter(mine, is_billable=True).aggregate(sum=Sum("hours"), count=Count("pk"))
    expenses = (
        Expense.objects.filter(mine).order_by("currency").values("currency").annotate(sum=Sum("amount"))
    )
    return Unbilled(
        hours=hours["sum"] or Decimal(0),
        hours_count=hours["count"],
        expenses=[Money(one["sum"], one["currency"]) for one in expenses],
        units_count=UnitCount.objects.filter(line__agreement__client=client, billed_by=None).count(),
    )
