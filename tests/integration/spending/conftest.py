"""A firm with an organisation whose bills, spendings and sales are written line by line."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db.models import QuerySet

from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.models import Client
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.gathering import gather_lines
from counterfoil.features.spending.models import CostTally, Line, MonthSum, Part
from counterfoil.mirror.models import Account, Contact, Invoice, Organisation
from tests.integration.web.firms import NOW, Firm, make_contact, make_firm, make_invoice, make_organisation

_ids = count(1)
ACCOUNTS = {"200": "REVENUE", "310": "EXPENSE", "429": "EXPENSE", "710": "ASSET"}


def line(amount: str, account: str = "429", **fields: Any) -> dict[str, Any]:
    """Return a line as Xero writes it."""
    written = {"LineItemID": f"line-{next(_ids)}", "Description": "Software", "AccountCode": account}
    return written | {"LineAmount": float(amount), "TaxAmount": 0.0, "Tracking": []} | fields


@dataclass
class Shop:
    """Whoever attributes costs; everything is done inside the firm."""

    firm: Firm
    organisation: Organisation
    supplier: Contact
    clients: dict[str, Client] = field(default_factory=dict)

    def customer(self, name: str, contact: Contact | None = None) -> Client:
        made = Client.objects.create(workspace=self.firm.workspace, name=name, created_at=NOW)
        if contact is not None:
            link_contact(
                self.organisation, contact_id=contact.xero_id, client=made, by=self.firm.user, now=NOW
            )
        return made

    def account(self, code: str, account_class: str) -> None:
        Account.objects.create(
            organisation=self.organisation,
            workspace=self.firm.workspace,
            xero_id=f"account-{code}",
            raw="{}",
            digest=b"",
            first_seen_at=NOW,
            changed_here_at=NOW,
            status="ACTIVE",
            code=code,
            name=f"Account {code}",
            account_class=account_class,
            enable_payments=False,
        )

    def bill(self, *lines: dict[str, Any], contact: Contact | None = None, **fields: Any) -> Invoice:
        return self.invoice(*lines, contact=contact or self.supplier, kind="ACCPAY", **fields)

    def invoice(self, *lines: dict[str, Any], contact: Contact, **fields: Any) -> Invoice:
        total = sum(Decimal(str(one["LineAmount"])) for one in lines)
        values = {"total": total, "amount_due": total, "sub_total": total, "currency_rate": Decimal(1)}
        values |= {"contact_id": contact.xero_id, "contact_name": contact.name} | fields
        raw = json.dumps({"LineAmountTypes": "Exclusive", "LineItems": lines})
        return make_invoice(self.firm, self.organisation, raw=raw, **values)

    def rewrite(self, invoice: Invoice, *lines: dict[str, Any], **fields: Any) -> None:
        """Let the document come back from Xero with other lines."""
        values = {"raw": json.dumps({"LineAmountTypes": "Exclusive", "LineItems": lines}), **fields}
        Invoice.objects.filter(xero_id=invoice.xero_id).update(**values)

    def gather(self) -> None:
        gather_lines(self.organisation, now=NOW)

    def costs(self) -> list[Line]:
        return list(Line.objects.filter(side="cost").order_by("pk"))

    def revenue(self) -> "QuerySet[Line]":
        return Line.objects.filter(side="revenue")

    def parts(self) -> list[tuple[str, str, Decimal]]:
        """Return every cost by whose it is."""
        held = Part.objects.filter(side="cost").select_related("client").order_by("line_id", "pk")
        return [
            (part.client.name if part.client else part.standing, part.line.why, part.amount) for part in held
        ]


def share(client: Client, weight: str = "1") -> Shared:
    return Shared(client.pk, None, Decimal(weight))


@pytest.fixture
def shop(db: None) -> Iterator[Shop]:
    firm = make_firm()
    organisation = make_organisation(firm)
    with firm.inside():
        supplier = make_contact(firm, organisation, name="Nimbus Software")
        made = Shop(firm, organisation, supplier)
        for code, account_class in ACCOUNTS.items():
            made.account(code, account_class)
        yield made
        assert_kept_sums_are_true()


def assert_kept_sums_are_true() -> None:
    """Hold what the database keeps of lines and parts against adding all of them up."""
    sums: dict[tuple[object, ...], list[Decimal]] = {}
    for part in Part.objects.all():
        key = (
            part.organisation_id, part.day.replace(day=1), part.client_id or 0, part.deal_id or 0, part.side,
            part.standing,
        )  # fmt: skip
        sum_of = sums.setdefault(key, [Decimal(0), Decimal(0), Decimal(0)])
        for place, value in enumerate((1, part.amount, part.settled)):
            sum_of[place] += value
    names = ("organisation_id", "month", "client_id", "deal_id", "side", "standing")
    kept = MonthSum.objects.values_list(*names, "parts", "amount", "settled")
    assert {tuple(row[:6]): list(row[6:]) for row in kept} == sums
    tallies: Counter[tuple[object, ...]] = Counter()
    for line in Line.objects.filter(side=Line.Side.COST):
        tallies[line.standing, line.is_skipped, line.has_changed, line.amount is None] += 1
    flags = ("standing", "is_skipped", "has_changed", "is_unconverted")
    assert {tuple(row[:4]): row[4] for row in CostTally.objects.values_list(*flags, "lines")} == tallies
