"""A firm that may write to one organisation, with a client there and an agreement."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.config import queue
from counterfoil.domain.billing_calendar import Billed, Every
from counterfoil.features.billing.models import Agreement, AgreementLine, BillingRun, LinePrice
from counterfoil.features.billing.runs import start_run
from counterfoil.features.clients.models import Client
from counterfoil.mirror.models import Operation
from tests.integration.web.firms import NOW
from tests.integration.writing_firms import WritingFirm, make_writing_firm
from tests.unit.xero_sandbox.conftest import SMALL, Xero

JUNE = (date(2026, 6, 1), date(2026, 6, 30))


@pytest.fixture(scope="module")
def books() -> Iterator[Xero]:
    made = Xero(SMALL)
    made.connect()
    yield made
    made.client.close()


@dataclass
class Office(WritingFirm):
    """Whoever bills the month; everything is done inside the firm."""

    def agree(
        self, name: str = "Care", price: str | None = "300", *, customer: Client | None = None, **fields: Any
    ) -> Agreement:
        """Make an active monthly agreement from January on, with one fixed fee."""
        values = {
            "client": customer or self.customer,
            "organisation": self.organisation,
            "name": name,
            "state": Agreement.State.ACTIVE,
            "currency": "GBP",
            "every": Every.MONTH.value,
            "billed": Billed.IN_ARREARS.value,
            "anchor": date(2026, 6, 1),
            "starts_on": date(2026, 6, 1),
            "reference": "Care {month}",
            "created_at": NOW,
        }
        agreement = Agreement.objects.create(workspace=self.firm.workspace, **(values | fields))
        if price is not None:
            line = self.line(agreement, kind="fixed", description="Care in {month}")
            self.price(line, price)
        return agreement

    def line(self, agreement: Agreement, **fields: Any) -> AgreementLine:
        values = {"account_code": "200", "tax_type": "OUTPUT2", "place": agreement.lines.count()}
        return AgreementLine.objects.create(
            workspace=self.firm.workspace, agreement=agreement, **(values | fields)
        )

    def price(self, line: AgreementLine, amount: str, since: date = date(2026, 1, 1)) -> LinePrice:
        return LinePrice.objects.create(
            workspace=self.firm.workspace, line=line, since=since, amount=Decimal(amount)
        )

    def arrive(self) -> None:
        """Let Xero have what was sent."""
        Operation.objects.update(state="done", xero_id="in-xero", approved_at=NOW, done_at=NOW)

    def run(self, first: date = JUNE[0], last: date = JUNE[1]) -> BillingRun:
        return start_run(self.organisation, first_day=first, last_day=last, by=self.firm.user.email, now=NOW)


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a job run within the transaction of the test."""
    monkeypatch.setattr(queue, "close_old_connections", lambda: None)


@pytest.fixture
def office(db: None, books: Xero) -> Iterator[Office]:
    made = Office(**vars(make_writing_firm(books, client="Harbour Foods")))
    with made.firm.inside():
        yield made
