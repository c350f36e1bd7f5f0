"""
Sends an organisation's outbox: one sender at a time, each call written down before its first byte leaves.

Whatever stops the sender, and wherever, the next one finds the truth: what was being sent is Unknown, is
looked for in Xero, and only what Xero surely does not have is sent again.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TypeVar

import structlog

from counterfoil.domain.identifiers import TenantId
from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Attempt, Connection, Operation
from counterfoil.mirror.upsert import digest_of
from counterfoil.sync.app import get_addresses
from counterfoil.sync.engine import ENDS_EVERYTHING, NotConnected, find_connection
from counterfoil.sync.gate import DatabaseGate
from counterfoil.sync.lease import hold_push
from counterfoil.sync.outbox.copying import find_next_copy, is_about_the_line, keep_bytes, put_off_copy
from counterfoil.sync.outbox.emptying import EMPTY
from counterfoil.sync.outbox.files import (
    FileKept,
    ReadBack,
    describe_files,
    fetch_source,
    making_room,
    read_back,
)
from counterfoil.sync.outbox.kinds import KIND_BY_NAME, KINDS
from counterfoil.sync.outbox.looking import look_for
from counterfoil.sync.outbox.mirroring import WHY, fetch_texts, read_arrived, write_mirror
from counterfoil.sync.outbox.reading_first import list_next_edits, refuse_blind
from counterfoil.sync.outbox.settling import Settled, own_up, put_off_look, settle_answer, settle_look
from counterfoil.sync.outbox.taking import Batch, build_request, take_batch
from counterfoil.sync.rights import NotTwoWay, give_right, require_two_way
from counterfoil.sync.standing import ConnectionRemoved, while_connected
from counterfoil.sync.threads import DatabaseThread
from counterfoil.sync.tokens import GrantTokens, mark_lost
from counterfoil.xero.client import XeroClient
from counterfoil.xero.errors import AnswerNotUnderstood, ConsentLost, XeroError
from counterfoil.xero.transport import build_http
from counterfoil.xero.wire.written import read_items
from counterfoil.xero.wishes import AttachFile, read_wish
from counterfoil.xero.writing import REPEATED_WITHIN, Outcome, Right, Written, XeroWriter

log = structlog.get_logger(__name__)

REASON = "push"

_LOOKED = "read before something was sent"

T = TypeVar("T")

Pass = Callable[[str], None]
"""Is told of each step as it is passed; the proofs stop the process there."""


def _pass_by(_step: str) -> None:
    """Do nothing."""


@dataclass
class Report:
    """What one sending did: how many calls that could write, and what became of how many operations."""

    calls: int = 0
    looks: int = 0
    states: Counter[str] = field(default_factory=Counter)
    stopped_by: XeroError | None = None
    off: dict[str, str] = field(default_factory=dict)


def push_organisation(
    organisation_id: int,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    passes: Pass = _pass_by,
) -> Report:
    """
    Send what the organisation's outbox holds, look for what is in doubt, and return what was done.

    Raises AlreadyPushing when another process is at it, and NotConnected. What goes wrong with Xero is in
    the states of the operations and in the report, not raised.
    """
    connection = find_connection(organisation_id)
    with hold_push(organisation_id):
        sender = _Sender(connection, now, sleep, passes)
        was_removed = False
        try:
            asyncio.run(sender.perform())
        except* ConnectionRemoved:
            was_removed = True
        if was_removed:
            raise NotConnected
    report = sender.report
    log.info("outbox sent", organisation=organisation_id, calls=report.calls, **report.states)
    return report


class _Sender:
    """One sending of one organisation's outbox."""

    def __init__(
        self,
        connection: Connection,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        passes: Pass,
    ) -> None:
        self.report = Report()
        self._connection = connection
        self._organisation = connection.organisation
        self._now = now
        self._sleep = sleep
        self._passes = passes
        self._alone: set[int] = set()
        self._touched: set[tuple[str, str]] = set()

    async def perform(self) -> None:
        """Own up to what was left behind, look, send, and read what the writes changed beside."""
        async with (
            DatabaseThread("books") as books,
            DatabaseThread("writer") as self._thread,
            build_http(addresses=get_addresses()) as self._http,
        ):
            self._tokens = GrantTokens(self._connection.grant, thread=books, now=self._now)
            self._gate = DatabaseGate(
                self._organisation, reason=REASON, thread=books, now=self._now, sleep=self._sleep
            )
            self._client = XeroClient(
                http=self._http,
                addresses=get_addresses(),
                tenant=TenantId(self._organisation.tenant_id),
                tokens=self._tokens,
                gate=self._gate,
                now=self._now,
                sleep=self._sleep,
            )
            await self._within(own_up, self._organisation, now=self._now())
            self._passes("owned up")
            await self._look_into_doubts()
            await self._send_all()
            await self._read_touched()

    # -- Sending ---------------------------------------------------------------------------------

    async def _send_all(self) -> None:
        off = await self._within(self._list_off)
        while self.report.stopped_by is None:
            looked_at = await self._read_first(off)
            if looked_at is None or not await self._fetch_next_copy(off):
                return
            batch = await self._thread.run(
                take_batch,
                self._connection,
                kinds_off=off,
                alone=self._alone,
                looked_at=looked_at,
                now=self._now(),
            )
            if batch is None:
                return
            if isinstance(batch, Batch):
                self._passes("written down")
                await self._send(batch)

    async def _read_first(self, off: set[str]) -> Collection[int] | None:
        """
        Read the contacts that are edited next, and return the edits; None when Xero did not answer.

        Xero does not compare itself. What somebody changed there since it was known is found before it is
        sent, and not overwritten.
        """
        edits = await self._within(list_next_edits, self._organisation, kinds_off=off, now=self._now())
        if edits:
            try:
                texts = await fetch_texts(self._client, "Contacts", sorted(set(edits.values())))
                await self._within(self._store_read_first, edits, texts)
            except XeroError as error:
                await self._stop(error)
                return None
        return edits

    def _store_read_first(self, edits: Collection[int], texts: Sequence[bytes]) -> None:
        seen = self._store("Contacts", texts, why=_LOOKED)
        refuse_blind(edits, seen=seen, now=self._now())

    async def _fetch_next_copy(self, off: set[str]) -> bool:
        """Fetch the bytes of the file that goes next, past those that never come; say whether to go on."""
        while copy := await self._within(find_next_copy, self._organisation, kinds_off=off, now=self._now()):
            try:
                async with making_room():
                    content = await fetch_source(read_wish(AttachFile, copy.wish), client=self._client)
                    self._passes("fetched")
                    await self._within(keep_bytes, copy.pk, content, now=self._now())
                    del content
            except XeroError as error:
                await self._within(put_off_copy, copy.pk, error, now=self._now())
                if not is_about_the_line(error):
                    continue
                await self._stop(error)
                return False
        return True

    def _list_off(self) -> set[str]:
        """Return the kinds that may not be written now, and say so on what waits for it."""
        off = set()
        connection = Connection.objects.select_related("grant").get(pk=self._connection.pk)
        waiting = Operation.objects.filter(organisation=self._organisation, state=OutboxState.QUEUED)
        for kind in KINDS:
            try:
                require_two_way(connection, kind.write)
            except NotTwoWay as refusal:
                off.add(kind.name)
                if waiting.filter(kind=kind.name).update(sentence=str(refusal), next_step=""):
                    self.report.off[kind.name] = str(refusal)
        return off

    async def _send(self, batch: Batch, *, first_sent_at: datetime | None = None) -> None:
        right = give_right(self._connection, batch.kind.write)
        writer = self._build_writer(right)
        written = await writer.write(batch.request, first_sent_at=first_sent_at)
        self.report.calls += written.tries
        self._passes("answered")
        back = await self._read_back(batch, written)
        settled = await self._within(
            settle_answer,
            batch.attempt,
            batch.kind,
            written,
            organisation=self._organisation,
            now=self._now(),
            back=back,
        )
        self._passes("stored")
        self._note(settled)
        if written.outcome in (Outcome.NOT_TAKEN, Outcome.NO_ANSWER):
            await self._stop(written.error)

    async def _read_back(self, batch: Batch, written: Written) -> ReadBack | None:
        """Read a file that Xero took, and compare it with what was sent."""
        if batch.kind.wish is not AttachFile or written.answer is None:
            return None
        wish = read_wish(AttachFile, batch.operations[0].wish)
        try:
            [item] = read_items(written.answer.body, batch.kind.answer)
        except (AnswerNotUnderstood, ValueError):
            return None  # settling finds the same, and calls it Unknown
        if item.is_refused:
            return None
        sent = FileKept.of(batch.request.body)
        back = await read_back(wish, item.get_text("AttachmentID"), sent, client=self._client)
        self._passes("read back")
        return back

    def _build_writer(self, right: Right) -> XeroWriter:
        return XeroWriter(
            right=right,
            http=self._http,
            addresses=get_addresses(),
            tokens=self._tokens,
            gate=self._gate,
            now=self._now,
            sleep=self._sleep,
        )

    async def _stop(self, error: XeroError | None) -> None:
        self.report.stopped_by = error or self.report.stopped_by
        if isinstance(error, ConsentLost) and error.reason in ENDS_EVERYTHING:
            await self._within(self._mark_lost, error)

    def _mark_lost(self, error: ConsentLost) -> None:
        mark_lost(Connection.objects.filter(pk=self._connection.pk), error, now=self._now())

    def _note(self, settled: Settled) -> None:
        self.report.states += settled.states
        self._alone |= settled.alone
        self._touched |= settled.touched

    # -- Looking ---------------------------------------------------------------------------------

    async def _look_into_doubts(self) -> None:
        due = await self._within(self._list_doubts)
        for attempt, group in groupby(due, key=lambda one: one.attempt):
            if self.report.stopped_by is not None or attempt is None:
                return
            await self._look(attempt, list(group))

    def _list_doubts(self) -> list[Operation]:
        doubts = Operation.objects.filter(organisation=self._organisation, state=OutboxState.UNKNOWN)
        due = doubts.filter(next_try_at__lte=self._now()).select_related("attempt")
        return list(due.order_by("attempt_id", "place"))

    async def _look(self, attempt: Attempt, operations: Sequence[Operation]) -> None:
        self.report.looks += 1
        files = await self._within(describe_files, operations)
        try:
            sights = await look_for(
                operations,
                client=self._client,
                since=attempt.started_at,
                files=files,
            )
        except XeroError as error:
            await self._within(put_off_look, operations, error, now=self._now())
            await self._stop(error)
            return
        self._passes("looked")
        settled = await self._within(
            settle_look,
            operations,
            sights,
            attempt=attempt,
            organisation=self._organisation,
            now=self._now(),
        )
        self._passes("settled")
        self._note(settled)
        await self._repeat(attempt)

    async def _repeat(self, attempt: Attempt) -> None:
        """
        Send once more, with its own key, what Xero does not show yet and may not have received.

        While Xero knows the key, that does its work once whatever has become of the first; later it
        is never repeated.
        """
        batch = await self._within(self._rebuild, attempt)
        if batch is None:
            return
        try:
            await self._send(batch, first_sent_at=attempt.started_at)
        except NotTwoWay:
            log.info("write not repeated", attempt=attempt.pk)

    def _rebuild(self, attempt: Attempt) -> Batch | None:
        kind = KIND_BY_NAME[attempt.kind]
        operations = list(attempt.operations.order_by("place"))
        in_doubt = [one for one in operations if one.status is OutboxState.UNKNOWN]
        is_late = self._now() - attempt.started_at >= REPEATED_WITHIN
        if not in_doubt or is_late or kind.method == "DELETE" or operations[0].wish == EMPTY:
            return None
        wish = read_wish(kind.wish, operations[0].wish)
        request = build_request(kind, operations, wish, attempt.key)
        if attempt.digest is None or digest_of(request.body) != bytes(attempt.digest):
            return None  # something of it was changed since, and another body is another request
        return Batch(kind, attempt, operations, request)

    # -- Beside ----------------------------------------------------------------------------------

    async def _read_touched(self) -> None:
        """Read what the writes changed as well, as a payment its invoice; failing that, a sync will."""
        for stream_name in sorted({stream for stream, _ in self._touched}):
            ids = sorted(xero_id for stream, xero_id in self._touched if stream == stream_name)
            try:
                texts = await fetch_texts(self._client, stream_name, ids)
                await self._within(self._store, stream_name, texts)
            except XeroError as error:
                log.info("not read after a write", stream=stream_name, because=str(error))

    def _store(self, stream_name: str, texts: Iterable[bytes], *, why: str = WHY) -> set[str]:
        read = (read_arrived(stream_name, text) for text in texts)
        arrived = [one for one in read if one is not None]
        write_mirror(stream_name, arrived, self._organisation, why=why, now=self._now())
        return {one.incoming.xero_id for one in arrived}

    async def _within(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Run database work in a transaction that holds the connection in place. Raises ConnectionRemoved."""

        def run() -> T:
            with while_connected(self._organisation.workspace_id, self._organisation.pk):
                return work(*args, **kwargs)

        return await self._thread.run(run)
