"""
Plans what an agreement is billed up to a day: a value that can be looked at before anything is stored.

Fixed fees are billed by their days, hours, units and expenses by their rows. What was billed already is
left out, so that planning once more after storing plans nothing; what was missed earlier is caught up.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from counterfoil.domain.billing_calendar import (
    Billed,
    BillingCalendar,
    Every,
    count_days,
    get_billing_day,
    list_active,
)
from counterfoil.domain.charging import Charge, NoPrice, Price, list_charges, list_whole_charges
from counterfoil.domain.datekit import Period
from counterfoil.domain.fields import BadText, ValueMissing, fill_in
from counterfoil.domain.money import Money
from counterfoil.features.billing.models import (
    Agreement,
    AgreementLine,
    Expense,
    Rate,
    TimeEntry,
    UnitCount,
)
from counterfoil.features.billing.wording import describe_part, list_values

_ONE = Decimal(1)
_HUNDRED = Decimal(100)
_NOTHING = Decimal(0)

Stretches = Mapping[int | None, Sequence[Period]]


@dataclass(frozen=True)
class Terms:
    """An agreement with all that belongs to it, and what was billed of it: by line, None for its minimum."""

    agreement: Agreement
    lines: Sequence[AgreementLine]
    prices: Mapping[int, Sequence[Price]]
    pauses: Sequence[Period]
    rates: Mapping[int, Sequence[Rate]]
    billed: Stretches
    hours: Sequence[TimeEntry] = ()
    counts: Mapping[int, Sequence[UnitCount]] = field(default_factory=dict)
    expenses: Sequence[Expense] = ()

    @property
    def term(self) -> Period:
        """The days on which service may be given."""
        one = self.agreement
        return _days(one.starts_on, one.last_day)

    @property
    def calendar(self) -> BillingCalendar:
        """Its periods."""
        return BillingCalendar(Every(self.agreement.every), self.agreement.anchor)


@dataclass(frozen=True)
class PlannedService:
    """One line of an invoice to be, and the rows that it bills."""

    line: AgreementLine | None
    days: Period
    description: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    is_of_days: bool = True
    sources: tuple[TimeEntry | UnitCount | Expense, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Say whether the invoice has a line for it; a minimum that was reached needs none."""
        return self.line is not None or bool(self.amount)


@dataclass(frozen=True)
class PlannedInvoice:
    """What one period of an agreement is billed; `problems` say what could not be, and why."""

    terms: Terms
    period: Period
    date: date
    services: tuple[PlannedService, ...]
    problems: tuple[str, ...] = ()

    @property
    def amount(self) -> Decimal:
        """What it comes to at the agreement's prices, less its discount; tax is not looked at."""
        agreement = self.terms.agreement
        paid = _ONE - (agreement.discount_rate or _NOTHING) / _HUNDRED
        shares = (one.amount * (paid if one.line else _ONE) for one in self.services)
        return sum((_round(share, agreement.currency) for share in shares), _NOTHING)


def plan_agreement(terms: Terms, *, until: date) -> Iterator[PlannedInvoice]:
    """Yield an invoice for each period billed before `until` that has something to bill."""
    billed = Billed(terms.agreement.billed)
    terms = replace(terms, billed={key: _sort(found) for key, found in terms.billed.items()})
    taken: set[object] = set()
    for period in terms.calendar.list_periods(
        Period(terms.agreement.starts_on, max(until, terms.agreement.starts_on))
    ):
        day = get_billing_day(period, billed)
        if day >= until:
            break
        planned = _plan_period(terms, period, day, taken)
        if planned.services or planned.problems:
            yield planned


