"""
The books as they stood at a past moment, and as their own dates tell of a past day.

These are two questions. `as_seen` answers what Counterfoil showed at a moment: from the change log, by
undoing what was learnt later. `as_dated` answers what was owed at the end of a day by the documents' and
payments' own dates, whenever they were entered: how Xero's aged reports count.

Either is asked with the ordinary queries of the invoices, unchanged. PostgreSQL lets a `with` take the name
of a table, so that what was true then stands in front of every statement under the table's name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from django.db import connection
from django.db.models import GeneratedField, Max, TextField
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from counterfoil.mirror.models import (
    Change,
    CreditNote,
    Invoice,
    Mirrored,
    Organisation,
    Overpayment,
    Prepayment,
    Run,
    StreamRun,
)
from counterfoil.sync.streams import STREAM_BY_NAME, Stream
from counterfoil.xero.records import read_record
from counterfoil.xero.records.base import columns_of
from counterfoil.xero.wire.dates import parse_calendar_date

_INVOICES = STREAM_BY_NAME["Invoices"]
_TRIES = 5

# Long, and in no list: a list of the past is made without them.
_NOT_KEPT = ("raw", "digest")

T = TypeVar("T")

# Only the outermost members are taken apart: what did not change is passed on as it is.
_take_apart = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_json = msgspec.json.Decoder(float_hook=Decimal).decode
_write = msgspec.json.Encoder(decimal_format="string").encode


class BooksAreMoving(Exception):
    """A sync is writing faster than the past can be asked about; nothing was answered."""

    def __init__(self) -> None:
        super().__init__("The books are changing at this moment. Ask again when the sync is through.")


@dataclass(frozen=True)
class _Step:
    """One change that is to be undone."""

    kind: str
    before: Mapping[str, msgspec.Raw]
    after: Mapping[str, msgspec.Raw]


def find_watched_since(organisation: Organisation, stream: Stream = _INVOICES) -> datetime | None:
    """Return when the first copy of the stream was complete; nobody here knows how things stood before."""
    first = (
        StreamRun.objects.filter(
            run__organisation=organisation, stream=stream.name, state=StreamRun.State.DONE
        )
        .exclude(run__kind=Run.Kind.WEBHOOK)
        .order_by("run__started_at")
        .first()
    )
    return first.finished_at if first else None


def ask_as_seen(organisation: Organisation, moment: datetime, ask: Callable[[], T]) -> T:
    """Return what a question about invoices was answered at the moment. Raises BooksAreMoving."""
    return _ask_steadily(organisation, lambda: as_seen(organisation, moment), ask)


def ask_as_dated(organisation: Organisation, day: date, ask: Callable[[], T]) -> T:
    """Return the answer by the documents' own dates at the end of the day. Raises BooksAreMoving."""
    return _ask_steadily(organisation, lambda: as_dated(organisation, day), ask)


def _ask_steadily(
    organisation: Organisation, then: Callable[[], AbstractContextManager[None]], ask: Callable[[], T]
) -> T:
    """Ask again when a sync has written meanwhile: the past is put together from several statements."""
    invoices = Invoice.objects.filter(organisation=organisation)
    for _ in range(_TRIES):
        before = invoices.aggregate(Max("changed_here_at"))
        with then():
            answer = ask()
        if invoices.aggregate(Max("changed_here_at")) == before:
            return answer
    raise BooksAreMoving


@contextmanager
def as_seen(organisation: Organisation, moment: datetime, stream: Stream = _INVOICES) -> Iterator[None]:
    """
    Let the stream's table hold what it held at the moment, in every query of this block.

    Xero's own stamp of a change is not in the log, so it is empty for records that were touched since.
    """
    held = [field for field in stream.model._meta.concrete_fields if str(field.column) not in _NOT_KEPT]
    columns = [str(field.column) for field in held if not field.generated]
    keys = {str(field.column): _compute(field) for field in held if isinstance(field, GeneratedField)}
    fields = ", ".join(f'"{column}"' for column in columns)
    table, undone = stream.model._meta.db_table, f"past_{stream.model._meta.model_name}"
    rows = list(_list_undone(organisation, stream, moment))  # all of them: nothing can be asked during COPY
    nothing = ", ".join(f"null as {column}" for column in _NOT_KEPT)
    kept = ", ".join([fields, *(f'"{key}"' for key in keys)])
    computed = ", ".join([fields, *(f'{rule} as "{key}"' for key, rule in keys.items())])
    with connection.cursor() as cursor:
        # It lives as long as the session, and its rows as long as the transaction: what one firm is
        # shown never reaches the next.
        cursor.execute(
            f"create temporary table if not exists {undone} on commit delete rows as"  # noqa: S608 - our names
            f" select {fields} from {table} with no data"
        )
        cursor.execute(f"delete from {undone}")  # noqa: S608 - our name
        with cursor.copy(f"copy {undone} ({fields}) from stdin") as copy:
            for row in rows:
                copy.write_row([row[column] for column in columns])
    query = (
        f'select {kept}, {nothing} from "{table}"'  # noqa: S608 - names of our own models
        " where organisation_id = %s and first_seen_at <= %s and changed_here_at <= %s"
        f" union all select {computed}, {nothing} from {undone}"
    )
    with _standing_for(stream.model, query, [organisation.pk, moment, moment]):
        yield


