"""Xero's date forms."""

from datetime import date

import pytest

from xero_sandbox.wire.datekit import (
    parse_day,
    parse_modified_since,
    render_day,
    render_day_string,
    render_iso_ms,
    render_seven_decimals,
)


def test_a_day_is_rendered_in_both_forms() -> None:
    day = date(2018, 10, 20)

    assert (render_day(day), render_day_string(day)) == ("/Date(1539993600000+0000)/", "2018-10-20T00:00:00")


def test_days_before_1970_have_negative_milliseconds() -> None:
    assert render_day(date(1969, 12, 31)) == "/Date(-86400000+0000)/"


def test_instants_are_rendered_for_lists_and_for_connections() -> None:
    assert render_iso_ms(1551812346123) == "2019-03-05T18:59:06.123Z"
    assert render_seven_decimals(1551812346123) == "2019-03-05T18:59:06.1230000"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("/Date(1539993600000+0000)/", date(2018, 10, 20)),
        ("2026-01-31T00:00:00", date(2026, 1, 31)),
        ("2026-01-31T00:00:00+13:00", date(2026, 1, 30)),
    ],
)
def test_days_are_read_in_every_form(text: str, wanted: date) -> None:
    assert parse_day(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "2014-08-10T15:14:46",
        "2014-08-10T15:14:46.789Z",
        "2014-08-10T17:14:46.100+02:00",
        "Sun, 10 Aug 2014 15:14:46 GMT",
    ],
)
def test_if_modified_since_is_read_in_every_shape_and_cut_to_seconds(text: str) -> None:
    assert parse_modified_since(text) == 1407683686000


def test_if_modified_since_is_ignored_when_it_cannot_be_read() -> None:
    assert parse_modified_since("yesterday") is None
