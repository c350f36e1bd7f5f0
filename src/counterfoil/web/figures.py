"""Figures of money, each with the address of the list whose rows add up to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from counterfoil.domain.ageing import Age
from counterfoil.domain.money import Money
from counterfoil.features.finance.queries import Asked, Total
from counterfoil.features.invoices.ageing import Aged
from counterfoil.features.invoices.documents import Question
from counterfoil.features.invoices.listed import BILLS
from counterfoil.mirror.models import Organisation

_TONES = {Age.TO_60: "warn", Age.TO_90: "bad", Age.OVER_90: "bad"}
# A bar that stands for something is seen, however small it is beside the others.
_LEAST = 2


@dataclass(frozen=True)
class Figure:
    """An amount, and the list that it opens."""

    money: Money
    count: int
    address: str


@dataclass(frozen=True)
class Bar:
    """What is owed at one age; `size` is in hundredths of the largest."""

    age: Age
    figure: Figure
    size: int

    @property
    def rest(self) -> int:
        """What is left of the height."""
        return 100 - self.size

    @property
    def tone(self) -> str:
        """How alarming it is, for style sheets."""
        return _TONES.get(self.age, "plain")


@dataclass(frozen=True)
class AgeChart:
    """What is owed in one currency, as bars."""

    owed: Figure
    bars: Sequence[Bar]


def build_list_address(
    organisation: Organisation, question: Question, *, currency: str, moment: Mapping[str, str] | None = None
) -> str:
    """Return the address of the documents of a question; `moment` is what an address of the past holds."""
    asked: dict[str, Any] = {
        "view": question.view.value,
        "due_from": question.due_from,
        "due_to": question.due_to,
        "currency": currency,
        **(moment or {}),
    }
    page = reverse("bills" if question.kind == BILLS else "invoices", args=[organisation.pk])
    return f"{page}?{_encode(asked)}"


def build_payments_address(organisation: Organisation, asked: Asked, *, currency: str) -> str:
    """Return the address of the payments of a question."""
    page = reverse("payments", args=[organisation.pk])
    days: dict[str, date | None] = {"from": asked.dated_from, "to": asked.dated_to}
    valid = {"valid": "yes"} if asked.valid_only else {}
    return f"{page}?{_encode({'kind': asked.kind, **days, **valid, 'currency': currency})}"


def describe_paid(organisation: Organisation, totals: Sequence[Total], asked: Asked) -> list[Figure]:
    """Return what was paid, currency by currency; what nobody knows the currency of has no figure."""
    return [
        Figure(
            Money(total.amount, total.currency),
            total.count,
            build_payments_address(organisation, asked, currency=total.currency),
        )
        for total in totals
        if total.currency
    ]


def chart_ageing(
    organisation: Organisation, ageing: Sequence[Aged], *, moment: Mapping[str, str] | None = None
) -> list[AgeChart]:
    """Return a chart for each currency."""
    return [_chart_currency(organisation, aged, moment) for aged in ageing]


def _chart_currency(organisation: Organisation, aged: Aged, moment: Mapping[str, str] | None) -> AgeChart:
    def build(question: Question) -> str:
        return build_list_address(organisation, question, currency=aged.currency, moment=moment)

    largest = max(each.owed.amount for each in aged.slices)
    bars = [
        Bar(
            each.age,
            Figure(each.owed, each.count, build(each.question)),
            max(round(100 * each.owed.amount / largest), _LEAST) if each.count else 0,
        )
        for each in aged.slices
    ]
    return AgeChart(Figure(aged.owed, aged.count, build(aged.question)), bars)


def _encode(asked: Mapping[str, Any]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})
