"""Sending to Xero: once, its answer stored, and the truth about what had no answer (PAIN 6)."""

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Change, Invoice
from tests.integration.sync.outbox.conftest import Books
from tests.integration.sync.outbox.wishing import new_invoice


def test_a_queued_invoice_is_in_xero_and_here_and_its_way_back_is_no_change(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))

    report = books.push()
    run = books.sync("full")

    done = books.again(operation)
    [invoice] = books.records("Invoices")
    with books.inside():
        mirrored = Invoice.objects.get()
        changes = list(Change.objects.filter(stream="Invoices").values_list("kind", "why"))
    assert report.calls == 1
    assert done.status is OutboxState.DONE
    assert done.xero_id == invoice["InvoiceID"] == mirrored.xero_id
    assert invoice["Reference"] == operation.reference
    assert invoice["Status"] == "DRAFT"
    assert run.state == "succeeded"
    assert changes == [("created", "push")]
