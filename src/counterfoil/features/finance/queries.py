"""What can be asked of the books' lists: one page at a time, or every row for a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.expressions import OrderBy

from counterfoil.features.finance.ledgers import Ledger
from counterfoil.mirror.models import Mirrored, Organisation

PAGE_SIZE = 50
_CHUNK = 1000

# What Xero keeps and counts no more.
_TAKEN_BACK = ("DELETED", "VOIDED")


@dataclass(frozen=True)
class Place:
    """A row's place in the list: what it is sorted by, and its id."""

    value: str | date | None
    xero_id: str


@dataclass(frozen=True)
class Asked:
    """What is asked of a list; `valid_only` leaves out what was deleted or voided."""

    search: str = ""
    dated_from: date | None = None
    dated_to: date | None = None
    kind: str = ""
    currency: str = ""
    valid_only: bool = False
    after: Place | None = None

    @property
    def is_narrowed(self) -> bool:
        """Say whether less than everything was asked for."""
        return bool(
            self.search or self.dated_from or self.dated_to or self.kind or self.currency or self.valid_only
        )


@dataclass(frozen=True)
class Total:
    """What the valid rows in one currency come to; without a currency where nobody knows it."""

    currency: str
    amount: Decimal
    count: int


@dataclass(frozen=True)
class Entry:
    """One record, and what each column says of it."""

    record: Mirrored
    values: Sequence[Any]


@dataclass(frozen=True)
class Page:
    """One page of a list, how many rows there are in all, and where the next page begins."""

    entries: Sequence[Entry]
    count: int
    next_place: Place | None


def list_entries(organisation: Organisation, ledger: Ledger, asked: Asked) -> Page:
    """Return a page of a list; a constant number of queries."""
    matching = _filter(organisation, ledger, asked)
    rows = matching if asked.after is None else matching.filter(_after(ledger, asked.after))
    found = list(_order(rows, ledger)[: PAGE_SIZE + 1])
    last: Any = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return Page(
        entries=_describe(organisation, ledger, found[:PAGE_SIZE]),
        count=matching.count(),
        next_place=Place(getattr(last, ledger.sort), last.xero_id) if last else None,
    )


def sum_entries(organisation: Organisation, ledger: Ledger, asked: Asked) -> list[Total]:
    """
    Return what the rows of one kind come to per currency, most rows first; one query.

    What was deleted or voided does not count. Rows of several kinds have no sum: money in and money out
    are not added. Nor have those of all time, for which every payment's document would be looked up.
    """
    if not (asked.kind and asked.dated_from and ledger.amount):
        return []
    matching: QuerySet[Any] = _filter(organisation, ledger, asked)
    grouped: Any = matching.exclude(status__in=_TAKEN_BACK).order_by().values(paid_in=ledger.currency)
    rows = grouped.annotate(sum=Sum(ledger.amount), count=Count("xero_id")).order_by("-count", "paid_in")
    return [Total(row["paid_in"], row["sum"], row["count"]) for row in rows]


def iterate_entries(organisation: Organisation, ledger: Ledger, asked: Asked) -> Iterator[Entry]:
    """Yield every row of a list in its order, a thousand at a time."""
    chunk: list[Mirrored] = []
    for record in _order(_filter(organisation, ledger, asked), ledger).iterator(chunk_size=_CHUNK):
        chunk.append(record)
        if len(chunk) == _CHUNK:
            yield from _describe(organisation, ledger, chunk)
            chunk = []
    yield from _describe(organisation, ledger, chunk)


def _describe(organisation: Organisation, ledger: Ledger, records: Sequence[Mirrored]) -> list[Entry]:
    names = ledger.name(organisation, records) if ledger.name else {}
    return [Entry(record, [column.read(record, names) for column in ledger.columns]) for record in records]


def _filter(organisation: Organisation, ledger: Ledger, asked: Asked) -> "QuerySet[Mirrored]":
    rows: QuerySet[Any] = ledger.model._default_manager.filter(organisation=organisation, gone_at=None)
    if asked.search:
        said = (Q(**{f"{field}__icontains": asked.search}) for field in ledger.searched)
        rows = rows.filter(reduce(or_, said))
    if ledger.is_dated and asked.dated_from:
        rows = rows.filter(date__gte=asked.dated_from)
    if ledger.is_dated and asked.dated_to:
        rows = rows.filter(date__lte=asked.dated_to)
    if asked.kind:
        rows = rows.filter(kind__in=ledger.find_kinds(asked.kind))
    if asked.currency and ledger.amount:
        rows = rows.annotate(paid_in=ledger.currency).filter(paid_in=asked.currency)
    if asked.valid_only:
        rows = rows.exclude(status__in=_TAKEN_BACK)
    return rows


def _order(rows: "QuerySet[Mirrored]", ledger: Ledger) -> "QuerySet[Mirrored]":
    sort = OrderBy(F(ledger.sort), descending=ledger.is_newest_first)
    return rows.defer("raw", "digest").order_by(sort, "xero_id")


def _after(ledger: Ledger, place: Place) -> Q:
    """Return what comes after a place; undated rows come first, as PostgreSQL sorts them."""
    sort, tied = ledger.sort, Q(xero_id__gt=place.xero_id)
    if place.value is None:
        return Q(**{sort: None}) & tied | Q(**{f"{sort}__isnull": False})
    beyond = "lt" if ledger.is_newest_first else "gt"
    # The first bound lets the index jump to the place.
    return Q(**{f"{sort}__{beyond}e": place.value}) & (Q(**{f"{sort}__{beyond}": place.value}) | tied)
