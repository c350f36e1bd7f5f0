"""
What a rule asks of a line of spending, and which of several rules decides.

A rule that says nothing of something fits whatever it is. Words are looked for anywhere, without regard to
capitals, accents and spaces.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

from counterfoil.domain.searching import fold


class Spent(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Ruled]):
    place: int
    criteria: Criteria
    ruled: Ruled


@dataclass
class RuleBook(Generic[Ruled]):
    """
    Rules in order; asks only those that could fit, so that many rules cost little more than few.

    A rule stands under its supplier, else its account, else three letters of its words that few rules have:
    a line without these three letters cannot have the words.
    """

    _of_contact: Mapping[str, list[_Entry[Ruled]]] = field(default_factory=lambda: defaultdict(list))
    _of_account: Mapping[str, list[_Entry[Ruled]]] = field(default_factory=lambda: defaultdict(list))
    _of_letters: Mapping[str, list[_Entry[Ruled]]] = field(default_factory=lambda: defaultdict(list))
    _others: list[_Entry[Ruled]] = field(default_factory=list)
    # By the words that were asked about: many lines say the same.
    _of_words: dict[tuple[str, str], list[_Entry[Ruled]]] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Iterable[tuple[Criteria, Ruled]]) -> "RuleBook[Ruled]":
        """Return the book of these rules; the first comes first."""
        book: RuleBook[Ruled] = cls()
        entries = [_Entry(place, criteria, ruled) for place, (criteria, ruled) in enumerate(rules)]
        frequency = Counter(letters for one in entries for letters in _list_letters(_words_of(one.criteria)))
        for entry in entries:
            book._shelf(entry.criteria, frequency).append(entry)
        return book

    def find(self, line: Spent) -> Ruled | None:
        """Return what the first rule that fits says, or None."""
        fitting = [entry for shelf in self._shelves(line) if (entry := _find_fitting(shelf, line))]
        return min(fitting, key=lambda entry: entry.place).ruled if fitting else None

    def _shelf(self, criteria: Criteria, frequency: Mapping[str, int]) -> list[_Entry[Ruled]]:
        if criteria.contact_id:
            return self._of_contact[criteria.contact_id]
        if criteria.account_code:
            return self._of_account[criteria.account_code]
        letters = _list_letters(_words_of(criteria))
        if letters:
            return self._of_letters[min(letters, key=lambda three: (frequency[three], three))]
        return self._others

    def _shelves(self, line: Spent) -> Iterator[list[_Entry[Ruled]]]:
        yield self._of_contact.get(line.contact_id, [])
        yield self._of_account.get(line.account_code, [])
        yield self._find_by_words(line.description, line.reference)
        yield self._others

    def _find_by_words(self, description: str, reference: str) -> list[_Entry[Ruled]]:
        """Return the rules of which these words have the letters, in order."""
        found = self._of_words.get((description, reference))
        if found is None:
            letters = _letters_of(description) | _letters_of(reference) if self._of_letters else frozenset()
            shelves = [self._of_letters[three] for three in letters & self._of_letters.keys()]
            found = sorted(chain.from_iterable(shelves), key=lambda entry: entry.place)
            self._of_words[description, reference] = found
        return found


def _find_fitting(shelf: list[_Entry[Ruled]], line: Spent) -> _Entry[Ruled] | None:
    for entry in shelf:
        if entry.criteria.fits(line):
            return entry
    return None


def _words_of(criteria: Criteria) -> str:
    return _fold(criteria.description) or _fold(criteria.reference)


def _list_letters(text: str) -> set[str]:
    """Return the letters of a folded text, three by three."""
    return {text[start : start + 3] for start in range(len(text) - 2)}


# The lines of one document, and of one supplier, mostly say the same.
@lru_cache(maxsize=1024)
def _letters_of(text: str) -> frozenset[str]:
    return frozenset(_list_letters(_fold(text)))


def _has_option(options: Collection[str], wanted: str) -> bool:
    return any(_fold(option) == _fold(wanted) for option in options)


# A line's words are looked at by one rule after the other.
@lru_cache(maxsize=1024)
def _fold(text: str) -> str:
    return " ".join(fold(text).split())
