"""Reads Xero's own profit and loss, month by month, and keeps what it said and when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from counterfoil.domain.datekit import add_months
from counterfoil.mirror.models import Basis, Connection, Organisation, ReportedMonth
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.asking import ask_organisation
from counterfoil.sync.questions import Questions
from counterfoil.sync.reports import ReportLine
from counterfoil.sync.threads import DatabaseThread
from counterfoil.xero.client import XeroClient
from counterfoil.xero.gate import Priority

# Xero shows a month beside at most so many others. Source: Xero developer guide, "Reports", periods.
MOST_MONTHS = 12


class ReportedLine(msgspec.Struct, frozen=True):
    """An account's line in Xero's report of one month: income and costs are both positive."""

    account_id: str
    label: str
    section: str
    amount: Decimal


@dataclass(frozen=True)
class Reported:
    """What Xero's report says of each month, and when it was asked."""

    asked_at: datetime
    months: Mapping[date, Sequence[ReportedLine]]


def read_reported(
    organisation: Organisation,
    months: Sequence[date],
    basis: Basis,
    *,
    differs: Callable[[date, Sequence[ReportedLine]], bool],
    now: Callable[[], datetime],
    priority: Priority = Priority.PERSON,
) -> Reported:
    """
    Return what Xero says of these months, the newest first and at most twelve.

    Months side by side may lack days where they differ in length, so a month that `differs` is asked for
    once more by itself. Raises as `ask_organisation` does; no transaction may be open.
    """
    is_cash = basis is Basis.CASH

    async def ask(client: XeroClient, _thread: DatabaseThread) -> Reported:
        questions = Questions(client, priority)
        asked_at = now()
        found = await _read_columns(questions, months, is_cash=is_cash)
        for month in months:
            if month not in found or differs(month, found[month]):
                found[month] = _take(await _read(questions, month, is_cash=is_cash), 0)
        return Reported(asked_at, found)

    return ask_organisation(organisation, ask, now=now)


def keep_reported(organisation: Organisation, basis: Basis, reported: Reported, *, asked_by: str) -> None:
    """Keep what Xero said, for the page; of an organisation that was removed meanwhile, nothing."""
    with in_workspace(organisation.workspace_id):
        if not Connection.objects.select_for_update().filter(organisation=organisation).exists():
            return
        for month, lines in reported.months.items():
            ReportedMonth.objects.update_or_create(
                organisation=organisation,
                workspace_id=organisation.workspace_id,
                basis=basis,
                month=month,
                defaults={
                    "asked_at": reported.asked_at,
                    "asked_by": asked_by,
                    "lines": msgspec.to_builtins(lines),
                },
            )


def load_reported(row: ReportedMonth) -> list[ReportedLine]:
    """Return the lines of a month as they were kept."""
    return msgspec.convert(row.lines, list[ReportedLine], strict=False)


async def _read_columns(
    questions: Questions, months: Sequence[date], *, is_cash: bool
) -> dict[date, list[ReportedLine]]:
    lines = await _read(questions, months[0], is_cash=is_cash, before=len(months) - 1)
    if any(len(line.amounts) != len(months) for line in lines):
        return {}
    return {month: _take(lines, column) for column, month in enumerate(months)}


async def _read(questions: Questions, month: date, *, is_cash: bool, before: int = 0) -> list[ReportLine]:
    last = add_months(month, 1) - timedelta(days=1)
    return await questions.read_profit_and_loss(month, last, before=before, is_cash=is_cash)


def _take(lines: Sequence[ReportLine], column: int) -> list[ReportedLine]:
    return [
        ReportedLine(line.account_id, line.label, line.section, line.amounts[column])
        for line in lines
        if line.account_id and line.amounts[column]
    ]
