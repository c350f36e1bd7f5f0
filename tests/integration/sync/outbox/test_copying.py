"""A file is copied from a bill to an invoice byte for byte; what goes wrong with it stays with it (R8)."""

import hashlib
from random import Random
from typing import Any

import pytest

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Operation, OperationFile
from counterfoil.sync.outbox import files
from counterfoil.sync.outbox.proposing import resend
from counterfoil.xero.wishes import LARGEST_FILE, AttachFile, FileSource
from tests.integration.sync.outbox.conftest import Books, Killed, killing_at
from tests.integration.sync.outbox.wishing import new_contact, new_invoice

PDF = b"%PDF-1.7\n" + Random(9).randbytes(70_000)
STEPS = ("fetched", "written down", "answered", "read back", "stored")


def put_on_bill(books: Books, content: bytes = PDF, name: str = "AWS [Oct] 1.pdf") -> FileSource:
    """Attach a file to a new bill in Xero, as somebody there does."""
    bill = books.sandbox.act(books.tenant, "invoices", Type="ACCPAY", ContactID=books.contact_id())
    path = f"Invoices/{bill['InvoiceID']}/Attachments"
    headers = {"Content-Type": "application/pdf"}
    made = books.call("PUT", f"{path}/{name}", content=content, headers=headers).raise_for_status().json()
    [file] = made["Attachments"]
    return FileSource(endpoint="Invoices", document_id=bill["InvoiceID"], file_id=file["AttachmentID"])


def wish_for_copy(
    books: Books, source: FileSource, key: str = "copy:1", **fields: Any
) -> tuple[Operation, Operation]:
    """Wish for an invoice and for a copy of the file on it."""
    invoice = books.wish(new_invoice(books.contact_id()), f"{key}:invoice")
    usual: dict[str, Any] = {"file_name": "AWS [Oct] 1.pdf", "mime_type": "application/pdf"}
    wish = AttachFile(endpoint="Invoices", document_id="", source=source, **(usual | fields))
    return invoice, books.wish(wish, key, waits_for=invoice)


def list_files(books: Books, invoice: Operation) -> list[dict[str, Any]]:
    path = f"Invoices/{books.again(invoice).xero_id}/Attachments"
    found: list[dict[str, Any]] = books.call("GET", path).raise_for_status().json()["Attachments"]
    return found


def read_copy(books: Books, invoice: Operation, file: dict[str, Any]) -> bytes:
    path = f"Invoices/{books.again(invoice).xero_id}/Attachments/{file['AttachmentID']}"
    return books.call("GET", path, headers={"Accept": "application/pdf"}).raise_for_status().content


def count_kept(books: Books) -> int:
    with books.inside():
        return OperationFile.objects.count()


@pytest.mark.parametrize("is_online", [True, False])
def test_a_file_of_a_bill_is_on_the_invoice_byte_for_byte_and_kept_nowhere_here(
    books: Books, is_online: bool
) -> None:
    invoice, copy = wish_for_copy(books, put_on_bill(books), include_online=is_online)

    books.push()

    [file] = list_files(books, invoice)
    done = books.again(copy)
    assert read_copy(books, invoice, file) == PDF
    assert (file["FileName"], file["IncludeOnline"]) == ("AWS [Oct] 1.pdf", is_online)
    assert done.status is OutboxState.DONE
    assert hashlib.sha256(PDF).hexdigest()[:12] in done.sentence
    assert count_kept(books) == 0


def test_a_file_that_xero_refuses_is_retried_alone_and_the_invoice_is_not_touched(books: Books) -> None:
    invoice, copy = wish_for_copy(books, put_on_bill(books), file_name="AWS.pdf")
    books.push()
    for number in range(9):
        path = f"Invoices/{books.again(invoice).xero_id}/Attachments/{number}.pdf"
        books.call("PUT", path, content=b"%PDF", headers={"Content-Type": "application/pdf"})
    before = [one["UpdatedDateUTC"] for one in books.records("Invoices")]
    second = wish_for_another(books, invoice)

    books.push()

    refused = books.again(second)
    assert refused.status is OutboxState.REFUSED
    assert refused.xero_words == ["A document can have a maximum of 10 attachments."]
    assert count_kept(books) == 0
    assert [one["UpdatedDateUTC"] for one in books.records("Invoices")] == [*before, before_of(books)]
    assert books.again(invoice).status is books.again(copy).status is OutboxState.DONE

    with books.inside():
        Operation.objects.filter(pk=second.pk).update(
            wish=refused.wish.replace("Second.pdf", "AWS.pdf"),  # one that is there is replaced
        )
        resend([second.pk], by="Mara Tane", now=books.now())
    report = books.push()

    assert report.calls == 1
    assert books.again(second).status is OutboxState.DONE
    assert len(list_files(books, invoice)) == 10


def before_of(books: Books) -> str:
    """Return the stamp of the bill that came last."""
    return str(books.records("Invoices")[-1]["UpdatedDateUTC"])


def wish_for_another(books: Books, invoice: Operation) -> Operation:
    source = put_on_bill(books)
    wish = AttachFile(
        endpoint="Invoices",
        document_id=books.again(invoice).xero_id,
        file_name="Second.pdf",
        mime_type="application/pdf",
        source=source,
    )
    return books.wish(wish, "copy:2")


