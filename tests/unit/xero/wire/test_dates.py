"""Every way in which Xero writes a date is read exactly, and nothing else is."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import format_modified_since, parse_calendar_date, parse_instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("/Date(1552326816230+0000)/", datetime(2019, 3, 11, 17, 53, 36, 230_000, tzinfo=UTC)),
        ("/Date(1552326816230)/", datetime(2019, 3, 11, 17, 53, 36, 230_000, tzinfo=UTC)),
        ("/Date(1552326816230+1300)/", datetime(2019, 3, 11, 17, 53, 36, 230_000, tzinfo=UTC)),
        ("/Date(-1234)/", datetime(1969, 12, 31, 23, 59, 58, 766_000, tzinfo=UTC)),
        ("/Date(0+0000)/", EPOCH),
        ("2019-07-09T23:40:30.1833130", datetime(2019, 7, 9, 23, 40, 30, 183_313, tzinfo=UTC)),
        ("2024-06-21T01:15:39.902", datetime(2024, 6, 21, 1, 15, 39, 902_000, tzinfo=UTC)),
        ("2026-07-16T09:30:00Z", datetime(2026, 7, 16, 9, 30, tzinfo=UTC)),
        ("2026-07-16T09:30:00+13:00", datetime(2026, 7, 15, 20, 30, tzinfo=UTC)),
        ("2009-05-27T00:00:00", datetime(2009, 5, 27, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_utc_to_the_millisecond(text: str, moment: datetime) -> None:
    assert parse_instant(text) == moment


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("/Date(1539993600000+0000)/", date(2018, 10, 20)),
        ("/Date(1539993600000)/", date(2018, 10, 20)),
        ("/Date(-86400000+0000)/", date(1969, 12, 31)),
        ("2009-05-27T00:00:00", date(2009, 5, 27)),
        ("2009-05-27", date(2009, 5, 27)),
    ],
)
def test_a_calendar_date_is_the_day_that_people_see_in_xero(text: str, day: date) -> None:
    assert parse_calendar_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "/Date()/",
        "/Date(1e9)/",
        "/Date(1539993600000",
        "/Date(999999999999999)/",
        "/Date(-999999999999999)/",
        "/Date(9999999999999999)/",
        "2009-02-30",
        "2009-02-28T25:00:00",
        "2009-02-28T10:00:00+99:00",
        "27/05/2009",
        "20090527",
        "2009-W22-3",
        "2009-05-27 ",
        "2009-05-27\n",
        "२००९-०५-२७",
        "0001-01-01T00:00:00+13:00",
    ],
)
def test_a_date_that_cannot_be_read_is_an_error_and_never_nothing(text: str) -> None:
    with pytest.raises(AnswerNotUnderstood) as instant:
        parse_instant(text)
    with pytest.raises(AnswerNotUnderstood) as day:
        parse_calendar_date(text)

    assert [str(instant.value), str(day.value)] == [
        "Xero's answer could not be understood: a time that is not written in any way Xero documents.",
        "Xero's answer could not be understood: a date that is not written in any way Xero documents.",
    ]


@given(st.integers(min_value=-2_000_000_000_000, max_value=4_000_000_000_000))
def test_milliseconds_survive_exactly(milliseconds: int) -> None:
    moment = parse_instant(f"/Date({milliseconds}+0000)/")

    assert (moment - EPOCH) / timedelta(milliseconds=1) == milliseconds


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_a_day_written_as_midnight_utc_is_read_as_the_same_day(day: date) -> None:
    milliseconds = (day - EPOCH.date()).days * 86_400_000

    assert parse_calendar_date(f"/Date({milliseconds}+0000)/") == day
    assert parse_calendar_date(f"{day.isoformat()}T00:00:00") == day


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_cursor_never_moves_forward_when_it_is_written(moment: datetime) -> None:
    written = parse_instant(format_modified_since(moment))

    assert timedelta(0) <= moment - written < timedelta(seconds=1)


def test_a_cursor_is_written_in_utc_without_zone() -> None:
    in_auckland = datetime(2009, 11, 12, 13, 0, 0, 999_000, tzinfo=timezone(timedelta(hours=13)))

    assert format_modified_since(in_auckland) == "2009-11-12T00:00:00"


def test_a_cursor_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        format_modified_since(datetime(2009, 11, 12))  # noqa: DTZ001
