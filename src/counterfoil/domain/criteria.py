"""
What a rule asks of a line of spending, and which of several rules decides.

A rule that says nothing of something fits whatever it is. Words are looked for anywhere, without regard to
capitals, accents and spaces.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

from counterfoil.domain.searching import fold


@dataclass(frozen=True, slots=True)
class Spent:
    """What is known of a line of spending; amounts are net and in the document's currency."""

    contact_id: str = ""
    account_code: str = ""
    description: str = ""
    reference: str = ""
    tracking: Collection[str] = ()
    bank_account_id: str = ""
    amount: Decimal = Decimal(0)
    day: date = date.min


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a line must be; both ends of the amounts and of the days are meant as well."""

    contact_id: str = ""
    account_code: str = ""
    description: str = ""
    reference: str = ""
    tracking_option: str = ""
    bank_account_id: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    since: date | None = None
    until: date | None = None

    def fits(self, line: Spent) -> bool:
        """Say whether the line is all that is asked; a refund is as large as what it refunds."""
        size = abs(line.amount)
        return (
            self.contact_id in ("", line.contact_id)
            and self.account_code in ("", line.account_code)
            and self.bank_account_id in ("", line.bank_account_id)
            and (self.since is None or line.day >= self.since)
            and (self.until is None or line.day <= self.until)
            and (self.least is None or size >= self.least)
            and (self.most is None or size <= self.most)
            and (not self.tracking_option or _has_option(line.tracking, self.tracking_option))
            and (not self.description or _fold(self.description) in _fold(line.description))
            and (not self.reference or _fold(self.reference) in _fold(line.reference))
        )


Ruled = TypeVar("Ruled")


@dataclass
class RuleBook(Generic[Ruled]):
    """Rules in order; asks only those that could fit, so that many rules cost little more than few."""

    _of_contact: Mapping[str, list[tuple[int, Criteria, Ruled]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _of_account: Mapping[str, list[tuple[int, Criteria, Ruled]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _others: list[tuple[int, Criteria, Ruled]] = field(default_factory=list)

    @classmethod
    def of(cls, rules: Iterable[tuple[Criteria, Ruled]]) -> "RuleBook[Ruled]":
        """Return the book of these rules; the first comes first."""
        book: RuleBook[Ruled] = cls()
        for place, (criteria, ruled) in enumerate(rules):
            book._shelf(criteria).append((place, criteria, ruled))
        return book

    def find(self, line: Spent) -> Ruled | None:
        """Return what the first rule that fits says, or None."""
        fitting = [
            (place, ruled) for shelf in self._shelves(line) for place, ruled in _first_fitting(shelf, line)
        ]
        return min(fitting, key=lambda one: one[0])[1] if fitting else None

    def _shelf(self, criteria: Criteria) -> list[tuple[int, Criteria, Ruled]]:
        if criteria.contact_id:
            return self._of_contact[criteria.contact_id]
        if criteria.account_code:
            return self._of_account[criteria.account_code]
        return self._others

    def _shelves(self, line: Spent) -> Iterator[list[tuple[int, Criteria, Ruled]]]:
        yield self._of_contact.get(line.contact_id, [])
        yield self._of_account.get(line.account_code, [])
        yield self._others


def _first_fitting(shelf: list[tuple[int, Criteria, Ruled]], line: Spent) -> Iterator[tuple[int, Ruled]]:
    for place, criteria, ruled in shelf:
        if criteria.fits(line):
            yield place, ruled
            return


def _has_option(options: Collection[str], wanted: str) -> bool:
    return any(_fold(option) == _fold(wanted) for option in options)


def _fold(text: str) -> str:
    return " ".join(fold(text).split())
