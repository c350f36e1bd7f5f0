"""What reading everything again would change here: a plan that can be shown, and refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# More than this share of a kind of record lost at once is hardly what happened in Xero.
LOSS_SHARE = Decimal("0.2")
# Fewer than so many are no share of anything.
_LOSS_LEAST = 3


def is_surprising_loss(lost: int, held: int, *, least: int) -> bool:
    """Say whether so many of what is held would be lost that a person should agree to it first."""
    return lost >= least and lost > held * LOSS_SHARE


class Fate(StrEnum):
    """What becomes of a record here."""

    NEW = "new"
    CHANGED = "changed"
    REPAIRED = "repaired"
    BACK = "back"
    GONE = "gone"


@dataclass(frozen=True)
class FieldChange:
    """A member of a record, as it is here and as it is in Xero, shortened for people."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Example:
    """One record of those that would change."""

    fate: Fate
    xero_id: str
    title: str
    kind: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class MoneyEffect:
    """What an amount of a kind of record adds up to over all that would change, before and after."""

    what: str
    currency: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        """After minus before."""
        return self.after - self.before


@dataclass(frozen=True)
class StreamPlan:
    """
    What would change in one kind of record.

    `lost` counts the records that would go, or be voided, deleted or archived; `unreadable` those
    that Xero sent in a form which cannot be read, and which stay as they are.
    """

    stream: str
    title: str
    held: int
    read: int
    counts: dict[Fate, int]
    fields: tuple[tuple[str, int], ...] = ()
    money: tuple[MoneyEffect, ...] = ()
    examples: tuple[Example, ...] = ()
    lost: int = 0
    unreadable: int = 0

    @property
    def changes(self) -> int:
        """How many records would be written or marked."""
        return sum(self.counts.values())

    @property
    def is_surprising(self) -> bool:
        """Say whether more would be lost than a person expects."""
        return is_surprising_loss(self.lost, self.held, least=_LOSS_LEAST)

    def count(self, fate: Fate) -> int:
        """Return how many records have this fate."""
        return self.counts.get(fate, 0)


@dataclass(frozen=True)
class ResyncPlan:
    """What would change in all that was read."""

    streams: tuple[StreamPlan, ...]

    @property
    def changes(self) -> int:
        """How many records would be written or marked."""
        return sum(one.changes for one in self.streams)

    @property
    def surprising(self) -> tuple[StreamPlan, ...]:
        """The kinds of record of which a surprising share would be lost."""
        return tuple(one for one in self.streams if one.is_surprising)

    @property
    def sentence(self) -> str:
        """The plan in words."""
        read = sum(one.read for one in self.streams)
        if not self.changes:
            return f"{_count(read, 'record')} read, and all of them are here as they are in Xero."
        sums = {fate: sum(one.count(fate) for one in self.streams) for fate in Fate}
        said = ", ".join(f"{count:,} {_WORDS[fate]}" for fate, count in sums.items() if count)
        return f"{_count(read, 'record')} read; {said}."

    def check(self) -> None:
        """Raise UnsafePlan when a surprising share would be lost."""
        if self.surprising:
            raise UnsafePlan(self.surprising)


class UnsafePlan(Exception):
    """The plan would lose a surprising share of records; a person has to agree to it by itself."""

    def __init__(self, streams: Sequence[StreamPlan]) -> None:
        said = " and ".join(f"{one.lost:,} of {one.held:,} under {one.title}" for one in streams)
        super().__init__(
            f"This would mark {said} as gone, voided, deleted or archived."
            " Look in Xero whether that is so before you agree."
        )


_WORDS = {
    Fate.NEW: "not here yet",
    Fate.CHANGED: "different in Xero",
    Fate.REPAIRED: "not as Xero sent them",
    Fate.BACK: "back in Xero",
    Fate.GONE: "no longer in Xero",
}


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
