"""The profit and loss agrees with Xero's report, and says what documents cannot explain (X16)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from counterfoil.domain.proof import Reason
from counterfoil.features.reports.profit_and_loss import Asked, Section, build_statement
from counterfoil.features.reports.residual import Beside, compare_with_xero
from counterfoil.mirror.models import Basis, Organisation, ReportedMonth
from counterfoil.sync.reports import parse_lines
from tests.integration.reports.conftest import copy_organisation
from tests.integration.web.firms import Firm
from tests.unit.xero_sandbox.conftest import Xero

BRIGHTWATER, COOLABAH, BLANK = "Brightwater Studio Ltd", "Coolabah Trades Pty Ltd", "Blank Canvas Ltd"
YEAR = Asked(last=date(2026, 11, 1))


def keep_report(demo: Xero, firm: Firm, organisation: Organisation, asked: Asked) -> None:
    """Keep the stand-in's report of these months as a reading of it would."""
    for month in asked.list_months():
        last = Asked(last=month, months=1).following.isoformat()
        cash = "&paymentsOnly=true" if asked.basis is Basis.CASH else ""
        end = date.fromordinal(date.fromisoformat(last).toordinal() - 1)
        answer = demo.get(f"Reports/ProfitAndLoss?fromDate={month}&toDate={end}&standardLayout=true{cash}")
        lines = [
            {
                "account_id": line.account_id,
                "label": line.label,
                "section": line.section,
                "amount": str(line.amounts[0]),
            }
            for line in parse_lines(answer.content, "profit and loss")
            if line.account_id and line.amounts[0]
        ]
        with firm.inside():
            ReportedMonth.objects.create(
                organisation=organisation,
                workspace=firm.workspace,
                basis=asked.basis,
                month=month,
                asked_at=datetime.now(UTC),
                lines=lines,
            )


def compare(demo: Xero, name: str, basis: Basis) -> tuple[Beside, list[Decimal]]:
    firm, organisation = copy_organisation(demo, name)
    asked = Asked(last=date(2026, 11, 1), basis=basis)
    keep_report(demo, firm, organisation, asked)
    with firm.inside():
        return compare_with_xero(organisation, asked), list(build_statement(organisation, asked).net.amounts)


@pytest.mark.django_db
@pytest.mark.parametrize("basis", [Basis.ACCRUAL, Basis.CASH])
@pytest.mark.parametrize("name", [BRIGHTWATER, COOLABAH, BLANK])
def test_each_month_of_each_demo_organisation_is_xeros_with_every_difference_named(
    demo: Xero, name: str, basis: Basis
) -> None:
    beside, net = compare(demo, name, basis)

    explained = [sum((one.effect for one in beside.residuals if one.month == month), Decimal(0))
                 for month in beside.months]  # fmt: skip
    assert [ours + rest for ours, rest in zip(net, explained, strict=True)] == beside.net
    reasons = {one.reason for one in beside.residuals}
    assert reasons <= {Reason.ROUNDING, Reason.GAINS, Reason.SHARES}
    if name == COOLABAH and basis is Basis.ACCRUAL:
        assert beside.is_equal
        assert all(net)
    if name == BLANK:
        assert net == [Decimal(0)] * 12


@pytest.mark.django_db
def test_a_report_with_what_no_document_has_is_shown_with_the_difference(demo: Xero) -> None:
    firm, organisation = copy_organisation(demo, COOLABAH)
    keep_report(demo, firm, organisation, YEAR)
    with firm.inside():
        month = ReportedMonth.objects.get(month=YEAR.last)
        line = next(one for one in month.lines if one["section"] == "Less Operating Expenses")
        line["amount"] = str(Decimal(line["amount"]) + Decimal("12.34"))
        month.save()

        beside = compare_with_xero(organisation, YEAR)

    (found,) = beside.residuals
    assert (found.month, found.amount, found.effect) == (YEAR.last, Decimal("12.34"), Decimal("-12.34"))
    assert (found.section, found.reason) == (Section.EXPENSES, Reason.UNEXPLAINED)
