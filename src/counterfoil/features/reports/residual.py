"""
The profit and loss beside Xero's own: what the documents do not explain, by account and month.

Every difference is shown with its name. A difference that nobody can name is called that; no figure is
ever adjusted so that both agree.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from counterfoil.domain.proof import Finding, Leeway, Reason, compare
from counterfoil.features.history.in_xero import ask_in_words
from counterfoil.features.reports.profit_and_loss import Asked, Section, read_chart, select_postings
from counterfoil.mirror.models import Basis, Change, Cursor, Organisation, Posting, Quarantined, ReportedMonth
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.ledger import read_posted_by_xero
from counterfoil.sync.postings import POSTING
from counterfoil.sync.reported import (
    MOST_MONTHS,
    Reported,
    ReportedLine,
    keep_reported,
    load_reported,
    read_reported,
)
from counterfoil.xero.budget import Priority

_ZERO = Decimal(0)
_CENT = Decimal("0.01")
_ANY = Decimal("Infinity")

# Differences that a month read by itself may settle; what Xero posts by itself stays as it is.
_WORTH_ANOTHER_LOOK = {Reason.UNEXPLAINED, Reason.TIMING, Reason.JOURNALS, Reason.QUARANTINED}


@dataclass(frozen=True)
class Residual:
    """What Xero's report has beyond the documents, for one account in one month, and why."""

    account_id: str
    title: str
    section: Section
    month: date
    here: Decimal
    xero: Decimal
    reason: Reason

    @property
    def amount(self) -> Decimal:
        """Xero's figure less ours, as it counts in its own section."""
        return self.xero - self.here

    @property
    def effect(self) -> Decimal:
        """What it does to the profit."""
        return self.amount if self.section is Section.INCOME else -self.amount


@dataclass(frozen=True)
class Beside:
    """Xero's own report beside ours: net profit by month as Xero has it, None where it was not asked for."""

    months: Sequence[date]
    net: Sequence[Decimal | None]
    residuals: Sequence[Residual]
    asked_at: datetime | None
    # Documents changed here since, so that the two are of different moments.
    is_outdated: bool

    def list_reasons(self) -> list[tuple[Reason, list[Decimal]]]:
        """Return what each reason does to the profit of each month."""
        places = {month: place for place, month in enumerate(self.months)}
        found: dict[Reason, list[Decimal]] = defaultdict(lambda: [_ZERO] * len(self.months))
        for one in self.residuals:
            found[one.reason][places[one.month]] += one.effect
        return sorted(found.items(), key=lambda pair: list(Reason).index(pair[0]))

    @property
    def is_equal(self) -> bool:
        """Say whether every month was asked for and agrees to the cent."""
        return None not in self.net and not self.residuals


def compare_with_xero(organisation: Organisation, asked: Asked) -> Beside:
    """Return our figures beside the report that was last read from Xero; a constant number of queries."""
    rows = ReportedMonth.objects.filter(
        organisation=organisation, basis=asked.basis, month__in=asked.list_months()
    )
    kept = {row.month: load_reported(row) for row in rows}
    return _compare(organisation, asked, kept, min((row.asked_at for row in rows), default=None))


def look_in_xero(
    organisation: Organisation, asked: Asked, *, now: Callable[[], datetime], priority: Priority
) -> Beside:
    """
    Return our figures beside what Xero's report says now, of which nothing is kept.

    Raises NotHad; no transaction may be open.
    """
    reported = _ask(organisation, asked, now=now, priority=priority)
    with in_workspace(organisation.workspace_id):
        return _compare(organisation, asked, reported.months, reported.asked_at)


def ask_xero(organisation: Organisation, asked: Asked, *, asked_by: str, now: Callable[[], datetime]) -> None:
    """Read Xero's report of these months, and keep it. Raises NotHad; no transaction may be open."""
    reported = _ask(organisation, asked, now=now, priority=Priority.PERSON)
    keep_reported(organisation, asked.basis, reported, asked_by=asked_by)


def _ask(
    organisation: Organisation, asked: Asked, *, now: Callable[[], datetime], priority: Priority
) -> Reported:
    """Read Xero's report; a month that looks different from ours is read once more by itself."""
    with in_workspace(organisation.workspace_id):
        posted, doubts = _sum_by_month(organisation, asked), _Doubts(organisation, asked, None)

    def differs(month: date, lines: Sequence[ReportedLine]) -> bool:
        found = _compare_month(month, posted, {line.account_id: line for line in lines}, doubts)
        return any(one.reason in _WORTH_ANOTHER_LOOK for one in found)

    months = asked.list_months()[::-1][:MOST_MONTHS]
    return ask_in_words(
        lambda: read_reported(organisation, months, asked.basis, differs=differs, now=now, priority=priority)
    )


def _compare(
    organisation: Organisation,
    asked: Asked,
    reported: Mapping[date, Sequence[ReportedLine]],
    asked_at: datetime | None,
) -> Beside:
    """Return our figures beside what Xero said of some of the months."""
    posted, doubts = _sum_by_month(organisation, asked), _Doubts(organisation, asked, asked_at)
    residuals: list[Residual] = []
    net: list[Decimal | None] = []
    for month in asked.list_months():
        if month not in reported:
            net.append(None)
            continue
        lines = {line.account_id: line for line in reported[month]}
        net.append(sum(map(_profit_of, lines.values()), _ZERO))
        residuals += _compare_month(month, posted, lines, doubts)
    return Beside(asked.list_months(), net, residuals, asked_at, doubts.has_changes)


