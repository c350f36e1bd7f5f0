"""Reading kinds of record again: ask for a preview, look at it, apply it; in the background."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import sound_connections
from counterfoil.domain.resync import UnsafePlan
from counterfoil.features.connections.signals import copy_changed
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation, Resync
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync import applying, resync
from counterfoil.sync.applying import PlanExpired, RunUnfinished
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.lease import AlreadySyncing
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.errors import XeroError

log = structlog.get_logger(__name__)

_LOOK_AGAIN_S = 5
_GIVES_UP_AFTER = timedelta(minutes=25)


class NothingChosen(Exception):
    """No kind of record was chosen."""

    def __init__(self) -> None:
        super().__init__("Choose at least one kind of record to read again.")


class UnderWay(Exception):
    """One reading at a time."""

    def __init__(self) -> None:
        super().__init__("Records are being read again already; its result is on its way.")


def request_preview(
    organisation: Organisation, *, streams: Sequence[str], asked_by: str, now: datetime
) -> Resync:
    """Ask for a reading that writes nothing. Raises NothingChosen and UnderWay."""
    known = {stream.name for stream in resync.READABLE}
    if not known & set(streams):
        raise NothingChosen
    if resync.is_under_way(resync.find_latest(organisation), now=now):
        raise UnderWay
    wish = resync.ask(organisation, streams=streams, asked_by=asked_by, now=now)
    preview_resync.configure(priority=1).defer(resync_id=wish.pk)
    return wish


def request_apply(wish: Resync, *, agreed: bool, who: User, now: datetime) -> None:
    """Ask for a plan to be written. Raises PlanExpired, and UnsafePlan unless the person agreed to it."""
    if wish.state != Resync.State.READY or not applying.is_applicable(wish, now=now):
        raise PlanExpired
    plan = resync.read_plan(wish)
    if not agreed:
        plan.check()
    titles = ", ".join(STREAM_BY_NAME[name].title for name in wish.streams)
    what = f"{wish.organisation.name}: {titles}. {plan.sentence}"
    record(workspace_id=wish.workspace_id, act=Act.RECORDS_READ_AGAIN, who=who, what=what, now=now)
    Resync.objects.filter(pk=wish.pk).update(state=Resync.State.APPLYING, asked_at=now)
    apply_resync.configure(priority=1).defer(resync_id=wish.pk, agreed=agreed, applied_by=who.email)


@app.task(name="preview_resync", queue="sync")
@sound_connections()
def preview_resync(*, resync_id: int) -> None:
    """Make one reading that was asked for; while a sync is at the organisation, look again soon."""
    wish = _find(resync_id, Resync.State.WAITING, Resync.State.READING)
    try:
        if wish is not None:
            resync.preview(wish, now=timezone.now)
    except AlreadySyncing as busy:
        assert wish is not None
        if timezone.now() - wish.asked_at < _GIVES_UP_AFTER:
            preview_resync.configure(schedule_in={"seconds": _LOOK_AGAIN_S}, priority=1).defer(
                resync_id=resync_id
            )
        else:
            _fail(wish, str(busy))
    except NotConnected as lost:
        assert wish is not None
        _fail(wish, str(lost))
    except XeroError as error:
        log.info("no preview", resync=resync_id, because=str(error))


@app.task(name="apply_resync", queue="sync")
@sound_connections()
def apply_resync(*, resync_id: int, agreed: bool, applied_by: str) -> None:
    """Write one plan; while a sync is at the organisation, look again soon."""
    wish = _find(resync_id, Resync.State.APPLYING)
    try:
        if wish is not None:
            applying.apply(wish, agreed=agreed, applied_by=applied_by, now=timezone.now)
            copy_changed.send(sender=None, organisation_id=wish.organisation_id)
    except (AlreadySyncing, RunUnfinished) as busy:
        assert wish is not None
        if applying.is_applicable(wish, now=timezone.now()):
            apply_resync.configure(schedule_in={"seconds": _LOOK_AGAIN_S}, priority=1).defer(
                resync_id=resync_id, agreed=agreed, applied_by=applied_by
            )
        else:
            _fail(wish, str(busy))
    except (NotConnected, PlanExpired, UnsafePlan) as refused:
        assert wish is not None
        _fail(wish, str(refused))


def _find(resync_id: int, *states: str) -> Resync | None:
    with across_workspaces():
        return Resync.objects.select_related("organisation").filter(pk=resync_id, state__in=states).first()


def _fail(wish: Resync, because: str) -> None:
    resync.settle(
        wish, Resync.State.FAILED, because, "Nothing was changed. Read again in a while.", now=timezone.now()
    )