def _plan_period(terms: Terms, period: Period, day: date, taken: set[object]) -> PlannedInvoice:
    """Plan one period, and the hours, units and expenses up to the end of what its invoice looks back on."""
    looks_back_to = period.end if Billed(terms.agreement.billed) is Billed.IN_ARREARS else period.start
    services, problems = [], []
    for line in terms.lines:
        try:
            found = list(_plan_line(terms, line, period, looks_back_to, taken))
            described = _describe(found, terms, period)
        except (NoPrice, BadText, ValueMissing, NoRate, OtherCurrency) as problem:
            problems.append(f"{line.description}: {problem}")
            continue
        services += described
    if problems and terms.agreement.minimum:
        problems.append("Nothing of this period is billed before that: its minimum counts all of it.")
        return PlannedInvoice(terms, period, day, (), tuple(problems))
    taken.update(source for one in services for source in one.sources)
    services += _plan_minimum(terms, period, services)
    return PlannedInvoice(terms, period, day, tuple(services), tuple(problems))


class NoRate(ValueError):
    """Hours were worked for which the rate card has no rate."""

    def __init__(self, entry: TimeEntry) -> None:
        role = entry.role or "everybody else"
        super().__init__(f"The rate card has no rate for {role} on {entry.day.isoformat()}.")


class OtherCurrency(ValueError):
    """An expense is in another currency than the agreement."""

    def __init__(self, expense: Expense, currency: str) -> None:
        super().__init__(
            f"“{expense.description}” of {expense.day.isoformat()} is in {expense.currency},"
            f" and this agreement is billed in {currency}. Enter it in {currency}."
        )


def _plan_line(
    terms: Terms, line: AgreementLine, period: Period, looks_back_to: date, taken: Collection[object]
) -> Iterator[PlannedService]:
    match AgreementLine.Kind(line.kind):
        case AgreementLine.Kind.FIXED:
            yield from _plan_fixed(terms, line, period)
        case AgreementLine.Kind.TIME:
            hours = [one for one in terms.hours if one.day < looks_back_to and one not in taken]
            yield from _plan_hours(terms, line, hours)
        case AgreementLine.Kind.UNITS:
            counts = [
                one for one in terms.counts.get(line.pk, ()) if one.day < looks_back_to and one not in taken
            ]
            yield from _plan_units(terms, line, period, counts)
        case AgreementLine.Kind.EXPENSES:
            expenses = [one for one in terms.expenses if one.day < looks_back_to and one not in taken]
            yield from _plan_expenses(terms, line, expenses)


def _plan_fixed(terms: Terms, line: AgreementLine, period: Period) -> Iterator[PlannedService]:
    own = list_active(period, term=_days(line.starts_on or date.min, line.last_day))
    active = [left for one in own for left in list_active(one, term=terms.term, pauses=terms.pauses)]
    make = list_charges if line.is_split else list_whole_charges
    charges = make(
        period,
        active=active,
        prices=[Price(one.since, one.amount * line.quantity) for one in terms.prices.get(line.pk, ())],
        currency=terms.agreement.currency,
        billed=_find_overlapping(terms.billed.get(line.pk, ()), period),
    )
    for charge in charges:
        yield _bill_charge(line, charge)


def _bill_charge(line: AgreementLine, charge: Charge) -> PlannedService:
    """A whole period is so many at a price; a part of it is one at what the part costs."""
    amount = charge.amount.amount
    whole = charge.is_whole and line.quantity
    quantity, price = (line.quantity, charge.price / line.quantity) if whole else (_ONE, amount)
    return PlannedService(
        line, charge.days, line.description + describe_part(charge), quantity, price, amount
    )


def _plan_hours(terms: Terms, line: AgreementLine, hours: Sequence[TimeEntry]) -> Iterator[PlannedService]:
    """One line for each role and rate, so that quantity times price is the amount."""
    rates = terms.rates.get(line.rate_card_id or 0, ())
    groups: dict[tuple[str, Decimal], list[TimeEntry]] = defaultdict(list)
    for entry in hours:
        groups[entry.role, find_rate(rates, entry)].append(entry)
    for (role, rate), entries in sorted(groups.items(), key=lambda one: one[0]):
        quantity = sum((entry.hours for entry in entries), _NOTHING)
        yield PlannedService(
            line,
            _span(entry.day for entry in entries),
            f"{line.description}{f': {role}' if role else ''}",
            quantity,
            rate,
            _round(quantity * rate, terms.agreement.currency),
            is_of_days=False,
            sources=tuple(entries),
        )


