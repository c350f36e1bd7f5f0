"""Proves income and expenses: month by month against Xero's profit and loss, and this year's earnings."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from counterfoil.domain.datekit import add_months
from counterfoil.domain.proof import Cause, Evidence, Finding, Leeway, Reason, compare, merge_causes
from counterfoil.sync.balances import SHEET
from counterfoil.sync.figures import Copy
from counterfoil.sync.ledger import ChartAccount, Ledger, LedgerThread
from counterfoil.sync.postings import POSTING, Posted, read_posted
from counterfoil.sync.questions import Questions
from counterfoil.sync.reports import ReportLine
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.errors import AnswerNotUnderstood

_ZERO = Decimal(0)
_CENT = Decimal("0.01")
_ANY = Decimal("Infinity")

MONTHS = 12

# Months whose documents are all read again in one proof, to name the records behind a difference.
_MONTHS_LOOKED_INTO = 3

_PART = "Profit and loss"
_BY_ACCOUNT = "Profit and loss by account"


@dataclass(frozen=True)
class _Effect:
    """Where one document posts something else here than in Xero: to which account, in which month."""

    month: date
    account_id: str
    cause: Cause


class EarningsProof:
    """Compares income and expenses, and looks into the months that differ."""

    def __init__(self, copy: Copy, questions: Questions, mirror: LedgerThread) -> None:
        self._copy = copy
        self._questions = questions
        self._mirror = mirror
        self._ledger: Ledger | None = None
        self._months: dict[date, list[Finding]] = {}
        self._labels: dict[str, ReportLine] = {}

    async def compare_months(self) -> list[Finding]:
        """Return income and expenses of every month, and each account that differs."""
        newest = self._copy.today.replace(day=1)
        months = [add_months(newest, -number) for number in range(MONTHS)]
        ledger = self._ledger = await self._mirror.read_ledger(months[-1], self._copy.today)
        shown = await self._read_report(months)
        differing = []
        for month in months:
            if self._differences(month, shown[month]):
                # Where months differ in length, Xero's columns side by side may leave days out.
                shown[month] = await self._read_month(month)
                if self._differences(month, shown[month]):
                    differing.append(month)
        effects = await self._list_changed() if differing else []
        looked_into = 0
        for month in months:
            found = [one for one in effects if one.month == month]
            accounts = self._explain(month, shown[month], found)
            is_doubtful = ledger.months[month].has_damage or not all(one.is_explained for one in accounts)
            if month in differing and is_doubtful and looked_into < _MONTHS_LOOKED_INTO:
                looked_into += 1
                accounts = self._explain(month, shown[month], await self._look_into(month))
            self._months[month] = self._sum_up(month, shown[month], accounts)
        findings = [one for own in self._months.values() for one in own if one.part == _PART]
        return findings + [one for own in self._months.values() for one in own if one.part != _PART]

    def compare_sheet(self, lines: Iterable[ReportLine]) -> list[Finding]:
        """Return this financial year's earnings as the balance sheet has them, where it names them."""
        ledger = self._ledger
        theirs = next((one for one in lines if one.label.casefold() == "current year earnings"), None)
        if ledger is None or theirs is None:
            return []
        figure = Finding(
            SHEET,
            "Earnings of the current financial year",
            self._copy.base_currency,
            ledger.earned_this_year,
            theirs.amounts[0],
        )
        found = merge_causes(
            cause if one.title.startswith("Income") else _negate(cause)
            for month, own in self._months.items()
            if month >= ledger.year_begins.replace(day=1)
            for one in own
            if one.part == _PART
            for cause in one.causes
        )
        # Cents of a month may have gone the other way in the year as a whole.
        certain = [cause for cause in found if cause.records or cause.reason is not Reason.ROUNDING]
        lines_converted = sum(sum(one.foreign_lines.values()) for one in ledger.months.values())
        return [compare(figure, found=certain, leeways=[Leeway(Reason.ROUNDING, _CENT * lines_converted)])]

    async def _read_report(self, months: list[date]) -> dict[date, dict[str, Decimal]]:
        newest = months[0]
        lines = await self._questions.read_profit_and_loss(newest, _end_of(newest), before=len(months) - 1)
        if any(len(line.amounts) != len(months) for line in lines):
            return {month: await self._read_month(month) for month in months}
        return {month: self._collect(lines, number) for number, month in enumerate(months)}

    async def _read_month(self, month: date) -> dict[str, Decimal]:
        return self._collect(await self._questions.read_profit_and_loss(month, _end_of(month)), 0)

    def _collect(self, lines: list[ReportLine], column: int) -> dict[str, Decimal]:
        """Return each account's amount as the report shows it: income and costs are both positive."""
        own = [line for line in lines if line.account_id]
        self._labels |= {line.account_id: line for line in own}
        return {line.account_id: line.amounts[column] for line in own}

    def _account(self, account_id: str) -> ChartAccount:
        """Return the account; one that the mirror's chart lacks is known by its line in the report."""
        assert self._ledger is not None
        known = self._ledger.chart.get(account_id)
        if known is not None:
            return known
        line = self._labels[account_id]
        is_gain = any(word in line.label.casefold() for word in ("currency gain", "revaluation"))
        is_income = "income" in line.section.casefold() or "revenue" in line.section.casefold()
        return ChartAccount(account_id, line.label, is_income, Reason.GAINS if is_gain else None)

    def _here(self, month: date, account: ChartAccount) -> Decimal:
        assert self._ledger is not None
        posted = self._ledger.months[month].amounts.get(account.account_id, _ZERO)
        return -posted if account.is_income else posted

    def _list_accounts(self, month: date, shown: Mapping[str, Decimal]) -> list[ChartAccount]:
        """Return the income and expense accounts that have anything in a month on either side."""
        assert self._ledger is not None
        ours = [key for key in self._ledger.months[month].amounts if key in self._ledger.chart]
        accounts = [self._account(key) for key in {*shown, *ours}]
        return sorted(accounts, key=lambda one: (not one.is_income, one.title, one.account_id))

    def _differences(self, month: date, shown: Mapping[str, Decimal]) -> bool:
        accounts = self._list_accounts(month, shown)
        return any(self._here(month, one) != shown.get(one.account_id, _ZERO) for one in accounts)

    def _explain(
        self, month: date, shown: Mapping[str, Decimal], effects: Collection[_Effect]
    ) -> list[Finding]:
        """Return the accounts of a month, each with the causes of its difference."""
        assert self._ledger is not None
        findings = []
        for account in self._list_accounts(month, shown):
            causes = [one.cause for one in effects if one.account_id == account.account_id]
            foreign = self._ledger.months[month].foreign_lines.get(account.account_id, 0)
            leeways = [Leeway(Reason.ROUNDING, _CENT * foreign)]
            if account.posted_by_xero is not None:
                leeways.append(Leeway(account.posted_by_xero, _ANY))
            figure = Finding(
                _BY_ACCOUNT,
                f"{account.title}, {month:%B %Y}",
                self._copy.base_currency,
                self._here(month, account),
                shown.get(account.account_id, _ZERO),
                detail="income" if account.is_income else "expense",
            )
            found = tuple(_negate(cause) for cause in causes) if account.is_income else tuple(causes)
            findings.append(compare(figure, found=found, leeways=leeways))
        return findings

    def _sum_up(self, month: date, shown: Mapping[str, Decimal], accounts: list[Finding]) -> list[Finding]:
        """Return the month's income and expenses with all their causes, and the accounts that differ."""
        sums = []
        for word, kind in (("Income", "income"), ("Expenses", "expense")):
            own = [one for one in accounts if one.detail == kind]
            sums.append(
                Finding(
                    _PART,
                    f"{word}, {month:%B %Y}",
                    self._copy.base_currency,
                    sum((one.here for one in own), _ZERO),
                    sum((one.xero for one in own), _ZERO),
                    merge_causes(cause for one in own for cause in one.causes),
                )
            )
        return [*sums, *(replace(one, detail="") for one in accounts if not one.is_equal)]

    async def _list_changed(self) -> list[_Effect]:
        """Hold what Xero says has changed since the last sync against the same documents here."""
        theirs: list[Posted] = []
        for name in POSTING:
            stream = STREAM_BY_NAME[name]
            theirs += self._read(name, await self._questions.list_raw(stream, since=self._copy.since[name]))
        waiting = {(name, xero_id) for name in POSTING for xero_id in self._copy.quarantined.get(name, ())}
        known = {(one.stream, one.xero_id) for one in theirs}
        theirs += await self._mirror.list_quarantined(sorted(waiting - known), self._account_ids)
        return await self._hold_against(theirs)

    async def _look_into(self, month: date) -> list[_Effect]:
        """Read every document of a month in Xero, and hold each against ours."""
        following = add_months(month, 1)
        between = (
            f"Date >= DateTime({month.year},{month.month:02},01)"
            f" AND Date < DateTime({following.year},{following.month:02},01)"
        )
        theirs: list[Posted] = []
        for name in POSTING:
            texts = await self._questions.list_raw(STREAM_BY_NAME[name], {"where": between})
            theirs += self._read(name, texts)
        ours = await self._mirror.list_posted_in(month, following, self._account_ids)
        known = {(one.stream, one.xero_id) for one in theirs}
        only_here = [one for one in ours if (one.stream, one.xero_id) not in known]
        effects = [*await self._hold_against(theirs), *(e for one in only_here for e in self._lay(one, None))]
        return [one for one in effects if one.month == month]

    async def _hold_against(self, theirs: list[Posted]) -> list[_Effect]:
        ours: dict[tuple[str, str], Posted] = {}
        for name in POSTING:
            ids = [one.xero_id for one in theirs if one.stream == name]
            for posted in await self._mirror.list_posted(name, ids, self._account_ids):
                ours[name, posted.xero_id] = posted
        return [effect for one in theirs for effect in self._lay(ours.get((one.stream, one.xero_id)), one)]

    def _lay(self, ours: Posted | None, theirs: Posted | None) -> Iterable[_Effect]:
        """Yield where a document posts something else here than in Xero, debits positive."""
        one = theirs or ours
        assert one is not None
        here, there = _by_month(ours), _by_month(theirs)
        for key in sorted({*here, *there}):
            counts_here, counts_there = here.get(key, _ZERO), there.get(key, _ZERO)
            if counts_here == counts_there:
                continue
            evidence = Evidence(
                one.stream,
                one.xero_id,
                one.title,
                None if ours is None else counts_here,
                None if theirs is None else counts_there,
                one.kind,
            )
            reason = self._name_reason(one, ours, theirs)
            yield _Effect(*key, Cause(reason, counts_here - counts_there, (evidence,)))

    def _name_reason(self, one: Posted, ours: Posted | None, theirs: Posted | None) -> Reason:
        if one.xero_id in self._copy.quarantined.get(one.stream, frozenset()):
            return Reason.QUARANTINED
        held = ours.updated_at if ours else None
        if theirs is not None and self._copy.is_behind(one.stream, theirs.updated_at, held=held):
            return Reason.TIMING
        return Reason.UNEXPLAINED

    @property
    def _account_ids(self) -> Mapping[str, str]:
        assert self._ledger is not None
        return self._ledger.account_ids

    def _read(self, name: str, texts: Iterable[bytes]) -> list[Posted]:
        found = []
        for text in texts:
            try:
                found.append(read_posted(name, text, self._account_ids))
            except AnswerNotUnderstood:
                continue  # it lies in quarantine, and its amount stays unexplained
        return found


def _end_of(month: date) -> date:
    return add_months(month, 1) - timedelta(days=1)


def _by_month(posted: Posted | None) -> dict[tuple[date, str], Decimal]:
    if posted is None:
        return {}
    month = posted.day.replace(day=1)
    return {(month, account): amount for account, amount in posted.amounts.items()}


def _negate(cause: Cause) -> Cause:
    """Return the cause for a figure that counts credits as positive."""
    return replace(
        cause,
        amount=-cause.amount,
        records=tuple(
            replace(
                one,
                here=None if one.here is None else -one.here,
                xero=None if one.xero is None else -one.xero,
            )
            for one in cause.records
        ),
    )
