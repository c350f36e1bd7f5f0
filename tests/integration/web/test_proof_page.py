"""The page that proves the copy."""

from decimal import Decimal

import pytest
from django.utils import timezone

from counterfoil.mirror.models import Invoice, Run
from counterfoil.sync.engine import sync_organisation
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import Firm, make_firm, make_organisation
from tests.integration.web.test_connecting import connect


@pytest.fixture
def firm(transactional_db: None) -> Firm:
    """A firm whose rows the threads of a comparison can see."""
    return make_firm()


def text_of(firm: Firm, path: str, *, press: bool = False) -> str:
    answer = firm.client.post(path) if press else firm.client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_compares_only_when_asked(firm: Firm) -> None:
    make_organisation(firm)

    page = text_of(firm, "/activity/proof/")

    assert "Compare now" in page
    assert "figures compared" not in page


def test_the_page_shows_that_a_fresh_copy_agrees(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    sync_organisation(organisation.pk, kind=Run.Kind.FULL, reason="test", now=timezone.now)

    page = text_of(firm, f"/o/{organisation.pk}/activity/proof/", press=True)

    assert "The copy agrees with Xero: " in page
    assert "Unexplained" not in page


def test_the_page_names_the_record_that_is_wrong(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    sync_organisation(organisation.pk, kind=Run.Kind.FULL, reason="test", now=timezone.now)
    with firm.inside():
        invoice = Invoice.objects.filter(status="AUTHORISED", currency="GBP", amount_due__gt=0)[0]
        wrong = invoice.amount_due + Decimal("7.25")
        Invoice.objects.filter(xero_id=invoice.xero_id).update(amount_due=wrong)

    page = text_of(firm, "/activity/proof/", press=True)

    assert "The copy does not agree with Xero: " in page
    assert "7.25 unexplained" in page
    assert (
        f'<span class="strong">{invoice.number}</span>: here {wrong:,.2f}, in Xero {invoice.amount_due:,.2f}'
        in page
    )


def test_the_page_says_why_nothing_was_compared(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)

    page = text_of(firm, "/activity/proof/", press=True)

    assert "This organisation has not been copied in full yet. Sync it first." in page
