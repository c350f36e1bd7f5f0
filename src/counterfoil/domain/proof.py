"""
Compares what is here with what Xero says, to the cent, and says why they differ.

A difference is always here minus Xero. Its causes add up to it exactly; what nobody can account for is
a cause of its own, so that nothing is ever explained away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import combinations

_ZERO = Decimal(0)


class Reason(StrEnum):
    """Why a figure here may differ from Xero's."""

    TIMING = "changed in Xero since the last sync"
    QUARANTINED = "in quarantine here"
    REMOVED = "removed in Xero since the last daily check"
    MOVED = "moved to another contact in Xero"
    CREDITS = "credits not yet applied"
    PREPAYMENTS = "prepayments kept in another account"
    DATED_LATER = "dated after the day of the report"
    ROUNDING = "cents of rounding between currencies"
    CURRENCY = "unrealised currency gains"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Evidence:
    """One record behind a difference: what it counts for here and in Xero; None where it is not."""

    stream: str
    xero_id: str
    title: str
    here: Decimal | None
    xero: Decimal | None


@dataclass(frozen=True)
class Cause:
    """What accounts for a part of a difference, or for its share that nobody can explain."""

    reason: Reason
    amount: Decimal
    records: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Leeway:
    """A reason whose amount cannot be computed, and the most that it can account for either way."""

    reason: Reason
    most: Decimal


@dataclass(frozen=True)
class Finding:
    """One figure compared. `currency` is empty where records are counted."""

    part: str
    title: str
    currency: str
    here: Decimal
    xero: Decimal
    causes: tuple[Cause, ...] = ()

    @property
    def difference(self) -> Decimal:
        """Here minus Xero."""
        return self.here - self.xero

    @property
    def is_equal(self) -> bool:
        """Say whether both figures are the same to the last digit."""
        return not self.difference and not self.causes

    @property
    def is_explained(self) -> bool:
        """Say whether every part of the difference has a name."""
        return all(cause.reason is not Reason.UNEXPLAINED for cause in self.causes)


class Verdict(StrEnum):
    """What a whole comparison comes to."""

    EQUAL = "equal"
    EXPLAINED = "explained"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Proof:
    """All that was compared, and what could not be, with the reason."""

    findings: tuple[Finding, ...]
    left_out: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Equal, different with every reason named, or different in a way that nobody can explain."""
        if not all(finding.is_explained for finding in self.findings):
            return Verdict.UNEXPLAINED
        if all(finding.is_equal for finding in self.findings):
            return Verdict.EQUAL
        return Verdict.EXPLAINED

    @property
    def different(self) -> tuple[Finding, ...]:
        """The figures that differ."""
        return tuple(finding for finding in self.findings if not finding.is_equal)

    @property
    def sentence(self) -> str:
        """The verdict in words, with how many figures were compared."""
        compared = f"{len(self.findings):,} figure{'' if len(self.findings) == 1 else 's'} compared"
        unexplained = sum(not finding.is_explained for finding in self.findings)
        named = len(self.different) - unexplained
        match self.verdict:
            case Verdict.EQUAL:
                return f"The copy agrees with Xero: {compared}, all equal to the cent."
            case Verdict.EXPLAINED:
                differ = "1 differs" if named == 1 else f"{named:,} differ"
                return f"The copy agrees with Xero: {compared}, {differ} for reasons that are named."
            case _:
                differ = "1 differs" if unexplained == 1 else f"{unexplained:,} differ"
                return f"The copy does not agree with Xero: {compared}, {differ} without an explanation."


def compare(
    figure: Finding,
    *,
    found: Sequence[Cause] = (),
    possible: Sequence[Cause] = (),
    leeways: Sequence[Leeway] = (),
) -> Finding:
    """
    Return the figure with the causes of its difference; they add up to it exactly.

    `found` are certain, because their records were looked at on both sides. Of the `possible` ones,
    which Xero may or may not count, as few as are needed are taken, and whole or not at all. A leeway
    names what then remains, up to its most. What is left after that is unexplained.
    """
    rest = figure.difference - sum((cause.amount for cause in found), _ZERO)
    chosen = _choose(rest, possible, leeways)
    rest -= sum((cause.amount for cause in chosen), _ZERO)
    causes = [*found, *chosen]
    if rest:
        causes.append(Cause(_name(rest, leeways), rest))
    return replace(figure, causes=merge_causes(causes))


def merge_causes(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return one cause for each reason, with the sum of the amounts and all records."""
    merged: dict[Reason, Cause] = {}
    for cause in causes:
        known = merged.get(cause.reason, Cause(cause.reason, _ZERO))
        merged[cause.reason] = Cause(
            cause.reason, known.amount + cause.amount, (*known.records, *cause.records)
        )
    return tuple(sorted(merged.values(), key=lambda cause: list(Reason).index(cause.reason)))


def _choose(rest: Decimal, possible: Sequence[Cause], leeways: Sequence[Leeway]) -> tuple[Cause, ...]:
    """Return the fewest of the possible causes that settle the rest exactly, else within a leeway."""
    useful = [cause for cause in possible if cause.amount]
    picks = [pick for size in range(len(useful) + 1) for pick in combinations(useful, size)]
    remainders = [(pick, rest - sum((cause.amount for cause in pick), _ZERO)) for pick in picks]
    for pick, remainder in remainders:
        if not remainder:
            return pick
    for leeway in leeways:
        for pick, remainder in remainders:
            if abs(remainder) <= leeway.most:
                return pick
    return ()


def _name(rest: Decimal, leeways: Sequence[Leeway]) -> Reason:
    for leeway in leeways:
        if abs(rest) <= leeway.most:
            return leeway.reason
    return Reason.UNEXPLAINED