@dataclass(frozen=True)
class _Sums:
    """What the documents post, debits positive, and in how many lines and shares a cent may be lost."""

    amounts: Mapping[tuple[date, str], Decimal]
    foreign_lines: Mapping[tuple[date, str], int]
    shares: Mapping[tuple[date, str], int]


class _Doubts:
    """What may stand between the two, as far as it can be known from here."""

    def __init__(self, organisation: Organisation, asked: Asked, since: datetime | None) -> None:
        self.since = since
        self.chart = read_chart(organisation)
        self.posted_by_xero = read_posted_by_xero(organisation)
        self.has_journals = Cursor.objects.filter(
            organisation=organisation, stream="ManualJournals", succeeded_at__isnull=False
        ).exists()
        self.has_quarantined = Quarantined.objects.filter(
            organisation=organisation, stream__in=POSTING, settled_at=None
        ).exists()
        self.changed: Collection[tuple[date, str]] = ()
        self.has_changes = False
        if since is not None:
            changes = Change.objects.filter(organisation=organisation, stream__in=POSTING, at__gt=since)
            ids = list(changes.values_list("xero_id", flat=True)[:1000])
            self.has_changes = bool(ids)
            self.changed = _list_touched(organisation, asked, ids) if ids else ()

    def list_leeways(self, month: date, account_id: str, posted: "_Sums") -> list[Leeway]:
        """Return what can account for a difference, the surest first."""
        key = (month, account_id)
        found = [
            Leeway(Reason.ROUNDING, _CENT * posted.foreign_lines.get(key, 0)),
            Leeway(Reason.SHARES, _CENT * posted.shares.get(key, 0)),
        ]
        if key in self.changed:
            found.append(Leeway(Reason.TIMING, _ANY))
        if by_xero := self.posted_by_xero.get(account_id):
            found.append(Leeway(by_xero, _ANY))
        if not self.has_journals:
            found.append(Leeway(Reason.JOURNALS, _ANY))
        if self.has_quarantined:
            found.append(Leeway(Reason.QUARANTINED, _ANY))
        return found


def _sum_by_month(organisation: Organisation, asked: Asked) -> _Sums:
    postings: Any = select_postings(organisation, asked).annotate(month=TruncMonth("day"))
    rows = postings.values("month", "account").annotate(
        sum=Sum("amount"), lines=Sum("foreign_lines"), count=Count("pk")
    )
    chart = read_chart(organisation)
    amounts: dict[tuple[date, str], Decimal] = defaultdict(lambda: _ZERO)
    foreign: dict[tuple[date, str], int] = defaultdict(int)
    shares: dict[tuple[date, str], int] = defaultdict(int)
    for row in rows:
        account = chart.get(row["account"])
        if account is not None and account.section is not None:
            amounts[row["month"], account.account_id] += row["sum"]
            foreign[row["month"], account.account_id] += row["lines"]
            if asked.basis is Basis.CASH:
                shares[row["month"], account.account_id] += row["count"]
    return _Sums(amounts, foreign, shares)


def _list_touched(
    organisation: Organisation, asked: Asked, ids: Sequence[str]
) -> Collection[tuple[date, str]]:
    """Return the months and accounts to which these documents post."""
    postings: Any = Posting.objects.filter(organisation=organisation, basis=asked.basis, document_id__in=ids)
    rows = postings.annotate(month=TruncMonth("day")).values_list("month", "account").distinct()
    return set(rows)


def _compare_month(
    month: date, posted: _Sums, lines: Mapping[str, ReportedLine], doubts: _Doubts
) -> list[Residual]:
    ours = {account for at, account in posted.amounts if at == month}
    found = []
    for account_id in sorted({*ours, *lines}):
        title, section = _name(account_id, lines.get(account_id), doubts)
        amount = posted.amounts.get((month, account_id), _ZERO)
        here = -amount if section is Section.INCOME else amount
        xero = lines[account_id].amount if account_id in lines else _ZERO
        if here == xero:
            continue
        leeways = doubts.list_leeways(month, account_id, posted)
        causes = compare(Finding("", title, "", here, xero), leeways=leeways).causes
        found.append(Residual(account_id, title, section, month, here, xero, causes[0].reason))
    return found


def _name(account_id: str, line: ReportedLine | None, doubts: _Doubts) -> tuple[str, Section]:
    known = doubts.chart.get(account_id)
    if known is not None and known.section is not None:
        return f"{known.name} ({known.code})" if known.code else known.name, known.section
    assert line is not None
    return line.label, _find_section(line)


def _find_section(line: ReportedLine) -> Section:
    """Return where Xero's report has a line, by the words of its heading."""
    words = line.section.casefold()
    if "income" in words or "revenue" in words:
        return Section.INCOME
    return Section.COSTS if "cost" in words else Section.EXPENSES


def _profit_of(line: ReportedLine) -> Decimal:
    return line.amount if _find_section(line) is Section.INCOME else -line.amount