def _compute(field: GeneratedField) -> str:
    """Return how the database computes a column, for rows that lie in no table of theirs."""
    rule, values = field.generated_sql(connection)
    return rule % tuple(f"'{value}'" for value in values)


@contextmanager
def as_dated(organisation: Organisation, day: date) -> Iterator[None]:
    """
    Let the invoices' table hold what was owed at the end of the day, in every query of this block.

    Payments and credits dated later are added back, documents dated later are left out, and so are
    drafts and what was voided or deleted, whenever that was done.
    """
    columns = [str(field.column) for field in Invoice._meta.concrete_fields]
    then = {
        "amount_due": "owed.due",
        "amount_paid": "held.amount_paid - coalesce(paid.amount, 0)",
        "amount_credited": "held.amount_credited - coalesce(credited.amount, 0)",
        "status": "case when owed.due > 0 then 'AUTHORISED' else 'PAID' end",
        "fully_paid_on": "case when owed.due > 0 then null else held.fully_paid_on end",
    }
    fields = ", ".join(f'{then.get(column, f"held.{column}")} as "{column}"' for column in columns)
    query = (
        f"select {fields} from mirror_invoice held"  # noqa: S608 - names of our own models
        " left join (select invoice_id, sum(amount) as amount from mirror_payment where organisation_id = %s"
        " and status = 'AUTHORISED' and gone_at is null and date > %s and invoice_id <> ''"
        " group by invoice_id) paid on paid.invoice_id = held.xero_id"
        " left join jsonb_to_recordset(%s::jsonb) as credited(invoice_id text, amount numeric)"
        " on credited.invoice_id = held.xero_id"
        " cross join lateral (select held.amount_due + coalesce(paid.amount, 0)"
        " + coalesce(credited.amount, 0) as due) owed"
        " where held.organisation_id = %s and held.date <= %s and held.gone_at is null"
        " and held.status in ('AUTHORISED', 'PAID')"
    )
    given = _write(_list_later_credits(organisation, day)).decode()
    with _standing_for(Invoice, query, [organisation.pk, day, given, organisation.pk, day]):
        yield


@contextmanager
def _standing_for(model: type[Mirrored], query: str, parameters: Sequence[Any]) -> Iterator[None]:
    """Put the query in front of every statement that reads the model's table, under the table's name."""
    name = f'"{model._meta.db_table}"'

    def put_in_front(execute: Any, statement: str, given: Any, many: bool, context: Any) -> Any:
        if name in statement and statement.startswith("SELECT"):
            statement = f"with {name} as ({query}) {statement}"
            given = (*parameters, *(given or ()))
        return execute(statement, given, many, context)

    with connection.execute_wrapper(put_in_front):
        yield


@dataclass(frozen=True)
class Touched:
    """
    A record that changed since a moment: its text now, and its text then.

    `then` is None for one that was not known yet.
    """

    xero_id: str
    workspace_id: int
    first_seen_at: datetime
    raw: str
    then: bytes | None
    is_gone: bool
    was_gone_at: datetime | None


def list_touched(organisation: Organisation, stream: Stream, moment: datetime) -> Iterator[Touched]:
    """Yield every record of the stream that changed or was first seen after the moment; three queries."""
    steps = _read_steps(organisation, stream, moment)
    returned = [xero_id for xero_id, undone in steps.items() if _was_gone(undone)]
    gone = _find_when_gone(organisation, stream, returned, moment)
    rows = stream.model._default_manager.filter(organisation=organisation, changed_here_at__gt=moment)
    for xero_id, workspace_id, first_seen_at, raw, gone_at in rows.values_list(
        "xero_id", "workspace_id", "first_seen_at", "raw", "gone_at"
    ):
        undone = steps.get(xero_id, [])
        has_moved = any(step.kind != Change.Kind.CHANGED for step in undone)
        yield Touched(
            xero_id=xero_id,
            workspace_id=workspace_id,
            first_seen_at=first_seen_at,
            raw=raw,
            then=_write(undo(_take_apart(raw), undone)) if first_seen_at <= moment else None,
            is_gone=gone_at is not None,
            was_gone_at=gone.get(xero_id) if has_moved else gone_at,
        )


