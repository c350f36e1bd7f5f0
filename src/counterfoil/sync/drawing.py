"""Draws up what documents post, on accrual and on cash, for those written since it was last done."""

from collections.abc import Iterator
from typing import Any

from counterfoil.domain.recognising import Recognised, recognise_on_accrual, recognise_on_cash
from counterfoil.mirror.models import Basis, Organisation, Posting, Unposted
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
        Posting.objects.filter(organisation=organisation, document_id__in=ids, stream=stream).delete()
        Posting.objects.bulk_create(_list_postings(organisation, stream, ids), batch_size=BATCH)
    Unposted.objects.filter(pk__in=[one.pk for one in waiting]).delete()
    return len(waiting)


def count_undrawn(organisation: Organisation, *, most: int) -> int:
    """Return how many documents wait, counting no further than a little beyond `most`."""
    return len(Unposted.objects.filter(organisation=organisation).values("pk")[: most + 1])


def _list_postings(organisation: Organisation, stream: str, ids: list[str]) -> Iterator[Posting]:
    documents: Any = STREAM_BY_NAME[stream].model._default_manager
    approved = documents.filter(organisation=organisation, xero_id__in=ids, gone_at=None, status__in=POSTED)
    has_contact = stream != "ManualJournals"
    fields = ("xero_id", "raw", "contact_id") if has_contact else ("xero_id", "raw")
    for xero_id, text, *contact in approved.values_list(*fields):
        try:
            posted = read_posted(stream, text, {})
        except AnswerNotUnderstood:
            continue  # the proof compares the texts and says that this one is damaged
        for basis, one in _recognise(posted):
            yield Posting(
                organisation=organisation,
                workspace_id=organisation.workspace_id,
                stream=stream,
                document_id=xero_id,
                basis=basis,
                day=one.day,
                account=one.account,
                contact_id=contact[0] if contact else "",
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
