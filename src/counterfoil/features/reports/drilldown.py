"""The documents behind a figure of the profit and loss: they add up to it to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from counterfoil.features.reports.left_out import describe_documents, read_title
from counterfoil.features.reports.profit_and_loss import (
    ChartAccount,
    Section,
    list_trackings,
    read_chart,
)
from counterfoil.mirror.models import Basis, Organisation, Posting

PAGE_SIZE = 50

# The sections behind each figure that is no single account's, and how a debit counts in it.
PARTS: Mapping[str, tuple[frozenset[Section], int]] = {
    "income": (frozenset({Section.INCOME}), -1),
    "costs": (frozenset({Section.COSTS}), 1),
    "expenses": (frozenset({Section.EXPENSES}), 1),
    "gross": (frozenset({Section.INCOME, Section.COSTS}), -1),
    "net": (frozenset(Section), -1),
}


@dataclass(frozen=True)
class Wanted:
    """
    Which figure: an account or a part, the days, and the tracking.

    With a `category`, only what bears none of its options, or `option` when that is named.
    """

    basis: Basis
    first: date
    last: date
    account: str = ""
    part: str = "net"
    option: str = ""
    also: str = ""
    category: str = ""
    by_hand: bool = False
    after: tuple[date, int] | None = None


@dataclass(frozen=True)
class Piece:
    """What one document adds to the figure on one day."""

    stream: str
    document_id: str
    title: str
    kind: str
    contact_name: str
    day: date
    account: str
    amount: Decimal


@dataclass(frozen=True)
class Pieces:
    """A page of documents, what all of them come to, and where the next page begins."""

    title: str
    rows: Sequence[Piece]
    total: Decimal
    count: int
    next_place: tuple[date, int] | None


def list_pieces(organisation: Organisation, wanted: Wanted) -> Pieces:
    """Return a page of what makes up a figure, the newest first; a constant number of queries."""
    chart = read_chart(organisation)
    accounts, sign, title = _find_accounts(chart, wanted)
    matching = _select(organisation, wanted, accounts)
    whole = matching.aggregate(total=Sum("amount", default=Decimal(0)))
    count = matching.count()
    if wanted.after is not None:
        day, pk = wanted.after
        matching = matching.filter(Q(day__lt=day) | Q(day=day, pk__lt=pk))
    rows = list(matching.order_by("-day", "-pk")[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    known = describe_documents(organisation, [(row.stream, row.document_id) for row in shown])
    last = shown[-1] if len(rows) > PAGE_SIZE else None
    return Pieces(
        title=title,
        rows=[_read(row, known, chart, sign) for row in shown],
        total=sign * whole["total"],
        count=count,
        next_place=(last.day, last.pk) if last else None,
    )


def _find_accounts(chart: Mapping[str, ChartAccount], wanted: Wanted) -> tuple[list[str], int, str]:
    """Return the names under which lines know the accounts, how a debit counts, and what it is called."""
    if wanted.account:
        account = chart.get(wanted.account)
        if account is None or account.section is None:
            return [], 1, ""
        return [account.account_id, account.code], account.sign, account.name
    sections, sign = PARTS[wanted.part]
    names = [key for key, account in chart.items() if account.section in sections]
    return names, sign, _TITLES[wanted.part]


_TITLES = {
    "income": "Income",
    "costs": "Cost of sales",
    "expenses": "Operating expenses",
    "gross": "Gross profit",
    "net": "Net profit",
}


def _select(organisation: Organisation, wanted: Wanted, accounts: Sequence[str]) -> "QuerySet[Posting]":
    rows = Posting.objects.filter(
        organisation=organisation,
        basis=wanted.basis,
        day__gte=wanted.first,
        day__lte=wanted.last,
        account__in=accounts,
    )
    for option in filter(None, (wanted.option, wanted.also)):
        rows = rows.filter(options__contains=[option])
    if wanted.by_hand:
        rows = rows.filter(stream="ManualJournals")
    if wanted.category and not wanted.also:
        trackings = list_trackings(organisation)
        options = next((list(one.options) for one in trackings if one.category_id == wanted.category), [])
        rows = rows.exclude(options__overlap=options)
    return rows


def _read(
    row: Posting, known: Mapping[tuple[str, str], Any], chart: Mapping[str, ChartAccount], sign: int
) -> Piece:
    record = known.get((row.stream, row.document_id))
    account = chart.get(row.account)
    return Piece(
        stream=row.stream,
        document_id=row.document_id,
        title=read_title(record),
        kind=getattr(record, "kind", ""),
        contact_name=getattr(record, "contact_name", ""),
        day=row.day,
        account=account.name if account else row.account,
        amount=sign * row.amount,
    )
