"""
Reads bodies into typed elements, as Xero's deserialiser does before any rule is asked.

A shape names the members that are understood; others are ignored. Texts stay texts, numbers become
Decimal, days become dates, identifiers are lower-cased; null and absent are the same.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import parse_day, render_day

Element = dict[str, Any]
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GUID_SENTENCE = "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."
_LARGEST = Decimal(10) ** 15


class BodyUnreadable(ValueError):
    """The body cannot be turned into elements; becomes ErrorNumber 17."""


def _text(value: object, name: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int, float)):
        raise BodyUnreadable(f"The value of {name} is not text.")
    return str(value)


def _number(value: object, name: str) -> Decimal | None:
    if value == "":
        return None
    try:
        number = Decimal(str(value)) if isinstance(value, (str, int, float)) else None
    except InvalidOperation:
        number = None
    if number is None or isinstance(value, bool) or not number.is_finite() or abs(number) > _LARGEST:
        raise BodyUnreadable(f"The value of {name} is not a valid number.")
    return round(number, 6)


def _whole(value: object, name: str) -> int | None:
    number = _number(value, name)
    if number is not None and number != int(number):
        raise BodyUnreadable(f"The value of {name} is not a whole number.")
    return None if number is None else int(number)


def _flag(value: object, name: str) -> bool:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise BodyUnreadable(f"The value of {name} is not true or false.")
    return value


def _day(value: object, name: str) -> date | None:
    if value == "":
        return None
    try:
        return parse_day(str(value))
    except (ValueError, OverflowError) as error:
        raise BodyUnreadable(f"The value of {name} is not a valid date.") from error


def _guid(value: object, name: str) -> str | None:
    if value == "":
        return None
    text = str(value).strip("{}").lower()
    if not _GUID.fullmatch(text):
        raise BodyUnreadable(_GUID_SENTENCE)
    return text


Reader = Callable[[object, str], Any]
Shape = Mapping[str, Any]
TEXT: Reader = _text
NUMBER: Reader = _number
WHOLE: Reader = _whole
FLAG: Reader = _flag
DAY: Reader = _day
GUID: Reader = _guid


def read_value(shape: Any, value: object, name: str) -> Any:
    """Return a value in its type, or raise BodyUnreadable; a list holds one shape for its elements."""
    if isinstance(shape, Mapping):
        if not isinstance(value, Mapping):
            raise BodyUnreadable(f"The value of {name} is not an object.")
        return read_element(shape, value)
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise BodyUnreadable(f"The value of {name} is not a list.")
        return [read_value(shape[0], item, name) for item in value if item is not None]
    return shape(value, name)


def read_element(shape: Shape, given: Mapping[str, object]) -> Element:
    """Return the members of `given` that the shape knows."""
    element: Element = {}
    for name, kind in shape.items():
        if given.get(name) is not None:
            value = read_value(kind, given[name], name)
            if value is not None:
                element[name] = value
    return element


def read_body(body: bytes, plural: str, shape: Shape) -> list[Element]:
    """Return the elements of `{"Invoices": […]}`, a bare list or one bare object (FACTS 5.1)."""
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise BodyUnreadable("JSON for post data was invalid") from error
    if isinstance(given, dict) and plural in given:
        given = given[plural]
    items = given if isinstance(given, list) else [given]
    if not all(isinstance(item, dict) for item in items):
        raise BodyUnreadable(f"{plural} must hold objects")
    return [read_element(shape, item) for item in items]


def echo(value: Any) -> Any:
    """Return a value as it stands in an answer that refuses it."""
    if isinstance(value, dict):
        return {key: echo(item) for key, item in value.items()}
    if isinstance(value, list):
        return [echo(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return render_day(value) if isinstance(value, date) else value


def dump(value: Any) -> Record:
    """Return an element as a record holds it."""
    made: Record = echo(value)
    return made


TRACKING: Shape = {"TrackingCategoryID": GUID, "TrackingOptionID": GUID, "Name": TEXT, "Option": TEXT}
LINE: Shape = {
    "LineItemID": GUID,
    "Description": TEXT,
    "Quantity": NUMBER,
    "UnitAmount": NUMBER,
    "ItemCode": TEXT,
    "AccountCode": TEXT,
    "AccountID": GUID,
    "TaxType": TEXT,
    "TaxAmount": NUMBER,
    "LineAmount": NUMBER,
    "DiscountRate": NUMBER,
    "DiscountAmount": NUMBER,
    "Tracking": [TRACKING],
}
ADDRESS: Shape = dict.fromkeys(
    (
        "AddressType",
        "AddressLine1",
        "AddressLine2",
        "AddressLine3",
        "AddressLine4",
        "City",
        "Region",
        "PostalCode",
        "Country",
        "AttentionTo",
    ),
    TEXT,
)
PHONE: Shape = dict.fromkeys(("PhoneType", "PhoneNumber", "PhoneAreaCode", "PhoneCountryCode"), TEXT)
PERSON: Shape = {"FirstName": TEXT, "LastName": TEXT, "EmailAddress": TEXT, "IncludeInEmails": FLAG}
TERM: Shape = {"Day": WHOLE, "Type": TEXT}
CONTACT: Shape = {
    **dict.fromkeys(("ContactID",), GUID),
    **dict.fromkeys(
        (
            "ContactNumber",
            "AccountNumber",
            "ContactStatus",
            "Name",
            "FirstName",
            "LastName",
            "CompanyNumber",
            "EmailAddress",
            "BankAccountDetails",
            "TaxNumber",
            "AccountsReceivableTaxType",
            "AccountsPayableTaxType",
            "DefaultCurrency",
            "SalesDefaultAccountCode",
            "PurchasesDefaultAccountCode",
            "Website",
        ),
        TEXT,
    ),
    "Addresses": [ADDRESS],
    "Phones": [PHONE],
    "ContactPersons": [PERSON],
    "PaymentTerms": {"Bills": TERM, "Sales": TERM},
}
DOCUMENT: Shape = {
    "Type": TEXT,
    "Contact": CONTACT,
    "LineItems": [LINE],
    "Date": DAY,
    "LineAmountTypes": TEXT,
    "Reference": TEXT,
    "CurrencyCode": TEXT,
    "CurrencyRate": NUMBER,
    "Status": TEXT,
}
INVOICE: Shape = {
    **DOCUMENT,
    "InvoiceID": GUID,
    "InvoiceNumber": TEXT,
    "DueDate": DAY,
    "ExpectedPaymentDate": DAY,
    "PlannedPaymentDate": DAY,
    "BrandingThemeID": GUID,
    "Url": TEXT,
    "SentToContact": FLAG,
}
CREDIT_NOTE: Shape = {
    **DOCUMENT,
    "CreditNoteID": GUID,
    "CreditNoteNumber": TEXT,
    "DueDate": DAY,
    "BrandingThemeID": GUID,
}
