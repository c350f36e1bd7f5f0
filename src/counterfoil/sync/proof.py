"""
Proves the mirror: asks Xero for its figures and compares them with ours. It changes no record.

No sync runs meanwhile, so that the mirror's figures belong together; Xero may change, and what
changed there since the last sync is named as such.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import structlog

from counterfoil.domain.proof import Cause, Evidence, Finding, Proof, Reason, compare
from counterfoil.mirror.models import Connection, Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.app import get_addresses
from counterfoil.sync.balances import BalanceProof
from counterfoil.sync.clients import build_client
from counterfoil.sync.earnings import EarningsProof
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.figures import COUNTED, Copy, MirrorThread, describe_record, read_copy
from counterfoil.sync.lease import hold_lease
from counterfoil.sync.ledger import LedgerThread
from counterfoil.sync.questions import Listed, Questions
from counterfoil.sync.standing import ConnectionRemoved
from counterfoil.sync.streams import Stream
from counterfoil.sync.threads import DatabaseThread
from counterfoil.xero.budget import Priority
from counterfoil.xero.errors import AnswerNotUnderstood, ConsentLost, LostReason, XeroError, XeroRefused
from counterfoil.xero.transport import build_http

log = structlog.get_logger(__name__)

# What leaves one figure out, while the others can still be compared.
_OF_ONE_PART = {LostReason.MISSING_SCOPE, LostReason.ROLE_LACKS_RIGHT}

_NOT_FOR_US = (XeroRefused, AnswerNotUnderstood)

_ONE = Decimal(1)


@dataclass(frozen=True)
class Step:
    """How far a comparison is: what it looks at now, how many parts are done of how many, and its calls."""

    part: str
    done: int
    total: int
    calls: int


Tell = Callable[[Step], None]
"""Is told of every step, in a database thread."""


def prove_organisation(
    organisation: Organisation,
    *,
    reason: str,
    now: Callable[[], datetime],
    priority: Priority = Priority.PERSON,
    tell: Tell = lambda _: None,
) -> Proof:
    """
    Compare the mirror of one organisation with Xero and return what was found.

    Raises NotConnected, NotCopiedYet, AlreadySyncing, and the XeroError that left nothing to compare.
    """
    with in_workspace(organisation.workspace_id):
        connections = Connection.objects.select_related("grant", "organisation")
        connection = connections.filter(organisation=organisation).first()
    if connection is None or connection.state == Connection.State.LOST:
        raise NotConnected(connection.lost_because if connection else "")
    with hold_lease(organisation.pk):
        with in_workspace(organisation.workspace_id):
            copy = read_copy(organisation, now=now())
        try:
            proof = asyncio.run(_prove(connection, copy, reason, now, priority, tell))
        except ConnectionRemoved as removed:
            raise NotConnected from removed
    log.info("proof", organisation=organisation.pk, verdict=proof.verdict, different=len(proof.different))
    return proof


async def _prove(
    connection: Connection,
    copy: Copy,
    reason: str,
    now: Callable[[], datetime],
    priority: Priority,
    tell: Tell,
) -> Proof:
    organisation = connection.organisation
    async with DatabaseThread("proof") as thread, build_http(addresses=get_addresses()) as http:
        client = build_client(connection, http, thread=thread, reason=reason, now=now)
        questions = Questions(client, priority)

        async def tell_beside(step: Step) -> None:
            await thread.run(tell, step)

        mirror, ledger = MirrorThread(organisation, thread), LedgerThread(organisation, thread)
        return await _Proving(copy, questions, mirror, ledger, tell_beside).perform()


class _Part(NamedTuple):
    """A part of the comparison, and how it is done."""

    title: str
    compare: Callable[[], Awaitable[list[Finding]]]
    is_optional: bool = False


class _Proving:
    """One comparison, part by part."""

    def __init__(
        self,
        copy: Copy,
        questions: Questions,
        mirror: MirrorThread,
        ledger: LedgerThread,
        tell: Callable[[Step], Awaitable[None]],
    ) -> None:
        self._copy = copy
        self._questions = questions
        self._mirror = mirror
        self._ledger = ledger
        self._tell = tell
        self._findings: list[Finding] = []
        self._left_out: list[str] = []

    async def perform(self) -> Proof:
        balances = BalanceProof(self._copy, self._questions, self._mirror)
        earnings = EarningsProof(self._copy, self._questions, self._ledger)
        parts = [
            *(_Part(one.title, partial(self._compare_count, one), one.is_optional) for one in COUNTED),
            _Part("Contact balances", balances.compare_contacts),
            _Part("Control accounts", balances.compare_control_accounts),
            _Part("Profit and loss", earnings.compare_months, is_optional=True),
            _Part("Balance sheet", partial(self._compare_sheet, balances, earnings), is_optional=True),
        ]
        for done, part in enumerate(parts):
            await self._tell(Step(part.title, done, len(parts), self._questions.calls))
            await self._try(part.title, part.compare, is_optional=part.is_optional)
        await self._tell(Step("", len(parts), len(parts), self._questions.calls))
        return Proof(tuple(self._findings), tuple(self._left_out))

    async def _try(
        self, title: str, compare: Callable[[], Awaitable[list[Finding]]], *, is_optional: bool = False
    ) -> None:
        """Add the findings of a part; what may not be read, or does not exist, is left out and named."""
        try:
            self._findings += await compare()
        except XeroError as error:
            is_forbidden = isinstance(error, ConsentLost) and error.reason in _OF_ONE_PART
            if not is_forbidden and not (is_optional and isinstance(error, _NOT_FOR_US)):
                raise
            self._left_out.append(f"{title}: {error.sentence}")

    async def _compare_sheet(self, balances: BalanceProof, earnings: EarningsProof) -> list[Finding]:
        lines = await self._questions.read_balance_sheet(self._copy.today)
        return [*balances.compare_sheet(lines), *earnings.compare_sheet(lines)]

    async def _compare_count(self, stream: Stream) -> list[Finding]:
        here, xero = self._copy.counts[stream.name], await self._questions.count(stream)
        figure = Finding("Records", stream.title, "", Decimal(here), Decimal(xero))
        if not figure.difference:
            return [figure]
        found = await self._find_new(stream) if stream.in_delta else []
        if sum(cause.amount for cause in found) != figure.difference:
            found = await self._find_all(stream)
        return [compare(figure, found=found)]

    async def _find_new(self, stream: Stream) -> list[Cause]:
        """Return what Xero has new since the last sync; the cheap answer, and mostly the whole one."""
        listed = await self._questions.list_records(stream, since=self._copy.since[stream.name])
        known = await self._mirror.list_known(stream, [one.xero_id for one in listed])
        return [self._explain_missing(stream, one) for one in listed if one.xero_id not in known]

    async def _find_all(self, stream: Stream) -> list[Cause]:
        """Hold every id here against every id in Xero."""
        listed = await self._questions.list_records(stream)
        held, theirs = await self._mirror.list_ids(stream), {one.xero_id for one in listed}
        extra = await self._mirror.describe(stream, held - theirs)
        return [
            *(self._explain_missing(stream, one) for one in listed if one.xero_id not in held),
            *(
                # A record that came from Xero and is there no more was removed; one that did not is wrong.
                Cause(
                    Reason.REMOVED if one.is_genuine else Reason.UNEXPLAINED,
                    _ONE,
                    (Evidence(stream.name, xero_id, one.title, _ONE, None, one.kind),),
                )
                for xero_id, one in extra.items()
            ),
        ]

    def _explain_missing(self, stream: Stream, one: Listed) -> Cause:
        reason, updated_at = Reason.UNEXPLAINED, one.updated_at
        if one.xero_id in self._copy.quarantined.get(stream.name, frozenset()):
            reason = Reason.QUARANTINED
        elif updated_at is not None and self._copy.is_behind(stream.name, updated_at):
            reason = Reason.TIMING
        title = describe_record(stream.name, one.record) if one.record else one.xero_id
        kind = getattr(one.record, "kind", "")
        return Cause(reason, -_ONE, (Evidence(stream.name, one.xero_id, title, None, _ONE, kind),))
