"""
What was paid for clients, billed to them and came back: by supplier, client or month, with what is behind it.

Every amount is in the currency in which it was charged; what was paid in another is converted at the rate of
its own recharge, each by itself, so that the rows sum to the totals to the cent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DecimalField,
    F,
    Max,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Round, TruncMonth

from counterfoil.domain.datekit import Period
from counterfoil.domain.money import list_currencies
from counterfoil.domain.recharging import RechargeState
from counterfoil.features.recharging.models import Recharge
from counterfoil.mirror.models import Organisation

PAGE_SIZE = 50
_State = RechargeState
_ZERO = Decimal(0)
_MONEY: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=28, decimal_places=4)


class By(StrEnum):
    """What the rows of the report are."""

    SUPPLIER = "supplier"
    CLIENT = "client"
    MONTH = "month"


class Figure(StrEnum):
    """One column of the report."""

    PAID = "paid"
    TO_BILL = "to_bill"
    BILLED = "billed"
    RECOVERED = "recovered"
    OWED = "owed"
    LOST = "lost"

    @property
    def label(self) -> str:
        """What it is called on a page."""
        return _LABELS[self]


_LABELS = {
    Figure.PAID: "Paid for clients",
    Figure.TO_BILL: "Not billed yet",
    Figure.BILLED: "Billed",
    Figure.RECOVERED: "Came back",
    Figure.OWED: "Still owed",
    Figure.LOST: "Credited",
}

# A proposal that nobody accepted is no figure: it may be none at all.
_COUNTED = ~Q(state__in=[_State.PROPOSED.value, _State.DROPPED.value])
_UNBILLED = [_State.READY.value, _State.GATHERED.value]
_AT = Q(state=_State.ASKS.value)
_IS_UNBILLED = Q(state__in=_UNBILLED) | (_AT & Q(asked_in__in=_UNBILLED))
_IS_SETTLED = Q(state=_State.SETTLED.value) | (_AT & Q(asked_in=_State.SETTLED.value))
WHERE = {
    Figure.PAID: Q(),
    Figure.TO_BILL: _IS_UNBILLED,
    Figure.BILLED: ~_IS_UNBILLED,
    Figure.RECOVERED: ~_IS_UNBILLED & ~Q(settled=0),
    Figure.OWED: ~_IS_UNBILLED & ~_IS_SETTLED & ~Q(settled=F("charge")),
    Figure.LOST: _IS_SETTLED & ~Q(settled=F("charge")),
}
"""Which recharges stand behind each figure."""


@dataclass(frozen=True)
class Sums:
    """
    The figures of a row. What was billed came back, is owed, or was credited: these three sum to it.

    `cost` is what was paid of that which was billed.
    """

    paid: Decimal = _ZERO
    to_bill: Decimal = _ZERO
    billed: Decimal = _ZERO
    cost: Decimal = _ZERO
    recovered: Decimal = _ZERO
    owed: Decimal = _ZERO
    lost: Decimal = _ZERO

    @property
    def margin(self) -> Decimal:
        """What was billed beyond what it cost."""
        return self.billed - self.cost

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Sums)))


@dataclass(frozen=True)
class Row:
    """One supplier, client or month, in one currency."""

    key: str
    name: str
    currency: str
    sums: Sums


@dataclass(frozen=True)
class Report:
    """All rows, the largest first, and their totals by currency."""

    by: By
    rows: Sequence[Row]
    totals: Sequence[tuple[str, Sums]]


@dataclass(frozen=True)
class Question:
    """Which recharges are asked for: of which days, behind which figure, of whom, in which currency."""

    days: Period
    figure: Figure = Figure.PAID
    by: By = By.SUPPLIER
    key: str | None = None
    currency: str = ""


@dataclass(frozen=True)
class Page:
    """One page of recharges, the newest first, how many there are, and after which the next begins."""

    rows: Sequence[Recharge]
    count: int
    next_after: int | None


def report_recovery(organisation: Organisation, days: Period, *, by: By) -> Report:
    """Return the report of the days on which costs were paid; one query."""
    grouped = _with_key(_select(organisation, days), by).order_by().values("key", "currency")
    found = grouped.annotate(name=Max(_NAMES[by]), **_SUMS)
    rows = [
        Row(
            str(one["key"]),
            one["name"] or "",
            one["currency"],
            Sums(*(one[f"of_{name.name}"] or _ZERO for name in fields(Sums))),
        )
        for one in found
    ]
    totals: dict[str, Sums] = {}
    for row in rows:
        totals[row.currency] = totals.get(row.currency, Sums()) + row.sums
    if by is By.MONTH:
        rows.sort(key=lambda row: (row.key, row.currency))
    else:
        rows.sort(key=lambda row: (-row.sums.paid, row.name.casefold(), row.key))
    return Report(by, rows, sorted(totals.items()))


def list_behind(organisation: Organisation, question: Question, *, after: int | None = None) -> Page:
    """Return a page of the recharges that stand behind a figure; two queries."""
    matching = find_behind(organisation, question)
    rows = matching.order_by("-pk")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page(shown, matching.count(), shown[-1].pk if len(found) > PAGE_SIZE else None)


def sum_behind(organisation: Organisation, question: Question) -> Sequence[tuple[str, Sums]]:
    """Return what the recharges behind a figure come to, by currency; one query."""
    found: QuerySet[Any] = find_behind(organisation, question).order_by()
    grouped = found.values("currency").annotate(**_SUMS)
    return sorted(
        (one["currency"], Sums(*(one[f"of_{name.name}"] or _ZERO for name in fields(Sums))))
        for one in grouped
    )


def iterate_behind(organisation: Organisation, question: Question) -> Iterator[Recharge]:
    """Yield every recharge behind a figure, the newest first."""
    yield from find_behind(organisation, question).order_by("-pk").iterator(chunk_size=1000)


def find_behind(organisation: Organisation, question: Question) -> "QuerySet[Recharge]":
    """Return the recharges behind a figure, each with what was paid of it as `paid`."""
    found = _select(organisation, question.days).filter(WHERE[question.figure])
    if question.currency:
        found = found.filter(currency=question.currency)
    if question.key is not None:
        found = _with_key(found, question.by).filter(key=question.key)
    return found.select_related("source", "client")


def _select(organisation: Organisation, days: Period) -> "QuerySet[Recharge]":
    mine = Recharge.objects.filter(
        _COUNTED, organisation=organisation, source__day__gte=days.start, source__day__lt=days.end
    )
    return mine.annotate(paid=_PAID)


def _with_key(found: "QuerySet[Recharge]", by: By) -> "QuerySet[Any]":
    return found.annotate(key=_KEYS[by])


_KEYS = {
    By.SUPPLIER: F("source__contact_id"),
    By.CLIENT: Cast("client_id", CharField()),
    By.MONTH: Cast(TruncMonth("source__day"), CharField()),
}
_NAMES = {
    By.SUPPLIER: F("source__contact_name"),
    By.CLIENT: F("client__name"),
    By.MONTH: Cast(TruncMonth("source__day"), CharField()),
}

# A recharge that waits for its rate has none; it counts for nothing until it has a charge.
_CONVERTED = Case(
    When(charge=None, then=Value(_ZERO)), default=F("cost") / Coalesce(F("rate"), Value(Decimal(1))),
    output_field=_MONEY,
)  # fmt: skip
_PAID = Case(
    *(
        When(currency__in=codes, then=Round(_CONVERTED, precision=units, output_field=_MONEY))
        for units, codes in list_currencies().items()
    ),
    default=Round(_CONVERTED, precision=2, output_field=_MONEY),
    output_field=_MONEY,
)
_CHARGE = Coalesce(F("charge"), Value(_ZERO), output_field=_MONEY)
_LEFT = _CHARGE - F("settled")
_SUMS = {
    "of_paid": Sum("paid"),
    "of_to_bill": Sum(_CHARGE, filter=WHERE[Figure.TO_BILL]),
    "of_billed": Sum(_CHARGE, filter=WHERE[Figure.BILLED]),
    "of_cost": Sum("paid", filter=WHERE[Figure.BILLED]),
    "of_recovered": Sum("settled", filter=WHERE[Figure.BILLED]),
    "of_owed": Sum(_LEFT, filter=WHERE[Figure.OWED]),
    "of_lost": Sum(_LEFT, filter=WHERE[Figure.LOST]),
}
