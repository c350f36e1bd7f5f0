"""Brings the lines up to the mirror: reads the documents that changed, and has their lines attributed."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from django.db import transaction
from django.db.models import Q

from counterfoil.features.contacts.survivors import find_survivors
from counterfoil.features.spending.attributing import (
    attribute_all_costs,
    attribute_stale,
    create_lines,
    take_turn,
)
from counterfoil.features.spending.keeping import making_many_rows
from counterfoil.features.spending.models import Line, Part, Reading, Unreadable
from counterfoil.features.spending.reading import CONTENT, SIDES, SIGNS, Chart, read_chart, read_lines
from counterfoil.mirror.models import Account, LinkedTransaction, Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.errors import AnswerNotUnderstood

log = structlog.get_logger(__name__)

_BATCH = 2000
# A page of records is stamped before it is stored: what was stored late is read by looking back this far.
_OVERLAP = timedelta(hours=1)


def gather_lines(organisation: Organisation, *, now: datetime) -> None:
    """
    Read the documents that changed since the last time, and attribute their lines and all that is stale.

    Each batch is a transaction of its own, so that stopping loses nothing; doing it again changes nothing.
    """
    workspace_id = organisation.workspace_id
    with in_workspace(workspace_id):
        take_turn(organisation)
        reading, _ = Reading.objects.get_or_create(organisation=organisation, workspace_id=workspace_id)
        chart = read_chart(organisation)
        since = reading.read_until - _OVERLAP if reading.read_until else None
    for stream in SIGNS:
        _read_stream(organisation, stream, since, chart)
    with in_workspace(workspace_id):
        _mark_billable(organisation, since)
        Reading.objects.filter(pk=reading.pk).update(read_until=now)
    if reading.is_stale:
        attribute_all_costs(organisation)
    attribute_stale(organisation)


def _read_stream(organisation: Organisation, stream: str, since: datetime | None, chart: Chart) -> None:
    last = ""
    while True:
        with in_workspace(organisation.workspace_id):
            take_turn(organisation)
            changed = _select_changed(organisation, stream, since).filter(xero_id__gt=last)
            records = list(changed.order_by("xero_id").defer("digest")[:_BATCH])
            if not records:
                return
            _store(organisation, stream, records, chart)
        last = records[-1].xero_id


def _select_changed(organisation: Organisation, stream: str, since: datetime | None) -> Any:
    documents: Any = STREAM_BY_NAME[stream].model._default_manager.filter(organisation=organisation)
    if since is None:
        return documents
    changed = Q(changed_here_at__gte=since)
    moved = _select_moved(organisation, since)
    if moved:
        lines = Line.objects.filter(moved, organisation=organisation, stream=stream)
        changed |= Q(xero_id__in=lines.values("document_id"))
    return documents.filter(changed)


def _select_moved(organisation: Organisation, since: datetime) -> Q:
    """Find lines on accounts that turned out to be of another kind: they stand on the wrong side."""
    accounts = Account.objects.filter(organisation=organisation, changed_here_at__gte=since).exclude(code="")
    codes: dict[str, list[str]] = {}
    for code, account_class in accounts.values_list("code", "account_class"):
        codes.setdefault(SIDES.get(account_class, Line.Side.OTHER), []).append(code)
    moved = Q()
    for side, of_side in codes.items():
        moved |= Q(account_code__in=of_side) & ~Q(side=side)
    return moved


@making_many_rows()
def _store(organisation: Organisation, stream: str, records: Iterable[Any], chart: Chart) -> None:
    """Make the stored lines of these records equal to what the records say now."""
    found: dict[tuple[str, str], Line] = {}
    unreadable: list[str] = []
    for record in records:
        try:
            found |= {(line.document_id, line.line_key): line for line in read_lines(stream, record, chart)}
        except (msgspec.MsgspecError, AnswerNotUnderstood):
            # The proof compares the texts, and says that this one is damaged; the report names it.
            unreadable.append(record.xero_id)
            log.warning("no lines read", organisation=organisation.pk, stream=stream, record=record.xero_id)
    these = {
        "organisation": organisation,
        "stream": stream,
        "document_id__in": [record.xero_id for record in records],
    }
    Unreadable.objects.filter(**these).delete()
    Unreadable.objects.bulk_create(
        Unreadable(
            organisation=organisation,
            workspace_id=organisation.workspace_id,
            stream=stream,
            document_id=document_id,
        )
        for document_id in unreadable
    )
    stored = Line.objects.filter(**these)
    known = {(line.document_id, line.line_key): line for line in stored}
    gone = [line.pk for key, line in known.items() if key not in found]
    Part.objects.filter(line__any_of=gone).delete()
    Line.objects.filter(pk__any_of=gone).delete()
    changed = []
    for key, line in found.items():
        old = known.get(key)
        if old is not None and _differs(old, line):
            line.pk = old.pk
            changed.append(line)
    Line.objects.bulk_update(changed, [*CONTENT, "is_stale"], batch_size=500)
    create_lines(organisation, [line for key, line in found.items() if key not in known])


def _differs(old: Line, new: Line) -> bool:
    return any(_value(old, name) != _value(new, name) for name in CONTENT)


def _value(line: Line, name: str) -> object:
    value = getattr(line, name)
    return bytes(value) if name == "digest" else value


def _mark_billable(organisation: Organisation, since: datetime | None) -> None:
    """Have the lines looked at again that somebody made billable in Xero, or stopped being so."""
    if since is None:
        return
    linked = LinkedTransaction.objects.filter(
        Q(changed_here_at__gte=since) | Q(gone_at__gte=since), organisation=organisation
    )
    mark_documents(organisation, linked.values_list("source_transaction_id", flat=True))


def mark_documents(organisation: Organisation, document_ids: Iterable[str]) -> None:
    """Have all lines of these documents looked at again."""
    ids: Collection[str] = set(document_ids)
    if ids:
        Line.objects.filter(organisation=organisation, document_id__in=ids).update(is_stale=True)


def mark_contacts(organisation: Organisation, contact_ids: Iterable[str]) -> None:
    """Have all lines of these contacts looked at again, and of those that were merged into them."""
    ids = set(contact_ids)
    if ids:
        ids |= {merged for merged, left in find_survivors(organisation).items() if left in ids}
        Line.objects.filter(organisation=organisation, contact_id__in=ids).update(is_stale=True)


def mark_rules(organisation: Organisation) -> None:
    """Have all costs looked at again, because the rules are others; call it in that transaction."""
    with transaction.atomic():
        Reading.objects.update_or_create(
            organisation=organisation,
            defaults={"is_stale": True},
            create_defaults={"workspace_id": organisation.workspace_id, "is_stale": True},
        )