def _list_undone(organisation: Organisation, stream: Stream, moment: datetime) -> Iterator[dict[str, Any]]:
    """Yield the rows of the records that were known at the moment and changed since, as they were."""
    read, columns = columns_of(stream.record), stream.record.columns()
    names = _list_names_then(organisation, moment)
    for touched in list_touched(organisation, stream, moment):
        if touched.then is None:
            continue
        values = dict(zip(columns, read(read_record(stream.record, touched.then)), strict=True))
        if "contact_name" in values:
            values["contact_name"] = names.get(values["contact_id"], values["contact_name"])
        yield values | {
            "updated_at": None,
            "organisation_id": organisation.pk,
            "workspace_id": touched.workspace_id,
            "first_seen_at": touched.first_seen_at,
            "changed_here_at": moment,
            "gone_at": touched.was_gone_at,
        }


def _list_names_then(organisation: Organisation, moment: datetime) -> dict[str, str]:
    """
    Return the names that contacts had at the moment and have no more; one query.

    A renamed contact's documents take its name without a line in the log; see `sync.names`.
    """
    renames = Change.objects.filter(
        organisation=organisation, stream="Contacts", at__gt=moment, before__has_key="Name"
    )
    return dict(renames.order_by("-pk").values_list("xero_id", KeyTextTransform("Name", "before")))


def undo(record: dict[str, msgspec.Raw], steps: Iterable[_Step]) -> dict[str, msgspec.Raw]:
    """Return the record as it was before these changes, which come with the latest first. Pure."""
    for step in steps:
        for name in {**step.before, **step.after}:
            if name in step.before:
                record[name] = step.before[name]
            else:
                record.pop(name, None)
    return record


def _read_steps(organisation: Organisation, stream: Stream, moment: datetime) -> dict[str, list[_Step]]:
    """Return what was logged after the moment, by record, the latest first; one query."""
    later = (
        Change.objects.filter(organisation=organisation, stream=stream.name, at__gt=moment)
        .exclude(kind=Change.Kind.CREATED)
        .order_by("-pk")
        .values_list("xero_id", "kind", Cast("before", TextField()), Cast("after", TextField()))
    )
    steps: dict[str, list[_Step]] = defaultdict(list)
    for xero_id, kind, before, after in later:
        steps[xero_id].append(_Step(kind, _take_apart(before), _take_apart(after)))
    return steps


def _was_gone(steps: Sequence[_Step]) -> bool:
    """Say whether the first move after the moment was a return, so that the record was gone then."""
    moves = [step.kind for step in steps if step.kind != Change.Kind.CHANGED]
    return bool(moves) and moves[-1] == Change.Kind.RETURNED


def _find_when_gone(
    organisation: Organisation, stream: Stream, ids: Sequence[str], moment: datetime
) -> dict[str, datetime]:
    if not ids:
        return {}
    went = Change.objects.filter(
        organisation=organisation, stream=stream.name, xero_id__in=ids, kind=Change.Kind.GONE, at__lte=moment
    )
    found: dict[str, datetime] = dict(went.values_list("xero_id").annotate(Max("at")))
    return found


def _list_later_credits(organisation: Organisation, day: date) -> list[dict[str, Any]]:
    """Return what credits dated after the day have taken off each document; three queries."""
    later: dict[str, Decimal] = defaultdict(Decimal)
    for model in (CreditNote, Prepayment, Overpayment):
        held = (
            model._default_manager.filter(organisation=organisation, gone_at=None)
            .exclude(status__in=("VOIDED", "DELETED"))
            .annotate(allocations=RawSQL("(raw -> 'Allocations')::text", [], output_field=TextField()))
            .values_list("date", "allocations")
        )
        for own_day, allocations in held:
            for item in _read_json(allocations or "[]"):
                written = item.get("Date")
                allocated = parse_calendar_date(written) if written else own_day
                if allocated and allocated > day and not item.get("IsDeleted"):
                    later[item["Invoice"]["InvoiceID"]] += Decimal(item["Amount"])
    return [{"invoice_id": xero_id, "amount": amount} for xero_id, amount in later.items()]
