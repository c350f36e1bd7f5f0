"""How often to ask: by the plan, by turns, and in the organisation's night (K1, T28, R16)."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.rhythm import (
    INTERVALS,
    SHARE_PERCENT,
    Cost,
    bytes_a_day,
    calls_a_day,
    choose_interval,
    latest_quiet_moment,
    latest_turn,
    next_quiet_moment,
    spread,
)

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc"))
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
COSTS = st.builds(Cost, delta_calls=st.integers(1, 3000), sweep_calls=st.integers(1, 3000))
SMALL = Cost(delta_calls=8, sweep_calls=30, delta_bytes=4_000, sweep_bytes=90_000)


@pytest.mark.parametrize(
    ("cost", "day_limit", "heard", "minutes"),
    [
        (SMALL, 1000, False, 60),  # 24 × 8 + 30 =   222 of   600
        (SMALL, 5000, False, 15),  # 96 × 8 + 30 =   798 of 3,000
        (SMALL, 5000, True, 60),  #                  webhooks tell of most
        (SMALL, 1000, True, 60),
        (Cost(40, 200), 1000, False, 240),  # 12 × 40 + 200 = 680 of 600; 6 × 40 + 200 = 440
        (Cost(900, 900), 1000, False, 24 * 60),  # nothing fits: once a day all the same
    ],
)
def test_the_interval_is_the_usual_one_or_the_next_that_fits(
    cost: Cost, day_limit: int, heard: bool, minutes: int
) -> None:
    assert choose_interval(cost, day_limit=day_limit, hears_webhooks=heard) == timedelta(minutes=minutes)


@given(cost=COSTS, day_limit=st.sampled_from([1000, 5000, 100_000]), heard=st.booleans())
def test_planned_calls_never_take_more_than_their_share_unless_nothing_else_is_left(
    cost: Cost, day_limit: int, heard: bool
) -> None:
    every = choose_interval(cost, day_limit=day_limit, hears_webhooks=heard)

    assert calls_a_day(cost, every) <= day_limit * SHARE_PERCENT / 100 or every == INTERVALS[-1]
    assert every >= timedelta(minutes=60 if heard or day_limit <= 1000 else 15)


@given(cost=COSTS, day_limit=st.sampled_from([1000, 5000]))
def test_dearer_runs_and_smaller_plans_are_never_asked_more_often(cost: Cost, day_limit: int) -> None:
    dearer = Cost(cost.delta_calls + 1, cost.sweep_calls + 1)

    assert choose_interval(dearer, day_limit=day_limit) >= choose_interval(cost, day_limit=day_limit)
    assert choose_interval(cost, day_limit=1000) >= choose_interval(cost, day_limit=5000)


def test_a_day_is_its_turns_and_one_check() -> None:
    assert calls_a_day(SMALL, timedelta(hours=1)) == 24 * 8 + 30
    assert bytes_a_day(SMALL, timedelta(hours=1)) == 24 * 4_000 + 90_000


@given(every=st.sampled_from(INTERVALS), number=st.integers(1, 100_000), now=MOMENTS)
def test_each_organisation_has_one_turn_in_every_interval(
    every: timedelta, number: int, now: datetime
) -> None:
    place = spread(number)
    turn = latest_turn(every, place=place, now=now)

    assert turn <= now < turn + every
    assert latest_turn(every, place=place, now=turn) == turn
    assert latest_turn(every, place=place, now=turn - timedelta(microseconds=1)) == turn - every


@given(zone=st.sampled_from(ZONES), number=st.integers(1, 100_000), now=MOMENTS)
def test_every_day_of_the_organisation_has_one_quiet_moment_in_its_night(
    zone: str, number: int, now: datetime
) -> None:
    place, there = spread(number), ZoneInfo(zone)
    last = latest_quiet_moment(there, place=place, now=now)
    following = next_quiet_moment(there, place=place, now=now)

    assert last <= now < following
    assert next_quiet_moment(there, place=place, now=last) == following
    assert timedelta(hours=22) <= following - last <= timedelta(hours=26)
    for moment in (last, following):
        local = moment.astimezone(there)
        # An hour later at most, on the day when clocks are put forward over it.
        assert time(2) <= local.time() <= time(6)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # 29 March 2026 in London: 01:00 becomes 02:00. 25 October: 02:00 becomes 01:00.
        (datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 12, tzinfo=UTC), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 24, 1, 0, tzinfo=UTC)),
    ],
)
def test_the_quiet_moment_is_right_when_clocks_change(now: datetime, expected: datetime) -> None:
    assert latest_quiet_moment(ZoneInfo("Europe/London"), place=0.0, now=now) == expected


@pytest.mark.parametrize("count", [2, 12, 200, 1000])
def test_many_organisations_do_not_begin_at_once(count: int) -> None:
    places = sorted(spread(number) for number in range(1, count + 1))

    gaps = [later - earlier for earlier, later in pairwise(places)]
    assert min(gaps, default=1) > 0.3 / count
    assert max(gaps, default=0) < 3 / count
