"""A firm that may write to one organisation, with a client there and an agreement."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.domain.billing_calendar import Billed, Every
from counterfoil.features.billing.models import Agreement, AgreementLine, BillingRun, LinePrice
from counterfoil.features.billing.runs import start_run
from counterfoil.features.clients.models import Client, Link
from counterfoil.mirror.models import Connection, Contact, Grant, Organisation, OrganisationProfile
from tests.factories.copied import copy_books
from tests.factories.sandbox import WRITE_SCOPES
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation
from tests.unit.xero_sandbox.conftest import SMALL, Xero

JUNE = (date(2026, 6, 1), date(2026, 6, 30))


@pytest.fixture(scope="module")
def books() -> Iterator[Xero]:
    made = Xero(SMALL)
    made.connect()
    yield made
    made.client.close()


@dataclass
class Office:
    """Whoever bills the month; everything is done inside the firm."""

    firm: Firm
    organisation: Organisation
    customer: Client
    contact_id: str

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

    def run(self, first: date = JUNE[0], last: date = JUNE[1]) -> BillingRun:
        return start_run(
            self.firm.workspace, first_day=first, last_day=last, by=self.firm.user.email, now=NOW
        )


@pytest.fixture
def office(db: None, books: Xero) -> Iterator[Office]:
    firm = make_firm()
    organisation = make_organisation(
        firm, "Brightwater Studio Ltd", mode=Connection.Mode.TWO_WAY, writes=["invoices"]
    )
    with firm.inside():
        Grant.objects.update(scopes=WRITE_SCOPES.split())
        OrganisationProfile.objects.all().delete()
        copy_books(organisation, books)
        contact = Contact.objects.filter(status="ACTIVE", is_customer=True).order_by("xero_id")[0]
        client = Client.objects.create(workspace=firm.workspace, name="Harbour Foods", created_at=NOW)
        Link.objects.create(
            workspace=firm.workspace,
            client=client,
            organisation=organisation,
            contact_id=contact.xero_id,
            made_at=NOW,
        )
        yield Office(firm, organisation, client, contact.xero_id)
