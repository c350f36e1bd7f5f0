"""A sender killed with SIGKILL anywhere leaves each document in Xero once, and the truth here (PAIN 6)."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Invoice
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.lease import list_pushed
from counterfoil.sync.outbox.due import list_due
from tests.factories.sandbox import RunningSandbox
from tests.integration.sync.outbox.conftest import Books
from tests.integration.sync.outbox.killed_sender import BEFORE_STATEMENT, ON_THE_WIRE
from tests.integration.sync.outbox.wishing import new_invoice
from tests.integration.sync.outbox.workshop import FAULTS, STEPS, Workshop
from tests.integration.sync.test_killed_worker import environment, wait_until

ROOT = Path(__file__).resolve().parents[4]
SENDING = ("owned up", "written down", *ON_THE_WIRE, "answered", "stored")
LOOKING = ("looked", "settled")
KILLED = -signal.SIGKILL
TRY_LATER = 75


@dataclass
class Senders:
    """Processes that send, one after the other, and end where they are told."""

    process: subprocess.Popen[str]

    def send(self, books: Books, kill_at: str = "") -> int:
        """Have one send the outbox; return how it ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {
            "organisation": books.organisation.pk,
            "ahead_s": books.ahead.total_seconds(),
            "kill_at": kill_at,
        }
        ended = TRY_LATER
        while ended == TRY_LATER:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            ended = int(self.process.stdout.readline())
        return ended

    def finish(self, books: Books) -> None:
        """Have others take up what is left; a call that was cut off may reach Xero after the first look."""
        for _ in range(3):
            assert self.send(books) == 0
            books.wait(minutes=8)
            if not is_due(books):
                return


@pytest.fixture
def senders(make_books: Callable[..., Books], sandbox: RunningSandbox) -> Iterator[Senders]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.sync.outbox.killed_sender"],
        cwd=ROOT,
        env=environment(sandbox),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        yield Senders(process)
        assert process.stdin is not None
        process.stdin.close()


def is_due(books: Books) -> bool:
    """Say whether the schedule sends for it, once the database has noticed that the sender is dead."""
    with across_workspaces():
        wait_until(lambda: books.organisation.pk not in list_pushed())
        return books.organisation.pk in list_due(now=books.now())


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
