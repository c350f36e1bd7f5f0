"""
Adds up what was earned, in the organisation's currency, each document at its own rate.

Sums are made by the database from the parts of lines, so that they are the same as those of the documents.
Hours are no entry in the books, which hold wages: they cost here what the firm's own rates say.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.domain.datekit import Period
from counterfoil.domain.margins import Earnings, Found
from counterfoil.features.billing.models import RateCard
from counterfoil.features.profitability.asking import By
from counterfoil.features.profitability.summing import (
    Asked,
    OfKey,
    OfMonth,
    read_margins,
    sum_keys,
    sum_months,
)
from counterfoil.mirror.models import Organisation, OrganisationProfile

_NOTHING = Earnings()
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Row:
    """What one client, deal or colleague earned, then and in as many days before."""

    key: Any
    name: str
    now: Earnings = _NOTHING
    before: Earnings = _NOTHING
    margins: str = ""

    @property
    def link_key(self) -> int | str:
        """The key as it stands in an address: the number of a month is that of its first day."""
        return self.key.toordinal() if isinstance(self.key, date) else self.key or ""

    @property
    def change(self) -> Decimal:
        """How much more was left than before."""
        return self.now.margin - self.before.margin

    def read_trend(self, months: Sequence[date]) -> list[Decimal]:
        """Return what was left in each of these months."""
        margins = read_margins(self.margins)
        return [margins.get(month, _ZERO) for month in months]


@dataclass(frozen=True)
class Report:
    """
    Everybody's earnings, and what is nobody's, which together are the books.

    `unrated` are hours for which the firm's rates say nothing: they cost nothing here.
    """

    days: Period
    by: By
    currency: str
    rows: Sequence[Row]
    unclaimed: Row
    costs: Found
    by_month: Mapping[date, Earnings]
    unrated: Decimal
    has_rates: bool

    @property
    def total(self) -> Earnings:
        """What all clients earned together."""
        return Earnings.total(self.by_month.values())

    @property
    def before(self) -> Earnings:
        """The same in as many days before."""
        return Earnings.total(row.before for row in self.rows)

    @property
    def books(self) -> Earnings:
        """All revenue and all costs of the documents, whoever's they are; hours are not in the books."""
        total = self.total
        return Earnings(
            total.invoiced + self.unclaimed.now.invoiced, total.paid + self.unclaimed.now.paid, self.costs.all
        )

    @property
    def months(self) -> Sequence[date]:
        """Every month of the days asked for, with something in it or not."""
        return list(self.by_month)


def report_earnings(organisation: Organisation, days: Period, *, by: By = By.CLIENT) -> Report:
    """Return the report, the largest margin first; five queries, however much there is."""
    currency = find_currency(organisation)
    card = find_cost_card(currency)
    asked = Asked(organisation.pk, days, card.pk if card else None, find_home(organisation))
    book = _Book(days)
    for one in sum_months(asked):
        book.add(one)
    rows = book.list_months() if by is By.MONTH else _list_rows(sum_keys(asked, by), by)
    return Report(
        days=days,
        by=by,
        currency=currency,
        rows=sorted(rows, key=lambda row: (-row.now.margin, row.name)),
        unclaimed=Row(None, "", book.unclaimed),
        costs=Found(**book.costs),
        by_month=book.months,
        unrated=book.unrated,
        has_rates=card is not None,
    )


def find_currency(organisation: Organisation) -> str:
    """Return the organisation's own currency."""
    profile = OrganisationProfile.objects.filter(organisation=organisation)
    return next(iter(profile.values_list("base_currency", flat=True)), "")


def find_cost_card(currency: str) -> RateCard | None:
    """Return the rates that say what an hour costs the firm in a currency; of several the first by name."""
    cards = RateCard.objects.filter(kind=RateCard.Kind.COST, currency=currency, archived_at=None)
    return cards.order_by("name").first()


def find_home(organisation: Organisation) -> int:
    """Return the organisation to which hours of clients without any link belong: the firm's first."""
    known = Organisation.objects.filter(workspace_id=organisation.workspace_id, connection__isnull=False)
    return known.order_by("pk").values_list("pk", flat=True).first() or organisation.pk


class _Book:
    """Gathers what stands in each month: of clients together, of nobody, and costs by what became of them."""

    def __init__(self, days: Period) -> None:
        self.months = dict.fromkeys(_list_months(days), _NOTHING)
        self.unclaimed = _NOTHING
        self.costs: dict[str, Decimal] = defaultdict(Decimal)
        self.unrated = _ZERO

    def add(self, one: OfMonth) -> None:
        """Count a sum in."""
        self.unrated += one.unrated
        if one.side == "cost":
            # What was given to a client who has been deleted waits to be given to another.
            is_lost = one.standing == "attributed" and not one.is_of_client
            self.costs["open" if is_lost else one.standing] += one.amount
        if one.is_of_client:
            self.months[one.month] += _EARNED[one.side](one)
        elif one.side == "revenue":
            self.unclaimed += _EARNED[one.side](one)

    def list_months(self) -> list[Row]:
        """Return a row for each month with something in it."""
        return [
            Row(month, f"{month:%B %Y}", earned)
            for month, earned in self.months.items()
            if not earned.is_nothing
        ]


_EARNED = {
    "revenue": lambda one: Earnings(invoiced=one.amount, paid=one.settled),
    "cost": lambda one: Earnings(costs=one.amount),
    "time": lambda one: Earnings(time=one.amount),
}


def _list_rows(sums: Iterable[OfKey], by: By) -> list[Row]:
    """Return the rows with something in them."""
    return [
        Row(one.key, one.name or _NAMELESS[by], one.now, one.before, one.margins)
        for one in sums
        if not (one.now.is_nothing and one.before.is_nothing)
    ]


_NAMELESS = {
    By.CLIENT: "A client that was deleted",
    By.DEAL: "Work without a deal",
    By.OWNER: "Nobody in particular",
}


def _list_months(days: Period) -> Iterator[date]:
    month = days.start.replace(day=1)
    while month < days.end:
        yield month
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
