"""What Xero says about its limits, in headers only."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from counterfoil.xero.errors import Limit
from counterfoil.xero.wire.limits import LimitsLeft, read_limit_reached, read_limits, read_retry_after

RECORDED_429 = {
    "retry-after": "22",
    "x-rate-limit-problem": "minute",
    "x-minlimit-remaining": "0",
    "x-daylimit-remaining": "4539",
    "x-appminlimit-remaining": "9938",
}


def test_limits_left_are_read_whatever_the_capitals() -> None:
    shouted = {name.upper(): value for name, value in RECORDED_429.items()}

    assert (
        read_limits(RECORDED_429) == read_limits(shouted) == LimitsLeft(minute=0, day=4539, app_minute=9938)
    )


def test_limits_that_xero_does_not_state_are_unknown_and_not_zero() -> None:
    assert read_limits({"x-appminlimit-remaining": "9999"}) == LimitsLeft(app_minute=9999)
    assert read_limits({}) == LimitsLeft()


@pytest.mark.parametrize("value", ["", "-1", "many", "1.5", "٣", "1" * 30])
def test_a_limit_that_is_not_a_whole_number_is_unknown(value: str) -> None:
    assert read_limits({"x-minlimit-remaining": value}) == LimitsLeft()


@pytest.mark.parametrize(
    ("value", "wait"),
    [("22", timedelta(seconds=22)), ("0", timedelta(0)), ("999999999", timedelta(days=1)), ("soon", None)],
)
def test_retry_after_is_whole_seconds_and_at_most_a_day(value: str, wait: timedelta | None) -> None:
    assert read_retry_after({"Retry-After": value}) == wait


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        (RECORDED_429, Limit.MINUTE),
        ({"x-rate-limit-problem": "Day", "retry-after": "30"}, Limit.DAY),
        ({"x-rate-limit-problem": "concurrent"}, Limit.CONCURRENT),
        ({"x-rate-limit-problem": "appminute"}, Limit.APP),
        ({"x-rate-limit-problem": "app-minute"}, Limit.APP),
        ({}, Limit.CONCURRENT),
        ({"retry-after": "60"}, Limit.MINUTE),
        ({"retry-after": "36000"}, Limit.DAY),
        ({"x-rate-limit-problem": "moon", "retry-after": "5"}, Limit.MINUTE),
    ],
)
def test_the_limit_reached_is_named_or_told_from_the_wait(headers: Mapping[str, str], limit: Limit) -> None:
    assert read_limit_reached(headers) is limit
