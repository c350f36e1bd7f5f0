"""Whether two values of a contact's field are the same, however they are written (K16)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.ownership import Likeness
from counterfoil.domain.sameness import PhoneParts, join_phone, normalise, split_phone


@pytest.mark.parametrize(
    ("likeness", "one", "other"),
    [
        (Likeness.TEXT, "Kōwhai  Builders ", "Kōwhai Builders"),
        (Likeness.TEXT, "Cafe\u0301 Lumen", "Café Lumen"),
        (Likeness.EMAIL, " Office@Kowhai.example", "office@kowhai.example"),
        (Likeness.PHONE, "020 7946 0000", "+44 20 7946 0000"),
        (Likeness.PHONE, "(020) 7946-0000", "0044 20 79460000"),
        (Likeness.PHONE, "+44 (0)20 7946 0000", "+44 020 7946 0000"),
        (Likeness.PHONE, "ask for Mara", "Ask for  Mara"),
    ],
)
def test_what_differs_in_writing_only_is_the_same(likeness: Likeness, one: str, other: str) -> None:
    assert normalise(likeness, one, region="GB") == normalise(likeness, other, region="GB")


@pytest.mark.parametrize(
    ("likeness", "one", "other"),
    [
        (Likeness.TEXT, "Kōwhai Builders", "KŌWHAI BUILDERS"),  # who writes it otherwise means it
        (Likeness.EMAIL, "office@kowhai.example", "office@kowhai.test"),
        (Likeness.PHONE, "020 7946 0000", "020 7946 0001"),
        (Likeness.PHONE, "020 7946 0000", "020 7946 0000 ext. 12"),
        (Likeness.PHONE, "020 7946 0000", ""),
    ],
)
def test_what_differs_in_more_is_not_the_same(likeness: Likeness, one: str, other: str) -> None:
    assert normalise(likeness, one, region="GB") != normalise(likeness, other, region="GB")


@pytest.mark.parametrize(
    ("text", "region", "parts"),
    [
        ("020 7946 0000", "GB", PhoneParts("44", "20", "79460000")),
        ("+64 21 123 4567", "NZ", PhoneParts("64", "", "211234567")),
        ("020 7946 0000 ext 12", "GB", PhoneParts("44", "20", "79460000 ext. 12")),
        ("ask for Mara", "GB", PhoneParts("", "", "ask for Mara")),
        ("", "GB", PhoneParts()),
    ],
)
def test_a_number_goes_to_xero_in_its_parts(text: str, region: str, parts: PhoneParts) -> None:
    assert split_phone(text, region=region) == parts


def test_parts_make_one_number_and_no_number_makes_none() -> None:
    assert join_phone(PhoneParts("44", "020", "7946 0000")) == "+44 020 7946 0000"
    assert join_phone(PhoneParts("", "", "7946 0000")) == "7946 0000"
    assert join_phone(PhoneParts("44", "", "")) == ""


@given(st.text(alphabet="+0123456789 ()-.extabc", max_size=24), st.sampled_from(["GB", "NZ", "US", "IT", ""]))
def test_a_phone_that_went_to_xero_and_came_back_is_the_same(text: str, region: str) -> None:
    came_back = join_phone(split_phone(text, region=region))

    assert normalise(Likeness.PHONE, came_back, region=region) == normalise(
        Likeness.PHONE, text, region=region
    )
