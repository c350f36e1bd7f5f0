"""The records that could not be read: what can be asked about them, and trying again."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.features.connections.tasks import request_reading_again
from counterfoil.mirror.models import Organisation, Quarantined

PAGE_SIZE = 25


@dataclass(frozen=True)
class QuarantinePage:
    """One page of what waits, the newest first, and the id that the next page begins after."""

    records: Sequence[Quarantined]
    next_before: int | None
    count: int
    is_being_read: bool


def list_quarantine(
    organisation: Organisation, *, stream: str = "", before: int | None = None
) -> QuarantinePage:
    """Return the records that wait in quarantine, of one stream or of all."""
    waiting = Quarantined.objects.filter(organisation=organisation, settled_at=None)
    if stream:
        waiting = waiting.filter(stream=stream)
    rows = waiting if before is None else waiting.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    jobs = ProcrastinateJob.objects.filter(
        task_name="read_again", status__in=["todo", "doing"], args__organisation_id=organisation.pk
    )
    return QuarantinePage(
        records=page,
        next_before=page[-1].pk if len(found) > PAGE_SIZE else None,
        count=waiting.count(),
        is_being_read=jobs.exists(),
    )


def try_again(organisation: Organisation, *, record_id: int | None = None) -> int:
    """
    Ask for one record, or every record in quarantine, to be read from Xero again. Return how many.

    A record whose id could not be read either cannot be asked for; the next daily check reads its list.
    """
    waiting = Quarantined.objects.filter(organisation=organisation, settled_at=None).exclude(xero_id="")
    if record_id is not None:
        waiting = waiting.filter(pk=record_id)
    by_stream: dict[str, list[str]] = defaultdict(list)
    for stream, xero_id in waiting.order_by("stream", "xero_id").values_list("stream", "xero_id").distinct():
        by_stream[stream].append(xero_id)
    for stream, ids in by_stream.items():
        request_reading_again(organisation_id=organisation.pk, stream=stream, xero_ids=ids)
    return sum(map(len, by_stream.values()))
