"""Draws up what documents post, on accrual and on cash, for those written since it was last done."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from counterfoil.domain.recognising import Recognised, recognise_on_accrual, recognise_on_cash
from counterfoil.mirror.models import Basis, Organisation, Posting, Unposted, Unread
from counterfoil.mirror.storing import store_rows
from counterfoil.sync.postings import POSTED, Posted, read_posted
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.errors import AnswerNotUnderstood

# Documents drawn up in one transaction.
BATCH = 1000


def draw_up(organisation: Organisation, *, most: int = BATCH) -> int:
    """
    Draw up the postings of the documents that wait for it, and return how many those were.

    Call it inside the workspace. What another process works on is left to it. A document that is not
    approved, or has gone, posts nothing.
    """
    waiting = list(
        Unposted.objects.filter(organisation=organisation)
        .select_for_update(skip_locked=True)
        .order_by("pk")[:most]
    )
    if not waiting:
        return 0
    streams: dict[str, list[str]] = {}
    for one in waiting:
        streams.setdefault(one.stream, []).append(one.document_id)
    for stream, ids in streams.items():
        for table in (Posting, Unread):
            table.objects.filter(organisation=organisation, document_id__in=ids, stream=stream).delete()
        postings, unread = _read_all(organisation, stream, ids)
        store_rows(Posting, postings)
        store_rows(Unread, unread)
    Unposted.objects.filter(pk__in=[one.pk for one in waiting]).delete()
    return len(waiting)


def count_undrawn(organisation: Organisation, *, most: int) -> int:
    """Return how many documents wait, counting no further than a little beyond `most`."""
    return len(Unposted.objects.filter(organisation=organisation).values("pk")[: most + 1])


def list_unread(organisation: Organisation, *, most: int) -> tuple[int, Sequence[Unread]]:
    """Return how many documents no figure has, for their texts do not say what they post, and the first."""
    unread = Unread.objects.filter(organisation=organisation)
    return unread.count(), list(unread.order_by("stream", "document_id")[:most])


def _read_all(
    organisation: Organisation, stream: str, ids: Sequence[str]
) -> tuple[list[Posting], list[Unread]]:
    documents: Any = STREAM_BY_NAME[stream].model._default_manager
    approved = documents.filter(organisation=organisation, xero_id__in=ids, gone_at=None, status__in=POSTED)
    has_contact = stream != "ManualJournals"
    fields = ("xero_id", "raw", "contact_id") if has_contact else ("xero_id", "raw")
    postings, unread = list[Posting](), list[Unread]()
    for xero_id, text, *contact in approved.values_list(*fields):
        of = {
            "organisation_id": organisation.pk,
            "workspace_id": organisation.workspace_id,
            "stream": stream,
            "document_id": xero_id,
        }
        try:
            posted = read_posted(stream, text, {})
        except AnswerNotUnderstood:
            unread.append(Unread(**of))
        else:
            postings += _draw(posted, contact[0] if contact else "", of)
    return postings, unread


def _draw(posted: Posted, contact_id: str, of: Mapping[str, Any]) -> Iterator[Posting]:
    for basis, one in _recognise(posted):
        yield Posting(
            **of,
            basis=basis,
            day=one.day,
            account=one.account,
            contact_id=contact_id,
            options=list(one.options),
            amount=one.amount,
            foreign_lines=posted.foreign_lines,
        )


def _recognise(posted: Posted) -> Iterator[tuple[Basis, Recognised]]:
    on_accrual = recognise_on_accrual(posted.lines, posted.day)
    yield from ((Basis.ACCRUAL, one) for one in on_accrual)
    if posted.is_settled_later:
        on_cash = recognise_on_cash(
            posted.lines, posted.day, total=posted.total, settlements=posted.settlements
        )
        yield from ((Basis.CASH, one) for one in on_cash)
    elif posted.shows_on_cash:
        yield from ((Basis.CASH, one) for one in on_accrual)
