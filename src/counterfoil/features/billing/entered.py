"""What can be asked about hours, units and expenses: lists with their sums, and a week of somebody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from django.db.models import Q, QuerySet, Sum

from counterfoil.features.billing.models import Expense, TimeEntry, UnitCount

PAGE_SIZE = 50

Entered: TypeAlias = type[TimeEntry] | type[UnitCount] | type[Expense]


class Show(StrEnum):
    """Which entries are listed."""

    ALL = "all"
    UNBILLED = "unbilled"
    BILLED = "billed"


@dataclass(frozen=True)
class Question:
    """What a list is asked for."""

    show: Show = Show.ALL
    client_id: int | None = None
    who: str = ""
    first_day: date | None = None
    last_day: date | None = None

    @property
    def is_narrowed(self) -> bool:
        """Say whether it leaves anything out."""
        return bool(self.client_id or self.who or self.first_day or self.last_day)


@dataclass(frozen=True)
class Place:
    """A row's place in a list, the latest day first."""

    day: date
    pk: int


@dataclass(frozen=True)
class EnteredPage:
    """One page, how many there are, their sums by what they are counted in, and where the next begins."""

    rows: Sequence[Any]
    count: int
    sums: Sequence[tuple[str, Decimal]]
    next_place: Place | None


@dataclass
class WeekRow:
    """What somebody did for one client: entries of each of the seven days."""

    first: TimeEntry
    days: list[list[TimeEntry]] = field(default_factory=lambda: [[] for _ in range(7)])

    @property
    def sum(self) -> Decimal:
        """All its hours."""
        return sum((one.hours for cell in self.days for one in cell), Decimal(0))


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday on, and what somebody did in them."""

    monday: date
    who: str
    rows: Sequence[WeekRow]

    @property
    def days(self) -> list[date]:
        """Monday to Sunday."""
        return [self.monday + timedelta(days=number) for number in range(7)]

    @property
    def sums(self) -> list[Decimal]:
        """The hours of each day."""
        return [
            sum((one.hours for row in self.rows for one in row.days[number]), Decimal(0))
            for number in range(7)
        ]

    @property
    def sum(self) -> Decimal:
        """The hours of the week."""
        return sum(self.sums, Decimal(0))


def list_entered(model: Entered, question: Question, *, after: Place | None = None) -> EnteredPage:
    """Return a page of entries, the latest day first; three queries."""
    matching = find_entered(model, question)
    rows = matching.order_by("-day", "-pk")
    if after is not None:
        rows = rows.filter(Q(day__lt=after.day) | Q(day=after.day, pk__lt=after.pk))
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    last = shown[-1] if len(found) > PAGE_SIZE else None
    return EnteredPage(
        shown, matching.count(), _sum(model, matching), Place(last.day, last.pk) if last else None
    )


def iterate_entered(model: Entered, question: Question) -> Iterator[Any]:
    """Yield every entry of a list in its order."""
    yield from find_entered(model, question).order_by("-day", "-pk").iterator(chunk_size=1000)


def find_entered(model: Entered, question: Question) -> "QuerySet[Any]":
    """Return the entries of a list, with what is said of each."""
    path = "line__agreement__client" if model is UnitCount else "client"
    found: QuerySet[Any] = model._default_manager.select_related(path, "billed_by__invoice")
    if model is not UnitCount:
        found = found.select_related("client", "deal", "billed_by__invoice")
    narrowed = Q()
    if question.show is not Show.ALL:
        narrowed &= Q(billed_by__isnull=question.show is Show.UNBILLED)
        if model is TimeEntry and question.show is Show.UNBILLED:
            narrowed &= Q(is_billable=True)
    if question.client_id is not None:
        narrowed &= Q(**{path: question.client_id})
    if question.who and model is TimeEntry:
        narrowed &= Q(who=question.who)
    if question.first_day is not None:
        narrowed &= Q(day__gte=question.first_day)
    if question.last_day is not None:
        narrowed &= Q(day__lte=question.last_day)
    return found.filter(narrowed)


def _sum(model: Entered, matching: "QuerySet[Any]") -> list[tuple[str, Decimal]]:
    bare = matching.select_related(None).order_by()
    if model is TimeEntry:
        hours = bare.aggregate(sum=Sum("hours"))["sum"]
        return [("hours", hours)] if hours else []
    by, amount = ("currency", "amount") if model is Expense else ("line__unit", "quantity")
    return [
        (one[by] or "units", one["sum"])
        for one in bare.values(by).annotate(sum=Sum(amount)).order_by(by)
        if one["sum"]
    ]


def list_people() -> list[str]:
    """Return everybody who has hours here, by name."""
    return sorted(set(TimeEntry.objects.values_list("who", flat=True)), key=str.casefold)


def list_roles() -> list[str]:
    """Return the roles that hours were written down for."""
    return sorted(set(TimeEntry.objects.exclude(role="").values_list("role", flat=True)), key=str.casefold)


def read_week(who: str, *, day: date) -> Week:
    """Return the week of a day as somebody spent it; one query."""
    monday = day - timedelta(days=day.weekday())
    entries = TimeEntry.objects.filter(who=who, day__gte=monday, day__lt=monday + timedelta(days=7))
    rows: dict[tuple[object, ...], WeekRow] = {}
    for one in entries.select_related("client", "deal").order_by("client__name", "day", "pk"):
        key = (one.client_id, one.deal_id, one.role, one.note, one.is_billable)
        rows.setdefault(key, WeekRow(one)).days[(one.day - monday).days].append(one)
    return Week(monday, who, list(rows.values()))
