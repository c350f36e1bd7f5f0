"""Empties the outbox of a removed connection: what people and Xero wrote goes, what was done stays known."""

from datetime import datetime

from counterfoil.domain.outbox import NOT_SENT, OutboxState
from counterfoil.mirror.models import Operation, OperationEvent, Organisation
from counterfoil.sync.outbox.moves import Step, lock, take_steps

EMPTY = "{}"

_NOT_SENT = "The connection was removed before this was sent."
_IN_DOUBT = "The connection was removed before it could be checked whether Xero has this."
_LOOK = "Reconnect Xero: Counterfoil then looks. Or look in Xero for the reference."


def empty_outbox(organisation: Organisation, *, now: datetime) -> None:
    """
    Let go of all texts and amounts, in the caller's transaction, and hold what was not sent.

    Ids, states and times stay: they keep a wish that was granted from being granted a second time.
    """
    mine = Operation.objects.filter(organisation=organisation)
    waiting = {*NOT_SENT, OutboxState.REFUSED}
    steps = []
    for operation in lock(mine.filter(state__in=[*waiting, OutboxState.SENDING])):
        if operation.status in waiting:
            steps.append(Step(operation, OutboxState.HELD, _NOT_SENT))
        else:
            steps.append(Step(operation, OutboxState.UNKNOWN, _IN_DOUBT, _LOOK))
    take_steps(steps, now=now)
    texts = {"wish": EMPTY, "payload": EMPTY, "xero_words": [], "error_key": ""}
    mine.update(**texts, amount=None, currency="")
    mine.exclude(state__in=[OutboxState.HELD, OutboxState.UNKNOWN]).update(sentence="", next_step="")
    mine.filter(state=OutboxState.HELD).update(sentence=_NOT_SENT, next_step="")
    mine.filter(state=OutboxState.UNKNOWN).update(sentence=_IN_DOUBT, next_step=_LOOK)
    OperationEvent.objects.filter(organisation=organisation).update(sentence="")
