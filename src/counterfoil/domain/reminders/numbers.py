"""Which number of a contact a text message can go to, and why it can go to none."""

from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

# The one range of invented mobiles that the library takes for nothing; Australia's and America's it knows.
# Nobody has them, so a carrier refuses them, and a demo can show what it would send.
# Source: Ofcom, "Telephone numbers for use in TV and radio drama programmes".
_INVENTED = "+447700900"
_UNKNOWN_ZONE = "Etc/Unknown"
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_KINDS = {
    PhoneNumberType.FIXED_LINE: "a landline",
    PhoneNumberType.TOLL_FREE: "a free-call number",
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.VOIP: "an internet number",
    PhoneNumberType.PERSONAL_NUMBER: "a personal number that is passed on",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.UAN: "a company number",
    PhoneNumberType.VOICEMAIL: "a voicemail box",
}
_TOO = {
    NumberParseException.INVALID_COUNTRY_CODE: "begins with no country's code",
    NumberParseException.NOT_A_NUMBER: "is no number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "is too short",
    NumberParseException.TOO_SHORT_NSN: "is too short",
    NumberParseException.TOO_LONG: "is too long",
}


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as somebody typed it, and the field that it stands in, as in "Mobile"."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Mobile:
    """
    A number that takes text messages: in the form +64211234567, its country, and where its owner may be.

    `zones` are all the time zones that the number can belong to; some countries' numbers do not tell.
    """

    number: str
    region: str
    zones: tuple[str, ...]


class UnusableNumber(ValueError):
    """No message can go there; says why."""


def read_mobile(text: str, *, region: str) -> Mobile:
    """
    Return the number; `region` is the country of one that is written without a country's code, as in NZ.

    Raises UnusableNumber.
    """
    number = _parse(text, region)
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if written.startswith(_INVENTED) and len(written) == len(_INVENTED) + 3 and not number.extension:
        return Mobile(written, "GB", ("Europe/London",))
    if not phonenumbers.is_valid_number(number):
        raise UnusableNumber(f"{text.strip()} is not a number that exists.")
    if number.extension:
        raise UnusableNumber(f"{text.strip()} has an extension.")
    kind = phonenumbers.number_type(number)
    if kind not in _MOBILE:
        raise UnusableNumber(f"{text.strip()} is {_KINDS.get(kind, 'not a mobile number')}.")
    zones = tuple(zone for zone in time_zones_for_number(number) if zone != _UNKNOWN_ZONE)
    return Mobile(
        written,
        phonenumbers.region_code_for_number(number) or "",
        zones,
    )


def pick_mobile(phones: Sequence[Phone], *, region: str) -> Mobile:
    """
    Return the first of a contact's numbers that can be used, in the order given.

    Raises UnusableNumber with what is wrong with each, or that there is none.
    """
    wrong: list[str] = []
    for phone in phones:
        if not phone.text.strip():
            continue
        try:
            return read_mobile(phone.text, region=region)
        except UnusableNumber as problem:
            wrong.append(f"{phone.field}: {problem}")
    raise UnusableNumber(" ".join(wrong) or "The contact has no phone number in Xero.")


def write_number(text: str, *, region: str) -> str:
    """Return a number in its international form; a name or a short code stays as it is."""
    try:
        return phonenumbers.format_number(_parse(text, region), PhoneNumberFormat.E164)
    except UnusableNumber:
        return text.strip()


def _parse(text: str, region: str) -> PhoneNumber:
    if not region and not text.strip().startswith("+"):
        raise UnusableNumber(f"{text.strip()} has no country's code, and the organisation has no country.")
    try:
        return phonenumbers.parse(text, region or None)
    except NumberParseException as problem:
        raise UnusableNumber(f"{text.strip()} {_TOO.get(problem.error_type, 'is no number')}.") from problem
