"""What each client owes by age, one row for each currency; currencies are never added (K12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Sum

from counterfoil.domain.ageing import Age
from counterfoil.features.clients.models import Link
from counterfoil.features.invoices.ageing import ask_for
from counterfoil.features.invoices.documents import (
    Question,
    Source,
    View,
    has_view,
    is_due_between,
    select_documents,
)
from counterfoil.features.invoices.listed import SALES

# The most rows that a page lists.
MOST = 100

_ZERO = Decimal(0)


@dataclass(frozen=True)
class AgedClient:
    """What one client owes in one currency by age; a contact where it is linked to no client."""

    name: str
    currency: str
    amounts: Sequence[Decimal]
    total: Decimal
    count: int
    client_id: int | None
    contact_id: str

    @property
    def by_age(self) -> list[tuple[str, Decimal]]:
        """Return each age in words with what is owed at it."""
        return list(zip((age.value for age in Age), self.amounts, strict=True))


def list_aged_clients(source: Source, *, most: int | None = MOST) -> list[AgedClient]:
    """Return who owes most, the most overdue first among equals; two queries."""
    sums: dict[str, Any] = {}
    for age in Age:
        question = ask_for(age, source, SALES)
        of_age = has_view(question.view, source) & is_due_between(question.due_from, question.due_to)
        sums[f"sum_{age.name}"] = Sum("amount_due", filter=of_age, default=_ZERO)
    unpaid: Any = select_documents([source], Question(view=View.UNPAID, kind=SALES))
    rows = (
        unpaid.order_by()
        .values("contact_id", "currency")
        .annotate(name=Max("contact_name"), due=Sum("amount_due"), count=Count("xero_id"), **sums)
    )
    links = Link.objects.filter(organisation=source.organisation).values_list(
        "contact_id", "client_id", "client__name"
    )
    clients = {contact_id: (client_id, name) for contact_id, client_id, name in links}
    merged: dict[tuple[object, str], AgedClient] = {}
    for row in rows:
        client_id, name = clients.get(row["contact_id"], (None, row["name"]))
        key = (client_id if client_id is not None else row["contact_id"], row["currency"])
        one = AgedClient(
            name,
            row["currency"],
            [row[f"sum_{age.name}"] for age in Age],
            row["due"],
            row["count"],
            client_id,
            row["contact_id"],
        )
        merged[key] = _add(merged[key], one) if key in merged else one
    ordered = sorted(merged.values(), key=lambda one: (-one.total, one.name, one.currency))
    return ordered[:most]


def _add(one: AgedClient, other: AgedClient) -> AgedClient:
    """Return both contacts of a client together."""
    return AgedClient(
        one.name,
        one.currency,
        [mine + theirs for mine, theirs in zip(one.amounts, other.amounts, strict=True)],
        one.total + other.total,
        one.count + other.count,
        one.client_id,
        "",
    )
