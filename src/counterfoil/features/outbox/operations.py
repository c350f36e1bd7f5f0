"""What people do with the outbox; whatever is queued by it is sent at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from counterfoil.features.outbox.tasks import request_push
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Operation, Organisation
from counterfoil.sync.outbox import proposing
from counterfoil.sync.outbox.proposing import Result
from counterfoil.sync.outbox.storing import Answer, Proposal, propose_many


def propose(organisation: Organisation, proposals: Sequence[Proposal], **cause: Any) -> list[Answer]:
    """Store wishes, as `storing.propose_many` says, and send them when nobody has to approve them."""
    answers = propose_many(organisation, proposals, **cause)
    request_push(organisation.pk)
    return answers


def rewrite(proposals: Mapping[int, Proposal], *, by: str, now: datetime) -> Result:
    """Have what lies in the outbox, and was not sent, say something else, and ask for it to be sent."""
    proposing.take_back(list(proposals), by=by, now=now)
    rewritten = proposing.rewrite(proposals, by=by, now=now)
    submitted = proposing.submit([one.pk for one in rewritten.moved], by=by, now=now)
    for organisation_id in {one.organisation_id for one in submitted.moved}:
        request_push(organisation_id)
    return Result(submitted.moved, (*rewritten.others, *submitted.others))


def submit(operations: Collection[int], *, who: User, now: datetime) -> Result:
    """Ask for drafts to be sent."""
    return _do(proposing.submit, operations, who, now)


def approve(operations: Collection[int], *, who: User, now: datetime) -> Result:
    """Approve what waits for it, and have it sent. Raises NotTwoWay."""
    return _do(proposing.approve, operations, who, now)


def resend(operations: Collection[int], *, who: User, now: datetime) -> Result:
    """Have sent once more what Xero refused."""
    return _do(proposing.resend, operations, who, now)


def hold(operations: Collection[int], *, reason: str, who: User, now: datetime) -> Result:
    """Mark as “Do not send”. Raises ValueError without a reason."""
    return proposing.hold(operations, reason=reason, by=name_person(who), now=now)


def take_back(operations: Collection[int], *, who: User, now: datetime) -> Result:
    """Make drafts again of what was not sent. Raises NotPossibleNow."""
    return proposing.take_back(operations, by=name_person(who), now=now)


def release(organisation: Organisation, *, error_key: str, who: User, now: datetime) -> int:
    """Have sent again everything that was refused for one cause; return how many."""
    count = proposing.release_waiting(organisation, error_key=error_key, by=name_person(who), now=now)
    if count:
        request_push(organisation.pk)
    return count


def settle_unknown(
    operation_id: int, *, is_there: bool, who: User, now: datetime, xero_id: str = ""
) -> Operation:
    """Believe somebody who looked in Xero. Raises NotPossibleNow."""
    operation = proposing.settle_unknown(
        operation_id, is_there=is_there, by=name_person(who), now=now, xero_id=xero_id
    )
    request_push(operation.organisation_id)
    return operation


def _do(act: Callable[..., Result], operations: Collection[int], who: User, now: datetime) -> Result:
    result = act(operations, by=name_person(who), now=now)
    for organisation_id in {one.organisation_id for one in result.moved}:
        request_push(organisation_id)
    return result
