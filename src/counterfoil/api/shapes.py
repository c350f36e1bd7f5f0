"""What answers are made of: pages, amounts with their currency, and words for what is not there."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from ninja import Schema
from pydantic import Field

from counterfoil.domain.money import Money, get_minor_units

T = TypeVar("T")


class Page(Schema, Generic[T]):
    """One page of a list; `next_cursor` is where it goes on, and null at its end."""

    data: list[T]
    next_cursor: str | None = Field(
        default=None, description="Send it as `cursor`, with the same filters, for the next page."
    )


class Amount(Schema):
    """An exact amount; never a floating-point number."""

    amount: str = Field(description="Digits with a point, as in 1234.50", examples=["1234.50"])
    currency: str = Field(description="ISO 4217; empty where it is not known yet", examples=["GBP"])


def write_number(value: Decimal, places: int = 0) -> str:
    """Return a number in digits, with this many decimals at least, and no zeros beyond them."""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return f"{value:.{max(places, -exponent)}f}"


def write_amount(value: Decimal, currency: str) -> Amount:
    """Return an amount with the decimals of its currency, and more where it has more."""
    return Amount(amount=write_number(value, get_minor_units(currency)), currency=currency)


def write_money(money: Money) -> Amount:
    """Return money as an answer holds it."""
    return write_amount(money.amount, money.currency)


def write_optional(value: Decimal | None, currency: str) -> Amount | None:
    """Return an amount, or None where Xero says none."""
    return None if value is None else write_amount(value, currency)


# What programs send: digits as text, so that no floating-point number is on the way.
Digits = Annotated[
    str, Field(pattern=r"^-?[0-9]{1,13}(\.[0-9]{1,4})?$", description="Digits as text", examples=["12.50"])
]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["GBP"])]
Id = Annotated[int, Field(ge=1, lt=2**63)]
XeroId = Annotated[str, Field(min_length=1, max_length=50, description="Xero's id")]
Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2200, 12, 31))]


def read_digits(text: str | None) -> Decimal | None:
    """Return the number that digits say."""
    return None if text is None else Decimal(text)
