"""Reads one stream of one run: page by page from Xero, into the mirror, with its progress kept."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from django.db.models import QuerySet

from counterfoil.domain.resync import is_surprising_loss
from counterfoil.mirror.models import Organisation, Quarantined, Run, StreamRun
from counterfoil.mirror.upsert import Arrival, Incoming, digest_of, mark_gone, write_records
from counterfoil.sync.blindspots import IDS_AT_ONCE, list_batches
from counterfoil.sync.passes import CHANGES_ONLY, Pass, plan_passes
from counterfoil.sync.runs import Task, close_stream, finish_stream
from counterfoil.sync.standing import while_connected
from counterfoil.sync.streams import Stream, Walk
from counterfoil.sync.threads import DatabaseThread
from counterfoil.sync.walk import Keep, Seen, walk_backwards, walk_by_id, walk_short_pages
from counterfoil.xero.budget import CALLS_AT_ONCE, Priority
from counterfoil.xero.client import Answer, XeroClient
from counterfoil.xero.errors import AnswerNotUnderstood, NotFound, XeroBroken, XeroError
from counterfoil.xero.records import Unreadable, read_record
from counterfoil.xero.records.base import columns_of
from counterfoil.xero.wire.pages import Page, parse_page

PAGE_SIZE = 1000
SHORT_PAGE = 100

_TRIES_OF_A_GARBLED_PAGE = 3

# Where a list takes no ids, each record is a call; for more than so many the whole list is read.
_ASKED_ONE_BY_ONE = 10
# Fewer that are missing at once are taken for gone, whatever share they are.
_LOSS_AT_LEAST = 20


@dataclass(frozen=True)
class Work:
    """What the streams of one run share."""

    organisation: Organisation
    run: Run
    client: XeroClient
    writer: DatabaseThread
    priority: Priority
    now: Callable[[], datetime]
    # Whoever waits for one of the five places waits here, rather than asking the database for it.
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CALLS_AT_ONCE))
    # Pages in memory at once: those under way, and some that wait to be written.
    pages: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CALLS_AT_ONCE + 3))


class TooMuchMissing(XeroError):
    """Xero's list lacks so much of what is here that the list may be wrong."""

    next_step = (
        "Look in Xero whether they were deleted there. If so, open Proof and choose “Read again”: it shows"
        " the loss and asks you to confirm it. If not, the next daily check looks again."
    )

    def __init__(self, title: str, missing: int, held: int) -> None:
        super().__init__(
            f"Xero's list of {title} lacks {missing:,} of the {held:,} that are here."
            " Nothing was marked as gone, in case the list is wrong."
        )


