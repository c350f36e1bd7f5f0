"""What the mirror says, as far as the proof compares it: counts, and what everybody owes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, cast

from django.db.models import Q, QuerySet

from counterfoil.domain.datekit import find_zone, today_in
from counterfoil.domain.money import round_to_cents
from counterfoil.mirror.models import (
    Account,
    CreditNote,
    Cursor,
    Invoice,
    Mirrored,
    Organisation,
    OrganisationProfile,
    Overpayment,
    Payment,
    Prepayment,
    Quarantined,
)
from counterfoil.mirror.scope import in_workspace
from counterfoil.mirror.upsert import digest_of
from counterfoil.sync.streams import STREAM_BY_NAME, STREAMS, Stream
from counterfoil.sync.threads import DatabaseThread

COUNTED = tuple(stream for stream in STREAMS if not stream.name.startswith("Reports/"))
CREDITS = ("CreditNotes", "Prepayments", "Overpayments")
DOCUMENTS = ("Invoices", *CREDITS)

_ZERO = Decimal(0)


class Side(StrEnum):
    """Who owes: they to us, or we to them."""

    RECEIVABLE = "receivable"
    PAYABLE = "payable"


# How Xero marks the two control accounts. Source: Xero's OpenAPI, `SystemAccount`.
_CONTROL = {"DEBTORS": Side.RECEIVABLE, "CREDITORS": Side.PAYABLE}


class NotCopiedYet(Exception):
    """There is no whole copy of the organisation yet, so there is nothing to prove."""

    def __init__(self) -> None:
        super().__init__("This organisation has not been copied in full yet. Sync it first.")


class _Document(Protocol):
    """What rows of the mirror and records of Xero have in common."""

    xero_id: str
    contact_id: str
    contact_name: str
    kind: str
    status: str
    currency: str
    currency_rate: Decimal | None
    date: date | None
    reference: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document with what is still open on it; `base` is signed: what it adds to its side."""

    stream: str
    xero_id: str
    title: str
    kind: str
    contact_id: str
    contact_name: str
    side: Side
    base: Decimal
    is_foreign: bool
    day: date | None
    updated_at: datetime

    @property
    def is_credit(self) -> bool:
        """Say whether it takes away from what is owed."""
        return self.stream in CREDITS


@dataclass(frozen=True)
class Copy:
    """The mirror's side of the proof."""

    base_currency: str
    today: date
    counts: Mapping[str, int]
    since: Mapping[str, datetime]
    quarantined: Mapping[str, frozenset[str]]
    documents: Mapping[str, OpenDocument]
    control_accounts: Mapping[Side, str]
    foreign_postings: int

    def is_behind(self, stream: str, xeros: datetime, *, held: datetime | None = None) -> bool:
        """
        Say whether Xero's version came after ours; with none `held`, after the last sync.

        The cursor alone cannot tell: it is our clock's, and what changed within its second was read.
        """
        return xeros > held if held is not None else xeros >= self.since[stream]


def read_copy(organisation: Organisation, *, now: datetime) -> Copy:
    """Return the mirror's figures; call it inside the workspace. Raises NotCopiedYet."""
    since = dict(Cursor.objects.filter(organisation=organisation).values_list("stream", "since"))
    profile = OrganisationProfile.objects.filter(organisation=organisation).defer("raw").first()
    if profile is None or any(name not in since for name in ("Contacts", *DOCUMENTS)):
        raise NotCopiedYet
    base = profile.base_currency
    return Copy(
        base_currency=base,
        today=today_in(find_zone(profile.timezone), now),
        counts={stream.name: list_held(stream.model, organisation.pk).count() for stream in COUNTED},
        since=since,
        quarantined=_list_quarantined(organisation),
        documents={one.xero_id: one for one in _list_open(organisation, base)},
        control_accounts={
            _CONTROL[account.system_account]: account.xero_id
            for account in Account.objects.filter(
                organisation=organisation, gone_at=None, system_account__in=_CONTROL
            ).defer("raw")
        },
        foreign_postings=_count_foreign(organisation, base),
    )


