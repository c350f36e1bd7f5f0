"""Lines of a draft, as programs send them and read them."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Annotated

from ninja import Schema
from pydantic import Field

from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Digits, XeroId, read_digits, write_number
from counterfoil.features.invoicing.models import DraftLine

# What is kept with two decimals comes with two at most, so that nothing is rounded on the way.
_Cents = Annotated[str, Field(pattern=r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$", examples=["12.50"])]
_Percent = Annotated[str, Field(pattern=r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)$", examples=["10"])]


class DraftLineIn(Schema):
    """One line; what is left out is taken from the mapping of its service."""

    line_id: str = Field(default="", max_length=50, description="Of a line that the invoice has in Xero")
    description: str = Field(default="", max_length=4000)
    service: str = Field(default="", max_length=100)
    item_code: str = Field(default="", max_length=30)
    quantity: Digits | None = None
    unit_amount: Digits | None = None
    discount_percent: _Percent | None = None
    discount_amount: _Cents | None = None
    account_code: str = Field(default="", max_length=10)
    tax_type: str = Field(default="", max_length=50)
    tax_amount: _Cents | None = Field(default=None, description="Set by hand; null is what the rate makes")
    tracking: dict[XeroId, XeroId] = Field(
        default_factory=dict, max_length=10, description="An option's id by its category's"
    )


class DraftLineOut(Schema):
    """One line as it is kept; it can be sent again as it is."""

    line_id: str
    description: str
    service: str
    item_code: str
    quantity: str | None
    unit_amount: str | None
    discount_percent: str | None
    discount_amount: str | None
    account_code: str
    tax_type: str
    tax_amount: str | None
    tracking: dict[str, str]


def read_lines(given: Sequence[DraftLineIn], *, known: Collection[str] = ()) -> list[DraftLine]:
    """
    Return lines as they are kept; `known` are the ids that they can have.

    Raises ApiProblem for an id that is none of these or comes twice, and for two discounts on one line.
    """
    left = set(known)
    for number, one in enumerate(given):
        if one.discount_percent is not None and one.discount_amount is not None:
            raise _wrong(number, "discount_amount", "A line has a discount in per cent or as an amount.")
        if one.line_id:
            if one.line_id not in left:
                raise _wrong(number, "line_id", "The draft has no line with this id, or it comes twice.")
            left.remove(one.line_id)
    return [_read(one) for one in given]


def tell_line(line: DraftLine) -> DraftLineOut:
    """Return a line as an answer holds it."""
    return DraftLineOut(
        line_id=line.line_item_id,
        description=line.description,
        service=line.service,
        item_code=line.item_code,
        quantity=_write(line.quantity),
        unit_amount=_write(line.unit_amount),
        discount_percent=_write(line.discount_rate),
        discount_amount=_write(line.discount_amount),
        account_code=line.account_code,
        tax_type=line.tax_type,
        tax_amount=_write(line.tax_amount),
        tracking=line.tracking,
    )


def _read(given: DraftLineIn) -> DraftLine:
    return DraftLine(
        line_item_id=given.line_id,
        description=given.description,
        service=given.service,
        item_code=given.item_code,
        quantity=read_digits(given.quantity),
        unit_amount=read_digits(given.unit_amount),
        discount_rate=read_digits(given.discount_percent),
        discount_amount=read_digits(given.discount_amount),
        account_code=given.account_code,
        tax_type=given.tax_type,
        tax_amount=read_digits(given.tax_amount),
        tracking=given.tracking,
    )


def _write(number: Decimal | None) -> str | None:
    return None if number is None else write_number(number)


def _wrong(number: int, name: str, what: str) -> ApiProblem:
    return ApiProblem(Problem.NOT_VALID, errors=[{"where": f"lines/{number}/{name}", "what": what}])
