"""The rule of the gate: what may start when, and that no window of Xero ever sees too much."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.xero.budget import (
    LOST_AFTER,
    PLACE_POLL,
    RESERVES,
    WINDOW,
    Budget,
    CallReport,
    Parked,
    Priority,
    after_enter,
    after_leave,
    build_busy,
    wait_needed,
)
from counterfoil.xero.errors import Limit, XeroBusy
from counterfoil.xero.wire.limits import LimitsLeft

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NOTHING = timedelta(0)
PERSON, BACKFILL = Priority.PERSON, Priority.BACKFILL


def report(
    at: datetime,
    *,
    limits: LimitsLeft | None = None,
    busy: XeroBusy | None = None,
    status: int | None = 200,
) -> CallReport:
    return CallReport("Invoices", status, 100, limits or LimitsLeft(), busy, at)


def spend(calls: int, *, at: datetime = NOW) -> Budget:
    budget = Budget()
    for _ in range(calls):
        budget = after_leave(after_enter(budget, now=at), report(at))
    return budget


def start(calls: int, budget: Budget | None = None) -> Budget:
    budget = budget or Budget()
    for _ in range(calls):
        budget = after_enter(budget, now=NOW)
    return budget


def test_a_fresh_budget_lets_anyone_start_at_once() -> None:
    assert {p: wait_needed(Budget(), now=NOW, priority=p) for p in Priority} == dict.fromkeys(
        Priority, NOTHING
    )


def test_a_sixth_call_at_once_waits_for_a_place() -> None:
    assert wait_needed(start(4), now=NOW, priority=BACKFILL) == NOTHING
    assert wait_needed(start(5), now=NOW, priority=PERSON) == PLACE_POLL


def test_the_sixty_first_call_waits_until_the_first_is_over_a_minute_old() -> None:
    budget = spend(60)

    later = NOW + 20 * SECOND
    assert wait_needed(budget, now=later, priority=PERSON) == WINDOW - 20 * SECOND
    assert wait_needed(budget, now=NOW + WINDOW, priority=PERSON) == NOTHING


def test_calls_under_way_count_towards_the_minute() -> None:
    assert wait_needed(start(2, spend(57)), now=NOW, priority=PERSON) == NOTHING
    assert wait_needed(start(3, spend(57)), now=NOW, priority=PERSON) == WINDOW


def test_each_priority_leaves_calls_to_those_before_it() -> None:
    def allowed(priority: Priority) -> int:
        return next(n for n in range(61) if n == 60 or wait_needed(spend(n), now=NOW, priority=priority))

    assert {priority.name: allowed(priority) for priority in Priority} == {
        "PERSON": 60,
        "PUSH": 59,
        "WEBHOOK": 58,
        "DELTA": 57,
        "SWEEP": 56,
        "BACKFILL": 55,
    }


def test_reserves_grow_with_the_number_of_the_priority() -> None:
    rows = [RESERVES[priority] for priority in sorted(Priority)]

    assert [(a.minute, a.day, a.app_minute) for a in rows] == sorted(
        (row.minute, row.day, row.app_minute) for row in rows
    )


def test_what_xero_says_is_left_wins_when_others_use_the_same_app() -> None:
    others_called = report(NOW, limits=LimitsLeft(minute=3))

    budget = after_leave(start(1), others_called)

    assert wait_needed(budget, now=NOW, priority=PERSON) == NOTHING
    assert wait_needed(budget, now=NOW, priority=BACKFILL) == WINDOW
    assert wait_needed(budget, now=NOW + WINDOW, priority=BACKFILL) == NOTHING


def test_what_our_own_calls_explain_is_not_counted_twice() -> None:
    budget = after_leave(start(1, spend(54)), report(NOW, limits=LimitsLeft(minute=5)))

    assert (budget.minute_remaining, budget.minute_told_at) == (None, None)
    assert wait_needed(budget, now=NOW + WINDOW, priority=BACKFILL) == NOTHING


def test_a_429_for_the_minute_holds_everyone_for_as_long_as_xero_says() -> None:
    busy = XeroBusy(Limit.MINUTE, retry_after=22 * SECOND)

    budget = after_leave(start(1), report(NOW, busy=busy, status=429))

    assert [wait_needed(budget, now=NOW + n * SECOND, priority=PERSON) for n in (0, 21, 22)] == [
        22 * SECOND,
        SECOND,
        NOTHING,
    ]


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        (Limit.MINUTE, LimitsLeft(minute=0)),
        (Limit.APP, LimitsLeft(app_minute=0)),
        (Limit.DAY, LimitsLeft(day=0)),
    ],
)
def test_the_time_that_xero_states_is_not_stretched_by_its_having_nothing_left(
    limit: Limit, left: LimitsLeft
) -> None:
    busy = XeroBusy(limit, retry_after=3 * SECOND)

    budget = after_leave(start(1), report(NOW, limits=left, busy=busy, status=429))

    assert wait_needed(budget, now=NOW + 3 * SECOND, priority=BACKFILL) == NOTHING


def test_a_429_without_a_time_backs_off_longer_each_time_and_forgets_after_success() -> None:
    busy = XeroBusy(Limit.CONCURRENT)
    budget, pauses = Budget(), []
    at = NOW
    for _ in range(8):
        budget = after_leave(after_enter(budget, now=at), report(at, busy=busy, status=429))
        wait = wait_needed(budget, now=at, priority=PERSON)
        assert isinstance(wait, timedelta)
        pauses.append(wait.total_seconds())
        at += wait + WINDOW

    calm = after_leave(after_enter(budget, now=at), report(at))

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert (calm.refusals, wait_needed(calm, now=at, priority=PERSON)) == (0, NOTHING)


def test_a_429_for_the_day_parks_the_organisation_until_the_stated_time() -> None:
    busy = XeroBusy(Limit.DAY, retry_after=timedelta(hours=10))

    budget = after_leave(start(1), report(NOW, busy=busy, status=429))

    until = NOW + timedelta(hours=10)
    assert wait_needed(budget, now=NOW + timedelta(hours=9), priority=PERSON) == Parked(until)
    assert wait_needed(budget, now=until, priority=PERSON) == NOTHING


def test_a_parked_organisation_says_how_long() -> None:
    busy = build_busy(Parked(NOW + timedelta(hours=2)), now=NOW)

    assert (busy.limit, busy.retry_after) == (Limit.DAY, timedelta(hours=2))


def test_the_rest_of_the_day_is_kept_for_people() -> None:
    budget = after_leave(start(1), report(NOW, limits=LimitsLeft(day=100)))

    assert wait_needed(budget, now=NOW, priority=PERSON) == NOTHING
    assert wait_needed(budget, now=NOW, priority=Priority.SWEEP) == NOTHING
    assert wait_needed(budget, now=NOW, priority=BACKFILL) == Parked(NOW + timedelta(hours=1))
    assert wait_needed(budget, now=NOW + timedelta(hours=1), priority=BACKFILL) == NOTHING


def test_the_last_calls_of_the_day_are_not_promised_twice() -> None:
    budget = start(2, after_leave(start(1), report(NOW, limits=LimitsLeft(day=2))))

    assert wait_needed(budget, now=NOW, priority=PERSON) == PLACE_POLL


def test_a_busy_app_pauses_the_history_of_every_organisation_before_it_stops_people() -> None:
    budget = after_leave(start(1), report(NOW, limits=LimitsLeft(app_minute=900)))

    assert wait_needed(budget, now=NOW, priority=PERSON) == NOTHING
    assert wait_needed(budget, now=NOW, priority=BACKFILL) == WINDOW
    assert wait_needed(budget, now=NOW + WINDOW, priority=BACKFILL) == NOTHING


def test_answers_that_overtake_each_other_do_not_give_calls_back() -> None:
    told = [LimitsLeft(minute=9, day=700), LimitsLeft(minute=11, day=702)]

    budget = start(2)
    for limits in told:
        budget = after_leave(budget, report(NOW, limits=limits))

    assert (budget.minute_remaining, budget.day_remaining) == (9, 700)


def test_a_new_day_gives_its_calls_back() -> None:
    budget = after_leave(start(1), report(NOW, limits=LimitsLeft(day=3)))

    budget = after_leave(start(1, budget), report(NOW + SECOND, limits=LimitsLeft(day=999)))

    assert budget.day_remaining == 999


def test_calls_lost_with_a_killed_process_give_their_places_back() -> None:
    budget = start(5)

    assert wait_needed(budget, now=NOW + LOST_AFTER - SECOND, priority=PERSON) == PLACE_POLL
    assert wait_needed(budget, now=NOW + LOST_AFTER, priority=PERSON) == NOTHING


def test_a_lost_call_never_makes_room_for_a_sixth() -> None:
    # One call was lost; another starts later and ends. The lost one still holds a place.
    budget = after_enter(start(1), now=NOW + SECOND)

    budget = after_leave(budget, report(NOW + 2 * SECOND))

    assert budget.in_flight == 1


def test_a_leave_that_nobody_entered_does_no_harm() -> None:
    assert after_leave(Budget(), report(NOW)) == Budget(finished=(NOW,))


def test_a_budget_survives_being_stored() -> None:
    budget = replace(
        start(2, spend(3)), day_remaining=7, day_told_at=NOW, parked_until=NOW + WINDOW, held_until=NOW
    )

    assert msgspec.json.decode(msgspec.json.encode(budget), type=Budget) == budget


# A Xero with fixed windows of unknown phase, which counts each call somewhere between its start and its end.

CALLS = st.lists(
    st.tuples(
        st.floats(0, 3),  # seconds until the next wish
        st.floats(0.001, 40),  # seconds the call takes
        st.floats(0, 1),  # how far into the call Xero counts it
        st.sampled_from(Priority),
    ),
    min_size=1,
    max_size=260,
)


@given(
    calls=CALLS
    | st.lists(st.tuples(st.just(0.0), st.floats(0.001, 2), st.floats(0, 1), st.just(PERSON)), min_size=200),
    phase=st.floats(0, 60),
)
@pytest.mark.parametrize("tells", [True, False], ids=["with headers", "silent about limits"])
def test_no_window_of_xero_ever_sees_too_many_calls(
    tells: bool, calls: list[tuple[float, float, float, Priority]], phase: float
) -> None:
    counted: list[tuple[float, float, float]] = []  # start, moment of counting, end
    budget, clock = Budget(), 0.0

    def leave_until(now: float, ends: list[tuple[float, float]]) -> None:
        nonlocal budget
        while ends and ends[0][0] <= now:
            end, moment = ends.pop(0)
            window = (moment - phase) // 60
            used = sum(1 for _, m, _ in counted if (m - phase) // 60 == window and m <= moment)
            limits = LimitsLeft(minute=60 - used) if tells else LimitsLeft()
            budget = after_leave(budget, report(NOW + timedelta(seconds=end), limits=limits))

    ends: list[tuple[float, float]] = []
    for gap, takes, share, priority in calls:
        clock += gap
        leave_until(clock, ends)
        while True:
            wait = wait_needed(budget, now=NOW + timedelta(seconds=clock), priority=priority)
            assert isinstance(wait, timedelta)
            if wait == NOTHING:
                break
            clock = (
                clock + wait.total_seconds() if not ends else min(clock + wait.total_seconds(), ends[0][0])
            )
            leave_until(clock, ends)
        budget = after_enter(budget, now=NOW + timedelta(seconds=clock))
        counted.append((clock, clock + share * takes, clock + takes))
        ends = sorted([*ends, (clock + takes, clock + share * takes)])

    windows: dict[float, int] = {}
    for _, moment, _ in counted:
        windows[(moment - phase) // 60] = windows.get((moment - phase) // 60, 0) + 1
    assert max(windows.values()) <= 60
    for begin, _, _ in counted:
        assert sum(1 for s, _, e in counted if s <= begin < e) <= 5


def told_today(*remaining: int, apart: timedelta = timedelta(minutes=1)) -> int | None:
    budget = Budget()
    for number, left in enumerate(remaining):
        at = NOW + number * apart
        budget = after_leave(after_enter(budget, now=at), report(at, limits=LimitsLeft(day=left)))
    return budget.day_limit


@pytest.mark.parametrize(
    ("remaining", "limit"),
    [
        ((), None),
        ((999, 998), 1000),
        ((4999, 900), 5000),  # late on a day of a larger plan
        ((700, 4999), 5000),  # connected late on such a day: until the next one the smaller is assumed
        ((99_999, 99_998), 99_999),  # no plan of Xero's: a stand-in's
    ],
)
def test_the_days_limit_is_learnt_from_what_is_left_of_it(
    remaining: tuple[int, ...], limit: int | None
) -> None:
    assert told_today(*remaining) == limit


def test_a_plan_that_became_smaller_is_noticed_after_three_days() -> None:
    assert told_today(4999, 999, apart=timedelta(days=2)) == 5000
    assert told_today(4999, 999, 999, apart=timedelta(days=2)) == 1000
