"""A sender killed with SIGKILL anywhere leaves each document in Xero once, and the truth here (PAIN 6)."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Invoice
from tests.factories.sandbox import RunningSandbox
from tests.integration.sync.outbox.conftest import Books
from tests.integration.sync.outbox.killed_sender import BEFORE_STATEMENT, ON_THE_WIRE
from tests.integration.sync.outbox.senders import KILLED, Senders, is_due, running_senders
from tests.integration.sync.outbox.wishing import new_invoice
from tests.integration.sync.outbox.workshop import FAULTS, STEPS, Workshop

SENDING = ("owned up", "written down", *ON_THE_WIRE, "answered", "stored")
LOOKING = ("looked", "settled")


@pytest.fixture
def senders(make_books: Callable[..., Books], sandbox: RunningSandbox) -> Iterator[Senders]:
    with running_senders(sandbox) as running:
        yield running


def assert_each_once(books: Books, operations: list[Any]) -> None:
    """Hold what is here against what Xero has: each document once, and each operation says so."""
    found = {one.reference: one for one in (books.again(operation) for operation in operations)}
    there = books.records("Invoices")
    assert {one.status for one in found.values()} == {OutboxState.DONE}
    assert sorted(one["Reference"] for one in there) == sorted(found)
    assert {one["InvoiceID"] for one in there} == {one.xero_id for one in found.values()}
    with books.inside():
        here = set(Invoice.objects.filter(organisation=books.organisation).values_list("xero_id", flat=True))
    assert here == {one["InvoiceID"] for one in there}


def test_a_killed_sender_leaves_each_document_once_and_another_takes_up(
    books: Books, senders: Senders
) -> None:
    contact, operations = books.contact_id(), []

    for kill_at in SENDING:
        operations += [books.wish(new_invoice(contact), f"{kill_at}:{number}") for number in range(3)]
        ended = senders.send(books, kill_at)
        assert (kill_at, ended, is_due(books)) == (kill_at, KILLED, kill_at != "stored")
        senders.finish(books)

    assert_each_once(books, operations)


def test_a_sender_that_is_killed_while_it_looks_is_followed_by_one_that_looks_again(
    books: Books, senders: Senders
) -> None:
    contact, operations = books.contact_id(), []

    for kill_at in LOOKING:
        operations.append(books.wish(new_invoice(contact), kill_at))
        ended = [senders.send(books, "answering"), senders.send(books, kill_at)]
        assert (kill_at, ended) == (kill_at, [KILLED, KILLED])
        senders.finish(books)

    assert_each_once(books, operations)


def test_a_sender_that_is_killed_again_and_again_still_sends_each_once(
    books: Books, senders: Senders
) -> None:
    contact = books.contact_id()
    operations = [books.wish(new_invoice(contact), f"test:{number}") for number in range(3)]

    ended = []
    for step in ("written down", "answering", "looked", "settled"):
        ended.append(senders.send(books, step))
        books.wait(minutes=8)
    senders.finish(books)

    assert ended == [KILLED] * 4
    assert_each_once(books, operations)


@pytest.mark.slow
def test_a_sender_killed_before_any_statement_leaves_each_document_once(
    make_books: Callable[..., Books], senders: Senders
) -> None:
    number, ended = 0, KILLED

    while ended == KILLED:
        number += 1
        books = make_books()
        contact = books.contact_id()
        operations = [books.wish(new_invoice(contact), f"test:{one}") for one in range(3)]
        ended = senders.send(books, f"{BEFORE_STATEMENT}{number}")
        senders.finish(books)
        assert_each_once(books, operations)

    assert ended == 0
    assert number > 30  # it was killed before each of them, and once it was not


@pytest.mark.slow
def test_hundreds_of_kills_in_any_order_leave_none_twice_and_none_lost(
    make_books: Callable[..., Books], senders: Senders
) -> None:
    chance = Random(2026)
    workshop = Workshop(make_books())
    kills = 0
    while kills < 300:
        workshop.wish_for_invoices(chance.randint(1, 8), every=chance.choice([0, 0, 5]))
        workshop.wish_for_contacts(chance.randint(0, 3))
        workshop.wish_for_paid_invoices(chance.randint(0, 2))
        workshop.wish_for_edits(chance.randint(0, 3))
        if chance.random() < 0.3:
            workshop.break_calls(chance.choice(FAULTS), chance.randint(1, 4))
        for _ in range(chance.randint(1, 4)):
            statement = f"{BEFORE_STATEMENT}{chance.randint(1, 120)}"
            ended = senders.send(workshop.books, chance.choice([*STEPS, *ON_THE_WIRE, statement]))
            kills += ended == KILLED
        workshop.wait(chance.choice([5, 31, 90, 280, 350, 430]))

    workshop.calm_down()

    workshop.check()
