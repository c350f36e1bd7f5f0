"""
How long customers take to pay, who takes longer than before, and when money is to be expected.

Plain counting and medians, so that a person can check every figure; nothing is trained. What is said of a
customer is said only with enough invoices behind it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

# With fewer paid invoices, a customer's habit is not spoken of, and everybody's is taken instead.
ENOUGH = 5
# How many of each are compared, the latest with those before.
RECENT = 5
# A customer is slower only when it is by this many days: less is a weekend.
NOTICEABLE_DAYS = 5

WEEKS = 13

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Paid:
    """An invoice that was paid in full: when it was issued, due and paid."""

    customer: str
    issued: date
    due: date
    paid: date
    amount: Decimal
    currency: str

    @property
    def days_to_pay(self) -> int:
        """How many days after its date it was paid in full."""
        return (self.paid - self.issued).days

    @property
    def days_late(self) -> int:
        """How many days after the due date; fewer than none when it was early."""
        return (self.paid - self.due).days


@dataclass(frozen=True, slots=True)
class Owing:
    """An invoice on which something is owed."""

    customer: str
    due: date
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Habit:
    """
    How a customer pays: medians in which each paid invoice counts once, however large.

    `recent` and `before` are the medians of days late of the latest invoices and of those before them;
    None where there are too few to compare.
    """

    customer: str
    count: int
    days_to_pay: int
    days_late: int
    recent: int | None = None
    before: int | None = None

    @property
    def is_known(self) -> bool:
        """Say whether there are enough invoices to speak of a habit."""
        return self.count >= ENOUGH

    @property
    def slower_by(self) -> int | None:
        """How many days later the latest were paid than those before; None where nobody can say."""
        return None if self.recent is None or self.before is None else self.recent - self.before

    @property
    def is_slower(self) -> bool:
        """Say whether the customer takes noticeably longer than before."""
        return self.slower_by is not None and self.slower_by >= NOTICEABLE_DAYS


def describe_habits(paid: Iterable[Paid]) -> dict[str, Habit]:
    """Return the habit of each customer who ever paid, by customer."""
    of_customer: dict[str, list[Paid]] = {}
    for one in paid:
        of_customer.setdefault(one.customer, []).append(one)
    return {customer: _describe(customer, own) for customer, own in of_customer.items()}


def describe_everybody(paid: Sequence[Paid]) -> Habit | None:
    """Return what is usual among all customers, for those of whom too little is known."""
    return _describe("", paid) if paid else None


def expect(owing: Owing, habits: Mapping[str, Habit], usual: Habit | None, today: date) -> date | None:
    """
    Return the day on which an invoice is likely to be paid: its due date and the customer's usual delay.

    None for what should have been paid already: a habit that was broken does not say when it will come.
    """
    habit = habits.get(owing.customer)
    if habit is None or not habit.is_known:
        habit = usual
    day = owing.due + timedelta(days=habit.days_late if habit else 0)
    return day if day >= today else None


def sum_weeks(
    owing: Iterable[Owing], habits: Mapping[str, Habit], usual: Habit | None, today: date
) -> dict[str, list[Decimal]]:
    """
    Return by currency what is expected in each of the weeks from today.

    After them comes all that is later, and last what is past its day, of which nobody can say when it comes.
    """
    weeks: dict[str, list[Decimal]] = {}
    for one in owing:
        day = expect(one, habits, usual, today)
        place = WEEKS + 1 if day is None else min((day - today).days // 7, WEEKS)
        weeks.setdefault(one.currency, [_ZERO] * (WEEKS + 2))[place] += one.amount
    return weeks


@dataclass(frozen=True)
class Trial:
    """
    What the same method would have expected from a day in the past, and what came.

    Both are of the invoices that were owed on that day, in weeks from it; those that are not paid yet have
    not come.
    """

    since: date
    currency: str
    expected: Sequence[Decimal]
    came: Sequence[Decimal]

    @property
    def expected_total(self) -> Decimal:
        """What was expected within the weeks."""
        return sum(self.expected, _ZERO)

    @property
    def came_total(self) -> Decimal:
        """What came within the weeks."""
        return sum(self.came, _ZERO)

    @property
    def wrong_percent(self) -> int | None:
        """By how much of what came the weeks were wrong on the whole; None where nothing came."""
        if not self.came_total:
            return None
        wrong = sum((abs(one - other) for one, other in zip(self.expected, self.came, strict=True)), _ZERO)
        return round(100 * wrong / self.came_total)


def try_on_the_past(paid: Sequence[Paid], unpaid: Sequence[tuple[date, Owing]], since: date) -> list[Trial]:
    """
    Return, per currency, what the method would have said on a day and what came of it.

    It knows only what was paid before that day. `unpaid` are invoices still owed, with their dates: they
    were expected as well. Amounts of invoices count on the day they were paid in full.
    """
    known = [one for one in paid if one.paid < since]
    habits, usual = describe_habits(known), describe_everybody(known)
    later = [one for one in paid if one.issued < since <= one.paid]
    owed = [Owing(one.customer, one.due, one.amount, one.currency) for one in later]
    owed += [one for issued, one in unpaid if issued < since]
    expected = sum_weeks(owed, habits, usual, since)
    came: dict[str, list[Decimal]] = {currency: [_ZERO] * (WEEKS + 1) for currency in expected}
    for one in later:
        came[one.currency][min((one.paid - since).days // 7, WEEKS)] += one.amount
    return [
        Trial(since, currency, weeks[:WEEKS], came[currency][:WEEKS])
        for currency, weeks in sorted(expected.items())
    ]


def _describe(customer: str, own: Sequence[Paid]) -> Habit:
    latest = sorted(own, key=lambda one: one.paid)
    recent, before = latest[-RECENT:], latest[:-RECENT][-RECENT:]
    can_compare = len(before) >= RECENT
    return Habit(
        customer=customer,
        count=len(own),
        days_to_pay=round(median(one.days_to_pay for one in own)),
        days_late=round(median(one.days_late for one in own)),
        recent=round(median(one.days_late for one in recent)) if can_compare else None,
        before=round(median(one.days_late for one in before)) if can_compare else None,
    )
