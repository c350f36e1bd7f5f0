"""
Stores wishes: one, or a month's at once, in the same few statements.

What is wanted is wanted once, whoever else asks at the same moment: the database holds one live operation
for an intent. It works in the caller's transaction, so that a wish is stored with what caused it, or neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from secrets import choice

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import (
    Connection,
    Operation,
    OperationEvent,
    OperationFile,
    Organisation,
    OutboxRules,
)
from counterfoil.sync.outbox.kinds import Kind, kind_of
from counterfoil.sync.outbox.moves import Step, take_steps
from counterfoil.sync.outbox.rules import begin, get_rules
from counterfoil.sync.rights import NotTwoWay, require_two_way
from counterfoil.xero.wishes import LARGEST_FILE, AttachFile, Wish, keep_wish

# Without letters that are read for digits.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS_OF_REFERENCE = 10
_STORED_AT_ONCE = 500


class AlreadyWished(Exception):
    """The same is wished for already, and differently; `operation` says how."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(
            f"This is in the outbox already, as {operation.reference} ({operation.status.label})."
            " Change that one, or mark it as “Do not send” first."
        )
        self.operation = operation


class NotOptedIn(Exception):
    """Counterfoil may only raise drafts in this organisation (K15)."""

    def __init__(self) -> None:
        super().__init__(
            "Documents go to this organisation as drafts, to be approved in Xero."
            " An Owner or Admin can choose otherwise in Settings."
        )


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """
    One wish, and what the lists say of it: whose it is, and how much.

    `intent_key` names what is wanted apart from how, as in `recharge:42`: it can be granted once. With
    `waits_for` it is sent after that one is done, and told its record's id.
    """

    wish: Wish
    intent_key: str
    cause_id: str = ""
    waits_for: Operation | None = None
    content: bytes | None = None
    contact_id: str = ""
    amount: Decimal | None = None
    currency: str = ""
    kept: str = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what is stored and compared."""
        object.__setattr__(self, "kept", keep_wish(self.wish))


Answer = Operation | AlreadyWished | NotOptedIn
"""What became of one proposal."""


def propose_many(
    organisation: Organisation,
    proposals: Sequence[Proposal],
    *,
    cause_kind: str,
    now: datetime,
    by: str = "",
    as_draft: bool = False,
) -> list[Answer]:
    """
    Store wishes and return what became of each, in their order; each is stored or not by itself.

    The same wish for the same intent returns the operation there is, another one AlreadyWished. They
    wait for approval where the organisation's rules say so. Raises NotTwoWay, and stores nothing then.
    """
    for kind in {kind.name: kind for kind in (kind_of(one.wish) for one in proposals)}.values():
        require_right(organisation, kind)
    storing = _Storing(organisation, get_rules(organisation), cause_kind, by, as_draft, now)
    answers: list[Answer] = []
    for start in range(0, len(proposals), _STORED_AT_ONCE):
        answers += storing.store(proposals[start : start + _STORED_AT_ONCE])
    return answers


def propose(
    *,
    organisation: Organisation,
    wish: Wish,
    intent_key: str,
    cause_kind: str,
    now: datetime,
    cause_id: str = "",
    by: str = "",
    waits_for: Operation | None = None,
    content: bytes | None = None,
    contact_id: str = "",
    amount: Decimal | None = None,
    currency: str = "",
    as_draft: bool = False,
) -> Operation:
    """Store one wish and return its operation, as `propose_many` does; raises what that returns."""
    proposal = Proposal(
        wish=wish,
        intent_key=intent_key,
        cause_id=cause_id,
        waits_for=waits_for,
        content=content,
        contact_id=contact_id,
        amount=amount,
        currency=currency,
    )
    [answer] = propose_many(
        organisation, [proposal], cause_kind=cause_kind, now=now, by=by, as_draft=as_draft
    )
    if isinstance(answer, Exception):
        raise answer
    return answer


def make_reference() -> str:
    """Return a new reference of our own, short enough to be read out on the telephone."""
    return "CF-" + "".join(choice(_LETTERS) for _ in range(_LETTERS_OF_REFERENCE))


def require_right(organisation: Organisation, kind: Kind) -> None:
    """Let nobody pass who may not write this kind there. Raises NotTwoWay."""
    connection = Connection.objects.select_related("grant").filter(organisation=organisation).first()
    if connection is None:
        raise NotTwoWay("This organisation is not connected to Xero. Connect it in Settings, Account.")
    require_two_way(connection, kind.write)


def note(operations: Iterable[Operation], sentence: str, *, by: str, now: datetime) -> None:
    """Write a line into the log of each operation, which stays where it is."""
    OperationEvent.objects.bulk_create(
        [
            OperationEvent(
                workspace_id=one.workspace_id,
                organisation_id=one.organisation_id,
                operation=one,
                at=now,
                after=one.state,
                who=by,
                sentence=sentence,
            )
            for one in operations
        ]
    )


def _brings_bytes(wish: Wish) -> bool:
    """Say whether the bytes are given with the wish; of a copy they are fetched from Xero when it goes."""
    return isinstance(wish, AttachFile) and wish.source is None


@dataclass(frozen=True)
class _Storing:
    """Stores proposals of one cause in one organisation."""

    organisation: Organisation
    rules: OutboxRules
    cause_kind: str
    by: str
    as_draft: bool
    now: datetime

    def store(self, proposals: Sequence[Proposal]) -> list[Answer]:
        """Store those that are not there yet, and say what became of each."""
        wanted: dict[str, Proposal] = {}
        for one in proposals:
            if self._is_allowed(one):
                wanted.setdefault(one.intent_key, one)
        there = self._find_live(wanted)
        missing = {key: one for key, one in wanted.items() if key not in there}
        if missing:
            references = self._insert(missing.values())
            there |= self._find_live(missing)  # with what somebody else asked for at the same moment
            made = [(one, there[key]) for key, one in missing.items()]
            self._complete([(one, mine) for one, mine in made if mine.reference in references])
        return [self._answer(one, there) for one in proposals]

    def _is_allowed(self, proposal: Proposal) -> bool:
        return getattr(proposal.wish, "status", "") != "AUTHORISED" or self.rules.raises_approved

    def _answer(self, proposal: Proposal, there: dict[str, Operation]) -> Answer:
        if not self._is_allowed(proposal):
            return NotOptedIn()
        found = there[proposal.intent_key]
        return found if found.wish == proposal.kept else AlreadyWished(found)

    def _find_live(self, intent_keys: Iterable[str]) -> dict[str, Operation]:
        mine = Operation.objects.filter(organisation=self.organisation, intent_key__in=list(intent_keys))
        return {one.intent_key: one for one in mine.exclude(state=OutboxState.HELD)}

    def _insert(self, proposals: Iterable[Proposal]) -> set[str]:
        """Insert them as drafts unless another live one is there, and return the references given."""
        # Two who ask for the same at once wait for each other; in one order, so that neither waits forever.
        in_order = sorted(proposals, key=lambda one: (len(one.intent_key), one.intent_key))
        drafts = [self._build(one) for one in in_order]
        Operation.objects.bulk_create(drafts, ignore_conflicts=True)
        return {one.reference for one in drafts}

    def _build(self, proposal: Proposal) -> Operation:
        kind, reference = kind_of(proposal.wish), make_reference()
        return Operation(
            workspace_id=self.organisation.workspace_id,
            organisation=self.organisation,
            kind=kind.name,
            intent_key=proposal.intent_key,
            reference=reference,
            state_since=self.now,
            wish=proposal.kept,
            payload=kind.build_payload(proposal.wish, reference),
            contact_id=proposal.contact_id,
            amount=proposal.amount,
            currency=proposal.currency,
            xero_id=str(getattr(proposal.wish, kind.about)) if kind.about else "",
            waits_for=proposal.waits_for,
            cause_kind=self.cause_kind,
            cause_id=proposal.cause_id,
            asked_by=self.by,
            asked_at=self.now,
        )

    def _complete(self, made: Sequence[tuple[Proposal, Operation]]) -> None:
        """Keep the files, write the first line of each log, and ask for them to be sent."""
        operations = [operation for _, operation in made]
        files = [self._build_file(*one) for one in made if _brings_bytes(one[0].wish)]
        OperationFile.objects.bulk_create(files)
        note(operations, "", by=self.by, now=self.now)
        if not self.as_draft:
            after, changes = begin(self.rules, by=self.by, now=self.now)
            steps = [Step(one, after, changes=changes) for one in operations]
            take_steps(steps, now=self.now, who=self.by)

    def _build_file(self, proposal: Proposal, operation: Operation) -> OperationFile:
        if not proposal.content or len(proposal.content) > LARGEST_FILE:
            raise ValueError("A file has between one byte and 10 MB.")
        return OperationFile(
            operation=operation,
            workspace_id=operation.workspace_id,
            organisation_id=operation.organisation_id,
            content=proposal.content,
        )
