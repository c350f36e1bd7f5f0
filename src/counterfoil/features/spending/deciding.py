"""What people say about costs: whose a line is, that it is overhead, that it can wait; and taking it back."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from counterfoil.features.spending.attributing import Shared, attribute_lines, take_turn
from counterfoil.features.spending.models import Line, Verdict, VerdictShare
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation


class NotACost(ValueError):
    """The line is no cost, or has gone since."""

    def __init__(self) -> None:
        super().__init__("This cost is not here any more: its document was changed in Xero.")


class NothingToUndo(ValueError):
    """This person has decided nothing that could be taken back."""

    def __init__(self) -> None:
        super().__init__("There is nothing of yours to take back.")


class NobodyNamed(ValueError):
    """A cost was to be given to clients, and none was named."""

    def __init__(self) -> None:
        super().__init__("Say which client this cost was for.")


def attribute_cost(
    organisation: Organisation, *, line_id: int, shares: Sequence[Shared], by: User, now: datetime
) -> Verdict:
    """Give a cost to clients by their shares. Raises NotACost, NobodyNamed."""
    if not shares:
        raise NobodyNamed
    return _say(organisation, line_id, Verdict.Act.ATTRIBUTED, by=by, now=now, shares=shares)


def attribute_recharged(
    organisation: Organisation,
    line: Line,
    *,
    shares: Sequence[Shared],
    own_weight: Decimal,
    by: User,
    now: datetime,
) -> None:
    """
    Give a cost to the clients who pay it back; the firm's own share is overhead.

    It holds until `take_back_recharged`. What is spent on an asset is nobody's cost.
    """
    if line.side == Line.Side.COST:
        said: dict[str, Any] = {"shares": shares, "own_weight": own_weight, "is_of_recharge": True}
        _say(organisation, line.pk, Verdict.Act.ATTRIBUTED, by=by, now=now, **said)


def take_back_recharged(
    organisation: Organisation, *, document_id: str, line_key: str, now: datetime
) -> None:
    """Let the line be whose it was before it was recharged."""
    with transaction.atomic():
        take_turn(organisation)
        for verdict in _select_recharged(organisation, document_id, line_key):
            _take_back(organisation, verdict, now=now)


def follow_recharged(organisation: Organisation, line: Line, *, line_key: str) -> None:
    """Say of a line that Xero wrote anew what was said of it when it was recharged under another id."""
    with transaction.atomic():
        take_turn(organisation)
        said = _select_recharged(organisation, line.document_id, line_key)
        if said.update(line_key=line.line_key):
            attribute_lines(organisation, Line.objects.filter(pk=line.pk))


def call_overhead(organisation: Organisation, *, line_id: int, by: User, now: datetime) -> Verdict:
    """Say that a cost is nobody's in particular. Raises NotACost."""
    return _say(organisation, line_id, Verdict.Act.OVERHEAD, by=by, now=now)


def skip_cost(organisation: Organisation, *, line_id: int, by: User, now: datetime) -> Verdict:
    """Leave a cost for later: it stays unattributed, and out of the way. Raises NotACost."""
    return _say(organisation, line_id, Verdict.Act.SKIPPED, by=by, now=now)


def confirm_cost(organisation: Organisation, *, line_id: int, by: User, now: datetime) -> Verdict:
    """Say the same once more about a line that changed since. Raises NotACost."""
    line = _find_cost(organisation, line_id)
    if line.verdict is None:
        raise NotACost
    shares = [Shared(one.client_id, one.deal_id, one.weight) for one in line.verdict.shares.all()]
    said: dict[str, Any] = {"shares": shares, "own_weight": line.verdict.own_weight}
    return _say(organisation, line_id, Verdict.Act(line.verdict.act), by=by, now=now, **said)


def undo_last(organisation: Organisation, *, by: User, now: datetime) -> Verdict:
    """Take this person's last word back: what was said before it holds again. Raises NothingToUndo."""
    with transaction.atomic():
        take_turn(organisation)
        mine = Verdict.objects.filter(
            organisation=organisation, made_by=by, undone_at=None, is_of_recharge=False
        )
        verdict = mine.order_by("-pk").first()
        if verdict is None:
            raise NothingToUndo
        _take_back(organisation, verdict, now=now)
        return verdict


def _say(
    organisation: Organisation,
    line_id: int,
    act: str,
    *,
    by: User,
    now: datetime,
    shares: Sequence[Shared] = (),
    **fields: Any,
) -> Verdict:
    with transaction.atomic():
        take_turn(organisation)
        line = _find_cost(organisation, line_id)
        verdict = Verdict.objects.create(
            workspace_id=organisation.workspace_id,
            organisation=organisation,
            stream=line.stream,
            document_id=line.document_id,
            line_key=line.line_key,
            act=act,
            digest=line.digest,
            made_by=by,
            made_at=now,
            **fields,
        )
        VerdictShare.objects.bulk_create(
            VerdictShare(
                workspace_id=organisation.workspace_id,
                verdict=verdict,
                client_id=share.client_id,
                deal_id=share.deal_id,
                weight=share.weight,
            )
            for share in shares
        )
        _settle(organisation, verdict)
        return verdict


def _find_cost(organisation: Organisation, line_id: int) -> Line:
    line = Line.objects.filter(organisation=organisation, pk=line_id, side=Line.Side.COST).first()
    if line is None:
        raise NotACost
    return line


def _select_recharged(organisation: Organisation, document_id: str, line_key: str) -> "QuerySet[Verdict]":
    return Verdict.objects.filter(
        organisation=organisation,
        document_id=document_id,
        line_key=line_key,
        is_of_recharge=True,
        undone_at=None,
    )


def _take_back(organisation: Organisation, verdict: Verdict, *, now: datetime) -> None:
    verdict.undone_at = now
    verdict.save(update_fields=["undone_at"])
    _settle(organisation, verdict)


def _settle(organisation: Organisation, verdict: Verdict) -> None:
    said_of = {"document_id": verdict.document_id, "line_key": verdict.line_key}
    attribute_lines(organisation, Line.objects.filter(organisation=organisation, **said_of))
