"""Which number a text can go to."""

import pytest

from counterfoil.domain.reminders.numbers import Phone, UnusableNumber, pick_mobile, read_mobile


@pytest.mark.parametrize(
    ("text", "region", "number", "country", "zone"),
    [
        ("021 123 4567", "NZ", "+64211234567", "NZ", "Pacific/Auckland"),
        ("(212) 555-0123", "US", "+12125550123", "US", "America/New_York"),
        ("+49 151 23456789", "NZ", "+4915123456789", "DE", "Europe/Berlin"),
        ("0064 21 123 4567", "GB", "+64211234567", "NZ", "Pacific/Auckland"),
        ("+33 6 12 34 56 78", "", "+33612345678", "FR", "Europe/Paris"),
        # Set aside for plays and films, and so for demos.
        ("07700 900123", "GB", "+447700900123", "GB", "Europe/London"),
        ("0491 570 006", "AU", "+61491570006", "AU", "Australia/Sydney"),
        ("(503) 555-0100", "US", "+15035550100", "US", "America/Los_Angeles"),
    ],
)
def test_a_number_is_read_with_the_organisations_country(
    text: str, region: str, number: str, country: str, zone: str
) -> None:
    mobile = read_mobile(text, region=region)

    assert (mobile.number, mobile.region) == (number, country)
    assert zone in mobile.zones


@pytest.mark.parametrize(
    ("text", "region", "why"),
    [
        ("09 379 1234", "NZ", "a landline"),
        ("0800 123 456", "NZ", "a free-call number"),
        ("call Bob", "NZ", "is no number"),
        ("021", "NZ", "not a number that exists"),
        ("021 123 4567", "", "the organisation has no country"),
        ("+999 123 4567", "", "begins with no country's code"),
        ("021 123 4567 ext 5", "NZ", "has an extension"),
        ("1" * 40, "NZ", "is too long"),
        ("07700 90012", "GB", "not a number that exists"),
    ],
)
def test_a_number_that_cannot_be_used_says_why(text: str, region: str, why: str) -> None:
    with pytest.raises(UnusableNumber, match=why):
        read_mobile(text, region=region)


def test_the_first_number_that_can_be_used_is_taken() -> None:
    phones = [Phone("Mobile", " "), Phone("Phone", "09 379 1234"), Phone("Direct", "021 123 4567")]

    assert pick_mobile(phones, region="NZ").number == "+64211234567"


def test_where_none_can_be_used_each_says_why() -> None:
    with pytest.raises(UnusableNumber, match=r"Mobile: x1 .* Phone: 09 379 1234 is a landline"):
        pick_mobile([Phone("Mobile", "x1"), Phone("Phone", "09 379 1234")], region="NZ")
    with pytest.raises(UnusableNumber, match="no phone number in Xero"):
        pick_mobile([], region="NZ")