def _plan_units(
    terms: Terms, line: AgreementLine, period: Period, counts: Sequence[UnitCount]
) -> Iterator[PlannedService]:
    if not counts:
        return
    used = sum((one.quantity for one in counts), _NOTHING)
    over = max(used - line.included, _NOTHING)
    price = _find_price(terms.prices.get(line.pk, ()), period)
    included = (
        f" ({used.normalize():f} used, {line.included.normalize():f} included)" if line.included else ""
    )
    yield PlannedService(
        line,
        _span(one.day for one in counts),
        f"{line.description}{included}",
        over,
        price,
        _round(over * price, terms.agreement.currency),
        is_of_days=False,
        sources=tuple(counts),
    )


def _plan_expenses(
    terms: Terms, line: AgreementLine, expenses: Iterable[Expense]
) -> Iterator[PlannedService]:
    currency = terms.agreement.currency
    for expense in expenses:
        if expense.currency != currency:
            raise OtherCurrency(expense, currency)
        amount = _round(expense.amount * (_ONE + line.markup_rate / _HUNDRED), currency)
        yield PlannedService(
            line,
            _span([expense.day]),
            _join(line.description, expense.description),
            _ONE,
            amount,
            amount,
            is_of_days=False,
            sources=(expense,),
        )


def _plan_minimum(
    terms: Terms, period: Period, services: Sequence[PlannedService]
) -> Iterator[PlannedService]:
    """
    Bring a period up to the minimum, by the days of service in it.

    A period that reached it by itself is settled with nothing: what is billed of it later adds nothing. One
    that was billed before there was a minimum keeps what it was.
    """
    minimum = terms.agreement.minimum
    active = list_active(period, term=terms.term, pauses=terms.pauses)
    is_billed = any(_find_overlapping(stretches, period) for stretches in terms.billed.values())
    if not minimum or not active or is_billed:
        return
    owed = minimum * count_days(active) / (period.end - period.start).days
    paid = _ONE - (terms.agreement.discount_rate or _NOTHING) / _HUNDRED
    billed = sum((one.amount for one in services), _NOTHING) * paid
    missing = max(_round(owed - billed, terms.agreement.currency), _NOTHING)
    yield PlannedService(None, period, "Up to the agreed minimum", _ONE, missing, missing)


def find_rate(rates: Iterable[Rate], entry: TimeEntry) -> Decimal:
    """Return what an hour of the entry is worth: by its role on its day, else as everybody else's. NoRate."""
    in_force = [one for one in rates if one.since <= entry.day and one.role in (entry.role, "")]
    if not in_force:
        raise NoRate(entry)
    return max(in_force, key=lambda one: (one.role == entry.role, one.since)).amount


def _find_price(prices: Iterable[Price], period: Period) -> Decimal:
    in_force = [one for one in prices if one.since <= period.start]
    if not in_force:
        raise NoPrice(Period(period.start, period.start + timedelta(days=1)))
    return max(in_force, key=lambda one: one.since).amount


def _describe(services: list[PlannedService], terms: Terms, period: Period) -> list[PlannedService]:
    if not services:
        return []
    values = list_values(terms.agreement, period)
    return [replace(one, description=fill_in(one.description, values)) for one in services]


def _days(first: date, last: date | None) -> Period:
    return Period(first, date.max if last is None else last + timedelta(days=1))


def _span(days: Iterable[date]) -> Period:
    found = sorted(days)
    return Period(found[0], found[-1] + timedelta(days=1))


def _sort(stretches: Iterable[Period]) -> list[Period]:
    return sorted(stretches, key=lambda one: one.start)


def _find_overlapping(stretches: Sequence[Period], period: Period) -> Sequence[Period]:
    """Return those of sorted stretches, of which no two share a day, that share one with the period."""
    first = bisect_right(stretches, period.start, key=lambda one: one.end)
    behind = bisect_left(stretches, period.end, key=lambda one: one.start)
    return stretches[first:behind]


def _join(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def _round(amount: Decimal, currency: str) -> Decimal:
    return Money(amount, currency).rounded().amount
