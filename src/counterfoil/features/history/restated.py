"""
What changed in a closed period: documents dated in it that are not what they were at a moment.

A bookkeeper who has filed October asks what has changed in it since. A document counts when its date
lies in the period now or lay in it then, so that one moved out of the period is not missed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from counterfoil.features.history.activity import find_lock_date
from counterfoil.features.history.differences import Sentence, tell_differences
from counterfoil.features.history.log import decode_record
from counterfoil.features.history.members import say_value
from counterfoil.features.history.naming import find_currency, find_day, name_kind, name_record
from counterfoil.features.history.past import Touched, list_touched
from counterfoil.mirror.models import Organisation
from counterfoil.sync.streams import STREAM_BY_NAME, Stream

DATED = (
    "Invoices", "CreditNotes", "Prepayments", "Overpayments", "Payments", "BankTransactions",
    "ManualJournals",
)  # fmt: skip

# What is in the books. A draft is not, and neither is what was voided or deleted.
_COUNTED = frozenset({"AUTHORISED", "PAID", "POSTED"})
_STAMPS = frozenset({"UpdatedDateUTC", "UpdatedDateUTCString"})


@dataclass(frozen=True)
class Restated:
    """One document of the period, as it was at the moment and as it is now."""

    stream: str
    xero_id: str
    kind: str
    title: str
    contact: str
    currency: str
    day_then: date | None
    day_now: date | None
    counted_then: Decimal
    counted_now: Decimal
    sentences: Sequence[Sentence]
    is_new: bool
    is_locked: bool

    @property
    def effect(self) -> Decimal:
        """By how much the period's books have moved, in the document's currency."""
        return self.counted_now - self.counted_then

    @property
    def told(self) -> str:
        """What changed, in one line."""
        words = ["entered since"] if self.is_new else []
        return "; ".join([*words, *(sentence.text for sentence in self.sentences)]) or "no longer in Xero"


@dataclass(frozen=True)
class Effect:
    """By how much the documents of one kind have moved the period, in one currency."""

    kind: str
    currency: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class Period:
    """The question: documents dated from `first` to `last`, and what changed in them since."""

    first: date
    last: date
    since: datetime

    def holds(self, day: date | None) -> bool:
        """Say whether the day lies in the period."""
        return day is not None and self.first <= day <= self.last


def list_restated(organisation: Organisation, period: Period, *, base: str = "") -> list[Restated]:
    """Return the documents of the period that changed since, by date; the same queries for any number."""
    locked = find_lock_date(organisation)
    found = [
        one
        for name in DATED
        for one in _list_of_stream(organisation, STREAM_BY_NAME[name], period, locked, base)
    ]
    return sorted(found, key=lambda one: (one.day_now or one.day_then or date.min, one.title, one.xero_id))


def sum_effects(restated: Sequence[Restated]) -> list[Effect]:
    """Return the effect by kind and currency: never added across either."""
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for one in restated:
        sums[one.kind, one.currency].append(one.effect)
    return [
        Effect(kind, currency, len(amounts), sum(amounts, Decimal(0)))
        for (kind, currency), amounts in sorted(sums.items())
    ]


def _list_of_stream(
    organisation: Organisation, stream: Stream, period: Period, locked: date | None, base: str
) -> Iterator[Restated]:
    for touched in list_touched(organisation, stream, period.since):
        one = _compare(stream, touched, period, locked, base)
        if one is not None:
            yield one


def _compare(
    stream: Stream, touched: Touched, period: Period, locked: date | None, base: str
) -> Restated | None:
    now = decode_record(touched.raw)
    then = decode_record(touched.then) if touched.then is not None else None
    was_gone = touched.was_gone_at is not None
    days = (find_day(then) if then else None, find_day(now))
    if not any(period.holds(day) for day in days):
        return None
    counted_then = _count(then, period) if then and not was_gone else Decimal(0)
    counted_now = _count(now, period) if not touched.is_gone else Decimal(0)
    currency = find_currency(now, base=base)
    sentences = (
        [
            sentence
            for sentence in tell_differences(then, now, stream=stream.name, currency=currency)
            if sentence.member not in _STAMPS
        ]
        if then
        else []
    )
    if then and not sentences and counted_then == counted_now and was_gone == touched.is_gone:
        return None  # it changed and came back to what it was
    contact = now.get("Contact") or {}
    return Restated(
        stream=stream.name,
        xero_id=touched.xero_id,
        kind=_name_kind(stream.name, now),
        title=name_record(stream.name, now, currency=currency),
        contact=str(contact.get("Name") or "") if isinstance(contact, dict) else "",
        currency=currency,
        day_then=days[0],
        day_now=days[1],
        counted_then=counted_then,
        counted_now=counted_now,
        sentences=sentences,
        is_new=then is None,
        is_locked=locked is not None and any(day is not None and day <= locked for day in days),
    )


def _name_kind(stream: str, record: dict[str, Any]) -> str:
    own = record.get("Type") or record.get("PaymentType")
    return say_value("Type", own) if own else name_kind(stream, record)


def _count(record: dict[str, Any], period: Period) -> Decimal:
    """Return what the record counts for in the period: its amount while it is approved and dated in it."""
    if record.get("Status") not in _COUNTED or not period.holds(find_day(record)):
        return Decimal(0)
    for member in ("Total", "Amount"):
        value = record.get(member)
        if isinstance(value, int | Decimal):
            return Decimal(value)
    # A journal has no total: its debits are what it moves.
    lines = record.get("JournalLines") or []
    amounts = [Decimal(line["LineAmount"]) for line in lines if line.get("LineAmount") is not None]
    return sum((amount for amount in amounts if amount > 0), Decimal(0))
