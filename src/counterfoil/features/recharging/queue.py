"""
What can be asked about recharges: what waits for whom, and that nothing was forgotten.

Every line that was looked at is in one class: it waits, it is recharged, or it is said not to be. Together
they are all that was scanned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum, Value, When

from counterfoil.domain.recharging import WRITTEN, RechargeState
from counterfoil.features.recharging.models import Recharge, Source, Watch
from counterfoil.features.recharging.proposing import is_billed_in_xero, is_decided, select_scanned
from counterfoil.features.recharging.suggesting import Choice, list_choices
from counterfoil.features.spending.models import Line
from counterfoil.mirror.models import Organisation

PAGE_SIZE = 50
_State = RechargeState
_ZERO = Decimal(0)


class View(StrEnum):
    """Which list is shown."""

    FOUND = "found"
    PROPOSED = "proposed"
    READY = "ready"
    ASKS = "asks"
    DONE = "done"
    KEPT = "kept"


@dataclass(frozen=True)
class Place:
    """A row's place in a list, by which the next page is found."""

    day: date
    row_id: int


@dataclass(frozen=True)
class Found:
    """How many lines there are of a class, and what they come to in the organisation's currency."""

    count: int = 0
    amount: Decimal = _ZERO


@dataclass(frozen=True)
class Balance:
    """All lines that were looked at, by what became of them: these three, and nothing besides."""

    found: Found
    kept: Found
    recharged: Found
    scanned: Found
    unconverted: int  # in another currency without a rate, and so in no sum
    billed_in_xero: int  # of those recharged: somebody billed them on there

    @property
    def is_whole(self) -> bool:
        """Say whether nothing was forgotten."""
        counts = self.found.count + self.kept.count + self.recharged.count
        amounts = self.found.amount + self.kept.amount + self.recharged.amount
        return (counts, amounts) == (self.scanned.count, self.scanned.amount)


@dataclass(frozen=True)
class Waiting:
    """A line that nobody decided about, with what was chosen for others like it."""

    line: Line
    choice: Choice | None


@dataclass(frozen=True)
class Recharged:
    """A source with its recharges."""

    source: Source
    recharges: Sequence[Recharge]

    @property
    def is_repriced(self) -> bool:
        """Say whether a person still has to see another price."""
        return self.source.price_before is not None and self.source.price_seen_at is None

    @property
    def asking(self) -> Sequence[Recharge]:
        """Those that ask."""
        return [one for one in self.recharges if one.state == _State.ASKS]

    @property
    def has_proposals(self) -> bool:
        """Say whether there is something to accept."""
        return any(one.state == _State.PROPOSED for one in self.recharges)

    @property
    def is_open(self) -> bool:
        """Say whether it can be split otherwise: no invoice says any of it."""
        return all(one.state in (_State.PROPOSED, _State.READY) for one in self.recharges)


@dataclass(frozen=True)
class QueuePage:
    """One page of a list: lines, or sources; and where the next begins."""

    lines: Sequence[Waiting] = ()
    sources: Sequence[Recharged] = ()
    next_place: Place | None = None


def select_found(organisation: Organisation, watch: Watch) -> "QuerySet[Line]":
    """Return the lines that nobody and no rule decided about."""
    lines = select_scanned(organisation, watch.since).exclude(standing=Line.Standing.OVERHEAD)
    return lines.filter(~is_decided(), ~is_billed_in_xero())


def balance(organisation: Organisation, *, since: date, until: date | None = None) -> Balance:
    """Return what became of all that was paid in a period; one query."""
    lines = select_scanned(organisation, since)
    if until is not None:
        lines = lines.filter(day__lte=until)
    sources = Source.objects.filter(
        organisation=OuterRef("organisation"),
        document_id=OuterRef("document_id"),
        line_key=OuterRef("line_key"),
        ended_at=None,
    )
    accepted = Recharge.objects.exclude(state__in=[_State.PROPOSED.value, _State.DROPPED.value])
    rows = (
        lines.annotate(
            what=Case(
                When(
                    Exists(sources.filter(Exists(accepted.filter(source=OuterRef("pk"))))), Value("recharged")
                ),
                When(Exists(sources.filter(act=Source.Act.KEPT)), Value("kept")),
                # A proposal waits for a person, whatever the line is.
                When(Exists(sources), Value("found")),
                When(is_billed_in_xero(), Value("in_xero")),
                When(Q(standing=Line.Standing.OVERHEAD), Value("kept")),
                default=Value("found"),
            )
        )
        .order_by()
        .values("what")
        .annotate(count=Count("pk"), sum=Sum("amount"), without=Count("pk", filter=Q(amount=None)))
    )
    by_class = {row["what"]: Found(row["count"], row["sum"] or _ZERO) for row in rows}
    here, there = by_class.get("recharged", Found()), by_class.get("in_xero", Found())
    scanned = lines.aggregate(
        count=Count("pk"), sum=Sum("amount"), without=Count("pk", filter=Q(amount=None))
    )
    return Balance(
        found=by_class.get("found", Found()),
        kept=by_class.get("kept", Found()),
        recharged=Found(here.count + there.count, here.amount + there.amount),
        scanned=Found(scanned["count"], scanned["sum"] or _ZERO),
        unconverted=scanned["without"],
        billed_in_xero=there.count,
    )


