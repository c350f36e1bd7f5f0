"""
The life of one recharge: what a client pays back of a line that the firm paid, and which step may follow.

    Proposed ── Ready ── Gathered ── Drafted ── Billed ── Settled
                                        │         │          │
                                        └─────── Asks ───────┘   its source is another than was billed

Until it is drafted a changed source renews it, and a person accepts it anew. From then on nothing of it
changes by itself: it asks, and what a person answers is another recharge, never a changed invoice.
"""

from collections.abc import Mapping
from enum import StrEnum


class RechargeState(StrEnum):
    """Where a recharge stands."""

    PROPOSED = "proposed"
    READY = "ready"
    GATHERED = "gathered"
    DRAFTED = "drafted"
    BILLED = "billed"
    SETTLED = "settled"
    ASKS = "asks"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        """What it is called on a page."""
        return _LABELS[self]


_LABELS = {
    RechargeState.PROPOSED: "Proposed",
    RechargeState.READY: "To bill",
    RechargeState.GATHERED: "In a billing run",
    RechargeState.DRAFTED: "On a draft",
    RechargeState.BILLED: "Billed",
    RechargeState.SETTLED: "Settled",
    RechargeState.ASKS: "Asks you",
    RechargeState.DROPPED: "Not recharged",
}

MOVES: Mapping[RechargeState, frozenset[RechargeState]] = {
    RechargeState.PROPOSED: frozenset({RechargeState.READY, RechargeState.DROPPED}),
    # Back to Proposed is for a source that changed since a person accepted it, and for who thinks again.
    RechargeState.READY: frozenset(
        {RechargeState.PROPOSED, RechargeState.GATHERED, RechargeState.DRAFTED, RechargeState.DROPPED}
    ),
    # Back to Ready is for a run's invoice, or a draft, that was discarded.
    RechargeState.GATHERED: frozenset({RechargeState.READY, RechargeState.DRAFTED, RechargeState.ASKS}),
    RechargeState.DRAFTED: frozenset(
        {RechargeState.READY, RechargeState.GATHERED, RechargeState.BILLED, RechargeState.ASKS}
    ),
    # Back to Ready is for an invoice that was voided: the client owes it still, and no invoice says so.
    RechargeState.BILLED: frozenset({RechargeState.SETTLED, RechargeState.READY, RechargeState.ASKS}),
    # Back to Billed is for a payment that was taken away.
    RechargeState.SETTLED: frozenset({RechargeState.BILLED, RechargeState.READY, RechargeState.ASKS}),
    # Back to where it was, once a person has answered; to Ready when its draft or invoice is no more.
    RechargeState.ASKS: frozenset(
        {
            RechargeState.GATHERED,
            RechargeState.DRAFTED,
            RechargeState.BILLED,
            RechargeState.SETTLED,
            RechargeState.READY,
            RechargeState.DROPPED,
        }
    ),
    RechargeState.DROPPED: frozenset({RechargeState.PROPOSED}),
}

RENEWABLE = frozenset({RechargeState.PROPOSED, RechargeState.READY})
"""No invoice says it yet: what it comes to may still change."""

WRITTEN = frozenset(
    {RechargeState.GATHERED, RechargeState.DRAFTED, RechargeState.BILLED, RechargeState.SETTLED}
)
"""An invoice says it, here or in Xero: from now on it only asks."""

LIVE = frozenset(RechargeState) - {RechargeState.DROPPED}
"""It counts: the same part of a line cannot be recharged again."""


class NotAllowed(ValueError):
    """A recharge cannot go from where it is to there."""

    def __init__(self, old: RechargeState, new: RechargeState) -> None:
        super().__init__(f"This recharge is “{old.label}” by now, so it cannot become “{new.label}”.")


def check_move(old: RechargeState, new: RechargeState) -> None:
    """Raise NotAllowed unless a recharge may go from the one to the other."""
    if new not in MOVES[old]:
        raise NotAllowed(old, new)
