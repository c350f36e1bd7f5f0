"""The profit and loss as the mirrored documents make it: by account, month by month or by tracking."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth

from counterfoil.domain.datekit import add_months
from counterfoil.mirror.models import Account, Basis, Organisation, Posting, TrackingCategory
from counterfoil.sync.drawing import count_undrawn, draw_up

_ZERO = Decimal(0)

SPANS = (3, 6, 12)
# What a page draws up by itself before it asks a worker: about a tenth of a second's work.
_FEW = 300

BY_HAND = "ManualJournals"


class Section(StrEnum):
    """The parts of the statement, in its order."""

    INCOME = "Income"
    COSTS = "Cost of sales"
    EXPENSES = "Operating expenses"


@dataclass(frozen=True)
class Asked:
    """What is asked for: months beside each other, or the options of a tracking category."""

    last: date
    months: int = 12
    basis: Basis = Basis.ACCRUAL
    option: str = ""
    category: str = ""

    @property
    def first(self) -> date:
        """The first month's first day."""
        return add_months(self.last.replace(day=1), 1 - self.months)

    @property
    def following(self) -> date:
        """The first day after it all."""
        return add_months(self.last.replace(day=1), 1)

    @property
    def year_before(self) -> "Asked":
        """The same months of the year before."""
        return replace(self, last=add_months(self.last, -12))

    def list_months(self) -> list[date]:
        """Return the months, the oldest first."""
        return [add_months(self.first, number) for number in range(self.months)]


@dataclass(frozen=True)
class Column:
    """A month, or an option of a tracking category; `key` is what its cells open."""

    key: str
    title: str
    first: date
    last: date
    option: str = ""


@dataclass(frozen=True)
class Line:
    """A figure of the statement across all columns, their total, and the total of the year before."""

    title: str
    amounts: Sequence[Decimal]
    total: Decimal
    before: Decimal
    account: str = ""
    code: str = ""

    @property
    def change(self) -> Decimal:
        """What the total is more than the year before."""
        return self.total - self.before


@dataclass(frozen=True)
class Part:
    """A section with its accounts and their sum."""

    section: Section
    lines: Sequence[Line]
    total: Line