def count_views(organisation: Organisation, watch: Watch) -> Mapping[View, int]:
    """Return how many rows each list has; two queries."""
    lists: dict[str, Any] = {
        view.value: Count("pk", filter=_select(view)) for view in View if view is not View.FOUND
    }
    counts = Source.objects.filter(organisation=organisation, ended_at=None).aggregate(**lists)
    counts[View.FOUND.value] = select_found(organisation, watch).count()
    return {view: counts[view.value] for view in View}


def count_unseen_prices(organisation: Organisation) -> int:
    """Return how many accepted costs wait until a person has seen that their price is another."""
    waiting = Source.objects.filter(
        _in([_State.READY]),
        organisation=organisation,
        ended_at=None,
        price_before__isnull=False,
        price_seen_at=None,
    )
    return waiting.count()


def list_rows(
    organisation: Organisation, watch: Watch, *, view: View, search: str = "", after: Place | None = None
) -> QueuePage:
    """Return a page of a list, the newest first; the same few queries for one row and for fifty."""
    if view is View.FOUND:
        lines = _page(select_found(organisation, watch), search, after)
        shown = lines[:PAGE_SIZE]
        choices = list_choices(organisation, shown)
        return QueuePage(
            lines=[Waiting(line, choices.get(line.pk)) for line in shown], next_place=_next(lines)
        )
    held = Source.objects.filter(_select(view), organisation=organisation, ended_at=None)
    sources = _page(_with_recharges(held), search, after)
    return QueuePage(sources=[read_source(one) for one in sources[:PAGE_SIZE]], next_place=_next(sources))


def find_source(organisation: Organisation, source_id: int) -> Recharged | None:
    """Return a source that holds, with its recharges."""
    held = Source.objects.filter(organisation=organisation, ended_at=None, pk=source_id)
    found = _with_recharges(held).first()
    return read_source(found) if found else None


def read_source(source: Source) -> Recharged:
    """Return a source with its recharges, which are read already."""
    return Recharged(source, list(source.recharges.all()))


def _with_recharges(sources: "QuerySet[Source]") -> "QuerySet[Source]":
    live = Recharge.objects.exclude(state=_State.DROPPED.value).select_related(
        "client", "deal", "terms", "draft"
    )
    return sources.select_related("rule", "made_by").prefetch_related(
        Prefetch("recharges", queryset=live.order_by("place", "pk"))
    )


def _select(view: View) -> Q:
    match view:
        case View.PROPOSED:
            return _in([_State.PROPOSED])
        case View.READY:
            return _in([_State.READY])
        case View.ASKS:
            return _in([_State.ASKS]) | (
                Q(price_before__isnull=False, price_seen_at=None) & _in([_State.PROPOSED, _State.READY])
            )
        case View.DONE:
            return _in(WRITTEN)
        case View.KEPT:
            return Q(act=Source.Act.KEPT)
        case View.FOUND:
            raise ValueError("Found are lines, not sources.")


def _in(states: Any) -> Q:
    return Q(Exists(Recharge.objects.filter(source=OuterRef("pk"), state__in=[one.value for one in states])))


def _page(rows: Any, search: str, after: Place | None) -> list[Any]:
    if search:
        rows = rows.filter(
            Q(contact_name__icontains=search)
            | Q(description__icontains=search)
            | Q(number__icontains=search)
            | Q(account_code=search)
        )
    if after is not None:
        rows = rows.filter(Q(day__lt=after.day) | Q(day=after.day, pk__lt=after.row_id))
    return list(rows.order_by("-day", "-pk")[: PAGE_SIZE + 1])


def _next(rows: Sequence[Any]) -> Place | None:
    last = rows[PAGE_SIZE - 1] if len(rows) > PAGE_SIZE else None
    return Place(last.day, last.pk) if last is not None else None
