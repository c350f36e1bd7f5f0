"""
What can be asked about costs that wait to be attributed, and what people chose for others like them.

Nothing falls between: attributed, overhead and unattributed costs together are all that were found.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from counterfoil.domain.margins import Found
from counterfoil.features.spending.models import CostTally, Line, MonthSum, Part, Reading
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.models.searchable import is_known_as

PAGE_SIZE = 50


class View(StrEnum):
    """Which costs are shown."""

    OPEN = "open"
    SKIPPED = "skipped"
    CHANGED = "changed"
    DECIDED = "decided"


@dataclass(frozen=True)
class Place:
    """A row's place in the queue, by which the next page is found."""

    day: date
    line_id: int


@dataclass(frozen=True)
class Suggestion:
    """What people chose for costs like this one: how often, of how many."""

    standing: str
    client_id: int | None
    client_name: str
    times: int
    of: int
    is_same_account: bool


@dataclass(frozen=True)
class Waiting:
    """A cost with what may be done about it."""

    line: Line
    parts: Sequence[Part]
    suggestion: Suggestion | None


@dataclass(frozen=True)
class Tally:
    """How many costs there are of each view, and what all of them come to."""

    counts: Mapping[View, int]
    found: Found
    unconverted: int


@dataclass(frozen=True)
class QueuePage:
    """One page of costs, and where the next begins."""

    rows: Sequence[Waiting]
    next_place: Place | None


# In which list a cost is, by whether it is unattributed and left for later.
_LISTS = {
    (True, False): View.OPEN,
    (True, True): View.SKIPPED,
    (False, False): View.DECIDED,
    (False, True): View.DECIDED,
}


def _select(view: View) -> Q:
    match view:
        case View.OPEN:
            return Q(standing=Line.Standing.OPEN, is_skipped=False)
        case View.SKIPPED:
            return Q(standing=Line.Standing.OPEN, is_skipped=True)
        case View.CHANGED:
            return Q(has_changed=True)
        case View.DECIDED:
            return ~Q(standing=Line.Standing.OPEN)


def select_costs(organisation: Organisation) -> "QuerySet[Line]":
    """Return every line that is a cost."""
    return Line.objects.filter(organisation=organisation, side=Line.Side.COST)


def sum_found(organisation: Organisation) -> Found:
    """Return all costs by what became of them."""
    sums = (
        MonthSum.objects.filter(organisation=organisation, side=Line.Side.COST)
        .order_by()
        .values("standing")
        .annotate(sum=Sum("amount"))
    )
    return Found(**{row["standing"]: row["sum"] for row in sums})


def count_costs(organisation: Organisation) -> Tally:
    """Return how many costs each view has, and what they come to; two queries, however many there are."""
    counts = dict.fromkeys(View, 0)
    unconverted = 0
    for one in CostTally.objects.filter(organisation=organisation):
        is_open = one.standing == Line.Standing.OPEN
        counts[_LISTS[is_open, one.is_skipped]] += one.lines
        counts[View.CHANGED] += one.lines if one.has_changed else 0
        unconverted += one.lines if one.is_unconverted else 0
    return Tally(counts, sum_found(organisation), unconverted)


def list_costs(
    organisation: Organisation, *, view: View = View.OPEN, search: str = "", after: Place | None = None
) -> QueuePage:
    """Return a page of costs, the newest first, each with what was chosen for others like it."""
    lines = select_costs(organisation).filter(_select(view))
    if search:
        lines = lines.filter(is_known_as(search) | Q(account_code=search))
    if after is not None:
        lines = lines.filter(Q(day__lt=after.day) | Q(day=after.day, pk__lt=after.line_id))
    chosen = lines.select_related("rule", "verdict__made_by").prefetch_related("parts__client", "parts__deal")
    found = list(chosen.order_by("-day", "-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    last = Place(shown[-1].day, shown[-1].pk) if len(found) > PAGE_SIZE else None
    suggestions = _Choices.read(organisation, {line.contact_id for line in shown})
    return QueuePage(
        [Waiting(line, list(line.parts.all()), suggestions.suggest(line)) for line in shown], last
    )


def is_catching_up(organisation: Organisation) -> bool:
    """Say whether lines are still being read or attributed after a change."""
    reading = Reading.objects.filter(organisation=organisation).first()
    return reading is None or reading.is_stale or reading.read_until is None


@dataclass(frozen=True)
class _Choices:
    """
    How often people of this firm chose what, by supplier and account: plain counting, and nothing else.

    Nothing is learnt from other firms, and no model is trained. Source: Xero developer platform terms.
    """

    _counts: Mapping[str, Sequence[Mapping[str, Any]]]

    @classmethod
    def read(cls, organisation: Organisation, contact_ids: set[str]) -> "_Choices":
        """Return what was chosen by hand for lines of these contacts; one query."""
        chosen = (
            Part.objects.filter(
                organisation=organisation,
                line__contact_id__in=contact_ids - {""},
                line__why=Line.Why.BY_HAND,
                line__side=Line.Side.COST,
                line__standing=F("standing"),  # what a firm bears of a cost of others is no choice
            )
            .order_by()
            .values("line__contact_id", "line__account_code", "standing", "client_id", "client__name")
            .annotate(times=Count("line", distinct=True))
        )
        counts: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in chosen:
            counts[row["line__contact_id"]].append(row)
        return cls(counts)

    def suggest(self, line: Line) -> Suggestion | None:
        """Return what was chosen most often, for the same supplier and account where there was a choice."""
        if line.standing != Line.Standing.OPEN:
            return None
        of_supplier = self._counts.get(line.contact_id, [])
        same = [row for row in of_supplier if row["line__account_code"] == line.account_code]
        return _most_frequent(same, is_same_account=True) or _most_frequent(
            of_supplier, is_same_account=False
        )


def _most_frequent(rows: Sequence[Mapping[str, Any]], *, is_same_account: bool) -> Suggestion | None:
    times: dict[tuple[str, int | None, str], int] = defaultdict(int)
    for row in rows:
        times[row["standing"], row["client_id"], row["client__name"] or ""] += row["times"]
    if not times:
        return None
    # Between equals the name decides, so that the same is suggested each time.
    (standing, client_id, name), most = min(times.items(), key=lambda one: (-one[1], one[0][2], one[0][0]))
    return Suggestion(standing, client_id, name, most, sum(times.values()), is_same_account)
