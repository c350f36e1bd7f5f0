"""The app's minute: however the organisations call, Xero never sees more than it allows (issue 4)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.xero import budget as rules
from counterfoil.xero.budget import (
    RESERVES,
    AppBudget,
    CallReport,
    Priority,
    after_app_enter,
    after_app_news,
    is_news_for_app,
    wait_for_app,
)
from counterfoil.xero.errors import Limit, XeroBusy
from counterfoil.xero.wire.limits import LimitsLeft

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOTHING = timedelta(0)


def spent(calls: int, *, at: datetime = NOON) -> AppBudget:
    """Return the budget of an app that made so many calls at one moment."""
    return AppBudget(slices=((int(at.timestamp() // 5), calls),))


def report(left: int | None = None, busy: XeroBusy | None = None) -> CallReport:
    return CallReport("Invoices", 200, 0, LimitsLeft(app_minute=left), busy, finished_at=NOON)


@pytest.mark.parametrize("priority", Priority)
def test_each_priority_leaves_its_reserve_to_those_before_it(priority: Priority) -> None:
    last = 10_000 - RESERVES[priority].app_minute - 1

    assert wait_for_app(spent(last), now=NOON, priority=priority) == NOTHING
    assert wait_for_app(spent(last + 1), now=NOON, priority=priority) > NOTHING


def test_the_wait_ends_when_the_first_slice_is_over_for_certain() -> None:
    wait = wait_for_app(spent(10_000), now=NOON, priority=Priority.DELTA)

    assert timedelta(minutes=1) < wait <= timedelta(seconds=70)
    assert wait_for_app(spent(10_000), now=NOON + wait, priority=Priority.DELTA) == NOTHING


@given(
    phase=st.floats(0, 60),
    gaps=st.lists(st.floats(0, 12), min_size=1, max_size=120),
    way_s=st.lists(st.floats(0, 5), min_size=1, max_size=20),
)
def test_xero_never_counts_more_than_its_limit_in_any_window(
    phase: float, gaps: list[float], way_s: list[float]
) -> None:
    """Calls start whenever they may, and reach Xero up to five seconds later."""
    allowed = 20
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "APP_CALLS_A_MINUTE", allowed + RESERVES[Priority.DELTA].app_minute)
        budget, now, counted = AppBudget(), NOON, []
        for number, gap in enumerate(gaps):
            now += timedelta(seconds=gap if number % 3 == 0 else 0)
            while wait := wait_for_app(budget, now=now, priority=Priority.DELTA):
                now += wait
            budget = after_app_enter(budget, now=now)
            counted.append(now + timedelta(seconds=way_s[number % len(way_s)]))

    windows = [int((moment.timestamp() - phase) // 60) for moment in counted]
    assert max(windows.count(window) for window in windows) <= allowed


def test_the_budget_stays_small_however_long_it_is_used() -> None:
    budget = AppBudget()
    for second in range(600):
        budget = after_app_enter(budget, now=NOON + timedelta(seconds=second))

    assert len(budget.slices) == 14
    assert all(first[0] < second[0] for first, second in pairwise(budget.slices))


def test_an_answer_that_says_little_is_left_is_told_to_all() -> None:
    little, much = report(left=40), report(left=9_000)

    budget = after_app_news(AppBudget(), little)

    assert (is_news_for_app(little), is_news_for_app(much), is_news_for_app(report())) == (True, False, False)
    assert wait_for_app(budget, now=NOON, priority=Priority.DELTA) == timedelta(seconds=61)
    assert wait_for_app(budget, now=NOON + timedelta(seconds=61), priority=Priority.DELTA) == NOTHING


def test_what_is_left_by_an_answer_is_spent_by_later_calls() -> None:
    budget = after_app_news(AppBudget(), report(left=502))

    for _ in range(2):
        assert wait_for_app(budget, now=NOON, priority=Priority.DELTA) == NOTHING
        budget = after_app_enter(budget, now=NOON)

    assert wait_for_app(budget, now=NOON, priority=Priority.DELTA) > NOTHING


def test_a_refusal_of_the_app_holds_all_its_organisations_for_as_long_as_xero_says() -> None:
    busy = report(busy=XeroBusy(Limit.APP, retry_after=timedelta(seconds=17)))

    budget = after_app_news(AppBudget(), busy)

    assert is_news_for_app(busy)
    assert not is_news_for_app(report(busy=XeroBusy(Limit.MINUTE)))
    assert wait_for_app(budget, now=NOON, priority=Priority.PERSON) == timedelta(seconds=17)
