"""The change log by time: what changed, in which record, with what effect in money, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from psycopg import sql

from counterfoil.domain.wording import say_amount
from counterfoil.features.history.differences import Sentence
from counterfoil.features.history.log import Logged, decode_record, read_log
from counterfoil.features.history.naming import find_currency, find_day, name_record
from counterfoil.mirror.models import (
    BankTransaction,
    Change,
    Contact,
    CreditNote,
    Invoice,
    Organisation,
    OrganisationProfile,
    Overpayment,
    Payment,
    Prepayment,
    RepeatingInvoice,
    Run,
)
from counterfoil.sync.streams import STREAM_BY_NAME

PAGE_SIZE = 50

# Members that are money, as `before` and `after` hold them.
MONEY = ("AmountDue", "Total", "RemainingCredit", "Amount", "TotalAmount")
_EFFECTS = {"AmountDue": "owed", "RemainingCredit": "credit left"}

_OF_CONTACT = {
    "Invoices": Invoice,
    "CreditNotes": CreditNote,
    "Prepayments": Prepayment,
    "Overpayments": Overpayment,
    "BankTransactions": BankTransaction,
    "RepeatingInvoices": RepeatingInvoice,
}


@dataclass(frozen=True)
class Place:
    """A change's place in the log, by which the next page is found without counting rows."""

    at: datetime
    id: int


@dataclass(frozen=True)
class ChangeQuestion:
    """What is asked of the log; what is empty narrows nothing."""

    stream: str = ""
    kind: str = ""
    contact_id: str = ""
    brought_by: str = ""
    moves_money: bool = False
    since: datetime | None = None
    until: datetime | None = None
    after: Place | None = None

    @property
    def is_filtered(self) -> bool:
        """Say whether anything narrows the log."""
        return self != ChangeQuestion(after=self.after)


@dataclass(frozen=True)
class Known:
    """The record that a change is about, as it is now."""

    title: str
    contact: str
    currency: str
    day: date | None


@dataclass(frozen=True)
class LoggedChange:
    """One change as a row: the record, the sentences, the effect in money."""

    logged: Logged
    record: Known
    sentences: Sequence[Sentence]
    is_locked: bool

    @property
    def effects(self) -> list[str]:
        """How the amounts moved, with their sign: "−500.00 GBP owed"."""
        return list(_list_effects(self.logged, self.record.currency))

    @property
    def told(self) -> str:
        """Everything that changed, in one line."""
        words = {Change.Kind.CREATED: "added in Xero", Change.Kind.GONE: "no longer in Xero",
                 Change.Kind.RETURNED: "back in Xero"}  # fmt: skip
        first = words.get(self.logged.kind)
        return "; ".join([*([first] if first else []), *(sentence.text for sentence in self.sentences)])


@dataclass(frozen=True)
class ChangePage:
    """One page of the log, the newest first, and where the older part begins."""

    rows: Sequence[LoggedChange]
    next_place: Place | None


def list_changes(organisation: Organisation, question: ChangeQuestion, *, base: str = "") -> ChangePage:
    """Return a page of the log, the newest first; three queries."""
    found = read_log(_filter(organisation, question).order_by("-at", "-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    known = find_records(organisation, [(one.stream, one.xero_id) for one in shown], base=base)
    locked = find_lock_date(organisation)
    last = shown[-1] if len(found) > PAGE_SIZE else None
    return ChangePage(
        rows=[_describe(one, known, locked) for one in shown],
        next_place=Place(last.at, last.id) if last else None,
    )


def iterate_changes(
    organisation: Organisation, question: ChangeQuestion, *, base: str = ""
) -> Iterator[LoggedChange]:
    """Yield every change that the question finds, page by page."""
    place: Place | None = question.after
    while True:
        page = list_changes(organisation, _from(question, place), base=base)
        yield from page.rows
        place = page.next_place
        if place is None:
            return


def _from(question: ChangeQuestion, place: Place | None) -> ChangeQuestion:
    return replace(question, after=place)


def find_contact_name(organisation: Organisation, contact_id: str) -> str:
    """Return what the contact is called; one query, and none without a contact."""
    if not contact_id:
        return ""
    found = Contact.objects.filter(organisation=organisation, xero_id=contact_id).values_list(
        "name", flat=True
    )
    return next(iter(found), "")


def find_lock_date(organisation: Organisation) -> date | None:
    """Return the day up to which the organisation's books are locked, if they are; one query."""
    profile = OrganisationProfile.objects.filter(organisation=organisation).defer("raw").first()
    days = (profile.period_lock_date, profile.end_of_year_lock_date) if profile else ()
    return max((day for day in days if day), default=None)


def find_records(
    organisation: Organisation, wanted: Sequence[tuple[str, str]], *, base: str = ""
) -> dict[tuple[str, str], Known]:
    """Return what these records are called, and their currency and day; one query, whatever the kinds."""
    by_stream: dict[str, set[str]] = {}
    for stream, xero_id in wanted:
        if stream in STREAM_BY_NAME:
            by_stream.setdefault(stream, set()).add(xero_id)
    if not by_stream:
        return {}
    parts = [
        sql.SQL(
            "select %s, xero_id, raw::text from {} where organisation_id = %s and xero_id = any(%s)"
        ).format(sql.Identifier(STREAM_BY_NAME[stream].model._meta.db_table))
        for stream in by_stream
    ]
    values = [value for stream, ids in by_stream.items() for value in (stream, organisation.pk, list(ids))]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" union all ").join(parts), values)
        return {
            (stream, xero_id): _know(stream, decode_record(raw), base)
            for stream, xero_id, raw in cursor.fetchall()
        }