@dataclass(frozen=True)
class Statement:
    """A whole profit and loss in base currency; income and costs are both positive."""

    columns: Sequence[Column]
    parts: Sequence[Part]
    gross: Line
    net: Line
    by_hand: Line
    # Accounts that documents name and the chart lacks; nobody can say which part they belong to.
    strangers: Sequence[str]

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was earned or spent in all this time."""
        return not any(part.lines for part in self.parts)

    def get_part(self, section: Section) -> Part:
        """Return the part of this name."""
        return next(part for part in self.parts if part.section is section)


@dataclass(frozen=True)
class ChartAccount:
    """An account; those of the balance sheet have no section."""

    account_id: str
    code: str
    name: str
    section: Section | None

    @property
    def sign(self) -> int:
        """How a debit counts in its section."""
        return -1 if self.section is Section.INCOME else 1


@dataclass(frozen=True)
class Tracking:
    """A tracking category and its options."""

    category_id: str
    name: str
    options: Mapping[str, str]


def draw_up_few(organisation: Organisation) -> int:
    """Draw up what little waits, and return how many documents are left for a worker, at most a thousand."""
    waiting = count_undrawn(organisation, most=1000)
    if 0 < waiting <= _FEW:
        return waiting - draw_up(organisation, most=_FEW)
    return waiting


def build_statement(organisation: Organisation, asked: Asked) -> Statement:
    """Return the statement; a constant number of queries."""
    chart = read_chart(organisation)
    trackings = list_trackings(organisation)
    columns = _list_columns(asked, trackings)
    places = {column.key: place for place, column in enumerate(columns)}
    of_account: dict[str, list[Decimal]] = defaultdict(lambda: [_ZERO] * len(columns))
    by_hand = [_ZERO] * len(columns)
    before: dict[str, Decimal] = defaultdict(lambda: _ZERO)
    by_hand_before = _ZERO
    strangers: set[str] = set()
    for row in _sum_postings(organisation, asked):
        account = chart.get(row["account"])
        if account is None:
            strangers.add(row["account"])
        if account is None or account.section is None:
            continue
        amount = account.sign * row["amount"]
        if row["month"] < asked.first:
            before[account.account_id] += amount
            by_hand_before -= row["amount"] if row["stream"] == BY_HAND else _ZERO
        if asked.first <= row["month"] < asked.following:
            place = places[_find_key(row, asked, trackings)]
            of_account[account.account_id][place] += amount
            by_hand[place] -= row["amount"] if row["stream"] == BY_HAND else _ZERO
    lines = [
        _line(account.name, of_account[key], before[key], account=key, code=account.code)
        for key, account in _list_accounts(chart)
        if any(of_account.get(key, ())) or before.get(key)
    ]
    hand = _line("Manual journals", by_hand, by_hand_before)
    return _put_together(columns, chart, lines, hand, sorted(strangers))


def read_chart(organisation: Organisation) -> dict[str, ChartAccount]:
    """Return all accounts by their ids and by their codes; one query."""
    known: dict[str, ChartAccount] = {}
    for row in Account.objects.filter(organisation=organisation).defer("raw", "digest"):
        account = ChartAccount(row.xero_id, row.code, row.name, _find_section(row))
        known[row.xero_id] = account
        if row.code:
            known.setdefault(row.code, account)
    return known


def list_trackings(organisation: Organisation) -> list[Tracking]:
    """Return the tracking categories with their options, archived ones too; one query."""
    rows = TrackingCategory.objects.filter(organisation=organisation, gone_at=None).order_by("name")
    found = []
    for xero_id, name, text in rows.values_list("xero_id", "name", "raw"):
        options = msgspec.json.decode(text, type=_Category).options
        found.append(Tracking(xero_id, name, {one.option_id: one.name for one in options}))
    return found


def select_postings(organisation: Organisation, asked: Asked) -> "QuerySet[Posting]":
    """Return the postings that the statement adds up, without those of the year before."""
    rows = Posting.objects.filter(
        organisation=organisation, basis=asked.basis, day__gte=asked.first, day__lt=asked.following
    )
    return rows.filter(options__contains=[asked.option]) if asked.option else rows


class _Option(msgspec.Struct):
    option_id: str = msgspec.field(name="TrackingOptionID", default="")
    name: str = msgspec.field(name="Name", default="")


class _Category(msgspec.Struct):
    options: list[_Option] = msgspec.field(name="Options", default_factory=list)


def _find_section(account: Account) -> Section | None:
    if account.account_class not in ("REVENUE", "EXPENSE"):
        return None
    if account.account_class == "REVENUE":
        return Section.INCOME
    return Section.COSTS if account.kind == "DIRECTCOSTS" else Section.EXPENSES


def _list_columns(asked: Asked, trackings: Iterable[Tracking]) -> list[Column]:
    category = next((one for one in trackings if one.category_id == asked.category), None)
    last = asked.following - timedelta(days=1)
    if category is not None:
        options = [Column(key, name, asked.first, last, option=key) for key, name in category.options.items()]
        return [*options, Column("", f"No {category.name}", asked.first, last)]
    return [
        Column(f"{month:%Y-%m}", f"{month:%b %Y}", month, add_months(month, 1) - timedelta(days=1))
        for month in asked.list_months()
    ]


def _find_key(row: Mapping[str, Any], asked: Asked, trackings: Iterable[Tracking]) -> str:
    category = next((one for one in trackings if one.category_id == asked.category), None)
    if category is None:
        return f"{row['month']:%Y-%m}"
    return next((option for option in row["options"] if option in category.options), "")


def _sum_postings(organisation: Organisation, asked: Asked) -> Iterable[Mapping[str, Any]]:
    """Return the sums of these months and of those a year before; one query."""
    whole = replace(asked, months=asked.months + 12)
    parted = ["account", "month", "stream", *(["options"] if asked.category else [])]
    postings: Any = select_postings(organisation, whole)
    if asked.months < 12:
        # Between this year's months and last year's there are some that nobody asked for.
        postings = postings.exclude(day__gte=asked.year_before.following, day__lt=asked.first)
    rows: Iterable[Mapping[str, Any]] = (
        postings.annotate(month=TruncMonth("day")).values(*parted).annotate(amount=Sum("amount"))
    )
    return rows


def _list_accounts(chart: Mapping[str, ChartAccount]) -> list[tuple[str, ChartAccount]]:
    accounts = {account.account_id: account for account in chart.values()}
    return sorted(accounts.items(), key=lambda pair: (pair[1].code, pair[1].name))


def _put_together(
    columns: Sequence[Column],
    chart: Mapping[str, ChartAccount],
    lines: Sequence[Line],
    by_hand: Line,
    strangers: Sequence[str],
) -> Statement:
    parts = []
    for section in Section:
        own = [line for line in lines if chart[line.account].section is section]
        parts.append(Part(section, own, _sum_lines(f"Total {section.value.lower()}", own, len(columns))))
    income, costs, expenses = (part.total for part in parts)
    gross = _take("Gross profit", income, costs)
    return Statement(columns, parts, gross, _take("Net profit", gross, expenses), by_hand, strangers)


def _line(title: str, amounts: Sequence[Decimal], before: Decimal, **more: str) -> Line:
    return Line(title, amounts, sum(amounts, _ZERO), before, **more)


def _sum_lines(title: str, lines: Sequence[Line], width: int) -> Line:
    amounts = [sum((line.amounts[place] for line in lines), _ZERO) for place in range(width)]
    return _line(title, amounts, sum((line.before for line in lines), _ZERO))


def _take(title: str, one: Line, other: Line) -> Line:
    amounts = [mine - theirs for mine, theirs in zip(one.amounts, other.amounts, strict=True)]
    return _line(title, amounts, one.before - other.before)
