"""What each client owes by age, one row for each currency; currencies are never added (K12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Subquery, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from counterfoil.domain.ageing import Age
from counterfoil.features.clients.models import Client, Link
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
    """
    What one client owes in one currency by age; a contact where it is linked to no client.

    `contact_id` is empty where several contacts of the client owe.
    """

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
    """Return who owes, the most first; two queries."""
    sums: dict[str, Any] = {}
    for age in Age:
        question = ask_for(age, source, SALES)
        of_age = has_view(question.view, source) & is_due_between(question.due_from, question.due_to)
        sums[f"sum_{age.name}"] = Sum("amount_due", filter=of_age, default=_ZERO)
    unpaid: Any = select_documents([source], Question(view=View.UNPAID, kind=SALES))
    links = Link.objects.filter(organisation=OuterRef("organisation_id"), contact_id=OuterRef("contact_id"))
    whose = Coalesce(
        Cast(F("client"), TextField()), Concat(Value("contact "), F("contact_id"), output_field=TextField())
    )
    rows = (
        unpaid.order_by()
        .annotate(client=Subquery(links.values("client_id")[:1]), whose=whose)
        .values("whose", "client", "currency")
        .annotate(
            name=Max("contact_name"),
            contact=Max("contact_id"),
            contacts=Count("contact_id", distinct=True),
            due=Sum("amount_due"),
            count=Count("xero_id"),
            **sums,
        )
        .order_by("-due", "whose", "currency")
    )
    found = list(rows if most is None else rows[:most])
    ids = {row["client"] for row in found if row["client"] is not None}
    names = dict(Client.objects.filter(pk__in=ids).values_list("pk", "name"))
    return [
        AgedClient(
            name=names.get(row["client"], row["name"]),
            currency=row["currency"],
            amounts=[row[f"sum_{age.name}"] for age in Age],
            total=row["due"],
            count=row["count"],
            client_id=row["client"],
            contact_id=row["contact"] if row["contacts"] == 1 else "",
        )
        for row in found
    ]
