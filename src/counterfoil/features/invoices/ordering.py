"""In which order documents are listed, and how the next page is found without counting rows."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.db.models import F, Q
from django.db.models.expressions import OrderBy

from counterfoil.mirror.models import Invoice


class Sort(StrEnum):
    """By what documents are sorted."""

    DATE = "date"
    DUE = "due"
    NUMBER = "number"
    BALANCE = "balance"
    TOTAL = "total"


_COLUMN = {
    Sort.DATE: "date",
    Sort.DUE: "due_date",
    Sort.NUMBER: "number",
    Sort.BALANCE: "amount_due",
    Sort.TOTAL: "total",
}
_AMOUNTS = (Sort.BALANCE, Sort.TOTAL)


@dataclass(frozen=True)
class Place:
    """A row's place in the list: what it is sorted by, its number, its id."""

    value: date | Decimal | str | None
    number: str
    xero_id: str


@dataclass(frozen=True)
class Order:
    """
    An order in which no two rows are equal: what is asked for, then the number, then Xero's id.

    Rows without a date come first among the newest, and last among the oldest, as PostgreSQL sorts them.
    """

    sort: Sort = Sort.DATE
    is_ascending: bool = False

    @property
    def fields(self) -> list[OrderBy]:
        """The order as a query takes it."""
        columns = dict.fromkeys([_COLUMN[self.sort], "number"])
        return [*(OrderBy(F(name), descending=not self.is_ascending) for name in columns), F("xero_id").asc()]

    @property
    def fields_beyond(self) -> list[OrderBy]:
        """
        The same order, for what comes after a place.

        Amounts are compared by functions that row-level security keeps back until a row is known to be ours,
        so an index of amounts cannot jump to a place: it would be walked from its beginning, row by row. What
        is no plain column is sorted at once, from the narrow index that the counts are read from.
        """
        if self.sort not in _AMOUNTS:
            return self.fields
        first, *rest = self.fields
        return [OrderBy(F(_COLUMN[self.sort]) + 0, descending=first.descending), *rest]

    def place_of(self, invoice: Invoice) -> Place:
        """Return the place of a row."""
        return Place(getattr(invoice, _COLUMN[self.sort]), invoice.number, invoice.xero_id)

    def after(self, place: Place) -> Q:
        """Return what comes after a place."""
        column, beyond = _COLUMN[self.sort], "gt" if self.is_ascending else "lt"
        tied = Q(**{f"number__{beyond}": place.number}) | Q(number=place.number, xero_id__gt=place.xero_id)
        if self.sort is Sort.NUMBER:
            return Q(**{f"number__{beyond}e": place.number}) & tied
        if place.value is None:
            same = Q(**{column: None}) & tied
            return same if self.is_ascending else same | Q(**{f"{column}__isnull": False})
        further = Q(**{f"{column}__{beyond}": place.value})
        # The first bound lets the index jump to the place.
        bounded = Q(**{f"{column}__{beyond}e": place.value}) & (further | tied)
        return bounded | Q(**{column: None}) if self.is_ascending else bounded
