"""Asks for comparisons of the copy with Xero, and makes them in the background."""

from datetime import datetime, timedelta

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import sound_connections
from counterfoil.mirror.models import Organisation, Run, Verification
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync import verdicts
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.figures import NotCopiedYet
from counterfoil.sync.lease import AlreadySyncing
from counterfoil.xero.budget import Priority
from counterfoil.xero.errors import XeroError

log = structlog.get_logger(__name__)

_AFTER = {Run.Kind.FULL: "after a full copy", Run.Kind.SWEEP: "after the daily check"}
BY_HAND = "by hand"

_LOOK_AGAIN_S = 5
_GIVES_UP_AFTER = timedelta(minutes=25)


def request_verification(organisation: Organisation, *, asked_by: str, now: datetime) -> Verification:
    """
    Ask for a comparison in the background, in the transaction of the caller.

    When one waits or runs already, that one is returned.
    """
    under_way = verdicts.find_under_way(organisation, now=now)
    if under_way is not None:
        return under_way
    verification = verdicts.ask(organisation, reason=BY_HAND, asked_by=asked_by, now=now)
    verify.configure(priority=1).defer(verification_id=verification.pk, by_person=True)
    return verification


def request_after(run: Run, *, now: datetime) -> None:
    """Ask for a comparison after a full copy or a daily check, where the day has calls to spare for it."""
    with across_workspaces():
        organisation = run.organisation
        if verdicts.find_under_way(organisation, now=now) is not None:
            return
        if not verdicts.has_calls_to_spare(organisation, now=now):
            log.info("no comparison: few calls left today", organisation=organisation.pk)
            return
        verification = verdicts.ask(organisation, reason=_AFTER[Run.Kind(run.kind)], run=run, now=now)
        verify.configure().defer(verification_id=verification.pk, by_person=False)


@app.task(name="verify", queue="sync")
@sound_connections()
def verify(*, verification_id: int, by_person: bool) -> None:
    """Make one comparison that was asked for; while a sync is at the organisation, look again soon."""
    wish = _find_wish(verification_id)
    if wish is not None:
        _verify(wish, by_person=by_person)


def _find_wish(verification_id: int) -> Verification | None:
    """Return it unless the organisation was removed meanwhile, or another worker has done it."""
    with across_workspaces():
        waiting = Verification.objects.exclude(state=Verification.State.DONE)
        return waiting.select_related("organisation").filter(pk=verification_id).first()


def _verify(wish: Verification, *, by_person: bool) -> None:
    try:
        verdicts.verify(wish, priority=Priority.PERSON if by_person else Priority.BACKFILL, now=timezone.now)
    except AlreadySyncing as busy:
        if timezone.now() - wish.asked_at < _GIVES_UP_AFTER:
            again = verify.configure(schedule_in={"seconds": _LOOK_AGAIN_S}, priority=int(by_person))
            again.defer(verification_id=wish.pk, by_person=by_person)
        else:
            verdicts.give_up(wish, str(busy), now=timezone.now())
    except (NotConnected, NotCopiedYet, XeroError) as problem:
        log.info("no verdict", verification=wish.pk, because=str(problem))
