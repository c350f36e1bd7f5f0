"""What is owed, per currency and per contact; currencies are never added (K12)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, Sum

from counterfoil.features.invoices.documents import (
    PAGE_SIZE,
    Question,
    Source,
    View,
    has_view,
    select_documents,
)
from counterfoil.features.invoices.listed import SALES


@dataclass(frozen=True)
class Share:
    """What is owed in one currency, by one contact or by all: and how much of it is overdue."""

    currency: str
    due: Decimal
    overdue: Decimal
    count: int
    overdue_count: int
    contact_id: str = ""
    contact_name: str = ""

    @property
    def open(self) -> Decimal:
        """What is owed and not yet overdue."""
        return self.due - self.overdue

    @property
    def open_count(self) -> int:
        """How many documents are owed and not yet overdue."""
        return self.count - self.overdue_count


@dataclass(frozen=True)
class SharePlace:
    """A row's place in the list of contacts by what they owe."""

    due: Decimal
    contact_id: str
    currency: str


@dataclass(frozen=True)
class SharePage:
    """One page of contacts with what they owe, and where the next page begins."""

    rows: Sequence[Share]
    next_place: SharePlace | None


def sum_owed(source: Source, *, kind: str = SALES) -> list[Share]:
    """Return what is owed per currency, most documents first; one query."""
    grouped: Any = _select_owed(source, kind).values("currency")
    rows = grouped.annotate(**_sum_shares(source)).order_by("-count", "currency")
    return [_read_share(row) for row in rows]


def list_owing(source: Source, *, kind: str = SALES, after: SharePlace | None = None) -> SharePage:
    """Return a page of contacts by what they owe, the most first, each currency by itself; two queries."""
    owing: Any = _select_owed(source, kind).values("contact_id", "currency")
    rows = owing.annotate(**_sum_shares(source))
    if after is not None:
        same = Q(contact_id__gt=after.contact_id) | Q(
            contact_id=after.contact_id, currency__gt=after.currency
        )
        rows = rows.filter(Q(due__lt=after.due) | Q(due=after.due) & same)
    found = [_read_share(row) for row in rows.order_by("-due", "contact_id", "currency")[: PAGE_SIZE + 1]]
    shown = _name(found[:PAGE_SIZE], source, kind)
    last = shown[-1] if len(found) > PAGE_SIZE else None
    return SharePage(
        rows=shown, next_place=SharePlace(last.due, last.contact_id, last.currency) if last else None
    )


def _name(shares: Sequence[Share], source: Source, kind: str) -> list[Share]:
    """Give the shares of a page their contacts' names: only of these are the documents themselves read."""
    owing: Any = _select_owed(source, kind).filter(contact_id__in={share.contact_id for share in shares})
    names = dict(owing.values_list("contact_id").annotate(Max("contact_name")))
    return [replace(share, contact_name=names.get(share.contact_id, "")) for share in shares]


def list_shares(source: Source, *, kind: str = SALES) -> Mapping[str, list[Share]]:
    """Return by contact what each of a source's contacts owes, its largest debt first; one query."""
    owing: Any = _select_owed(source, kind).values("contact_id", "currency")
    shares: dict[str, list[Share]] = defaultdict(list)
    for row in owing.annotate(**_sum_shares(source)).order_by("-due", "currency"):
        shares[row["contact_id"]].append(_read_share(row))
    return shares


def _select_owed(source: Source, kind: str) -> Any:
    return select_documents([source], Question(view=View.UNPAID, kind=kind)).order_by()


def _sum_shares(source: Source) -> dict[str, Any]:
    is_overdue = has_view(View.OVERDUE, source)
    return {
        "due": Sum("amount_due"),
        "overdue": Sum("amount_due", filter=is_overdue, default=Decimal(0)),
        "count": Count("xero_id"),
        "overdue_count": Count("xero_id", filter=is_overdue),
    }


def _read_share(row: Mapping[str, Any]) -> Share:
    return Share(
        currency=row["currency"],
        due=row["due"],
        overdue=row["overdue"],
        count=row["count"],
        overdue_count=row["overdue_count"],
        contact_id=row.get("contact_id", ""),
    )
