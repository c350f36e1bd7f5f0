"""
Proves the mirror: asks Xero for its figures and compares them with ours. It changes no record.

No sync runs meanwhile, so that the mirror's figures belong together; Xero may change, and what
changed there since the last sync is named as such.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal

import structlog

from counterfoil.domain.identifiers import TenantId
from counterfoil.domain.proof import Cause, Evidence, Finding, Proof, Reason, compare
from counterfoil.mirror.models import Connection, Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.app import get_addresses
from counterfoil.sync.balances import BalanceProof
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.figures import COUNTED, Copy, MirrorThread, describe_record, read_copy
from counterfoil.sync.gate import DatabaseGate
from counterfoil.sync.lease import hold_lease
from counterfoil.sync.questions import Listed, Questions
from counterfoil.sync.standing import ConnectionRemoved
from counterfoil.sync.streams import Stream
from counterfoil.sync.threads import DatabaseThread
from counterfoil.sync.tokens import GrantTokens
from counterfoil.xero.client import XeroClient
from counterfoil.xero.errors import ConsentLost, LostReason, XeroError, XeroRefused
from counterfoil.xero.transport import build_http

log = structlog.get_logger(__name__)

# What leaves one figure out, while the others can still be compared.
_OF_ONE_PART = {LostReason.MISSING_SCOPE, LostReason.ROLE_LACKS_RIGHT}

_ONE = Decimal(1)


def prove_organisation(organisation: Organisation, *, reason: str, now: Callable[[], datetime]) -> Proof:
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
            proof = asyncio.run(_prove(connection, copy, reason, now))
        except ConnectionRemoved as removed:
            raise NotConnected from removed
    log.info("proof", organisation=organisation.pk, verdict=proof.verdict, different=len(proof.different))
    return proof


async def _prove(connection: Connection, copy: Copy, reason: str, now: Callable[[], datetime]) -> Proof:
    organisation, addresses = connection.organisation, get_addresses()
    async with DatabaseThread("proof") as thread, build_http(addresses=addresses) as http:
        client = XeroClient(
            http=http,
            addresses=addresses,
            tenant=TenantId(organisation.tenant_id),
            tokens=GrantTokens(connection.grant, thread=thread, now=now),
            gate=DatabaseGate(organisation, reason=reason, thread=thread, now=now),
            now=now,
        )
        return await _Proving(copy, Questions(client), MirrorThread(organisation, thread)).perform()


class _Proving:
    """One comparison, part by part."""

    def __init__(self, copy: Copy, questions: Questions, mirror: MirrorThread) -> None:
        self._copy = copy
        self._questions = questions
        self._mirror = mirror
        self._findings: list[Finding] = []
        self._left_out: list[str] = []

    async def perform(self) -> Proof:
        for stream in COUNTED:
            await self._try(stream.title, self._compare_count(stream), is_optional=stream.is_optional)
        balances = BalanceProof(self._copy, self._questions, self._mirror)
        await self._try("Contact balances", balances.compare_contacts())
        await self._try("Control accounts", balances.compare_control_accounts())
        return Proof(tuple(self._findings), tuple(self._left_out))

    async def _try(self, title: str, part: Awaitable[list[Finding]], *, is_optional: bool = False) -> None:
        """Add the findings of a part; what may not be read, or does not exist, is left out and named."""
        try:
            self._findings += await part
        except XeroError as error:
            is_forbidden = isinstance(error, ConsentLost) and error.reason in _OF_ONE_PART
            if not is_forbidden and not (is_optional and isinstance(error, XeroRefused)):
                raise
            self._left_out.append(f"{title}: {error.sentence}")

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
                    Reason.REMOVED if is_genuine else Reason.UNEXPLAINED,
                    _ONE,
                    (Evidence(stream.name, xero_id, title, _ONE, None),),
                )
                for xero_id, (title, is_genuine) in extra.items()
            ),
        ]

    def _explain_missing(self, stream: Stream, one: Listed) -> Cause:
        reason, updated_at = Reason.UNEXPLAINED, one.updated_at
        if one.xero_id in self._copy.quarantined.get(stream.name, frozenset()):
            reason = Reason.QUARANTINED
        elif updated_at is not None and updated_at >= self._copy.since[stream.name]:
            reason = Reason.TIMING
        title = describe_record(stream.name, one.record) if one.record else one.xero_id
        return Cause(reason, -_ONE, (Evidence(stream.name, one.xero_id, title, None, _ONE),))
