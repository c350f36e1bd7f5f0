"""
Compares what is here with what Xero says, to the cent, and says why they differ.

A difference is always here minus Xero. Its causes add up to it exactly; what nobody can account for is
a cause of its own, so that nothing is ever explained away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
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
    PAYROLL = "payroll, which is not copied"
    DEPRECIATION = "depreciation that Xero posts"
    STOCK = "cost of stock that Xero posts"
    JOURNALS = "manual journals, which may not be read here"
    GAINS = "currency gains that Xero posts"
    ROUNDING = "cents of rounding between currencies"
    SHARES = "cents of rounding between part payments"
    CURRENCY = "unrealised currency gains"
    UNEXPLAINED = "unexplained"

    @property
    def meaning(self) -> str:
        """What it means for a bookkeeper, and what to do about it if anything."""
        return _MEANINGS[self]


_MEANINGS = {
    Reason.TIMING: "Somebody worked in Xero after the copy was last read. The next sync settles it.",
    Reason.QUARANTINED: "The record came in a form that could not be read. It is kept under Activity, Sync.",
    Reason.REMOVED: "The record was deleted in Xero for good. The next daily check marks it as gone here.",
    Reason.MOVED: "The document belongs to another contact in Xero now, as after a merge."
    " The next sync settles it.",
    Reason.CREDITS: "Credit notes, prepayments or overpayments that are not applied to an invoice yet."
    " Xero's contact balance may leave them out.",
    Reason.PREPAYMENTS: "Money received or paid in advance, which some organisations keep in an account"
    " of its own rather than in receivables or payables.",
    Reason.DATED_LATER: "Documents dated after today. They are here, and not yet in a report as at today.",
    Reason.PAYROLL: "Xero posts pay runs to this account. They are not among the lists that are copied.",
    Reason.DEPRECIATION: "Xero posts depreciation from its register of fixed assets, which is not copied.",
    Reason.STOCK: "Xero posts the cost of tracked stock when it is sold; no document says how much.",
    Reason.JOURNALS: "Entries that somebody made by hand in the ledger. The connection has no permission to"
    " read them, or they were not copied yet.",
    Reason.GAINS: "Xero computes gains and losses on foreign currencies and on bank accounts held in them.",
    Reason.ROUNDING: "Amounts in foreign currencies are converted one by one, and each may be a cent off.",
    Reason.SHARES: "On cash, each payment brings in its share of every line, and may be a cent off.",
    Reason.CURRENCY: "Xero values open foreign documents at today's rate; here they keep their own."
    " Look at Xero's report of foreign currency gains.",
    Reason.UNEXPLAINED: "No reason was found. If it stays after the next sync, read these records again.",
}


@dataclass(frozen=True)
class Evidence:
    """
    One record behind a difference: what it counts for here and in Xero; None where it is not.

    `kind` is Xero's word for what sort of document it is, and only leads to its page.
    """

    stream: str
    xero_id: str
    title: str
    here: Decimal | None
    xero: Decimal | None
    kind: str = field(default="", compare=False)


@dataclass(frozen=True)
class Cause:
    """What accounts for a part of a difference, or for its share that nobody can explain."""

    reason: Reason
    amount: Decimal
    records: tuple[Evidence, ...] = ()
    # How many more records there are where only some were kept.
    more: int = 0

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.records) + self.more


@dataclass(frozen=True)
class Leeway:
    """A reason whose amount cannot be computed, and the most that it can account for either way."""

    reason: Reason
    most: Decimal


@dataclass(frozen=True)
class Finding:
    """
    One figure compared. `currency` is empty where records are counted.

    Part and title tell it from the others, in this proof and in the next; `detail` is said beside them.
    """

    part: str
    title: str
    currency: str
    here: Decimal
    xero: Decimal
    causes: tuple[Cause, ...] = ()
    detail: str = ""

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

    def keep_records(self, most: int) -> "Proof":
        """Return the same proof with at most so many records named for each cause, the rest counted."""
        return replace(
            self,
            findings=tuple(
                replace(one, causes=tuple(_keep_records(cause, most) for cause in one.causes))
                for one in self.findings
            ),
        )


class Turn(StrEnum):
    """What became of a figure from one proof to the next."""

    APPEARED = "differs now"
    SETTLED = "agrees now"
    MOVED = "differs by another amount now"
    LOST_ITS_REASON = "differs without an explanation now"
    FOUND_ITS_REASON = "has its difference explained now"


@dataclass(frozen=True)
class Development:
    """A figure that two proofs judge differently; None for a side on which it was not among them."""

    turn: Turn
    before: Finding | None
    after: Finding | None

    @property
    def figure(self) -> Finding:
        """The figure as it was seen last."""
        found = self.after or self.before
        assert found is not None
        return found


def follow(before: Proof, after: Proof) -> tuple[Development, ...]:
    """
    Return what became different between two proofs of the same organisation.

    A figure that only one of them holds counts as equal in the other, because contacts and months
    are listed only where they differ.
    """
    earlier = {(one.part, one.title): one for one in before.findings}
    later = {(one.part, one.title): one for one in after.findings}
    turns = [
        Development(turn, earlier.get(key), later.get(key))
        for key in [*later, *(key for key in earlier if key not in later)]
        if (turn := _find_turn(earlier.get(key), later.get(key))) is not None
    ]
    return tuple(sorted(turns, key=lambda one: list(Turn).index(one.turn)))


def _find_turn(before: Finding | None, after: Finding | None) -> Turn | None:
    differed = before is not None and not before.is_equal
    differs = after is not None and not after.is_equal
    if not differed or not differs:
        if differs:
            return Turn.APPEARED
        return Turn.SETTLED if differed else None
    assert before is not None
    assert after is not None
    if before.is_explained != after.is_explained:
        return Turn.FOUND_ITS_REASON if after.is_explained else Turn.LOST_ITS_REASON
    return Turn.MOVED if before.difference != after.difference else None


def _keep_records(cause: Cause, most: int) -> Cause:
    return replace(cause, records=cause.records[:most], more=cause.more + max(len(cause.records) - most, 0))


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
            cause.reason,
            known.amount + cause.amount,
            (*known.records, *cause.records),
            known.more + cause.more,
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
