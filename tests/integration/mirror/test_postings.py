"""The database itself knows whose postings are to be drawn up again (issue 8, item 4)."""

import pytest

from counterfoil.mirror.models import Invoice, Unposted
from counterfoil.mirror.scope import in_workspace
from tests.integration.web.firms import make_firm, make_invoice, make_organisation


@pytest.mark.django_db
def test_a_document_is_noted_once_however_often_it_is_written() -> None:
    firm = make_firm()
    organisation = make_organisation(firm)
    invoice = make_invoice(firm, organisation)

    with in_workspace(firm.workspace.pk):
        Unposted.objects.all().delete()
        Invoice.objects.filter(xero_id=invoice.xero_id).update(status="VOIDED")
        Invoice.objects.filter(xero_id=invoice.xero_id).update(status="PAID")
        noted = [(one.stream, one.document_id) for one in Unposted.objects.all()]

    assert noted == [("Invoices", invoice.xero_id)]
