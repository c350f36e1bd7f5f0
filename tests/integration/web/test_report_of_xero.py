"""Xero's own profit and loss is read when a person asks, and kept with its time and basis (X16)."""

import pytest
from django.utils import timezone

from counterfoil.mirror.models import ReportedMonth, Usage
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import Firm, make_firm
from tests.integration.web.test_connecting import BRIGHTWATER, connect


@pytest.fixture
def firm(transactional_db: None) -> Firm:
    """A firm whose rows other connections see."""
    return make_firm()


def test_the_report_is_read_within_the_budget_and_what_no_document_has_is_named(
    firm: Firm, xero: Xero
) -> None:
    organisation = connect(firm, xero, BRIGHTWATER)
    page = f"/o/{organisation.pk}/reports/profit-and-loss/"
    last = timezone.now().strftime("%Y-%m")

    answer = firm.client.post(f"{page}ask/", {"months": "3", "until": last, "basis": "cash"})

    assert answer.headers["Location"] == f"{page}?basis=cash&months=3&until={last}#beside"
    with firm.inside():
        kept = list(ReportedMonth.objects.values_list("basis", "asked_by"))
        calls = sum(Usage.objects.values_list("calls", flat=True))
    assert kept == [("cash", firm.user.email)] * 3
    assert calls >= 4  # all months at once, and each that differs by itself
    shown = firm.client.get(answer.headers["Location"]).content.decode()
    assert "Net profit in Xero’s report" in shown
    assert "Manual journals, which may not be read here" in shown  # nothing was copied yet


def test_a_report_that_cannot_be_read_is_said_and_nothing_is_kept(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero, BRIGHTWATER)
    xero.fail("scope_removed", count=9)

    answer = firm.client.post(
        f"/o/{organisation.pk}/reports/profit-and-loss/ask/", {"months": "3", "basis": "accrual"}, follow=True
    )

    assert "Xero’s report was not read." in answer.content.decode()
    with firm.inside():
        assert not ReportedMonth.objects.exists()
