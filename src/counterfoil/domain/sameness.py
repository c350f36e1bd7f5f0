"""
When two values of a contact's field are the same, however they are written.

A value is compared by its normal form, so that what equals a second and a third equals both: white
space, the case of an e-mail address and the writing of a phone number make no difference.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from counterfoil.domain.ownership import Likeness

_SIGNS = re.compile(r"[\s().\-/–]+")


@dataclass(frozen=True)
class PhoneParts:
    """A phone number as Xero keeps it."""

    country_code: str = ""
    area_code: str = ""
    number: str = ""


def normalise(likeness: Likeness, value: str, *, region: str) -> str:
    """Return the form by which a value is compared; `region` is the country of numbers without one."""
    text = " ".join(unicodedata.normalize("NFC", value).split())
    match likeness:
        case Likeness.EMAIL:
            return text.casefold()
        case Likeness.PHONE:
            return _normalise_phone(text, region)
        case Likeness.TEXT:
            return text


def join_phone(parts: PhoneParts) -> str:
    """Return the number as one text, as in +44 20 7946 0000."""
    country = parts.country_code.strip()
    if country and not parts.number.strip().startswith("+"):
        digits = re.sub(r"\D", "", country).lstrip("0")
        country = f"+{digits}" if digits else country
    said = [country, parts.area_code, parts.number]
    return " ".join(" ".join(said).split()) if parts.number.strip() or parts.area_code.strip() else ""


def split_phone(text: str, *, region: str) -> PhoneParts:
    """Return the parts that Xero keeps; what is no number that can be dialled stays one text."""
    plain = " ".join(text.split())
    number = _parse(plain, region)
    if number is None:
        return PhoneParts(number=plain)
    national = phonenumbers.national_significant_number(number)
    length = phonenumbers.length_of_geographical_area_code(number)
    extension = f" ext. {number.extension}" if number.extension else ""
    parts = PhoneParts(str(number.country_code), national[:length], national[length:] + extension)
    # Where the parts would not give the same number again, it goes as it was typed.
    is_same = _normalise_phone(join_phone(parts), region) == _normalise_phone(plain, region)
    return parts if is_same else PhoneParts(number=plain)


@lru_cache(maxsize=20_000)
def _normalise_phone(text: str, region: str) -> str:
    number = _parse(text, region)
    if number is None:
        return _SIGNS.sub("", text).casefold()
    extension = f";{number.extension}" if number.extension else ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) + extension


def _parse(text: str, region: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region or None)
    except NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None
