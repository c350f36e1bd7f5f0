"""What the mirror's documents post to income and expenses, as far as the proof compares it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django.db.models import QuerySet

from counterfoil.domain.datekit import add_months
from counterfoil.domain.proof import Reason
from counterfoil.mirror.models import Account, Item, Organisation, OrganisationProfile, Quarantined
from counterfoil.mirror.scope import in_workspace
from counterfoil.mirror.upsert import digest_of
from counterfoil.sync.postings import POSTED, POSTING, Posted, read_posted
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.sync.threads import DatabaseThread
from counterfoil.xero.errors import AnswerNotUnderstood

_ZERO = Decimal(0)

# Accounts that Xero posts to by itself. Source: Xero's OpenAPI, `SystemAccount` and `AccountType`.
_OF_SYSTEM = {
    "BANKCURRENCYGAIN": Reason.GAINS,
    "REALISEDCURRENCYGAIN": Reason.GAINS,
    "UNREALISEDCURRENCYGAIN": Reason.GAINS,
    "ROUNDING": Reason.ROUNDING,
}
_OF_KIND = {
    "DEPRECIATN": Reason.DEPRECIATION,
    "WAGESEXPENSE": Reason.PAYROLL,
    "SUPERANNUATIONEXPENSE": Reason.PAYROLL,
}


@dataclass(frozen=True)
class ChartAccount:
    """An account of income or expense; `posted_by_xero` where Xero posts to it without a document."""

    account_id: str
    title: str
    is_income: bool
    posted_by_xero: Reason | None


@dataclass
class MonthSums:
    """What the mirror's documents post in a month: by account, debits positive."""

    amounts: dict[str, Decimal] = field(default_factory=dict)
    foreign_lines: dict[str, int] = field(default_factory=dict)
    # Rows whose text is not as Xero sent it; their months are looked into rather than explained.
    has_damage: bool = False


@dataclass(frozen=True)
class Ledger:
    """The mirror's side: its chart, the sums of each month, and what this year has earned until today."""

    chart: Mapping[str, ChartAccount]
    account_ids: Mapping[str, str]
    months: Mapping[date, MonthSums]
    earned_this_year: Decimal
    year_begins: date


class LedgerThread:
    """Reads the mirror's documents with their lines, beside the event loop."""

    def __init__(self, organisation: Organisation, thread: DatabaseThread) -> None:
        self._organisation = organisation
        self._thread = thread

    async def read_ledger(self, first: date, today: date) -> Ledger:
        """Return the sums of every month from `first` to the one that today lies in."""
        return await self._thread.run(self._read_ledger, first, today)

    async def list_posted(
        self, stream: str, ids: Collection[str], account_ids: Mapping[str, str]
    ) -> list[Posted]:
        """Return what these documents post."""
        return await self._thread.run(self._list, stream, {"xero_id__in": list(ids)}, account_ids)

    async def list_posted_in(
        self, first: date, following: date, account_ids: Mapping[str, str]
    ) -> list[Posted]:
        """Return what the documents of these days post, `following` not among them."""
        days = {"date__gte": first, "date__lt": following, "status__in": POSTED}
        found = [await self._thread.run(self._list, name, days, account_ids) for name in POSTING]
        return [posted for own in found for posted in own]

    async def list_quarantined(
        self, waiting: Collection[tuple[str, str]], account_ids: Mapping[str, str]
    ) -> list[Posted]:
        """Return what these records in quarantine post, where their lines at least can be read."""
        return await self._thread.run(self._list_quarantined, waiting, account_ids)

    def _read_ledger(self, first: date, today: date) -> Ledger:
        with in_workspace(self._organisation.workspace_id):
            chart, account_ids = read_chart(self._organisation)
            begins = _read_year(self._organisation, today)
            months = {month: MonthSums() for month in _list_months(first, today)}
            earned = _ZERO
            rows = _list_rows(
                self._organisation, since=min(first, begins), until=add_months(_first(today), 1)
            )
            for stream, text, digest in rows:
                posted = _try_posted(stream, text, account_ids)
                if posted is None:
                    continue
                if begins <= posted.day <= today:
                    earned -= sum((value for key, value in posted.amounts.items() if key in chart), _ZERO)
                sums = months.get(_first(posted.day))
                if sums is not None:
                    _add(sums, posted)
                    sums.has_damage = sums.has_damage or digest_of(text.encode()) != bytes(digest)
        return Ledger(chart, account_ids, months, earned, begins)

    def _list(self, stream: str, narrowed: Mapping[str, Any], account_ids: Mapping[str, str]) -> list[Posted]:
        with in_workspace(self._organisation.workspace_id):
            model = STREAM_BY_NAME[stream].model
            rows = model._default_manager.filter(organisation=self._organisation, gone_at=None, **narrowed)
            found = [_try_posted(stream, text, account_ids) for text in rows.values_list("raw", flat=True)]
            return [posted for posted in found if posted is not None]

    def _list_quarantined(
        self, waiting: Collection[tuple[str, str]], account_ids: Mapping[str, str]
    ) -> list[Posted]:
        with in_workspace(self._organisation.workspace_id):
            rows = Quarantined.objects.filter(organisation=self._organisation, settled_at=None)
            found = [
                _try_posted(stream, text, account_ids)
                for stream, xero_id, text in rows.values_list("stream", "xero_id", "raw")
                if (stream, xero_id) in set(waiting)
            ]
            return [posted for posted in found if posted is not None]


