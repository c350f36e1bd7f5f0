"""A firm that pays for clients: bills from its suppliers, rules with terms, and what is proposed of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.features.clients.models import Client
from counterfoil.features.recharging.models import Recharge, Source
from counterfoil.features.recharging.proposing import Charged
from counterfoil.features.recharging.scanning import Looked, begin_watch, look
from counterfoil.features.recharging.terming import keep_terms, set_rule_terms
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.models import Line, Rule
from counterfoil.features.spending.ruling import save_rule
from counterfoil.mirror.models import CreditNote, OrganisationProfile, Payment
from tests.integration.spending.conftest import ACCOUNTS, Shop
from tests.integration.web.firms import NOW, make_contact, make_firm, make_organisation

LATER = NOW + timedelta(hours=1)


@dataclass
class Desk(Shop):
    """Whoever recharges; everything is done inside the firm."""

    def rule(self, *clients: Client, shares: str = "", rule: Rule | None = None, **terms: Any) -> Rule:
        """Have the supplier's costs paid back by these clients, by their shares."""
        weights = [Decimal(one) for one in shares.split()] or [Decimal(1)] * len(clients)
        made = save_rule(
            self.organisation,
            rule,
            fields={"name": "Nimbus", "contact_id": self.supplier.xero_id, "act": Rule.Act.ATTRIBUTE},
            shares=[Shared(one.pk, None, weight) for one, weight in zip(clients, weights, strict=True)],
            by="someone",
            now=NOW,
        )
        set_rule_terms(self.organisation, made, fields=terms, by="someone", now=NOW)
        return made

    def charged(self, client: Client, weight: str = "1", **terms: Any) -> Charged:
        return Charged(Shared(client.pk, None, Decimal(weight)), keep_terms(self.organisation, terms))

    def look(self) -> Looked:
        self.gather()
        return look(self.organisation, now=NOW)

    def lines(self) -> list[Line]:
        return list(Line.objects.order_by("pk"))

    def source(self) -> Source:
        return Source.objects.get(ended_at=None)

    def recharge(self) -> Recharge:
        return Recharge.objects.exclude(state="dropped").get(adjusts=None)

    def statement(self) -> list[tuple[str, Decimal, Decimal | None, str, str]]:
        """Return every live recharge: whose, cost, charge, currency, state."""
        held = Recharge.objects.exclude(state="dropped").select_related("client").order_by("pk")
        return [(one.client.name, one.cost, one.charge, one.currency, one.state) for one in held]

    def credit(self, *lines: dict[str, Any]) -> CreditNote:
        """Have the supplier give a credit note."""
        total = sum(Decimal(str(one["LineAmount"])) for one in lines)
        return CreditNote.objects.create(
            organisation=self.organisation,
            workspace=self.firm.workspace,
            xero_id=f"credit-{CreditNote.objects.count()}",
            raw=json.dumps({"LineAmountTypes": "Exclusive", "LineItems": lines}),
            digest=b"",
            first_seen_at=NOW,
            changed_here_at=NOW,
            kind="ACCPAYCREDIT",
            status="AUTHORISED",
            date=date(2026, 11, 3),
            currency="GBP",
            currency_rate=Decimal(1),
            sub_total=total,
            total_tax=Decimal(0),
            total=total,
            remaining_credit=total,
            has_attachments=False,
            contact_id=self.supplier.xero_id,
            contact_name=self.supplier.name,
        )

    def pay(self, bill: Any, amount: str, rate: str) -> None:
        Payment.objects.create(
            organisation=self.organisation,
            workspace=self.firm.workspace,
            xero_id=f"payment-{Payment.objects.count()}",
            raw="{}",
            digest=b"",
            first_seen_at=NOW,
            changed_here_at=NOW,
            kind="ACCPAYPAYMENT",
            status="AUTHORISED",
            date=date(2026, 11, 20),
            amount=Decimal(amount),
            currency_rate=Decimal(rate),
            is_reconciled=False,
            invoice_id=bill.xero_id,
        )


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    firm = make_firm()
    organisation = make_organisation(firm)
    with firm.inside():
        OrganisationProfile.objects.update_or_create(
            organisation=organisation,
            defaults={"base_currency": "GBP"},
            create_defaults={
                "workspace": firm.workspace,
                "xero_id": "profile",
                "raw": "{}",
                "digest": b"",
                "first_seen_at": NOW,
                "changed_here_at": NOW,
                "base_currency": "GBP",
            },
        )
        made = Desk(firm, organisation, make_contact(firm, organisation, name="Nimbus Software"))
        for code, account_class in ACCOUNTS.items():
            made.account(code, account_class)
        begin_watch(organisation, since=date(2026, 1, 1), by="someone", now=NOW)
        yield made


@pytest.fixture
def said(desk: Desk) -> dict[str, Any]:
    """Who says it, and when."""
    return {"by": desk.firm.user, "now": NOW}
