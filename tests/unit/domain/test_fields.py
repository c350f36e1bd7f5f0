"""Fields in texts that people write: checked when written, filled as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.fields import BadText, Field, ValueMissing, fill_in, parse_fields

VALUES = {"month": "June 2024", "po": "", "client": "A{B}"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Retainer {month}", "Retainer June 2024"),
        ("PO { po | none } for {client}", "PO  none  for A{B}"),
        ("{po|}", ""),
        ("100 {{%}} {month}", "100 {%} June 2024"),
        ("", ""),
    ],
)
def test_a_text_is_filled(text: str, filled: str) -> None:
    assert fill_in(text, VALUES) == filled


def test_the_fields_of_a_text_are_listed() -> None:
    assert parse_fields("{month} {po|-} {{po}}", VALUES) == (Field("month"), Field("po", "-"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{mnth}", "There is no field {mnth}. There are {month}, {po}, {client}."),
        ("{}", "There is no field {}. There are {month}, {po}, {client}."),
        ("half {month", "There is a single { at “half {month”. Write it twice."),
        ("month}", "There is a single } at “month}”. Write it twice."),
    ],
)
def test_a_text_that_cannot_be_filled_is_refused_when_it_is_written(text: str, sentence: str) -> None:
    with pytest.raises(BadText) as refused:
        parse_fields(text, VALUES)

    assert str(refused.value) == sentence


def test_a_missing_value_is_told_by_its_field() -> None:
    with pytest.raises(ValueMissing, match=r"There is no value for \{po\}\."):
        fill_in("PO {po}", VALUES)


@given(st.text())
def test_any_text_doubled_in_its_brackets_is_said_as_it_is(text: str) -> None:
    assert fill_in(text.replace("{", "{{").replace("}", "}}"), {}) == text


@given(st.text(), st.text(min_size=1))
def test_a_value_is_never_read_as_a_field(before: str, value: str) -> None:
    escaped = before.replace("{", "{{").replace("}", "}}")

    assert fill_in(escaped + "{a}", {"a": value}) == before + value
