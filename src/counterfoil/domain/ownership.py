"""
Who owns what (K16): we, Xero, or whichever side changed it last, where a person settles what both changed.

Read by the planner of the contact fields and shown in `docs/two-way-contacts.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Whose word counts."""

    BOTH = "Both"
    XERO = "Xero"
    US = "Counterfoil"


@dataclass(frozen=True)
class Owned:
    """A kind of fact, its owner, and what follows from that."""

    what: str
    owner: Owner
    so: str


OWNERSHIP: tuple[Owned, ...] = (
    Owned(
        "Name, e-mail address, phones and addresses of a linked contact",
        Owner.BOTH,
        "A change on one side flows to the other. What both sides changed, a person decides.",
    ),
    Owned(
        "Amounts, tax, dates, currency and status of documents; payments and credits",
        Owner.XERO,
        "Read only. An invoice that is raised here is Xero’s from the moment it is there.",
    ),
    Owned(
        "Accounts, tax rates, items, tracking, lock dates",
        Owner.XERO,
        "Read only; what is added from here is Xero’s afterwards.",
    ),
    Owned(
        "Account number, groups, payment terms, tax number and bank account of a contact",
        Owner.XERO,
        "Read only: change them in Xero.",
    ),
    Owned("Which contact is which client", Owner.US, "Xero never hears of it."),
    Owned("Pins, notes, tags, deals, and the people at a client", Owner.US, "Xero never hears of it."),
    Owned("Who agreed to messages, and who wants none", Owner.US, "Xero never hears of it."),
)


class Likeness(StrEnum):
    """How two values of a field are compared."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True)
class TwoWayField:
    """
    A field of a contact that both sides may change.

    `unit` is what Xero writes at once: a field by itself, or an address with all its parts.
    """

    name: str
    unit: str
    label: str
    likeness: Likeness = Likeness.TEXT


STREET, POSTAL = "street", "postal"
_PHONES = {
    "phone": "Phone",
    "direct_phone": "Direct phone",
    "mobile_phone": "Mobile phone",
    "fax": "Fax",
}
ADDRESS_PARTS: Mapping[str, str] = {
    "attention_to": "attention",
    "line_1": "line 1",
    "line_2": "line 2",
    "line_3": "line 3",
    "line_4": "line 4",
    "city": "city",
    "region": "region",
    "postal_code": "postcode",
    "country": "country",
}


def name_part(kind: str, part: str) -> str:
    """Return the field's name of a part of an address, as in `street.city`."""
    return f"{kind}.{part}"


FIELDS: tuple[TwoWayField, ...] = (
    TwoWayField("name", "name", "Name"),
    TwoWayField("email", "email", "E-mail address", Likeness.EMAIL),
    *(TwoWayField(name, name, label, Likeness.PHONE) for name, label in _PHONES.items()),
    *(
        TwoWayField(name_part(kind, part), kind, f"{title}, {label}")
        for kind, title in ((STREET, "Street address"), (POSTAL, "Postal address"))
        for part, label in ADDRESS_PARTS.items()
    ),
)

FIELD_BY_NAME: Mapping[str, TwoWayField] = {field.name: field for field in FIELDS}
UNITS: tuple[str, ...] = tuple(dict.fromkeys(field.unit for field in FIELDS))
FIELDS_OF: Mapping[str, tuple[TwoWayField, ...]] = {
    unit: tuple(field for field in FIELDS if field.unit == unit) for unit in UNITS
}
# Somebody to speak to has no address of their own here: theirs is the client's.
FIELDS_OF_PERSON = frozenset(field.name for field in FIELDS if field.unit not in {STREET, POSTAL})
FIELDS_OF_CLIENT = frozenset(FIELD_BY_NAME)
