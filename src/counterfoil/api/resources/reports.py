"""Reports: the profit and loss, what is owed, and what clients earn."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from counterfoil.api.entry import Place, find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Amount, Day, write_amount, write_number
from counterfoil.domain.datekit import Period, list_year
from counterfoil.features.invoices.documents import Source
from counterfoil.features.profitability.asking import By
from counterfoil.features.profitability.earnings import Row, report_earnings
from counterfoil.features.reports.ageing import list_aged_clients
from counterfoil.features.reports.profit_and_loss import Asked, Line, build_statement
from counterfoil.features.reports.tasks import draw_up_soon
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Basis

router = Router()
_READING = needs(Permission.READ)


class StatementLineOut(Schema):
    """A figure of the statement, month by month."""

    title: str
    code: str
    amounts: list[Amount]
    total: Amount
    year_before: Amount


class SectionOut(Schema):
    """A part of the statement with its accounts and their sum."""

    title: str
    lines: list[StatementLineOut]
    total: StatementLineOut


class ProfitAndLoss(Schema):
    """The profit and loss as the mirrored documents make it, in base currency."""

    as_of: datetime
    columns: list[str] = Field(examples=[["2026-04", "2026-05"]])
    sections: list[SectionOut]
    gross: StatementLineOut
    net: StatementLineOut
    documents_still_to_add: int


class AgedOut(Schema):
    """What one client or contact owes in one currency, by age."""

    name: str
    client_id: int | None
    contact_id: str
    by_age: dict[str, Amount]
    total: Amount
    invoices: int


class Receivables(Schema):
    """What customers owe on this day."""

    day: str
    owed: list[AgedOut]


class EarnedOut(Schema):
    """What a client, a deal, a colleague or a month earned, and what is left of it."""

    key: str
    name: str
    invoiced: Amount
    paid: Amount
    costs: Amount
    time: Amount
    margin: Amount
    margin_percent: str | None


class Profitability(Schema):
    """Everybody's earnings, and what is nobody's, which together are the books."""

    first_day: str
    last_day: str
    rows: list[EarnedOut]
    unclaimed: EarnedOut


@router.get("organisations/{int:organisation_id}/reports/profit-and-loss", response=ProfitAndLoss, **_READING)
def show_profit_and_loss(
    request: HttpRequest,
    organisation_id: int,
    until: Day | None = None,
    months: Annotated[int, Field(ge=1, le=12)] = 12,
    basis: Basis = Basis.ACCRUAL,
) -> ProfitAndLoss:
    """Show the profit and loss of so many months up to the one that `until` lies in."""
    place = find_place(request, organisation_id)
    asked = Asked(last=(until or place.today).replace(day=1), months=months, basis=basis)
    waiting = draw_up_soon(place.organisation)
    statement = build_statement(place.organisation, asked)

    def tell(line: Line) -> StatementLineOut:
        return StatementLineOut(
            title=line.title,
            code=line.code,
            amounts=[write_amount(one, place.base_currency) for one in line.amounts],
            total=write_amount(line.total, place.base_currency),
            year_before=write_amount(line.before, place.base_currency),
        )

    return ProfitAndLoss(
        as_of=place.now,
        columns=[column.key for column in statement.columns],
        sections=[
            SectionOut(
                title=part.section.value, lines=[tell(one) for one in part.lines], total=tell(part.total)
            )
            for part in statement.parts
        ],
        gross=tell(statement.gross),
        net=tell(statement.net),
        documents_still_to_add=waiting,
    )


@router.get("organisations/{int:organisation_id}/reports/receivables", response=Receivables, **_READING)
def show_receivables(request: HttpRequest, organisation_id: int) -> Receivables:
    """Show what customers owe by age, one row for each client and currency."""
    place = find_place(request, organisation_id)
    found = list_aged_clients(Source(place.organisation, place.today), most=None)
    return Receivables(
        day=place.today.isoformat(),
        owed=[
            AgedOut(
                name=one.name,
                client_id=one.client_id,
                contact_id=one.contact_id,
                by_age={age: write_amount(amount, one.currency) for age, amount in one.by_age},
                total=write_amount(one.total, one.currency),
                invoices=one.count,
            )
            for one in found
        ],
    )


@router.get("organisations/{int:organisation_id}/reports/profitability", response=Profitability, **_READING)
def show_profitability(
    request: HttpRequest,
    organisation_id: int,
    first_day: Day | None = None,
    last_day: Day | None = None,
    by: By = By.CLIENT,
) -> Profitability:
    """Show what clients, deals, colleagues or months earned, net of tax, in the organisation's currency."""
    place = find_place(request, organisation_id)
    days = _read_days(place, first_day, last_day)
    report = report_earnings(place.organisation, days, by=by)
    return Profitability(
        first_day=days.start.isoformat(),
        last_day=days.last_day.isoformat(),
        rows=[_tell(one, report.currency) for one in report.rows],
        unclaimed=_tell(report.unclaimed, report.currency),
    )


def _read_days(place: Place, first_day: Any, last_day: Any) -> Period:
    year = list_year(place.today)
    first, last = first_day or year.start, last_day or year.last_day
    if last < first or (last - first).days > 3700:
        raise ApiProblem(Problem.NOT_VALID, "The days go from the first to the last, over ten years at most.")
    return Period(first, last + timedelta(days=1))


def _tell(row: Row, currency: str) -> EarnedOut:
    earned = row.now
    return EarnedOut(
        key=str(row.key or ""),
        name=row.name,
        invoiced=write_amount(earned.invoiced, currency),
        paid=write_amount(earned.paid, currency),
        costs=write_amount(earned.costs, currency),
        time=write_amount(earned.time, currency),
        margin=write_amount(earned.margin, currency),
        margin_percent=None if earned.rate is None else write_number(earned.rate, 1),
    )
