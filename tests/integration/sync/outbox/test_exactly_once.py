"""
Never one duplicate, none lost, every one in a state that says the truth.

Wishes of several kinds, lost answers, faults of Xero, killed processes and passing time come in any order.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.integration.sync.outbox.conftest import Books
from tests.integration.sync.outbox.workshop import FAULTS, STEPS, Workshop

MANY = 10_000


def build_machine(make_books: Callable[..., Books]) -> type[RuleBasedStateMachine]:
    """Return a machine whose every run has an organisation of its own."""

    class Outbox(RuleBasedStateMachine):
        """Everything that people, Xero and the network can do to an outbox."""

        def __init__(self) -> None:
            super().__init__()
            self.workshop = Workshop(make_books())

        @rule(count=st.integers(1, 6), every=st.sampled_from([0, 0, 3]))
        def wish_for_invoices(self, count: int, every: int) -> None:
            self.workshop.wish_for_invoices(count, every=every)

        @rule(count=st.integers(1, 3))
        def wish_for_contacts(self, count: int) -> None:
            self.workshop.wish_for_contacts(count)

        @rule(count=st.integers(1, 2))
        def wish_for_paid_invoices(self, count: int) -> None:
            self.workshop.wish_for_paid_invoices(count)

        @rule()
        def wish_for_edits(self) -> None:
            self.workshop.wish_for_edits(2)

        @rule()
        def wish_for_voids(self) -> None:
            self.workshop.wish_for_voids(1)

        @rule()
        def hold_one(self) -> None:
            self.workshop.hold_one()

        @rule(fault=st.sampled_from(FAULTS), count=st.integers(1, 5))
        def break_calls(self, fault: str, count: int) -> None:
            self.workshop.break_calls(fault, count)

        @rule(kill_at=st.sampled_from(["", "", *STEPS]))
        def push(self, kill_at: str) -> None:
            self.workshop.push(kill_at)

        @rule(seconds=st.sampled_from([5, 31, 90, 280, 350, 430, 3600]))
        def wait(self, seconds: int) -> None:
            self.workshop.wait(seconds)

        def teardown(self) -> None:
            self.workshop.calm_down()
            self.workshop.check()

    return Outbox


def test_whatever_happens_in_whatever_order_each_wish_is_granted_once(
    make_books: Callable[..., Books],
) -> None:
    run_state_machine_as_test(
        build_machine(make_books),
        settings=settings(
            max_examples=6,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_over_ten_thousand_operations_none_is_there_twice_and_none_is_lost(
    make_books: Callable[..., Books],
) -> None:
    chance = Random(2026)
    workshop = Workshop(make_books())
    acts: list[Callable[[], Any]] = [
        lambda: workshop.wish_for_invoices(chance.randint(1, 60), every=chance.choice([0, 0, 50])),
        lambda: workshop.wish_for_invoices(chance.randint(20, 80)),
        lambda: workshop.wish_for_contacts(chance.randint(1, 40)),
        lambda: workshop.wish_for_paid_invoices(chance.randint(1, 20)),
        lambda: workshop.wish_for_edits(chance.randint(1, 20)),
        lambda: workshop.wish_for_voids(1),
        workshop.hold_one,
        lambda: workshop.break_calls(chance.choice(FAULTS), chance.randint(1, 6)),
        lambda: workshop.break_calls("commit_then_timeout", chance.randint(1, 6)),
        lambda: workshop.push(chance.choice(["", *STEPS])),
        lambda: workshop.push(chance.choice(STEPS)),
        lambda: workshop.push(""),
        lambda: workshop.wait(chance.choice([5, 31, 90, 280, 350, 430, 3600])),
    ]

    while workshop.made < MANY:
        chance.choice(acts)()
    workshop.calm_down()

    workshop.check()
