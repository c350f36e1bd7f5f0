"""What people type is made comparable with what is kept."""

import re
from decimal import Decimal

import pytest

from counterfoil.domain.searching import (
    find_slips,
    find_tail,
    fold,
    make_key,
    measure_likeness,
    read_amount,
    write_grams,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("José Ñandú", "jose nandu"),
        ("Straße Ærø Łódź", "strasse aero lodz"),
        ("O’Brien's", "obriens"),
        ("ΑΘΗΝΑΣ", "αθηνασ"),
        ("Жуковский", "жуковскии"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("Ｗｉｄｅ", "wide"),
    ],
)
def test_case_accents_and_points_do_not_matter(text: str, plain: str) -> None:
    assert fold(text) == plain


@pytest.mark.parametrize(
    ("text", "key", "tail"),
    [
        ("INV-001042", "inv001042", "1042"),
        ("2024/0017", "20240017", "17"),
        ("PO 4471 (urgent)", "po4471urgent", "4471"),
        ("March retainer", "marchretainer", ""),
        ("0000", "0000", ""),
    ],
)
def test_numbers_are_known_by_their_letters_and_by_their_last_digits(text: str, key: str, tail: str) -> None:
    assert (make_key(text), find_tail(text)) == (key, tail)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,250.00", "1250.00"),
        ("1.250,00", "1250.00"),
        ("£1250", "1250"),
        ("1250,5", "1250.5"),
        ("1,250", "1250"),
        ("1,250,000", "1250000"),
        ("GBP 99.90", "99.90"),
        ("-40.00", "-40.00"),
        ("1 250.00", "1250.00"),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, amount: str) -> None:
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "acme", "INVOICE 12", "12-34", "££"])
def test_what_is_no_amount_is_not_taken_for_one(text: str) -> None:
    assert read_amount(text) is None


@pytest.mark.parametrize("slip", ["tradng", "traidng", "tradnig", "trading", "trad"])
def test_a_slip_of_the_finger_still_finds_the_name(slip: str) -> None:
    assert measure_likeness([slip, "acme"], "acme trading ltd") > 0.7


@pytest.mark.parametrize("word", ["tiger", "xyz", "acne tools"])
def test_another_word_finds_nothing(word: str) -> None:
    assert measure_likeness(word.split(), "acme trading ltd") == 0


@pytest.mark.parametrize("name", ["acme trading", "the acme", "anne", "acre", "ance"])
def test_a_slip_in_the_middle_of_four_letters_is_recognised(name: str) -> None:
    slips = find_slips(["acne"])

    assert slips
    assert re.search(slips.pattern, name)


@pytest.mark.parametrize("name", ["acme1", "pacme", "acumen", "aches", "anen", "ac e"])
def test_another_word_is_no_slip(name: str) -> None:
    slips = find_slips(["acne"])

    assert slips
    assert not re.search(slips.pattern, name)


@pytest.mark.parametrize("words", [["acm"], ["acmes"], ["ac1e"], ["a.*e"], ["acme", "ltd"], []])
def test_only_a_word_of_four_letters_is_looked_for_as_a_slip(words: list[str]) -> None:
    assert find_slips(words) is None


@pytest.mark.parametrize(
    ("typed", "meant"), [("acne", "acme"), ("axme", "acme"), ("amce", "acme"), ("jhon", "john")]
)
def test_the_letters_that_a_slip_leaves_are_asked_for(typed: str, meant: str) -> None:
    slips = find_slips([typed])

    assert slips
    assert int(slips.grams, 2) & int(write_grams(meant), 2)
