"""
Knows when the lines of a document count as income or expense: on which day, and how much.

On accrual everything counts on the document's own day. On cash it counts when money moves, or when a
credit takes the place of money: each settlement brings in its share of every line. Shares are rounded
together, so that what all settlements bring in is the line to the cent and the rest is always known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from counterfoil.domain.money import round_to_cents

_ZERO, _ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Line:
    """
    A line without its tax, in base currency, debits positive.

    `options` are the tracking options that it bears.
    """

    account: str
    amount: Decimal
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was paid or credited on a day, in the currency of the document and with its tax."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Recognised:
    """What counts on one day for one account, debits positive."""

    day: date
    account: str
    options: tuple[str, ...]
    amount: Decimal


def convert(amount: Decimal, rate: Decimal | None) -> Decimal:
    """
    Return a line's amount in base currency; `rate` is None where that is its own.

    Each line is converted by itself. The rate is foreign for one of base. Source: Xero's OpenAPI,
    `CurrencyRate`.
    """
    return amount if rate is None or rate == _ONE else round_to_cents(amount / rate)


def recognise_on_accrual(lines: Iterable[Line], day: date) -> list[Recognised]:
    """Return what counts on the document's own day, one sum for each account and its tracking."""
    return [Recognised(day, one.account, one.options, one.amount) for one in _merge(lines)]


def recognise_on_cash(
    lines: Iterable[Line], day: date, *, total: Decimal, settlements: Iterable[Settlement]
) -> list[Recognised]:
    """
    Return what each settlement brings in; `total` is the document's, with tax and in its own currency.

    A foreign document keeps its own rate, so that the sum over all settlements is what accrual counts;
    the gain on the currency is posted by Xero itself. A document over nothing counts on its own day. What
    is settled beyond the total brings in nothing more.
    """
    merged = _merge(lines)
    if not total:
        return [Recognised(day, one.account, one.options, one.amount) for one in merged]
    found: list[Recognised] = []
    settled, brought_in = _ZERO, [_ZERO] * len(merged)
    for settlement in sorted(settlements, key=lambda one: one.day):
        settled += settlement.amount
        for place, line in enumerate(merged):
            until_now = _take_share(line.amount, settled, total)
            amount = until_now - brought_in[place]
            brought_in[place] = until_now
            if amount:
                found.append(Recognised(settlement.day, line.account, line.options, amount))
    return found


def _take_share(amount: Decimal, settled: Decimal, total: Decimal) -> Decimal:
    share = settled / total
    return amount if share >= _ONE else round_to_cents(amount * share)


def _merge(lines: Iterable[Line]) -> Sequence[Line]:
    sums: dict[tuple[str, tuple[str, ...]], Decimal] = {}
    for line in lines:
        key = (line.account, tuple(sorted(line.options)))
        sums[key] = sums.get(key, _ZERO) + line.amount
    return [Line(account, amount, options) for (account, options), amount in sums.items() if amount]
