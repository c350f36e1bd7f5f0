"""Holds records as Xero sends them against the rows here, and says what reading them again would change."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any

import msgspec
from django.db import models

from counterfoil.domain.resync import Example, Fate, FieldChange
from counterfoil.mirror.changes import find_difference
from counterfoil.mirror.models import Mirrored, Resync, ResyncRecord
from counterfoil.mirror.upsert import digest_of
from counterfoil.sync.figures import describe_record, list_held
from counterfoil.sync.reader import PAGE_SIZE
from counterfoil.sync.streams import Stream
from counterfoil.xero.records import Unreadable, read_record
from counterfoil.xero.records.base import columns_of

_EXAMPLES = 8
_FIELDS_OF_AN_EXAMPLE = 6
_LONGEST_VALUE = 80
_ZERO = Decimal(0)

# What people add up. Source: Xero's OpenAPI, the members of the documents.
_AMOUNTS = {"total": "in total", "amount_due": "due", "remaining_credit": "left to apply"}
_LOST_STATUSES = {"VOIDED", "DELETED", "ARCHIVED"}


@dataclass
class Tally:
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


class Judge:
    """Judges the records of one stream, page by page; inside the workspace."""

    def __init__(self, stream: Stream, resync: Resync, tally: Tally) -> None:
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
        rows = list_held(self._stream.model, self._resync.organisation_id)
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