class StreamReader:
    """One stream in one run."""

    def __init__(self, task: Task, work: Work) -> None:
        self.stream: Stream = task.stream
        self._row = task.row
        self._work = work
        self._since = task.since
        self._passes: list[Pass] = []
        self._columns = columns_of(task.stream.record)
        self._is_first_copy = task.since is None
        # The ids of this stream's records that lie in quarantine; few, and mostly none. One of them is
        # empty when a record lies there that showed no id.
        self._quarantined: set[str] = set()
        # The ids of a reading that shows all; None when it cannot tell what is gone.
        self._ids: set[str] | None = None

    async def read(self) -> None:
        """Read the stream to its end and move its cursor. Raises the XeroError that stopped it."""
        await self._work.writer.run(self._start)
        kind = self._work.run.kind
        self._passes = plan_passes(
            self.stream, kind=kind, since=self._since, must_be_whole=self._is_much_hidden()
        )
        for number, reading in enumerate(self._passes):
            # A place is kept for the first reading only; the others are short enough to begin again.
            start = self._row.position if number == 0 else None
            self._ids = set() if reading.shows_all and not start else None
            await self._read_pass(reading, start, self._keep if number == 0 else _forget)
            if reading.walk is Walk.SHORT_PAGES:
                await self._make_sure_of_absent(reading)
        if kind not in CHANGES_ONLY and not self._passes[0].is_whole:
            await self._read_quarantined()
        await self._work.writer.run(self._finish)

    async def _make_sure_of_absent(self, reading: Pass) -> None:
        """
        Tell what is gone from what moved to a page that was read already.

        Such a list can be asked for no order and tells no count, so that nothing shows whether its pages
        moved. What they did not show is asked for by its id; where that is much, the list is read once
        more, and only what two equal readings lack is gone.
        """
        if self._ids is None or len(self._ids) < SHORT_PAGE:
            return  # one answer showed everything there was at that moment
        absent = await self._work.writer.run(self._list_absent, self._ids)
        if len(absent) > _ASKED_ONE_BY_ONE:
            before, self._ids = self._ids, set()
            await self._read_pass(reading, None, _forget)
            if self._ids != before:
                self._ids = None  # the next check tells
            return
        for xero_id in absent:
            one = Pass(Walk.WHOLE, {**reading.params, self.stream.id_member: xero_id, "page": "1"})
            with suppress(NotFound):
                await self._read_pass(one, None, _forget)

    def _list_absent(self, seen: set[str]) -> list[str]:
        row = self._row
        with self._writing(must_last=False):
            known = self.stream.model._default_manager.filter(
                organisation_id=row.organisation_id, gone_at=None, first_seen_at__lt=row.started_at
            )
            return sorted(set(known.values_list("xero_id", flat=True)) - seen)

    def _is_much_hidden(self) -> bool:
        """Say whether more lies in quarantine than can be asked for by id."""
        most = IDS_AT_ONCE if self.stream.takes_ids else _ASKED_ONE_BY_ONE
        return "" in self._quarantined or len(self._quarantined) > most

    async def _read_quarantined(self) -> None:
        """Ask once more for what could not be read before, and let go of what Xero has no more."""
        asked = sorted(self._quarantined)
        self._ids = set()
        if self.stream.takes_ids:
            await self._read_batches(list_batches(asked))
        else:
            for xero_id in asked:
                where = f'{self.stream.id_member}==Guid("{xero_id}")'
                reading = Pass(Walk.WHOLE, {**self.stream.params, "where": where, "page": "1"})
                await self._read_pass(reading, None, _forget)
        absent = set(asked) - (self._ids or set())
        self._ids = None  # these were a few records, and tell nothing about the others
        if absent:
            await self._work.writer.run(self._let_go, absent)

    async def read_again(self, batches: list[str]) -> None:
        """Read these records once more, by lists of their ids; the cursor stays where it is."""
        self._ids = None
        await self._read_batches(batches)

    async def read_listed(self, ids: Sequence[str]) -> set[str]:
        """
        Read these records only, settle the stream, and return the ids that Xero showed.

        The cursor stays where it is: others may have changed as well. Raises what `read` raises.
        """
        await self._work.writer.run(self._start)
        self._ids = set()
        if self.stream.takes_ids:
            await self._read_batches(list_batches(list(ids)))
        elif self.stream.walk in (Walk.WHOLE, Walk.SHORT_PAGES):
            # The list is the cheapest way to each of its records: one answer holds them all.
            await self._read_pass(Pass(self.stream.walk, self.stream.params), None, _forget)
        else:
            for xero_id in ids:
                reading = Pass(Walk.WHOLE, self.stream.params, record_id=xero_id)
                await self._read_pass(reading, None, _forget)
        await self._work.writer.run(self._close)
        return self._ids or set()

    async def _read_batches(self, batches: list[str]) -> None:
        for ids in batches:
            reading = Pass(Walk.WHOLE, {**self.stream.params, "IDs": ids, "page": "1"})
            await self._read_pass(reading, None, _forget)

    async def _read_pass(self, reading: Pass, start: int | None, keep: Keep) -> None:
        async def read_page(number: int) -> Seen:
            return await self._read_page(reading, number)

        match reading.walk:
            case Walk.BY_ID:
                await walk_by_id(read_page, keep, at_once=CALLS_AT_ONCE + 2, start=start or 1)
            case Walk.BACKWARDS:
                await walk_backwards(read_page, keep, start=start)
            case Walk.SHORT_PAGES:
                await walk_short_pages(read_page, full=SHORT_PAGE)
            case Walk.WHOLE:
                await self._read_page(reading, None)

    async def _read_page(self, reading: Pass, number: int | None) -> Seen:
        """Fetch and store one page. An answer that is garbled on the way is asked for again."""
        for attempt in range(1, _TRIES_OF_A_GARBLED_PAGE + 1):
            async with self._work.pages:
                answer = await self._fetch(reading, number)
                try:
                    return await self._work.writer.run(self._store, reading, answer)
                except AnswerNotUnderstood:
                    if attempt == _TRIES_OF_A_GARBLED_PAGE:
                        raise
        raise AssertionError("the loop returns or raises")

    async def _fetch(self, reading: Pass, number: int | None) -> Answer:
        params = dict(reading.params)
        if number is not None:
            params["page"] = str(number)
            if reading.walk is not Walk.SHORT_PAGES:
                params["pageSize"] = str(PAGE_SIZE)
        name = self.stream.name
        async with self._work.places:
            try:
                return await self._work.client.get(
                    f"{name}/{reading.record_id}" if reading.record_id else name,
                    priority=self._work.priority,
                    params=params,
                    modified_since=reading.modified_since,
                )
            except NotFound as absent:
                if reading.record_id or self.stream.id_member in reading.params:
                    raise
                # A list is always there, if it be empty: something on the way has lost it.
                raise XeroBroken(404, correlation_id=absent.correlation_id) from absent

    def _writing(self, *, must_last: bool = True) -> AbstractContextManager[None]:
        return while_connected(self._row.workspace_id, self._row.organisation_id, must_last=must_last)

    def _start(self) -> None:
        with self._writing():
            self._row.state = StreamRun.State.READING
            self._row.started_at = self._row.started_at or self._work.now()
            self._row.error = self._row.next_step = self._row.fault = self._row.correlation_id = ""
            self._row.save()
            self._quarantined = set(self._waiting_in_quarantine().values_list("xero_id", flat=True))

    def _store(self, reading: Pass, answer: Answer) -> Seen:
        """Write a page, what could not be read, and how far the stream is, all or nothing."""
        page = parse_page(answer.body, self.stream.key, correlation_id=answer.correlation_id)
        if reading.walk is Walk.BACKWARDS and page.pagination and page.pagination.page_count > 1:
            self._ids = None  # a record that changed meanwhile moved to a page already read
        with self._writing():
            arrival = self._arrival()
            incoming = list(self._read_records(page, arrival))
            self._settle_quarantine(incoming, arrival.at)
            written = write_records(self.stream.model, self.stream.record.columns(), incoming, arrival)
            row = self._row
            row.walk_started_at = row.walk_started_at or page.server_time
            row.pages_done += 1
            row.pages_total = max(
                page.pagination.page_count if page.pagination else 1, row.pages_total or 0, row.pages_done
            )
            row.rows_read += len(page.records)
            row.rows_new += written.new
            row.rows_changed += written.changed
            row.calls += 1
            row.bytes_received += answer.bytes_received
            row.save()
        if page.pagination is None:
            return Seen(page_count=1, item_count=len(page.records))
        return Seen(page.pagination.page_count, page.pagination.item_count)

    def _read_records(self, page: Page, arrival: Arrival) -> Iterator[Incoming]:
        """Yield the page's records; one that cannot be read goes to quarantine and stops nothing else."""
        for raw in page.records:
            text = bytes(raw)
            try:
                record = read_record(self.stream.record, raw)
            except Unreadable as problem:
                self._quarantine(text, str(problem), arrival)
                continue
            xero_id: str = record.xero_id  # type: ignore[attr-defined]  # every kind has one; a test sees to it
            if self._ids is not None:
                self._ids.add(xero_id)
            yield Incoming(xero_id, self._columns(record), text)

    def _quarantine(self, text: bytes, problem: str, arrival: Arrival) -> None:
        xero_id = _find_id(text, self.stream.id_member)
        if self._ids is not None and xero_id:
            self._ids.add(xero_id)
        elif not xero_id:
            self._ids = None  # without its id, nobody can say which record is still there
        self._row.rows_quarantined += 1
        self._quarantined.add(xero_id)
        Quarantined.objects.update_or_create(
            organisation_id=arrival.organisation_id,
            stream=arrival.stream,
            digest=digest_of(text),
            defaults={
                "workspace_id": arrival.workspace_id,
                "xero_id": xero_id,
                "raw": text.decode(errors="replace"),
                "problem": problem,
                "run_id": arrival.run_id,
                "seen_at": arrival.at,
                "settled_at": None,
            },
        )

    async def _keep(self, page: int) -> None:
        await self._work.writer.run(self._keep_position, page)

    def _keep_position(self, page: int) -> None:
        with self._writing(must_last=False):
            self._row.position = page
            StreamRun.objects.filter(pk=self._row.pk).update(position=page)

    def _finish(self) -> None:
        """Mark what a complete reading did not find, then settle the stream. Raises TooMuchMissing."""
        now = self._work.now()
        with self._writing():
            if self._ids is not None and self._row.started_at is not None:
                held = self.stream.model._default_manager.filter(
                    organisation_id=self._row.organisation_id, gone_at=None
                ).count()
                gone = mark_gone(
                    self.stream.model, self._ids, self._arrival(), known_before=self._row.started_at
                )
                if is_surprising_loss(gone, held, least=_LOSS_AT_LEAST):
                    raise TooMuchMissing(self.stream.title, gone, held)  # and nothing of it is kept
                self._row.rows_gone = gone
            if self._passes[0].is_whole:  # what showed no id was met again, or is no more
                self._waiting_in_quarantine().filter(xero_id="", seen_at__lt=self._row.started_at).update(
                    settled_at=now
                )
            was_swept = self._work.run.kind not in CHANGES_ONLY or self._passes[0].is_whole
            finish_stream(self._row, was_swept=was_swept, now=now)

    def _close(self) -> None:
        with self._writing():
            close_stream(self._row, now=self._work.now())

    def _settle_quarantine(self, arrived: Sequence[Incoming], now: datetime) -> None:
        """Let go of what has arrived in a readable form, also when the mirror holds that form already."""
        readable = self._quarantined.intersection(record.xero_id for record in arrived)
        if readable:
            self._quarantined -= readable
            self._waiting_in_quarantine().filter(xero_id__in=readable).update(settled_at=now)

    def _let_go(self, absent: set[str]) -> None:
        with self._writing():
            self._waiting_in_quarantine().filter(xero_id__in=absent).update(settled_at=self._work.now())

    def _waiting_in_quarantine(self) -> "QuerySet[Quarantined]":
        return Quarantined.objects.filter(
            organisation_id=self._row.organisation_id, stream=self.stream.name, settled_at=None
        )

    def _arrival(self) -> Arrival:
        return Arrival(
            workspace_id=self._row.workspace_id,
            organisation_id=self._row.organisation_id,
            stream=self.stream.name,
            run_id=self._work.run.pk,
            why=self._work.run.reason,
            at=self._work.now(),
            is_first_copy=self._is_first_copy,
        )


async def _forget(_page: int) -> None:
    """Keep no place."""


def _find_id(text: bytes, member: str) -> str:
    """Return the id of a record that cannot be read otherwise, or nothing."""
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return ""
    value = found.get(member) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""