def begin_of_year(today: date, *, ends_month: int, ends_day: int) -> date:
    """Return the first day of the financial year that today lies in."""
    ends = _clip(today.year, ends_month, ends_day)
    if ends >= today:
        ends = _clip(today.year - 1, ends_month, ends_day)
    return ends + timedelta(days=1)


def _clip(year: int, month: int, day: int) -> date:
    """Return the day, or the month's last where it has no such day."""
    first = date(year, month, 1)
    return min(first + timedelta(days=day - 1), add_months(first, 1) - timedelta(days=1))


def _first(day: date) -> date:
    return day.replace(day=1)


def _list_months(first: date, today: date) -> Iterator[date]:
    month = _first(first)
    while month <= today:
        yield month
        month = add_months(month, 1)


def _read_year(organisation: Organisation, today: date) -> date:
    """Where Xero has not said when the year ends, it ends with the calendar's."""
    profile = OrganisationProfile.objects.filter(organisation=organisation).defer("raw").first()
    month = profile.financial_year_end_month if profile else None
    day = profile.financial_year_end_day if profile else None
    return begin_of_year(today, ends_month=month or 12, ends_day=day or 31)


def read_chart(organisation: Organisation) -> tuple[dict[str, ChartAccount], dict[str, str]]:
    """Return the accounts of income and expense by id, and the ids of all accounts by code."""
    accounts = list(Account.objects.filter(organisation=organisation).defer("raw"))
    of_stock = set(_list_stock_codes(organisation))
    chart = {
        one.xero_id: ChartAccount(
            account_id=one.xero_id,
            title=f"{one.name} ({one.code})" if one.code else one.name,
            is_income=one.account_class == "REVENUE",
            posted_by_xero=(
                Reason.STOCK
                if one.code in of_stock
                else _OF_SYSTEM.get(one.system_account) or _OF_KIND.get(one.kind)
            ),
        )
        for one in accounts
        if one.account_class in ("REVENUE", "EXPENSE")
    }
    return chart, {one.code: one.xero_id for one in accounts if one.code}


def read_posted_by_xero(organisation: Organisation) -> dict[str, Reason]:
    """Return which accounts of income and expense Xero posts to without a document, and what."""
    chart, _ = read_chart(organisation)
    return {key: one.posted_by_xero for key, one in chart.items() if one.posted_by_xero is not None}


class _Purchase(msgspec.Struct):
    cost_account: str = msgspec.field(name="COGSAccountCode", default="")


class _Item(msgspec.Struct):
    purchase: _Purchase = msgspec.field(name="PurchaseDetails", default_factory=_Purchase)


def _list_stock_codes(organisation: Organisation) -> Iterable[str]:
    """Yield the codes of the accounts to which Xero posts the cost of tracked items when they are sold."""
    tracked = Item.objects.filter(organisation=organisation, is_tracked=True)
    for text in tracked.values_list("raw", flat=True):
        if code := msgspec.json.decode(text, type=_Item).purchase.cost_account:
            yield code


def _list_rows(organisation: Organisation, *, since: date, until: date) -> Iterator[tuple[str, str, bytes]]:
    """Yield the stream, text and fingerprint of every approved document of these days."""
    for name in POSTING:
        documents: QuerySet[Any] = STREAM_BY_NAME[name].model._default_manager.all()
        rows = documents.filter(
            organisation=organisation, gone_at=None, status__in=POSTED, date__gte=since, date__lt=until
        )
        for text, digest in rows.values_list("raw", "digest").iterator():
            yield name, text, digest


def _try_posted(stream: str, text: str, account_ids: Mapping[str, str]) -> Posted | None:
    """Return what a text of the mirror posts; one that was damaged here posts nothing, and so is missed."""
    try:
        return read_posted(stream, text, account_ids)
    except AnswerNotUnderstood:
        return None


def _add(sums: MonthSums, posted: Posted) -> None:
    for account, amount in posted.amounts.items():
        sums.amounts[account] = sums.amounts.get(account, _ZERO) + amount
        if posted.foreign_lines:
            sums.foreign_lines[account] = sums.foreign_lines.get(account, 0) + posted.foreign_lines
