"""What Xero told of an organisation, record by record, and how long it took to be in the copy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection as database
from django.db.models import Q, QuerySet

from counterfoil.mirror.models import (
    Contact,
    CreditNote,
    Delivery,
    Invoice,
    Mirrored,
    Notice,
    Organisation,
    Overpayment,
    Payment,
    Prepayment,
)

PAGE_SIZE = 50

_MODELS: Mapping[str, type[Mirrored]] = {
    "Contacts": Contact,
    "Invoices": Invoice,
    "CreditNotes": CreditNote,
    "Prepayments": Prepayment,
    "Overpayments": Overpayment,
    "Payments": Payment,
}
KINDS = tuple(_MODELS)


class Standing(StrEnum):
    """Where a record that was told of stands."""

    HERE = "here"
    WAITING = "waiting"
    FAILED = "failed"
    ABSENT = "absent"


_MATCHING = {
    Standing.HERE: Q(settled_at__isnull=False, problem=""),
    Standing.WAITING: Q(settled_at=None, attempts=0),
    Standing.FAILED: Q(settled_at=None, attempts__gt=0),
    Standing.ABSENT: Q(settled_at__isnull=False) & ~Q(problem=""),
}


@dataclass(frozen=True)
class Place:
    """A row's place in the list, by which the next page is found without counting rows."""

    heard_at: datetime
    pk: int


@dataclass(frozen=True)
class Question:
    """What is asked for."""

    kind: str = ""
    standing: Standing | None = None
    after: Place | None = None


@dataclass(frozen=True)
class Told:
    """One record that Xero told of; `record` is None while the copy does not have it."""

    notice: Notice
    record: Mirrored | None

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        if self.notice.settled_at is not None:
            return Standing.ABSENT if self.notice.problem else Standing.HERE
        return Standing.FAILED if self.notice.attempts else Standing.WAITING

    @property
    def seconds(self) -> float | None:
        """How long it took from Xero's post, or from the replay, until the record was in the copy."""
        if self.notice.settled_at is None or self.notice.problem:
            return None
        began = self.notice.replayed_at or self.notice.heard_at
        return max(0.0, (self.notice.settled_at - began).total_seconds())

    @property
    def title(self) -> str:
        """What the record is called: a name, a number, or by its contact."""
        match self.record:
            case Contact() as contact:
                return contact.name
            case Invoice() | CreditNote() as document:
                return document.number or document.contact_name
            case Prepayment() | Overpayment() as money:
                return money.contact_name
            case Payment() as payment:
                return payment.reference
        return ""


@dataclass(frozen=True)
class ToldPage:
    """One page of what was told, and where the next begins."""

    rows: Sequence[Told]
    next_place: Place | None


@dataclass(frozen=True)
class Freshness:
    """Seconds from Xero's post until the record was here: half of them faster, and 95 of 100."""

    count: int
    half_s: float | None
    most_s: float | None


def list_told(organisation: Organisation, question: Question) -> ToldPage:
    """Return a page of what was told, the latest first: one query, and one for each kind of record on it."""
    notices = Notice.objects.filter(organisation=organisation)
    if question.kind:
        notices = notices.filter(stream=question.kind)
    if question.standing is not None:
        notices = notices.filter(_MATCHING[question.standing])
    if question.after is not None:
        after = question.after
        notices = notices.filter(heard_at__lte=after.heard_at).filter(
            Q(heard_at__lt=after.heard_at) | Q(pk__lt=after.pk)
        )
    found = list(notices.order_by("-heard_at", "-pk")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    records = _find_records(organisation, page)
    last = page[-1] if len(found) > PAGE_SIZE else None
    return ToldPage(
        rows=[Told(notice, records.get((notice.stream, notice.xero_id))) for notice in page],
        next_place=Place(last.heard_at, last.pk) if last else None,
    )


def has_been_told(organisation: Organisation) -> bool:
    """Say whether Xero ever told of anything in this organisation."""
    return Notice.objects.filter(organisation=organisation).exists()


def measure_freshness(organisation: Organisation, *, since: datetime) -> Freshness:
    """
    Return how long it took with the records told of since a moment; one query.

    A record told of several times counts with the last one, and one that was replayed by hand not at all.
    """
    with database.cursor() as cursor:
        cursor.execute(
            "select count(*), percentile_cont(array[0.5, 0.95]) within group"
            " (order by extract(epoch from settled_at - heard_at)::float8) from mirror_notice"
            " where organisation_id = %s and heard_at >= %s and settled_at is not null"
            " and problem = '' and replayed_at is null",
            [organisation.pk, since],
        )
        count, shares = cursor.fetchone() or (0, None)
    half, most = shares or (None, None)
    return Freshness(count=count, half_s=half, most_s=most)


def list_deliveries(
    *, firm_id: int | None, before: int | None = None
) -> tuple[Sequence[Delivery], int | None]:
    """
    Return a page of the deliveries without their bodies, the latest first, and where the next begins.

    All of the installation for its operators; with `firm_id` those that the firm's own app signed.
    """
    deliveries: QuerySet[Delivery] = Delivery.objects.defer("body")
    if firm_id is not None:
        deliveries = deliveries.filter(firm_id=firm_id)
    if before is not None:
        deliveries = deliveries.filter(pk__lt=before)
    found = list(deliveries.order_by("-pk")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return page, page[-1].pk if len(found) > PAGE_SIZE else None


def _find_records(organisation: Organisation, notices: Sequence[Notice]) -> dict[tuple[str, str], Mirrored]:
    records: dict[tuple[str, str], Mirrored] = {}
    for kind, model in _MODELS.items():
        ids = [notice.xero_id for notice in notices if notice.stream == kind]
        if ids:
            rows = model._default_manager.filter(organisation=organisation, xero_id__in=ids)
            records |= {(kind, row.xero_id): row for row in rows.defer("raw", "digest")}
    return records