def _know(stream: str, record: Mapping[str, Any], base: str) -> Known:
    currency = find_currency(record, base=base)
    contact = record.get("Contact") or {}
    return Known(
        title=name_record(stream, record, currency=currency),
        contact=str(contact.get("Name") or "") if isinstance(contact, dict) else "",
        currency=currency,
        day=find_day(record),
    )


def _describe(one: Logged, known: Mapping[tuple[str, str], Known], locked: date | None) -> LoggedChange:
    record = known.get((one.stream, one.xero_id)) or Known(one.xero_id, "", "", None)
    days = [record.day, find_day(one.before)]
    return LoggedChange(
        logged=one,
        record=record,
        sentences=one.tell(currency=record.currency),
        is_locked=locked is not None and any(day is not None and day <= locked for day in days),
    )


def _list_effects(one: Logged, currency: str) -> Iterator[str]:
    for member in MONEY:
        before, after = one.before.get(member), one.after.get(member)
        if isinstance(before, int | Decimal) and isinstance(after, int | Decimal) and before != after:
            moved = Decimal(after) - Decimal(before)
            sign = "+" if moved > 0 else ""
            yield f"{sign}{say_amount(moved, currency)} {currency} {_EFFECTS.get(member, '')}".strip()


def _filter(organisation: Organisation, question: ChangeQuestion) -> "QuerySet[Change]":
    changes = Change.objects.filter(organisation=organisation)
    if question.stream:
        changes = changes.filter(stream=question.stream)
    if question.kind:
        changes = changes.filter(kind=question.kind)
    if question.brought_by:
        changes = changes.filter(
            run__in=Run.objects.filter(organisation=organisation, kind=question.brought_by)
        )
    if question.moves_money:
        changes = changes.filter(before__has_any_keys=MONEY)
    if question.since:
        changes = changes.filter(at__gte=question.since)
    if question.until:
        changes = changes.filter(at__lt=question.until)
    if question.contact_id:
        changes = changes.filter(_is_of_contact(organisation, question.contact_id))
    if question.after:
        place = question.after
        changes = changes.filter(at__lte=place.at).filter(Q(at__lt=place.at) | Q(pk__lt=place.id))
    return changes


def _is_of_contact(organisation: Organisation, contact_id: str) -> Q:
    """Return the changes of a contact, of its documents, and of their payments."""
    condition, of_contact = Q(stream="Contacts", xero_id=contact_id), {"contact_id": contact_id}
    for stream, model in _OF_CONTACT.items():
        own: QuerySet[Any] = model._default_manager.filter(organisation=organisation)
        condition |= Q(stream=stream, xero_id__in=own.filter(**of_contact).values("xero_id"))
    invoices = Invoice.objects.filter(organisation=organisation, contact_id=contact_id).values("xero_id")
    payments = Payment.objects.filter(organisation=organisation, invoice_id__in=invoices)
    return condition | Q(stream="Payments", xero_id__in=payments.values("xero_id"))