def read_document(stream: str, record: object, base_currency: str) -> OpenDocument:
    """Return what is open on a row of the mirror or on a record of Xero; nothing unless it is approved."""
    document = cast("_Document", record)
    is_credit = stream in CREDITS
    amount: Decimal = getattr(record, "remaining_credit" if is_credit else "amount_due")
    if document.status != "AUTHORISED":
        amount = _ZERO
    is_foreign = document.currency != base_currency
    rate = document.currency_rate if is_foreign else None
    # The rate is foreign for one of base. Source: Xero's OpenAPI, `CurrencyRate`.
    base = round_to_cents(amount / rate if rate else amount)
    is_ours = document.kind.startswith(("ACCREC", "RECEIVE", "AR"))
    return OpenDocument(
        stream=stream,
        xero_id=document.xero_id,
        title=describe_record(stream, record),
        kind=document.kind,
        contact_id=document.contact_id,
        contact_name=document.contact_name,
        side=Side.RECEIVABLE if is_ours else Side.PAYABLE,
        base=-base if is_credit else base,
        is_foreign=is_foreign,
        day=document.date,
        updated_at=document.updated_at,
    )


def describe_record(stream: str, record: object) -> str:
    """Return how a person knows a record: its number, else its name, reference or day."""
    for name in ("number", "name", "code", "reference", "narration", "email", "date"):
        if value := getattr(record, name, None):
            return str(value)
    return STREAM_BY_NAME[stream].title


@dataclass(frozen=True)
class Described:
    """How a person knows a row of the mirror; `is_genuine` when its text is as Xero sent it."""

    title: str
    kind: str
    is_genuine: bool


class MirrorThread:
    """Asks the mirror for single records, beside the event loop."""

    def __init__(self, organisation: Organisation, thread: DatabaseThread) -> None:
        self._organisation = organisation
        self._thread = thread

    async def list_ids(self, stream: Stream) -> frozenset[str]:
        """Return the ids of everything that is held of a stream."""
        return await self._thread.run(self._list_ids, stream, None)

    async def list_known(self, stream: Stream, ids: Collection[str]) -> frozenset[str]:
        """Return which of these ids are held."""
        return await self._thread.run(self._list_ids, stream, ids)

    async def describe(self, stream: Stream, ids: Collection[str]) -> dict[str, Described]:
        """Return what each record is called, and whether its text is untouched since Xero sent it."""
        return await self._thread.run(self._describe, stream, ids)

    def _list_ids(self, stream: Stream, ids: Collection[str] | None) -> frozenset[str]:
        with in_workspace(self._organisation.workspace_id):
            rows = list_held(stream.model, self._organisation.pk)
            if ids is not None:
                rows = rows.filter(xero_id__in=list(ids))
            return frozenset(rows.values_list("xero_id", flat=True))

    def _describe(self, stream: Stream, ids: Collection[str]) -> dict[str, Described]:
        with in_workspace(self._organisation.workspace_id):
            rows = list_held(stream.model, self._organisation.pk).filter(xero_id__in=list(ids))
            return {
                row.xero_id: Described(
                    describe_record(stream.name, row),
                    getattr(row, "kind", ""),
                    bytes(row.digest) == digest_of(row.raw.encode()),
                )
                for row in rows
            }


def list_held(model: type[Mirrored], organisation_id: int) -> "QuerySet[Mirrored]":
    """Return the rows of an organisation that Xero still has, as far as is known here."""
    return model._default_manager.filter(organisation_id=organisation_id, gone_at=None)


def _list_quarantined(organisation: Organisation) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    waiting = Quarantined.objects.filter(organisation=organisation, settled_at=None).exclude(xero_id="")
    for stream, xero_id in waiting.values_list("stream", "xero_id"):
        found.setdefault(stream, set()).add(xero_id)
    return {stream: frozenset(ids) for stream, ids in found.items()}


def _list_open(organisation: Organisation, base_currency: str) -> Iterable[OpenDocument]:
    for stream in DOCUMENTS:
        rows: QuerySet[Any] = list_held(STREAM_BY_NAME[stream].model, organisation.pk)
        for row in rows.filter(status="AUTHORISED").defer("raw").iterator():
            yield read_document(stream, row, base_currency)


def _count_foreign(organisation: Organisation, base_currency: str) -> int:
    """Return how many amounts were converted on their way into the ledger; each may be a cent off."""
    foreign = ~Q(currency=base_currency)
    documents = sum(
        model._default_manager.filter(foreign, organisation=organisation, gone_at=None).count()
        for model in (Invoice, CreditNote, Prepayment, Overpayment)
    )
    converted = Q(currency_rate__isnull=False) & ~Q(currency_rate=1)
    return documents + Payment.objects.filter(converted, organisation=organisation, gone_at=None).count()
