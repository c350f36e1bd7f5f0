"""What is owed by how long it is overdue, per currency; currencies are never added (K12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Count, Sum

from counterfoil.domain.ageing import Age, find_due_days
from counterfoil.domain.money import Money
from counterfoil.features.invoices.documents import (
    Question,
    Source,
    View,
    has_view,
    is_due_between,
    select_documents,
)
from counterfoil.features.invoices.listed import SALES


@dataclass(frozen=True)
class Slice:
    """What is owed at one age, and the question whose documents add up to it."""

    age: Age
    owed: Money
    count: int
    question: Question


@dataclass(frozen=True)
class Aged:
    """What is owed in one currency, age by age; `question` asks for all that the ages add up to."""

    currency: str
    slices: Sequence[Slice]
    question: Question

    @property
    def owed(self) -> Money:
        """All that is owed."""
        return reduce(add, (each.owed for each in self.slices), Money.zero(self.currency))

    @property
    def count(self) -> int:
        """How many documents are owed."""
        return sum(each.count for each in self.slices)

    @property
    def overdue(self) -> Money:
        """What is past its day."""
        return reduce(add, (each.owed for each in self._overdue), Money.zero(self.currency))

    @property
    def overdue_count(self) -> int:
        """How many documents are past their day."""
        return sum(each.count for each in self._overdue)

    @property
    def _overdue(self) -> Sequence[Slice]:
        return [each for each in self.slices if each.age is not Age.CURRENT]


def sum_ageing(source: Source, *, kind: str = SALES) -> list[Aged]:
    """Return what is owed by age in each currency, the one with the most documents first; one query."""
    questions = {age: ask_for(age, source, kind) for age in Age}
    sums: dict[str, Any] = {}
    for age, question in questions.items():
        of_age = has_view(question.view, source) & is_due_between(question.due_from, question.due_to)
        sums[f"sum_{age.name}"] = Sum("amount_due", filter=of_age, default=Decimal(0))
        sums[f"count_{age.name}"] = Count("xero_id", filter=of_age)
    whole = Question(view=View.UNPAID, kind=kind)
    unpaid: Any = select_documents([source], whole)
    rows = unpaid.order_by().values("currency").annotate(count=Count("xero_id"), **sums)
    return [_read_row(row, questions, whole) for row in rows.order_by("-count", "currency")]


def ask_for(age: Age, source: Source, kind: str) -> Question:
    """Return the question whose documents are of this age."""
    if age is Age.CURRENT:  # also what has no due date
        return Question(view=View.OPEN, kind=kind)
    first, last = find_due_days(age, source.today)
    return Question(view=View.OVERDUE, kind=kind, due_from=first, due_to=last)


def _read_row(row: Mapping[str, Any], questions: Mapping[Age, Question], whole: Question) -> Aged:
    return Aged(
        row["currency"],
        [
            Slice(age, Money(row[f"sum_{age.name}"], row["currency"]), row[f"count_{age.name}"], question)
            for age, question in questions.items()
        ],
        whole,
    )
