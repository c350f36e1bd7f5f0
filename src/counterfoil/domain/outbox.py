"""
The life of one write to Xero: its states, and which may follow which.

    Draft ── Waiting for approval ── Queued ── Sending ── Done
                                        │         │
                                        │         ├── Refused   Xero said no, or we know that it would
                                        │         └── Unknown   no answer: look in Xero before anything else

Nothing is sent but from Sending, and Sending is entered from Queued only. What was sent and not answered
is Unknown: neither failed nor done. It is queued again only once it is certain that Xero does not have it.
"""

from collections.abc import Mapping
from enum import StrEnum


class OutboxState(StrEnum):
    """Where a write to Xero stands."""

    DRAFT = "draft"
    WAITING = "waiting"
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
    HELD = "held"

    @property
    def label(self) -> str:
        """What it is called on a page."""
        return _LABELS[self]


_LABELS = {
    OutboxState.DRAFT: "Draft",
    OutboxState.WAITING: "Waiting for approval",
    OutboxState.QUEUED: "Queued",
    OutboxState.SENDING: "Sending",
    OutboxState.UNKNOWN: "Unknown",
    OutboxState.DONE: "Done",
    OutboxState.REFUSED: "Refused",
    OutboxState.HELD: "Do not send",
}

MOVES: Mapping[OutboxState, frozenset[OutboxState]] = {
    # Being written; nobody has asked to send it.
    OutboxState.DRAFT: frozenset({OutboxState.WAITING, OutboxState.QUEUED, OutboxState.HELD}),
    # Somebody with the right to approves it, gives it back, or decides against it.
    OutboxState.WAITING: frozenset({OutboxState.QUEUED, OutboxState.DRAFT, OutboxState.HELD}),
    # Refused without being sent is what the mirror shows to be impossible by now.
    OutboxState.QUEUED: frozenset(
        {
            OutboxState.SENDING,
            OutboxState.REFUSED,
            OutboxState.DRAFT,
            OutboxState.WAITING,
            OutboxState.HELD,
        }
    ),
    # Back to Queued is for what Xero surely did not take: no connection was made, or it said wait.
    OutboxState.SENDING: frozenset(
        {OutboxState.DONE, OutboxState.REFUSED, OutboxState.UNKNOWN, OutboxState.QUEUED}
    ),
    # Found in Xero, or surely not there; where Counterfoil cannot tell, a person looks and says so.
    OutboxState.UNKNOWN: frozenset(
        {OutboxState.DONE, OutboxState.REFUSED, OutboxState.QUEUED, OutboxState.HELD}
    ),
    OutboxState.REFUSED: frozenset({OutboxState.QUEUED, OutboxState.DRAFT, OutboxState.HELD}),
    OutboxState.HELD: frozenset({OutboxState.DRAFT}),
    OutboxState.DONE: frozenset(),
}

IN_DOUBT = frozenset({OutboxState.SENDING, OutboxState.UNKNOWN})
"""Xero may hold it or not: nobody may change it, and nothing may be sent in its place."""

NOT_SENT = frozenset({OutboxState.DRAFT, OutboxState.WAITING, OutboxState.QUEUED})
"""It never left, or surely did not arrive; it can still be changed."""

APPROVED = frozenset({OutboxState.QUEUED, *IN_DOUBT, OutboxState.DONE})
"""Nothing stands here that nobody approved."""


class IllegalMove(Exception):
    """A write to Xero cannot go from the one state to the other."""

    def __init__(self, before: OutboxState, after: OutboxState) -> None:
        super().__init__(f"What is “{before.label}” cannot become “{after.label}”.")
        self.before = before
        self.after = after


def can_move(before: OutboxState, after: OutboxState) -> bool:
    """Say whether the one state may follow the other."""
    return after in MOVES[before]


def require_move(before: OutboxState, after: OutboxState) -> None:
    """Raise IllegalMove unless the one state may follow the other."""
    if not can_move(before, after):
        raise IllegalMove(before, after)
