"""
Reads whole streams again without writing to the mirror, and keeps what that would change.

No sync runs meanwhile. What was read is kept, so that applying it at once costs no second reading.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any

import msgspec
import structlog
from django.db import models

from counterfoil.domain.resync import Example, Fate, FieldChange, MoneyEffect, ResyncPlan, StreamPlan
from counterfoil.mirror.changes import find_difference
from counterfoil.mirror.models import Connection, Mirrored, Organisation, Resync, ResyncRecord
from counterfoil.mirror.scope import in_workspace
from counterfoil.mirror.upsert import digest_of
from counterfoil.sync.app import get_addresses
from counterfoil.sync.clients import build_client
from counterfoil.sync.engine import find_connection
from counterfoil.sync.figures import COUNTED, describe_record
from counterfoil.sync.lease import hold_lease
from counterfoil.sync.reader import PAGE_SIZE, SHORT_PAGE
from counterfoil.sync.streams import STREAM_BY_NAME, Stream, Walk
from counterfoil.sync.threads import DatabaseThread
from counterfoil.sync.walk import Seen, walk_backwards, walk_by_id, walk_short_pages
from counterfoil.xero.budget import Priority
from counterfoil.xero.client import Answer
from counterfoil.xero.errors import XeroError, XeroRefused
from counterfoil.xero.records import Unreadable, read_record
from counterfoil.xero.records.base import columns_of
from counterfoil.xero.transport import build_http
from counterfoil.xero.wire.pages import parse_page

log = structlog.get_logger(__name__)

READABLE = COUNTED

_EXAMPLES = 8
_FIELDS_OF_AN_EXAMPLE = 6
_LONGEST_VALUE = 80
_FORGOTTEN_AFTER = timedelta(hours=1)
_KEPT = 20
_ZERO = Decimal(0)

# What people add up. Source: Xero's OpenAPI, the members of the documents.
_AMOUNTS = {"total": "in total", "amount_due": "due", "remaining_credit": "left to apply"}
_LOST_STATUSES = {"VOIDED", "DELETED", "ARCHIVED"}

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
        rows = _held(stream.model, organisation.pk).count()
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


@dataclass
class _Tally:
    """What was found in one stream so far."""

    held: int = 0
    read: int = 0
    counts: Counter[Fate] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    money: dict[tuple[str, str], list[Decimal]] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    lost: int = 0
    unreadable: int = 0
    is_complete: bool = True


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
        tally = _Tally(held=await self._thread.run(self._count, stream))

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

    async def _read_page(self, stream: Stream, number: int, tally: _Tally) -> Seen:
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
            return _held(stream.model, self._organisation.pk).count()

    def _compare(self, stream: Stream, answer: Answer, tally: _Tally) -> Seen:
        page = parse_page(answer.body, stream.key, correlation_id=answer.correlation_id)
        self._calls += 1
        self._pages += 1
        self._bytes += answer.bytes_received
        comparing = _Comparing(stream, self._resync, tally)
        with in_workspace(self._organisation.workspace_id):
            comparing.compare([bytes(raw) for raw in page.records])
            self._tell(stream.title)
        if stream.walk is Walk.BACKWARDS and page.pagination and page.pagination.page_count > 1:
            tally.is_complete = False  # a record that changed meanwhile moved to a page already read
        if page.pagination is None:
            return Seen(page_count=1, item_count=len(page.records))
        return Seen(page.pagination.page_count, page.pagination.item_count)

    def _finish_stream(self, stream: Stream, tally: _Tally) -> StreamPlan:
        with in_workspace(self._organisation.workspace_id):
            if stream.is_complete and tally.is_complete:
                _Comparing(stream, self._resync, tally).find_gone()
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


class _Comparing:
    """Holds records of Xero against the rows here, and keeps those that differ; inside the workspace."""

    def __init__(self, stream: Stream, resync: Resync, tally: _Tally) -> None:
        self._stream = stream
        self._resync = resync
        self._tally = tally
        self._names = stream.record.columns()
        self._columns = columns_of(stream.record)

    def compare(self, texts: Sequence[bytes]) -> None:
        """Compare a page."""
        arrived: dict[str, tuple[Any, bytes]] = {}
        for text in texts:
            try:
                record = read_record(self._stream.record, text)
            except Unreadable:
                self._tally.unreadable += 1
                self._pass_over(text)
                continue
            arrived[record.xero_id] = (record, text)  # type: ignore[attr-defined]  # every kind has one
        rows = self._stream.model._default_manager.filter(
            organisation_id=self._resync.organisation_id, xero_id__in=list(arrived)
        )
        held = {row.xero_id: row for row in rows}
        fresh = {key: pair for key, pair in arrived.items() if key not in self._tally.seen}
        self._tally.seen |= set(fresh)
        self._tally.read += len(fresh)
        kept = [
            self._keep(key, fate, text)
            for key, (record, text) in fresh.items()
            if (fate := self._judge(held.get(key), record, text)) is not None
        ]
        ResyncRecord.objects.bulk_create(kept)

    def find_gone(self) -> None:
        """Keep what a complete reading did not show; only what was here before it began can be gone."""
        rows = _held(self._stream.model, self._resync.organisation_id)
        known = rows.filter(first_seen_at__lt=self._resync.read_from).values_list("xero_id", flat=True)
        missing = sorted(set(known) - self._tally.seen)
        for start in range(0, len(missing), PAGE_SIZE):
            batch = missing[start : start + PAGE_SIZE]
            for row in rows.filter(xero_id__in=batch).defer("raw"):
                self._count(Fate.GONE, row, None, ())
                self._tally.lost += 1
            ResyncRecord.objects.bulk_create(self._keep(key, Fate.GONE, None) for key in batch)

    def _pass_over(self, text: bytes) -> None:
        """Remember the id of what cannot be read; without one, nobody can say what is gone."""
        found = msgspec.json.decode(text)
        xero_id = found.get(self._stream.id_member) if isinstance(found, dict) else None
        if isinstance(xero_id, str):
            self._tally.seen.add(xero_id)
        else:
            self._tally.is_complete = False

    def _keep(self, xero_id: str, fate: Fate, text: bytes | None) -> ResyncRecord:
        return ResyncRecord(
            organisation_id=self._resync.organisation_id,
            workspace_id=self._resync.workspace_id,
            resync=self._resync,
            stream=self._stream.name,
            xero_id=xero_id,
            fate=fate,
            raw=None if text is None else text.decode(),
        )

    def _judge(self, row: Mirrored | None, record: Any, text: bytes) -> Fate | None:
        """Return what would become of a record, and count it; nothing when it is here as it is in Xero."""
        if row is None:
            self._count(Fate.NEW, None, record, ())
            return Fate.NEW
        columns = list_wrong_columns(row, self._names, self._columns(record))
        is_same_text = row.raw.encode() == text
        if is_same_text and not columns and row.gone_at is None and bytes(row.digest) == digest_of(text):
            return None
        before, after = find_difference(row.raw, text.decode())
        shown = [
            FieldChange(name, _say(before.get(name)), _say(after.get(name))) for name in {**before, **after}
        ]
        # A fingerprint of this very text says that it was here, and that somebody else changed the row.
        was_sent = bytes(row.digest) == digest_of(text)
        fate = Fate.BACK if row.gone_at else Fate.REPAIRED if was_sent or is_same_text else Fate.CHANGED
        if fate is Fate.REPAIRED and not shown:
            shown = [
                FieldChange(name_member(self._stream, name), _say(old), _say(new))
                for name, old, new in columns
            ]
        if fate is Fate.CHANGED and not shown:
            shown = [FieldChange("UpdatedDateUTC", "", "")]
        self._count(fate, row, record, shown)
        return fate

    def _count(self, fate: Fate, row: Mirrored | None, record: Any, changes: Sequence[FieldChange]) -> None:
        tally = self._tally
        tally.counts[fate] += 1
        tally.fields.update(change.name for change in changes)
        was, becomes = getattr(row, "status", ""), getattr(record, "status", "")
        if row is not None and becomes in _LOST_STATUSES and was not in _LOST_STATUSES:
            tally.lost += 1
        for name, what in _AMOUNTS.items():
            self._add_money(name, what, row if fate is not Fate.BACK else None, record)
        of_fate = sum(one.fate is fate for one in tally.examples)
        if of_fate < _EXAMPLES:
            subject: Any = record if record is not None else row
            tally.examples.append(
                Example(
                    fate,
                    str(subject.xero_id),
                    describe_record(self._stream.name, subject),
                    getattr(subject, "kind", ""),
                    tuple(islice(changes, _FIELDS_OF_AN_EXAMPLE)),
                )
            )

    def _add_money(self, name: str, what: str, row: Mirrored | None, record: Any) -> None:
        for place, one in enumerate((row, record)):
            currency = getattr(one, "currency", "")
            if not currency or not hasattr(one, name):
                continue
            kind = _KINDS.get(getattr(one, "kind", ""), "")
            sums = self._tally.money.setdefault((f"{kind} {what}".strip(), currency), [_ZERO, _ZERO])
            sums[place] += getattr(one, name)


_KINDS = {"ACCREC": "sales invoices", "ACCPAY": "bills"}


def list_wrong_columns(
    row: Mirrored, names: Sequence[str], values: Sequence[Any]
) -> list[tuple[str, Any, Any]]:
    """Return the columns of a row that do not hold what the record says: name, here, there."""
    found = []
    for name, value in zip(names, values, strict=True):
        column = row._meta.get_field(name)
        if isinstance(column, models.DecimalField) and value is not None:
            places = Decimal(1).scaleb(-(column.decimal_places or 0))
            value = value.quantize(places, rounding=ROUND_HALF_UP)
        if getattr(row, name) != value:
            found.append((name, getattr(row, name), value))
    return found


def name_member(stream: Stream, column: str) -> str:
    """Return Xero's word for a column, or ours where it is derived."""
    for one in msgspec.structs.fields(stream.record):
        if one.name == column:
            return one.encode_name
    return column


def _say(value: object) -> str:
    """Return a value for people; lists and groups, such as lines, are only named as changed."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _held(model: type[Mirrored], organisation_id: int) -> "models.QuerySet[Mirrored]":
    return model._default_manager.filter(organisation_id=organisation_id, gone_at=None)
