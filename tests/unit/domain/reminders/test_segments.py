"""How a text is cut into parts, and what it costs."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.money import Money
from counterfoil.domain.reminders.segments import Encoding, cost_of, count_segments, write_plainly


@pytest.mark.parametrize(
    ("text", "encoding", "count", "room"),
    [
        ("", Encoding.GSM_7, 0, 160),
        ("a" * 160, Encoding.GSM_7, 1, 0),
        ("a" * 161, Encoding.GSM_7, 2, 2 * 153 - 161),
        ("a" * 306, Encoding.GSM_7, 2, 0),
        ("a" * 307, Encoding.GSM_7, 3, 152),
        ("€" * 80, Encoding.GSM_7, 1, 0),
        ("ō" * 70, Encoding.UCS_2, 1, 0),
        ("ō" * 71, Encoding.UCS_2, 2, 63),
        ("😀" * 35, Encoding.UCS_2, 1, 0),
        ("😀" * 36, Encoding.UCS_2, 2, 67 - 6),
    ],
)
def test_a_text_is_cut_where_networks_cut_it(text: str, encoding: Encoding, count: int, room: int) -> None:
    segments = count_segments(text)

    assert (segments.encoding, segments.count, segments.room) == (encoding, count, room)


def test_a_letter_of_two_places_is_never_parted() -> None:
    # The first part of a longer text has 153 places: the last one stays empty.
    assert count_segments("a" * 152 + "€" + "a" * 10).room == 153 - 12


def test_one_curly_quote_doubles_the_cost_and_is_named() -> None:
    text = "a" * 99 + "’"

    segments = count_segments(text)

    assert (segments.count, segments.costly) == (2, ("’",))
    assert cost_of(segments, Money(Decimal("0.0475"), "AUD")) == Money(Decimal("0.0950"), "AUD")
    assert count_segments(write_plainly(text)).count == 1


def test_writing_plainly_leaves_the_letters_of_a_name() -> None:
    assert write_plainly("Kōwhai’s “day” – at\u00a09…") == 'Kōwhai\'s "day" - at 9...'


@given(st.text(max_size=400))
def test_parts_hold_all_places_and_more_text_never_costs_less(text: str) -> None:
    segments = count_segments(text)
    longer = count_segments(text + "a")

    assert longer.count >= segments.count
    assert segments.room >= 0
    if segments.count > 1:
        each = 153 if segments.encoding is Encoding.GSM_7 else 67
        assert segments.places + segments.room <= segments.count * each < segments.places + each * 2
