"""
Reads whole streams again without writing to the mirror, and keeps what that would change.

No sync runs meanwhile. What was read is kept, so that applying it at once costs no second reading.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from counterfoil.domain.resync import MoneyEffect, ResyncPlan, StreamPlan
from counterfoil.mirror.models import Connection, Organisation, Resync, ResyncRecord
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.app import get_addresses
from counterfoil.sync.clients import build_client
from counterfoil.sync.engine import find_connection
from counterfoil.sync.figures import COUNTED, list_held
from counterfoil.sync.judging import Judge, Tally
from counterfoil.sync.lease import hold_lease
from counterfoil.sync.reader import PAGE_SIZE, SHORT_PAGE
from counterfoil.sync.streams import STREAM_BY_NAME, Stream, Walk
from counterfoil.sync.threads import DatabaseThread
from counterfoil.sync.walk import Seen, walk_backwards, walk_by_id, walk_short_pages
from counterfoil.xero.budget import Priority
from counterfoil.xero.client import Answer
from counterfoil.xero.errors import XeroError, XeroRefused
from counterfoil.xero.transport import build_http
from counterfoil.xero.wire.pages import parse_page

log = structlog.get_logger(__name__)

READABLE = COUNTED

_FORGOTTEN_AFTER = timedelta(hours=1)
_KEPT = 20

_UNDER_WAY = [Resync.State.WAITING, Resync.State.READING, Resync.State.APPLYING]


@dataclass(frozen=True)
class Cost:
    """What reading a stream again takes, judged by what is here."""

    stream: Stream
    rows: int
    calls: int


def list_costs(organisation: Organisation) -> list[Cost]:
    """Return every stream that can be read again, with the rows here and the calls it takes."""
    costs = []
    for stream in READABLE:
        rows = list_held(stream.model, organisation.pk).count()
        size = {Walk.WHOLE: rows + 1, Walk.SHORT_PAGES: SHORT_PAGE}.get(stream.walk, PAGE_SIZE)
        pages = max(1, -(-rows // size))
        # Read from its end, the first page of a longer list is read twice.
        costs.append(Cost(stream, rows, pages + (stream.walk is Walk.BACKWARDS and pages > 1)))
    return costs


def ask(organisation: Organisation, *, streams: Sequence[str], asked_by: str, now: datetime) -> Resync:
    """Write down the wish to read these streams again; an earlier plan that waits is dropped."""
    drop(organisation, now=now)
    return Resync.objects.create(
        organisation=organisation,
        workspace_id=organisation.workspace_id,
        streams=[stream.name for stream in READABLE if stream.name in streams],
        asked_by=asked_by,
        asked_at=now,
    )


def drop(organisation: Organisation, *, now: datetime) -> None:
    """Let go of a plan that nobody applied, with what was read for it; forget the oldest."""
    own = Resync.objects.filter(organisation=organisation)
    ResyncRecord.objects.filter(resync__in=own.exclude(state__in=_UNDER_WAY)).delete()
    own.filter(state=Resync.State.READY).update(state=Resync.State.DROPPED, finished_at=now)
    kept = own.order_by("-asked_at").values_list("pk", flat=True)[:_KEPT]
    own.exclude(pk__in=list(kept)).delete()


def find_latest(organisation: Organisation) -> Resync | None:
    """Return the latest, whatever became of it."""
    return Resync.objects.filter(organisation=organisation).order_by("-asked_at").first()


def is_under_way(resync: Resync | None, *, now: datetime) -> bool:
    """Say whether it waits, reads or is applied; one whose worker was killed is not, after an hour."""
    return resync is not None and resync.state in _UNDER_WAY and resync.asked_at > now - _FORGOTTEN_AFTER


def read_plan(resync: Resync) -> ResyncPlan:
    """Return what a finished reading would change."""
    return msgspec.convert(resync.plan, ResyncPlan)


def preview(resync: Resync, *, now: Callable[[], datetime]) -> ResyncPlan:
    """
    Read the streams and keep what they would change; nothing else is written.

    Raises NotConnected, AlreadySyncing (it then still waits), and the XeroError that stopped it.
    """
    organisation = resync.organisation
    connection = find_connection(organisation.pk)
    with hold_lease(organisation.pk):
        resync.read_from = now()
        try:
            plan = asyncio.run(_Preview(resync, connection, now).read())
        except XeroError as error:
            settle(resync, Resync.State.FAILED, error.sentence, error.next_step, now=now())
            raise
        with in_workspace(organisation.workspace_id):
            Resync.objects.filter(pk=resync.pk).update(
                state=Resync.State.READY,
                part="",
                read_from=resync.read_from,
                read_at=now(),
                plan=msgspec.to_builtins(plan),
                sentence=plan.sentence,
            )
            refresh(resync)
    log.info("resync read", organisation=organisation.pk, changes=plan.changes)
    return plan


def settle(resync: Resync, state: str, sentence: str, next_step: str, *, now: datetime) -> None:
    """Keep how it ended, and forget what was read for it."""
    with in_workspace(resync.organisation.workspace_id):
        ResyncRecord.objects.filter(resync=resync).delete()
        Resync.objects.filter(pk=resync.pk).update(
            state=state, part="", sentence=sentence, next_step=next_step, finished_at=now
        )
        refresh(resync)


def refresh(resync: Resync) -> None:
    """Read the row anew; its organisation, which Django would forget, is known without a workspace."""
    organisation = resync.organisation
    resync.refresh_from_db()
    resync.organisation = organisation


class _Preview:
    """One reading, stream after stream."""

    def __init__(self, resync: Resync, connection: Connection, now: Callable[[], datetime]) -> None:
        self._resync = resync
        self._organisation = resync.organisation
        self._connection = connection
        self._now = now
        self._calls = self._bytes = self._pages = 0
        self._pages_total = 0

    async def read(self) -> ResyncPlan:
        async with DatabaseThread("resync") as thread, build_http(addresses=get_addresses()) as http:
            self._thread = thread
            self._client = build_client(
                self._connection, http, thread=thread, reason="read again", now=self._now
            )
            await thread.run(self._begin)
            plans = []
            for name in self._resync.streams:
                stream = STREAM_BY_NAME[name]
                try:
                    plans.append(await self._read_stream(stream))
                except XeroRefused:
                    if not stream.is_optional:
                        raise
            return ResyncPlan(tuple(plans))

    async def _read_stream(self, stream: Stream) -> StreamPlan:
        tally = Tally(held=await self._thread.run(self._count, stream))

        async def read(number: int) -> Seen:
            return await self._read_page(stream, number, tally)

        match stream.walk:
            case Walk.BY_ID:
                await walk_by_id(read, _forget, at_once=1)
            case Walk.BACKWARDS:
                await walk_backwards(read, _forget)
            case Walk.SHORT_PAGES:
                await walk_short_pages(read, full=SHORT_PAGE)
            case Walk.WHOLE:
                await read(0)
        return await self._thread.run(self._finish_stream, stream, tally)

    async def _read_page(self, stream: Stream, number: int, tally: Tally) -> Seen:
        params = {**stream.params, **stream.order}
        if number:
            params["page"] = str(number)
            if stream.walk is not Walk.SHORT_PAGES:
                params["pageSize"] = str(PAGE_SIZE)
        answer = await self._client.get(stream.name, priority=Priority.SWEEP, params=params)
        return await self._thread.run(self._compare, stream, answer, tally)

    def _begin(self) -> None:
        with in_workspace(self._organisation.workspace_id):
            ResyncRecord.objects.filter(resync=self._resync).delete()  # of an attempt that was cut off
            costs = {cost.stream.name: cost.calls for cost in list_costs(self._organisation)}
            self._pages_total = sum(costs[name] for name in self._resync.streams)
            self._tell("")

    def _tell(self, part: str) -> None:
        Resync.objects.filter(pk=self._resync.pk).update(
            state=Resync.State.READING,
            part=part,
            pages_done=self._pages,
            pages_total=max(self._pages_total, self._pages),
            calls=self._calls,
            bytes_received=self._bytes,
        )

    def _count(self, stream: Stream) -> int:
        with in_workspace(self._organisation.workspace_id):
            self._tell(stream.title)
            return list_held(stream.model, self._organisation.pk).count()

    def _compare(self, stream: Stream, answer: Answer, tally: Tally) -> Seen:
        page = parse_page(answer.body, stream.key, correlation_id=answer.correlation_id)
        self._calls += 1
        self._pages += 1
        self._bytes += answer.bytes_received
        judge = Judge(stream, self._resync, tally)
        with in_workspace(self._organisation.workspace_id):
            judge.compare([bytes(raw) for raw in page.records])
            self._tell(stream.title)
        if stream.walk is Walk.BACKWARDS and page.pagination and page.pagination.page_count > 1:
            tally.is_complete = False  # a record that changed meanwhile moved to a page already read
        if page.pagination is None:
            return Seen(page_count=1, item_count=len(page.records))
        return Seen(page.pagination.page_count, page.pagination.item_count)

    def _finish_stream(self, stream: Stream, tally: Tally) -> StreamPlan:
        with in_workspace(self._organisation.workspace_id):
            if stream.is_complete and tally.is_complete:
                Judge(stream, self._resync, tally).find_gone()
        return StreamPlan(
            stream=stream.name,
            title=stream.title,
            held=tally.held,
            read=tally.read,
            counts=dict(tally.counts),
            fields=tuple(tally.fields.most_common()),
            money=tuple(
                MoneyEffect(what, currency, before, after)
                for (what, currency), (before, after) in sorted(tally.money.items())
                if before != after
            ),
            examples=tuple(tally.examples),
            lost=tally.lost,
            unreadable=tally.unreadable,
        )


async def _forget(_page: int) -> None:
    """Keep no place: who asks again reads again."""
