"""Numbers and days as people type them, for what is billed."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from counterfoil.domain.fields import parse_fields
from counterfoil.domain.wording import say_number
from counterfoil.features.billing.wording import FIELDS
from counterfoil.web.amounts import NotANumber, read_decimal
from counterfoil.web.draftforms import TooLong

NO_SUCH_DAY = "Choose a day between 2000 and 2199."


def is_billable_day(day: date) -> bool:
    """Say whether anything can be billed for a day; what lies further off is a slip of the hand."""
    return 2000 <= day.year < 2200


class NumberField(forms.CharField):
    """A number as people type it."""

    def __init__(self, *, places: int = 4, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.places = places
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        """Show a kept number without zeros that say nothing."""
        return show_number(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        """Return the number, or None for nothing. Raises ValidationError."""
        try:
            return read_number(str(super().clean(value)), places=self.places)
        except (NotANumber, TooLong) as error:
            raise ValidationError(str(error)) from error


def read_number(text: str, *, places: int = 4) -> Decimal | None:
    """Return the number; nobody's decimals are cut off in silence. Raises NotANumber and TooLong."""
    number = read_decimal(text)
    if number is not None and number != round(number, places):
        raise TooLong(f"“{text}” has more than {places} decimals.")
    if number is not None and abs(number) >= 10**12:
        raise TooLong(f"“{text}” is more than can be billed.")
    return number


def show_number(number: Decimal | None, *, least: int = 0) -> str:
    """Return a number as it is typed, with as many decimals at least."""
    if number is None:
        return ""
    said = say_number(number).replace(",", "").replace("\N{MINUS SIGN}", "-")
    whole, _, fraction = said.partition(".")
    return f"{whole}.{fraction.ljust(least, '0')}" if fraction or least else whole


def check_words(text: str) -> str:
    """Return the text, if every field in it is one that an agreement has. Raises BadText."""
    parse_fields(text, FIELDS)
    return text
