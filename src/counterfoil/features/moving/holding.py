"""
Brakes for a firm that has just arrived: nothing goes outward until a person has looked.

Where it came from may still be at work. What both did would be done twice: an invoice raised, a customer
reminded.
"""

from dataclasses import dataclass
from datetime import datetime

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.billing.models import BillingChoices
from counterfoil.features.reminding.models import SenderChoices
from counterfoil.features.reminding.pausing import pause_for_move
from counterfoil.features.two_way.models import FieldsChoice
from counterfoil.mirror.models import Attempt, Operation, Resync, Run, StreamRun
from counterfoil.sync.outbox.moves import Step, lock, take_steps

_MOVED = "The firm was brought here from another installation, which may have sent this."
_IN_DOUBT = "Where the firm came from, it was not known whether Xero took this."
_LOOK = "Look in Xero for the reference {reference}. Approve this only if it is not there."
_LET_GO = "Look in Xero for the reference {reference}. Propose it once more only if it is not there."
_CUT_OFF = "The firm was taken out while this was under way."


@dataclass(frozen=True)
class Held:
    """How much was held: writes that wait for approval, writes in doubt, campaigns, billing by itself."""

    writes: int
    doubtful: int
    campaigns: int
    billing: int


def hold_everything(made_at: str, *, now: datetime) -> Held:
    """Hold what would go outward by itself and end what was under way; call it in the firm's workspace."""
    queued = lock(Operation.objects.filter(state=OutboxState.QUEUED))
    take_steps([_step(one, OutboxState.WAITING, _MOVED, _LOOK) for one in queued], now=now)
    sending = lock(Operation.objects.filter(state=OutboxState.SENDING))
    take_steps([Step(one, OutboxState.UNKNOWN) for one in sending], now=now)
    doubtful = lock(Operation.objects.filter(state=OutboxState.UNKNOWN))
    take_steps([_step(one, OutboxState.HELD, _IN_DOUBT, _LET_GO) for one in doubtful], now=now)
    Attempt.objects.filter(outcome=Attempt.Outcome.PENDING).update(
        outcome=Attempt.Outcome.NO_ANSWER, finished_at=now
    )
    _end_runs(now=now)
    FieldsChoice.objects.filter(is_on=True).update(is_on=False)
    SenderChoices.objects.update(
        provider=SenderChoices.Provider.SHOWN, is_all_paused=True, paused_by="", paused_at=now
    )
    return Held(
        writes=len(queued),
        doubtful=len(doubtful),
        campaigns=pause_for_move(made_at=datetime.fromisoformat(made_at), now=now),
        billing=BillingChoices.objects.filter(is_automatic=True).update(is_automatic=False),
    )


def _step(operation: Operation, after: OutboxState, sentence: str, next_step: str) -> Step:
    return Step(operation, after, sentence, next_step.format(reference=operation.reference))


def _end_runs(*, now: datetime) -> None:
    unfinished = Run.objects.filter(state__in=(Run.State.RUNNING, Run.State.PARKED))
    unfinished.update(state=Run.State.FAILED, sentence=_CUT_OFF, finished_at=now)
    reading = StreamRun.objects.filter(state__in=(StreamRun.State.READING, StreamRun.State.WAITING))
    reading.update(state=StreamRun.State.FAILED, error=_CUT_OFF, finished_at=now)
    under_way = (Resync.State.WAITING, Resync.State.READING, Resync.State.APPLYING)
    Resync.objects.filter(state__in=under_way).update(
        state=Resync.State.FAILED, sentence=_CUT_OFF, finished_at=now
    )
