"""
A sender killed with SIGKILL while it copies a file or makes a link leaves each once (R8, PAIN 6).

The invoice that they go along with is not touched by any of it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Operation
from counterfoil.xero.wishes import AttachFile, LineSought, NewLink
from tests.factories.sandbox import RunningSandbox
from tests.integration.sync.outbox.conftest import Books
from tests.integration.sync.outbox.killed_sender import BEFORE_STATEMENT, ON_THE_WIRE
from tests.integration.sync.outbox.senders import KILLED, Senders, running_senders
from tests.integration.sync.outbox.test_copying import PDF, count_kept, list_files, put_on_bill, read_copy
from tests.integration.sync.outbox.wishing import new_invoice

COPYING = ("fetched", "written down", *ON_THE_WIRE, "answered", "read back", "stored")
LINKING = ("written down", *ON_THE_WIRE, "answered", "stored")
LOOKING = ("looked", "settled")


@pytest.fixture
def senders(make_books: Callable[..., Books], sandbox: RunningSandbox) -> Iterator[Senders]:
    with running_senders(sandbox) as running:
        yield running


@pytest.fixture
def invoice(books: Books) -> Operation:
    """An invoice in Xero that passes costs on."""
    return send_invoice(books)


def send_invoice(books: Books) -> Operation:
    made = books.wish(new_invoice(books.contact_id()), "test:invoice")
    books.push()
    return books.again(made)


def wish_for_copy(books: Books, invoice: Operation, name: str) -> Operation:
    source = put_on_bill(books)
    wish = AttachFile(
        endpoint="Invoices",
        document_id="",
        file_name=f"{name}.pdf",
        mime_type="application/pdf",
        include_online=True,
        source=source,
    )
    return books.wish(wish, f"copy:{name}", waits_for=invoice)


def wish_for_link(books: Books, invoice: Operation, name: str) -> Operation:
    bill = books.sandbox.act(books.tenant, "invoices", Type="ACCPAY", ContactID=books.contact_id())
    wish = NewLink(
        source_id=bill["InvoiceID"],
        source_line_id=bill["LineItems"][0]["LineItemID"],
        contact_id=books.contact_id(),
        sought=LineSought(place=1, words="Bookkeeping in November"),
    )
    return books.wish(wish, f"link:{name}", waits_for=invoice)


def read_invoice(books: Books, invoice: Operation) -> dict[str, Any]:
    """Return the invoice as Xero has it, but for whether files are on it and when one was put there."""
    [found] = [one for one in books.records("Invoices") if one["InvoiceID"] == invoice.xero_id]
    by_files = {"HasAttachments", "Attachments", "UpdatedDateUTC", "UpdatedDateUTCString"}
    return {name: value for name, value in found.items() if name not in by_files}


def assert_each_once(books: Books, invoice: Operation, copies: list[str], links: list[str]) -> None:
    """Hold the files and the links of the invoice against what was wished for, each once and whole."""
    files = list_files(books, invoice)
    assert sorted(one["FileName"] for one in files) == sorted(f"{name}.pdf" for name in copies)
    assert {read_copy(books, invoice, one) for one in files} == ({PDF} if copies else set())
    linked = books.records("LinkedTransactions")
    assert len({one["SourceLineItemID"] for one in linked}) == len(linked) == len(links)
    assert {one["TargetTransactionID"] for one in linked} == ({invoice.xero_id} if links else set())
    with books.inside():
        assert {one.status for one in Operation.objects.all()} == {OutboxState.DONE}
    assert count_kept(books) == 0


@pytest.mark.parametrize(
    ("copying", "linking"),
    [
        pytest.param(("fetched", "answering", "read back"), ("answering",), id="a few"),
        pytest.param(COPYING, LINKING, id="each", marks=pytest.mark.slow),
    ],
)
def test_a_killed_sender_leaves_one_whole_file_and_one_link_and_the_invoice_as_it_was(
    books: Books, senders: Senders, invoice: Operation, copying: Sequence[str], linking: Sequence[str]
) -> None:
    before = read_invoice(books, invoice)

    for kill_at in copying:
        wish_for_copy(books, invoice, kill_at)
        assert (kill_at, senders.send(books, kill_at)) == (kill_at, KILLED)
        senders.finish(books)
    for kill_at in linking:
        wish_for_link(books, invoice, kill_at)
        assert (kill_at, senders.send(books, kill_at)) == (kill_at, KILLED)
        senders.finish(books)

    assert_each_once(books, invoice, [*copying], [*linking])
    assert read_invoice(books, invoice) == before


@pytest.mark.slow
@pytest.mark.parametrize("wish_for", [wish_for_copy, wish_for_link])
def test_a_sender_that_is_killed_while_it_looks_is_followed_by_one_that_looks_again(
    books: Books, senders: Senders, invoice: Operation, wish_for: Callable[..., Operation]
) -> None:
    before = read_invoice(books, invoice)

    for kill_at in LOOKING:
        wish_for(books, invoice, kill_at)
        ended = [senders.send(books, "answering"), senders.send(books, kill_at)]
        assert (kill_at, ended) == (kill_at, [KILLED, KILLED])
        senders.finish(books)

    made: list[list[str]] = [[*LOOKING], []] if wish_for is wish_for_copy else [[], [*LOOKING]]
    assert_each_once(books, invoice, *made)
    assert read_invoice(books, invoice) == before


@pytest.mark.slow
def test_a_sender_killed_before_any_statement_leaves_each_file_and_link_once(
    make_books: Callable[..., Books], senders: Senders
) -> None:
    number, ended = 0, KILLED

    while ended == KILLED:
        number += 1
        books = make_books()
        invoice = send_invoice(books)
        before = read_invoice(books, invoice)
        wish_for_copy(books, invoice, "copy")
        wish_for_link(books, invoice, "link")
        ended = senders.send(books, f"{BEFORE_STATEMENT}{number}")
        senders.finish(books)
        assert_each_once(books, invoice, ["copy"], ["link"])
        assert read_invoice(books, invoice) == before

    assert ended == 0
    assert number > 30  # it was killed before each of them, and once it was not
