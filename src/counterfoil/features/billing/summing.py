"""What the invoices of a run come to as they are written, by currency."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from counterfoil.domain.money import Money
from counterfoil.domain.totals import AmountsAre, Line, compute_line
from counterfoil.features.billing.models import BillingRun
from counterfoil.features.billing.standing import Stand, list_standing
from counterfoil.features.invoicing.models import DraftLine

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Sum:
    """What lines come to in one currency, and whether their prices hold the tax."""

    money: Money
    has_tax: bool


def sum_lines(run: BillingRun, stand: Stand) -> Sequence[Sum]:
    """Return the sums of all invoices that stand so, line by line as Xero rounds them; one query."""
    invoices = list_standing(run.invoices.exclude(draft=None), stand)
    lines = DraftLine.objects.filter(draft__in=invoices.values("draft"))
    sums: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    for currency, amounts_are, decimals, quantity, price, *discount in lines.values_list(
        "draft__currency",
        "draft__amounts_are",
        "draft__decimals",
        "quantity",
        "unit_amount",
        "discount_rate",
        "discount_amount",
    ):
        made = compute_line(
            Line(quantity, price, _ZERO, *discount), amounts_are=AmountsAre.NO_TAX, decimals=decimals
        )
        sums[currency, amounts_are == AmountsAre.INCLUSIVE] += made.amount
    return [Sum(Money(amount, currency), has_tax) for (currency, has_tax), amount in sorted(sums.items())]
