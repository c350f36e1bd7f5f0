"""Billable expenses are deleted for good, and their list tells neither a count nor an order (FACTS 6)."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from uuid import uuid4

import httpx
import pytest

from counterfoil.mirror.models import LinkedTransaction, Run
from counterfoil.mirror.scope import in_workspace
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_mirror_equals_xero import assert_equal

LINKS = "LinkedTransactions"


@pytest.fixture
def copied(connect: Callable[[RunningSandbox], Mirrored]) -> Iterator[Mirrored]:
    """A small organisation with more billable expenses than two pages hold, copied."""
    with running_sandbox(invoices=400, contacts=40, minute_calls=10_000, tier="advanced") as sandbox:
        state = sandbox.client.get("/sandbox/api/state").json()
        links = state["organisations"][0]["tables"][LINKS]
        links += [link | {"LinkedTransactionID": str(uuid4())} for link in islice(cycle(links), 230)]
        sandbox.client.post("/sandbox/api/state", json=state).raise_for_status()
        mirrored = connect(sandbox)
        mirrored.sync(Run.Kind.FULL)
        yield mirrored


def delete(mirrored: Mirrored, links: list[str]) -> None:
    for link in links:
        path = f"/sandbox/api/organisations/{mirrored.organisation.tenant_id}/linked-transactions/{link}"
        mirrored.sandbox.client.delete(path).raise_for_status()


def count_gone(mirrored: Mirrored) -> int:
    with in_workspace(mirrored.organisation.workspace_id):
        return LinkedTransaction.objects.exclude(gone_at=None).count()


def test_a_deleted_expense_is_asked_for_and_then_gone(copied: Mirrored) -> None:
    victims = list(copied.original_of(LINKS))[50:53]
    delete(copied, victims)

    run = copied.sync(Run.Kind.SWEEP)

    pages = len(copied.original_of(LINKS)) // 100 + 1
    assert (copied.streams(run)[LINKS].calls, count_gone(copied)) == (pages + 3, 3)
    assert_equal(copied, [LINKS])


def test_many_deleted_expenses_are_gone_when_a_second_reading_lacks_them_too(copied: Mirrored) -> None:
    delete(copied, list(copied.original_of(LINKS))[30:70])

    run = copied.sync(Run.Kind.SWEEP)

    pages = len(copied.original_of(LINKS)) // 100 + 1
    assert (copied.streams(run)[LINKS].calls, count_gone(copied)) == (2 * pages, 40)
    assert_equal(copied, [LINKS])


def test_an_expense_that_moved_to_a_page_already_read_is_not_taken_for_gone(copied: Mirrored) -> None:
    """While page 2 is on its way, one of page 1 is deleted: the first of page 2 moves into page 1."""
    copied.sandbox.fault("slow", match=LINKS, page=2, seconds=1.0)
    first = next(iter(copied.original_of(LINKS)))

    def delete_while_page_two_is_read() -> None:
        with httpx.Client(base_url=copied.sandbox.url) as client:
            while client.get("/sandbox/api/faults").json():
                time.sleep(0.02)
        delete(copied, [first])

    deleting = threading.Thread(target=delete_while_page_two_is_read)
    # A fault works before the answer is made, so that page 2 is the one without its first record.
    deleting.start()
    run = copied.sync(Run.Kind.SWEEP)
    deleting.join()

    assert copied.streams(run)[LINKS].calls == len(copied.original_of(LINKS)) // 100 + 2
    assert count_gone(copied) == 0
    copied.sync(Run.Kind.SWEEP)
    assert count_gone(copied) == 1
    assert_equal(copied, [LINKS])
