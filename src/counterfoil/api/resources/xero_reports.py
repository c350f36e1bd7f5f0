"""Xero's own profit and loss beside ours: what it said when somebody last asked, and what it says now."""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from counterfoil.api.entry import BEHIND_PEOPLE, Place, asking_xero, find_place, needs, within_firm
from counterfoil.api.shapes import Amount, Day, write_amount
from counterfoil.features.reports.profit_and_loss import Asked, build_statement
from counterfoil.features.reports.residual import Beside, Residual, compare_with_xero, look_in_xero
from counterfoil.features.reports.tasks import draw_up_soon
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Basis

router = Router()
_HOME = "organisations/{int:organisation_id}/reports/profit-and-loss"


class AskedOut(Schema):
    """Which months are asked about: so many, up to the one that `until` lies in."""

    until: Day | None = None
    months: Annotated[int, Field(ge=1, le=12)] = 12
    basis: Basis = Basis.ACCRUAL


class MonthOut(Schema):
    """The net profit of a month here and in Xero's report."""

    month: str = Field(examples=["2026-05"])
    here: Amount
    xero: Amount | None = Field(description="Null where Xero was not asked about the month")


class ReportDifferenceOut(Schema):
    """One account in one month of which Xero says something else, and why."""

    month: str
    account_id: str
    title: str
    section: str
    here: Amount
    xero: Amount
    reason: str
    meaning: str


class BesideXero(Schema):
    """Xero's own report beside ours, in base currency; no figure is adjusted so that both agree."""

    asked_at: datetime | None = Field(description="When Xero was asked; of several times the earliest")
    is_equal: bool = Field(description="Xero was asked about every month, and all agree to the cent")
    is_outdated: bool = Field(description="Documents changed here since Xero was asked")
    months: list[MonthOut]
    differences: list[ReportDifferenceOut]
    documents_still_to_add: int


@router.get(_HOME + "/beside-xero", response=BesideXero, **needs(Permission.READ))
def show_beside_xero(request: HttpRequest, organisation_id: int, asked: Query[AskedOut]) -> BesideXero:
    """Show ours beside what Xero's report said when a person last asked for it; Xero is not asked."""
    place = find_place(request, organisation_id)
    wanted, left = _read(place, asked), draw_up_soon(place.organisation)
    return _tell(place, wanted, compare_with_xero(place.organisation, wanted), left)


@router.get(_HOME + "/in-xero", response=BesideXero, **asking_xero(Permission.READ))
def ask_for_report(request: HttpRequest, organisation_id: int, asked: Query[AskedOut]) -> BesideXero:
    """
    Ask Xero for its report now, and show ours beside it; nothing of it is kept.

    It costs one call, and one more for each month that differs.
    """
    with within_firm(request):
        place = find_place(request, organisation_id)
        wanted, left = _read(place, asked), draw_up_soon(place.organisation)
    beside = look_in_xero(place.organisation, wanted, now=timezone.now, priority=BEHIND_PEOPLE)
    with within_firm(request):
        return _tell(place, wanted, beside, left)


def _read(place: Place, asked: AskedOut) -> Asked:
    return Asked(last=(asked.until or place.today).replace(day=1), months=asked.months, basis=asked.basis)


def _tell(place: Place, asked: Asked, beside: Beside, left: int) -> BesideXero:
    ours = build_statement(place.organisation, asked).net.amounts
    currency = place.base_currency

    def tell(one: Residual) -> ReportDifferenceOut:
        return ReportDifferenceOut(
            month=_name(one.month),
            account_id=one.account_id,
            title=one.title,
            section=one.section.value,
            here=write_amount(one.here, currency),
            xero=write_amount(one.xero, currency),
            reason=one.reason.value,
            meaning=one.reason.meaning,
        )

    return BesideXero(
        asked_at=beside.asked_at,
        is_equal=beside.is_equal,
        is_outdated=beside.is_outdated,
        months=[
            MonthOut(
                month=_name(month),
                here=write_amount(here, currency),
                xero=None if xero is None else write_amount(xero, currency),
            )
            for month, here, xero in zip(beside.months, ours, beside.net, strict=True)
        ],
        differences=[tell(one) for one in beside.residuals],
        documents_still_to_add=left,
    )


def _name(month: date) -> str:
    return f"{month:%Y-%m}"
