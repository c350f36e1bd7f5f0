"""When a message may arrive where somebody is."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.reminders.hours import find_opening, is_holiday, is_open
from counterfoil.domain.reminders.packs import PACKS, Hours, Pack, find_pack

ZONES = [
    *("Australia/Sydney", "Australia/Perth", "Australia/Lord_Howe", "Pacific/Auckland", "America/New_York"),
    *("America/Los_Angeles", "Europe/London", "Asia/Kolkata", "Pacific/Apia", "Africa/Casablanca"),
]


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def opens(country: str, zones: list[str], now: datetime) -> datetime | None:
    return find_opening(find_pack(country), [ZoneInfo(zone) for zone in zones], now)


@pytest.mark.parametrize(
    ("country", "zone", "moment", "opening"),
    [
        ("AU", "Australia/Sydney", "2026-11-23T07:29:59", "2026-11-23T07:30"),  # a Monday
        ("AU", "Australia/Sydney", "2026-11-21T08:59:59", "2026-11-21T09:00"),  # a Saturday
        ("AU", "Australia/Sydney", "2026-11-23T21:00:00", "2026-11-24T07:30"),
        ("AU", "Australia/Sydney", "2026-12-25T12:00:00", "2026-12-27T09:00"),  # Christmas and Boxing Day
        ("GB", "Europe/London", "2026-11-21T20:00:00", "2026-11-23T08:00"),  # no Sunday
        ("FR", "Europe/Paris", "2026-07-13T20:00:00", "2026-07-15T08:00"),  # the 14th of July
        ("US", "America/New_York", "2026-11-26T10:00:00", "2026-11-27T08:00"),  # Thanksgiving
        ("XX", "Africa/Nairobi", "2026-11-21T12:00:00", "2026-11-23T09:00"),
    ],
)
def test_a_message_waits_for_the_hours_of_the_country(
    country: str, zone: str, moment: str, opening: str
) -> None:
    assert opens(country, [zone], at(zone, moment)) == at(zone, opening)


def test_within_the_hours_it_goes_at_once() -> None:
    now = at("Europe/London", "2026-11-23T08:00")

    assert opens("GB", ["Europe/London"], now) == now


def test_a_number_that_may_be_in_several_zones_waits_until_it_is_day_in_all_of_them() -> None:
    zones = ["Australia/Sydney", "Australia/Perth"]

    opening = opens("AU", zones, at("Australia/Sydney", "2026-11-23T08:00"))

    assert opening == at("Australia/Perth", "2026-11-23T07:30") == at("Australia/Sydney", "2026-11-23T10:30")


def test_where_no_hour_is_allowed_everywhere_there_is_no_opening() -> None:
    pack = replace(PACKS[""], hours=(Hours(time(9), time(10)),) * 7)

    assert (
        find_opening(pack, [ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/London")], at("UTC", "2026-11-23T00:00"))
        is None
    )


def test_nothing_opens_after_the_message_has_lost_its_day() -> None:
    now = at("Europe/London", "2026-11-21T21:00")

    until = find_opening(find_pack("GB"), [ZoneInfo("Europe/London")], now, until=now + timedelta(days=1))

    assert until is None


def test_a_day_that_the_firm_added_is_a_holiday() -> None:
    pack = replace(find_pack("NZ"), extra_holidays=frozenset({date(2026, 11, 23)}))

    assert is_holiday(pack, date(2026, 11, 23))
    assert not is_holiday(find_pack("NZ"), date(2026, 11, 23))


def test_without_a_zone_nobody_is_texted() -> None:
    with pytest.raises(ValueError, match="what time it is"):
        is_open(find_pack("NZ"), [], datetime(2026, 11, 23, tzinfo=UTC))


_moments = st.integers(0, 3 * 366 * 96).map(
    lambda each: at("UTC", "2025-01-01") + each * timedelta(minutes=15)
)


@given(st.sampled_from(sorted(PACKS)), st.lists(st.sampled_from(ZONES), min_size=1, max_size=3), _moments)
def test_an_opening_is_open_and_nothing_before_it_is(country: str, names: list[str], now: datetime) -> None:
    pack, zones = find_pack(country), [ZoneInfo(name) for name in names]

    opening = find_opening(pack, zones, now)

    if opening is not None:
        assert opening >= now
        assert_within(pack, zones, opening)
        quarters = range(min(int((opening - now).total_seconds() // 900), 96))
        assert not any(is_open(pack, zones, now + timedelta(minutes=15 * number)) for number in quarters)


def assert_within(pack: Pack, zones: list[ZoneInfo], moment: datetime) -> None:
    for zone in zones:
        there = moment.astimezone(zone)
        hours = pack.hours[there.weekday()]
        assert hours is not None
        assert hours.opens <= there.time() < hours.closes
        assert not is_holiday(pack, there.date())
