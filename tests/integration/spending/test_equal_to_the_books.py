"""All lines together are what the documents post, to the cent (issue 8, 5)."""

from collections import defaultdict
from decimal import Decimal

import pytest
from django.db.models import Sum

from counterfoil.features.spending.gathering import gather_lines
from counterfoil.features.spending.models import Line, Part
from counterfoil.mirror.models import Account
from counterfoil.sync.postings import POSTING, read_posted
from counterfoil.sync.streams import STREAM_BY_NAME
from tests.factories.copied import BOOKS, copy_books
from tests.integration.web.firms import NOW, make_firm, make_organisation
from tests.unit.xero_sandbox.conftest import SMALL, Xero


@pytest.mark.django_db
def test_revenue_and_costs_equal_what_the_documents_post() -> None:
    xero = Xero(SMALL)
    xero.connect()
    firm = make_firm()
    organisation = make_organisation(firm)
    with firm.inside():
        copy_books(organisation, xero, *BOOKS, "CreditNotes", "BankTransactions", "ManualJournals")
        gather_lines(organisation, now=NOW)

        accounts = Account.objects.filter(organisation=organisation)
        by_code = dict(accounts.values_list("code", "xero_id"))
        classes = dict(accounts.values_list("xero_id", "account_class"))
        posted: dict[str, Decimal] = defaultdict(Decimal)
        for stream in POSTING:
            records = STREAM_BY_NAME[stream].model._default_manager.filter(organisation=organisation)
            for text in records.values_list("raw", flat=True):
                for account, amount in read_posted(stream, text, by_code).amounts.items():
                    posted[classes.get(account, "")] += amount
        lines, parts = (
            dict(rows.order_by().values_list("side").annotate(sum=Sum("amount")))
            for rows in (Line.objects.exclude(side="other"), Part.objects.all())
        )
    xero.client.close()

    assert lines["revenue"] > 0
    assert lines == parts == {"revenue": -posted["REVENUE"], "cost": posted["EXPENSE"]}
