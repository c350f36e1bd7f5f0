"""What is decided: the actions, a plan of them, and when one needs a person to agree first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from counterfoil.domain.resync import is_surprising_loss

# Fewer records than these are no surprise, whatever share they are.
_LEAST_CHANGED = 20
_LEAST_EMPTIED = 5


class Why(StrEnum):
    """Why a field stays different until a person says something."""

    FIRST = "first"
    BOTH = "both"
    REFUSED = "refused"
    HELD = "held"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Agree:
    """Keep this as what both agree on; nothing else changes."""

    field: str
    value: str


@dataclass(frozen=True)
class Pull:
    """Write Xero's value into our record, and agree on it."""

    field: str
    before: str
    value: str


@dataclass(frozen=True)
class Push:
    """Propose to write ours to Xero: these fields, and with them what Xero writes at once."""

    unit: str
    values: Mapping[str, str]
    whole: Mapping[str, str]
    before: Mapping[str, str]


@dataclass(frozen=True)
class Recall:
    """Take back what is on its way and not sent: it is wanted no more, or differently."""

    unit: str


@dataclass(frozen=True)
class Settle:
    """Xero has what we sent: agree on it, and let the sending go."""

    unit: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Wait:
    """Something is on its way; until it is known what became of it, nothing else is done."""

    unit: str


@dataclass(frozen=True)
class Ask:
    """Leave the field as it is on both sides, and have a person decide."""

    field: str
    why: Why
    agreed: str | None
    ours: str
    theirs: str
    sentence: str = ""


Action = Agree | Pull | Push | Recall | Settle | Wait | Ask


@dataclass(frozen=True)
class Step:
    """What becomes of one contact and the record that it is linked to; most often nothing."""

    record: str
    counterpart: int
    actions: tuple[Action, ...]


class UnsafePlan(Exception):
    """So much would change at once that a person has to agree to it first."""


@dataclass(frozen=True)
class Plan:
    """All that would be done: it can be shown, logged and refused."""

    steps: tuple[Step, ...]

    def list_actions(self, kind: type[Action]) -> list[Action]:
        """Return the actions of one kind."""
        return [action for step in self.steps for action in step.actions if isinstance(action, kind)]

    @property
    def changed(self) -> int:
        """How many of our records or contacts would be changed."""
        return len(
            {
                (step.record if isinstance(action, Pull) else step.counterpart)
                for step in self.steps
                for action in step.actions
                if isinstance(action, Pull | Push)
            }
        )

    @property
    def emptied(self) -> int:
        """How many of them would lose a value and get none for it."""
        return len({step.counterpart for step in self.steps if any(map(_empties, step.actions))})

    @property
    def fingerprint(self) -> str:
        """What tells this plan from another, so that a person agrees to what they saw."""
        said = repr([step for step in self.steps if any(map(_writes, step.actions))])
        return blake2b(said.encode(), digest_size=16).hexdigest()

    def require_safe(self, linked: int) -> None:
        """Raise UnsafePlan when a surprising share of all linked contacts would be changed or emptied."""
        if is_surprising_loss(self.emptied, linked, least=_LEAST_EMPTIED):
            raise UnsafePlan(
                f"{self.emptied:,} of the {linked:,} linked contacts would lose a name, an address or a phone"
                " at once. That is hardly what somebody did on purpose."
            )
        if is_surprising_loss(self.changed, linked, least=_LEAST_CHANGED):
            raise UnsafePlan(
                f"{self.changed:,} of the {linked:,} linked contacts would change at once."
                " That is more than people change by hand."
            )


def _writes(action: Action) -> bool:
    return isinstance(action, Pull | Push)


def _empties(action: Action) -> bool:
    return any(before.strip() and not after.strip() for before, after in _list_written(action))


def _list_written(action: Action) -> Iterator[tuple[str, str]]:
    match action:
        case Pull(_, before, value):
            yield before, value
        case Push(_, values, _, before_of):
            yield from ((before_of[name], value) for name, value in values.items())
