"""What somebody or something earned: revenue, what it cost, and what is left."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

_ZERO = Decimal(0)
_TENTH = Decimal("0.1")
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Earnings:
    """
    Amounts in one currency, net of tax. `paid` is the part of `invoiced` that was settled.

    `costs` were spent for it, `time` is what the hours worked for it cost the firm.
    """

    invoiced: Decimal = _ZERO
    paid: Decimal = _ZERO
    costs: Decimal = _ZERO
    time: Decimal = _ZERO

    @property
    def spent(self) -> Decimal:
        """All that it cost."""
        return self.costs + self.time

    @property
    def margin(self) -> Decimal:
        """What is left of the revenue."""
        return self.invoiced - self.costs - self.time

    @property
    def rate(self) -> Decimal | None:
        """
        Return the margin in percent of the revenue, to a tenth; None without revenue.

        A loss is negative. Revenue below zero, as of a month with credit notes only, has no rate.
        """
        if self.invoiced <= 0:
            return None
        return (self.margin * _HUNDRED / self.invoiced).quantize(_TENTH, ROUND_HALF_UP)

    @property
    def is_nothing(self) -> bool:
        """Say whether there is nothing at all in it."""
        return not (self.invoiced or self.paid or self.costs or self.time)

    def __add__(self, other: "Earnings") -> "Earnings":
        return Earnings(
            self.invoiced + other.invoiced,
            self.paid + other.paid,
            self.costs + other.costs,
            self.time + other.time,
        )

    @classmethod
    def total(cls, all_of: Iterable["Earnings"]) -> Self:
        """Return what they are together; nothing for none."""
        invoiced, paid, costs, time = _ZERO, _ZERO, _ZERO, _ZERO
        for one in all_of:
            invoiced, paid, costs, time = (
                invoiced + one.invoiced,
                paid + one.paid,
                costs + one.costs,
                time + one.time,
            )
        return cls(invoiced, paid, costs, time)


@dataclass(frozen=True, slots=True)
class Found:
    """All costs that were found, by what became of them: nothing is in two of them, and nothing in none."""

    attributed: Decimal = _ZERO
    overhead: Decimal = _ZERO
    open: Decimal = _ZERO

    @property
    def all(self) -> Decimal:
        """Every cost there is."""
        return self.attributed + self.overhead + self.open