def test_a_file_of_the_largest_size_is_copied_and_one_byte_more_is_refused_in_words(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = b"%PDF-1.7\n" + bytes(LARGEST_FILE - 9)
    sources = [put_on_bill(books, content) for content in (largest, PDF, PDF[:-1])]
    invoice, copy = wish_for_copy(books, sources[0], file_name="Largest.pdf")
    books.push()
    [file] = list_files(books, invoice)
    assert read_copy(books, invoice, file) == largest
    assert books.again(copy).status is OutboxState.DONE

    # Xero takes none that is larger than that, so the limit is brought down to the third file.
    monkeypatch.setattr(files, "LARGEST_FILE", len(PDF) - 1)
    document_id = books.again(invoice).xero_id
    before = read_but_for_files(books, document_id)
    wishes = [
        AttachFile(
            endpoint="Invoices",
            document_id=document_id,
            file_name=f"{number}.pdf",
            mime_type="application/pdf",
            source=source,
        )
        for number, source in enumerate(sources[1:])
    ]
    over, within = [books.wish(wish, f"copy:{wish.file_name}") for wish in wishes]
    books.push()

    assert (books.again(over).status, books.again(within).status) == (OutboxState.REFUSED, OutboxState.DONE)
    assert "larger than the" in books.again(over).sentence
    assert sorted(one["FileName"] for one in list_files(books, invoice)) == ["1.pdf", "Largest.pdf"]
    assert read_but_for_files(books, document_id) == before
    assert count_kept(books) == 0


def read_but_for_files(books: Books, document_id: str) -> dict[str, Any]:
    """Return a document as Xero has it, but for whether files are on it and when one was put there."""
    [found] = [one for one in books.records("Invoices") if one["InvoiceID"] == document_id]
    by_files = {"HasAttachments", "Attachments", "UpdatedDateUTC", "UpdatedDateUTCString"}
    return {name: value for name, value in found.items() if name not in by_files}


def test_a_file_that_is_gone_is_named_and_the_invoice_goes_without_it(books: Books) -> None:
    gone = put_on_bill(books)
    gone = FileSource(endpoint="Invoices", document_id=gone.document_id, file_id=gone.document_id)
    invoice, copy = wish_for_copy(books, gone)

    books.push()

    refused = books.again(copy)
    assert books.again(invoice).status is OutboxState.DONE
    assert refused.status is OutboxState.REFUSED
    assert "could not be fetched from where it is in Xero" in refused.sentence
    assert list_files(books, invoice) == []


def test_a_fault_while_fetching_is_tried_again_and_keeps_nothing_else_waiting(books: Books) -> None:
    invoice, copy = wish_for_copy(books, put_on_bill(books))
    other = books.wish(new_contact(), "test:other")

    def break_down(passed: str) -> None:
        if passed == "stored" and books.sandbox.records(books.tenant, "Invoices")[-1]["Type"] == "ACCREC":
            books.sandbox.clear_faults()
            books.sandbox.fault("500", match="Invoices", count=4, seconds=0)

    books.push(break_down)

    waiting = books.again(copy)
    assert (waiting.status, waiting.looks) == (OutboxState.QUEUED, 1)
    assert "could not be fetched" in waiting.sentence
    assert books.again(other).status is OutboxState.DONE

    books.sandbox.clear_faults()
    books.wait(minutes=2)
    books.push()

    [file] = list_files(books, invoice)
    assert read_copy(books, invoice, file) == PDF


@pytest.mark.parametrize("step", STEPS)
def test_a_sender_that_is_stopped_at_any_step_leaves_one_whole_file(books: Books, step: str) -> None:
    invoice, copy = wish_for_copy(books, put_on_bill(books))
    with pytest.raises(Killed):
        books.push(killing_at_copy(step))

    for _ in range(3):
        books.wait(minutes=8)
        books.push()

    [file] = list_files(books, invoice)
    assert read_copy(books, invoice, file) == PDF
    assert books.again(copy).status is OutboxState.DONE
    assert count_kept(books) == 0


def killing_at_copy(step: str) -> Any:
    """End the process at this step of the copy; the invoice before it passes the same steps."""
    is_fetched = False

    def passes(passed: str) -> None:
        nonlocal is_fetched
        is_fetched |= passed == "fetched"
        if is_fetched:
            killing_at(step)(passed)

    return passes


def test_a_file_that_xero_holds_otherwise_than_it_was_sent_is_not_called_done(books: Books) -> None:
    invoice, copy = wish_for_copy(books, put_on_bill(books))

    def spoil(passed: str) -> None:
        [made] = [one for one in books.records("Invoices") if one["Type"] == "ACCREC"] or [{}]
        if passed == "answered" and made.get("HasAttachments"):
            path = f"Invoices/{made['InvoiceID']}/Attachments/AWS [Oct] 1.pdf"
            books.call("PUT", path, content=PDF[:-1], headers={"Content-Type": "application/pdf"})

    books.push(spoil)

    refused = books.again(copy)
    assert refused.status is OutboxState.REFUSED
    assert "other bytes than were sent" in refused.sentence
    with books.inside():
        resend([copy.pk], by="Mara Tane", now=books.now())
    books.push()
    [file] = list_files(books, invoice)
    assert read_copy(books, invoice, file) == PDF
