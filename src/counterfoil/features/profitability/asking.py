"""What a report of profitability is asked: which days, gathered by what."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from counterfoil.domain.datekit import Period


class By(StrEnum):
    """By what earnings are gathered."""

    CLIENT = "client"
    DEAL = "deal"
    OWNER = "owner"
    MONTH = "month"


class Figure(StrEnum):
    """Which figure of a row somebody asks to see the documents of."""

    REVENUE = "revenue"
    COSTS = "costs"
    TIME = "time"


class Whose(StrEnum):
    """Whose part of the books is asked for; the last three are nobody's in particular."""

    CLIENTS = "clients"
    UNCLAIMED = "unclaimed"
    OVERHEAD = "overhead"
    OPEN = "open"


@dataclass(frozen=True)
class Place:
    """Where the next page of the documents behind a figure begins."""

    day: date
    pk: int


@dataclass(frozen=True)
class Behind:
    """
    Which documents stand behind a figure. `key` is that of a row, None for those that no row of the kind has.

    A key of nothing and `has_key` mean a row such as work without a deal.
    """

    days: Period
    figure: Figure
    whose: Whose = Whose.CLIENTS
    by: By = By.CLIENT
    key: int | None = None
    has_key: bool = False
