"""What state an organisation is in, in words a bookkeeper understands, with the one next step. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from zoneinfo import ZoneInfo


class State(StrEnum):
    """How an organisation is doing; the worst first."""

    LOST = "lost"
    ATTENTION = "attention"
    WAITING = "waiting"
    PAUSED = "paused"
    SYNCING = "syncing"
    CONNECTED = "connected"

    @property
    def word(self) -> str:
        """The state as people read it."""
        return _WORDS[self]

    @property
    def trouble(self) -> int:
        """Its place when the worst comes first."""
        return list(State).index(self)


_WORDS = {
    State.LOST: "Lost access",
    State.ATTENTION: "Needs attention",
    State.WAITING: "Waiting",
    State.PAUSED: "Paused",
    State.SYNCING: "Syncing",
    State.CONNECTED: "Connected",
}


class Step(Enum):
    """What the one button does."""

    RECONNECT = "reconnect"
    SYNC_NOW = "sync_now"
    SEE_QUARANTINE = "see_quarantine"
    SEE_PROOF = "see_proof"
    CORRECT_APP = "correct_app"
    SWITCH_ON = "switch_on"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Failure:
    """A kind of record whose latest reading failed."""

    title: str
    sentence: str
    next_step: str
    wants_consent: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """
    Everything the state is judged by.

    `has_run` says that a sync of it ever began, `differs_because` in which way the last comparison with
    Xero's own figures did not come out even for any known reason.
    """

    zone: ZoneInfo
    is_lost: bool = False
    lost_because: str = ""
    app_refused_because: str = ""
    has_run: bool = True
    is_queued: bool = False
    is_running: bool = False
    is_worked: bool = False
    waits_until: datetime | None = None
    waits_for: str = ""
    auto_sync: bool = True
    failures: Sequence[Failure] = ()
    tries_again_at: datetime | None = None
    quarantined: int = 0
    differs_because: str = ""
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """The state, what it means, what comes next, and the button for it."""

    state: State
    sentence: str
    next_step: str = ""
    step: Step = Step.NOTHING


def judge(facts: Facts) -> Health:
    """
    Return the organisation's state.

    While a sync runs nothing is said about errors, because it may mend them. A success of some kinds of
    record is none of the organisation; what failed last stays said until it was read.
    """
    if facts.is_lost:
        because = facts.lost_because or "Xero no longer gives access to this organisation."
        return Health(State.LOST, because, "Nothing that was read is deleted.", Step.RECONNECT)
    if facts.app_refused_because:
        next_step = "Correct the app's credentials; nothing that was read is deleted."
        return Health(State.ATTENTION, facts.app_refused_because, next_step, Step.CORRECT_APP)
    if facts.is_running or facts.is_queued:
        return _judge_running(facts)
    if facts.waits_until is not None:
        return _judge_waiting(facts, facts.waits_until)
    if facts.failures:
        return _judge_failures(facts)
    if facts.quarantined:
        return _judge_quarantine(facts)
    if facts.differs_because:
        next_step = "Look at which figures differ, and read those kinds of record again."
        return Health(State.ATTENTION, facts.differs_because, next_step, Step.SEE_PROOF)
    if not facts.auto_sync:
        return Health(
            State.PAUSED,
            "Auto-sync is off: nothing is read from Xero until somebody presses “Sync now”.",
            "Switch auto-sync on, and Counterfoil goes on by itself.",
            Step.SWITCH_ON,
        )
    if facts.as_of is None:
        sentence = (
            "The first copy is not complete yet." if facts.has_run else "The first sync starts by itself."
        )
        return Health(State.CONNECTED, sentence, "It goes on by itself.", Step.SYNC_NOW)
    return Health(State.CONNECTED, "Everything could be read.", step=Step.SYNC_NOW)


def say_moment(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment to the minute as clocks there show it, with the zone's name."""
    return f"{moment.astimezone(zone):%-d %b %Y, %H:%M %Z}"


def _judge_running(facts: Facts) -> Health:
    if facts.is_running and not facts.is_worked and not facts.is_queued:
        return Health(
            State.SYNCING,
            "A sync was interrupted, and goes on where it stopped.",
            "If nothing happens for a minute, the worker is not running: `counterfoil worker` starts it.",
        )
    sentence = "A sync is under way." if facts.is_running else "A sync is about to start."
    return Health(State.SYNCING, sentence, "It goes on when you leave this page.")


def _judge_waiting(facts: Facts, until: datetime) -> Health:
    sentence = facts.waits_for or "Xero's calls for today are used up for this organisation."
    at = say_moment(until, facts.zone)
    return Health(
        State.WAITING, sentence, f"Nothing is lost. It goes on by itself on {at}, where it stopped."
    )


def _judge_failures(facts: Facts) -> Health:
    first, *others = facts.failures
    sentence = f"{first.title} could not be read: {first.sentence}"
    if others:
        count = len(facts.failures)
        sentence = f"{count} kinds of record could not be read, {first.title} among them: {first.sentence}"
    step = Step.RECONNECT if any(one.wants_consent for one in facts.failures) else Step.SYNC_NOW
    return Health(State.ATTENTION, sentence, f"{first.next_step}{_say_next_try(facts)}", step)


def _judge_quarantine(facts: Facts) -> Health:
    which = (
        "1 record could not be read and lies"
        if facts.quarantined == 1
        else (f"{facts.quarantined:,} records could not be read and lie")
    )
    return Health(
        State.ATTENTION,
        f"{which} in quarantine; everything else is here.",
        f"Look at what Xero sent, and try again.{_say_next_try(facts)}",
        Step.SEE_QUARANTINE,
    )


def _say_next_try(facts: Facts) -> str:
    if not facts.auto_sync:
        return " Auto-sync is off, so nothing is tried again by itself."
    if facts.tries_again_at is None:
        return ""
    return f" Counterfoil tries again by itself on {say_moment(facts.tries_again_at, facts.zone)}."
