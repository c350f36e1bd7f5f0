"""A contact that is new in Xero becomes a customer here in the guide's four steps (R14, R15, K13)."""

import pytest
from django.utils import timezone

from counterfoil.mirror.models import Organisation, Run
from counterfoil.sync.engine import sync_organisation
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import Firm, make_firm
from tests.integration.web.test_connecting import connect


@pytest.fixture
def firm(transactional_db: None) -> Firm:
    """A firm whose rows a sync sees."""
    return make_firm()


def refresh(organisation: Organisation, kind: str = Run.Kind.DELTA) -> None:
    run = sync_organisation(organisation.pk, kind=kind, reason="test", now=timezone.now)
    assert run.state == Run.State.SUCCEEDED, run.sentence


def test_a_new_contact_is_a_customer_once_a_draft_invoice_was_raised(firm: Firm, xero: Xero) -> None:
    def is_among(show: str) -> bool:
        return "Fresh Face Ltd" in firm.client.get(f"/contacts/?show={show}").content.decode()

    organisation = connect(firm, xero)
    refresh(organisation, Run.Kind.FULL)
    contact = xero.running.act(organisation.tenant_id, "contacts", Name="Fresh Face Ltd")
    refresh(organisation)

    before = is_among("customers"), is_among("neither"), is_among("all")
    xero.running.act(
        organisation.tenant_id, "invoices", Type="ACCREC", Status="DRAFT",
        ContactID=contact["ContactID"], Amount=50,
    )  # fmt: skip
    refresh(organisation)
    after = is_among("customers"), is_among("neither"), is_among("all")

    assert before == (False, True, True)
    assert after == (True, False, True)
