"""The letters that stand for a person beside their name."""

import pytest

from counterfoil.web.templatetags.counterfoil import initials


@pytest.mark.parametrize(
    ("who", "letters"),
    [
        ("Mara Tane", "MT"),
        ("Hinewehi of the Tamati-Whakarau", "HW"),
        ("ōriwa", "Ō"),
        ("mara.tane@northshore.example", "MT"),
        ("mara1@northshore.example", "M"),
        ("o'brien@x.example", "OB"),
        ("1@x.example", ""),
    ],
)
def test_initials_are_of_the_first_and_the_last_name(who: str, letters: str) -> None:
    assert initials(who) == letters
