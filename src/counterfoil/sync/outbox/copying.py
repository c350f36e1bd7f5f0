"""
Fetches files that are copied from one document in Xero to another, just before each is sent.

What cannot be fetched is refused by itself; the document that it was meant for is not touched.
"""

from datetime import datetime, timedelta

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Operation, OperationFile, Organisation
from counterfoil.sync.outbox.moves import Step, lock, take_steps
from counterfoil.sync.outbox.taking import HAS_NO_FILE, list_ready
from counterfoil.xero.errors import (
    AppRefused,
    ConsentLost,
    NotFound,
    TokenRejected,
    TooLarge,
    XeroBusy,
    XeroError,
    XeroRefused,
    XeroUnreachable,
)

_MOST_FETCHES = 5
_FIRST_PAUSE = timedelta(minutes=1)
_NEVER_COMES = (TooLarge, NotFound)


def find_next_copy(organisation: Organisation, *, kinds_off: set[str], now: datetime) -> Operation | None:
    """Return what goes next, if it is a file whose bytes are still in Xero only."""
    first = list_ready(organisation.pk, now=now).exclude(kind__in=kinds_off).first()
    if first is None or not Operation.objects.filter(HAS_NO_FILE, pk=first.pk).exists():
        return None
    return first


def keep_bytes(operation_id: int, content: bytes, *, now: datetime) -> None:
    """Keep what was fetched until it is sent; an empty file is refused, as Xero takes none."""
    for one in lock(Operation.objects.filter(pk=operation_id, state=OutboxState.QUEUED)):
        if not content:
            take_steps(
                [_give_up(one, "The file is empty in Xero, and Xero attaches none that is.", ())], now=now
            )
            continue
        OperationFile.objects.update_or_create(
            operation=one,
            defaults={
                "workspace_id": one.workspace_id,
                "organisation_id": one.organisation_id,
                "content": content,
            },
        )


def put_off_copy(operation_id: int, error: XeroError, *, now: datetime) -> None:
    """Say why the bytes did not come, and when they are fetched again; what cannot come is refused."""
    for one in lock(Operation.objects.filter(pk=operation_id, state=OutboxState.QUEUED)):
        one.looks += 1
        words = error.problems if isinstance(error, XeroRefused) else ()
        sentence = f"The file could not be fetched from where it is in Xero. {error.sentence}"
        if isinstance(error, _NEVER_COMES) or (one.looks >= _MOST_FETCHES and not is_about_the_line(error)):
            take_steps([_give_up(one, sentence, words)], now=now)
            continue
        one.sentence, one.next_step = sentence, error.next_step
        wait = error.retry_after if isinstance(error, XeroBusy) else None
        one.next_try_at = now + (wait or _FIRST_PAUSE * 2 ** min(one.looks - 1, _MOST_FETCHES))
        one.save(update_fields=["looks", "sentence", "next_step", "next_try_at"])


def is_about_the_line(error: XeroError) -> bool:
    """Say whether the error is about the way to Xero and would meet the next call as well."""
    return isinstance(error, XeroUnreachable | XeroBusy | ConsentLost | TokenRejected | AppRefused)


def _give_up(operation: Operation, sentence: str, words: tuple[str, ...]) -> Step:
    return Step(
        operation,
        OutboxState.REFUSED,
        sentence,
        "The invoice is as it was. Look at the file in Xero and send this again, or attach it there.",
        words,
        error_key=f"file-source:{operation.pk}",
        changes={"looks": 0},
    )
