"""A rhythm is what can be counted: documents at about equal distances, and when the next is to come."""

from datetime import date, timedelta

import pytest

from counterfoil.domain.renewing import Renews, Rhythm, find_rhythm


def test_three_documents_a_month_apart_are_a_rhythm_and_the_next_comes_a_month_later() -> None:
    rhythm = find_rhythm([date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30)])

    assert rhythm == Rhythm(Renews.MONTH, 3, date(2026, 4, 30), date(2026, 6, 30))
    assert rhythm.next_day == date(2026, 7, 30)


@pytest.mark.parametrize(
    ("days", "every"),
    [
        ([date(2026, 6, 1) + timedelta(7 * week) for week in range(5)], Renews.WEEK),
        ([date(2026, 1, 15), date(2026, 4, 14), date(2026, 7, 15)], Renews.QUARTER),
        ([date(2025, 3, 1), date(2026, 3, 3)], Renews.YEAR),
        ([date(2026, 6, 1), date(2026, 7, 1)], None),  # twice is a chance
        ([date(2026, 6, 1)] * 9, None),  # nine lines of one day are one document
        ([date(2026, 1, 1), date(2026, 1, 20), date(2026, 6, 3)], None),
        ([], None),
    ],
)
def test_only_what_comes_at_equal_distances_is_a_rhythm(days: list[date], every: Renews | None) -> None:
    rhythm = find_rhythm(days)

    assert (rhythm.every if rhythm else None) == every


def test_what_came_at_other_times_before_is_not_counted() -> None:
    days = [date(2026, 1, 2), date(2026, 1, 9), date(2026, 4, 5), date(2026, 5, 4), date(2026, 6, 5)]

    assert find_rhythm(days) == Rhythm(Renews.MONTH, 3, date(2026, 4, 5), date(2026, 6, 5))


def test_a_document_is_late_after_a_week_and_ended_after_two_were_missed() -> None:
    rhythm = Rhythm(Renews.MONTH, 4, date(2026, 3, 4), date(2026, 6, 4))

    assert [rhythm.is_late(date(2026, 7, day)) for day in (4, 11, 12)] == [False, False, True]
    assert [rhythm.is_over(day) for day in (date(2026, 9, 14), date(2026, 9, 15))] == [False, True]
