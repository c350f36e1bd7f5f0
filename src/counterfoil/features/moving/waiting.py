"""Exports that wait to be fetched: asked for on a page, written by a worker, gone after some days."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from counterfoil.features.moving.models import Takeout, TakeoutPiece
from counterfoil.features.moving.taking_out import take_out
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.scope import SETTING, in_workspace

_PIECE = 1 << 20
_FULL = (
    "The export could not be written: {reason}. Whoever runs this installation can make room; then ask again."
)
_BROKEN = (
    "Something went wrong here, and the log of the worker says what. Nothing was changed. Ask again; if it"
    " fails again, whoever runs this installation can write the file with: counterfoil export-workspace"
)


class ExportUnderWay(Exception):
    """One is being written already."""

    def __init__(self) -> None:
        super().__init__("An export is being written already. Wait until it is ready.")


def get_days_kept() -> int:
    """Return for how many days an export can be fetched."""
    return int(settings.COUNTERFOIL_KEPT_DAYS["exports"])


def list_takeouts(*, now: datetime) -> list[Takeout]:
    """Return the exports that are there or under way, latest first; call it in the firm's workspace."""
    since = now - timedelta(days=get_days_kept())
    return list(Takeout.objects.filter(asked_at__gt=since).select_related("asked_by").order_by("-pk"))


def ask_for_takeout(*, workspace_id: int, who: User, now: datetime) -> Takeout:
    """Note that an export is wanted; earlier ones go, since each holds everything once more."""
    Takeout.objects.filter(state__in=(Takeout.State.READY, Takeout.State.FAILED)).delete()
    try:
        with transaction.atomic():
            return Takeout.objects.create(workspace_id=workspace_id, asked_by=who, asked_at=now)
    except IntegrityError as taken:
        raise ExportUnderWay from taken


def drop_takeout(takeout: Takeout, *, who: User, now: datetime) -> None:
    """Delete an export before its days are over."""
    _note(takeout, Act.EXPORT_DROPPED, who=who, now=now)
    takeout.delete()


def write_takeout(takeout_id: int, *, workspace_id: int, now: Callable[[], datetime]) -> None:
    """Write the export that was asked for; done again from the start where a worker was killed at it."""
    with in_workspace(workspace_id):
        takeout = Takeout.objects.select_related("workspace", "asked_by").filter(pk=takeout_id).first()
        if takeout is None or not takeout.is_under_way:
            return
    with tempfile.TemporaryDirectory(prefix="counterfoil-export-") as folder:
        path = Path(folder) / "firm.zip"
        try:
            with _telling(takeout) as tell:
                manifest = take_out(
                    path, workspace=takeout.workspace, now=now(), who=takeout.asked_by, tell=tell
                )
            with path.open("rb") as file:
                _keep(takeout, file, rows=manifest.rows, now=now())
        except OSError as problem:
            _fail(takeout, _FULL.format(reason=problem.strerror), now=now())
        except Exception:
            _fail(takeout, _BROKEN, now=now())
            raise


def open_takeout(takeout: Takeout, *, who: User, now: datetime) -> Iterator[bytes]:
    """Return the file, piece by piece, and write down who fetched it."""
    _note(takeout, Act.EXPORT_FETCHED, who=who, now=now)
    return _read_pieces(takeout.pk, takeout.workspace_id)


def _note(takeout: Takeout, act: Act, *, who: User, now: datetime) -> None:
    what = f"{takeout.rows:,} rows of {takeout.asked_at:%Y-%m-%d %H:%M} UTC"
    record(workspace_id=takeout.workspace_id, act=act, who=who, what=what, now=now)


def _read_pieces(takeout_id: int, workspace_id: int) -> Iterator[bytes]:
    """Each piece in a transaction of its own: the page's has ended when the bytes are sent."""
    place = 0
    while True:
        with in_workspace(workspace_id):
            piece = TakeoutPiece.objects.filter(takeout=takeout_id, place=place).first()
        if piece is None:
            return
        yield bytes(piece.content)
        place += 1


def _keep(takeout: Takeout, file: IO[bytes], *, rows: int, now: datetime) -> None:
    with in_workspace(takeout.workspace_id):
        takeout.pieces.all().delete()
        size = 0
        for place, content in enumerate(iter(lambda: file.read(_PIECE), b"")):
            TakeoutPiece.objects.create(
                workspace_id=takeout.workspace_id, takeout=takeout, place=place, content=content
            )
            size += len(content)
        Takeout.objects.filter(pk=takeout.pk).update(
            state=Takeout.State.READY, rows=rows, size=size, finished_at=now
        )


def _fail(takeout: Takeout, sentence: str, *, now: datetime) -> None:
    with in_workspace(takeout.workspace_id):
        Takeout.objects.filter(pk=takeout.pk).update(
            state=Takeout.State.FAILED, sentence=sentence, finished_at=now
        )


@contextmanager
def _telling(takeout: Takeout) -> Iterator[Callable[[int, int], None]]:
    """Tell how far it is on another connection: what the export itself writes shows only at its end."""
    beside = connection.copy()
    table = Takeout._meta.db_table

    def tell(done: int, of: int) -> None:
        beside.ensure_connection()
        with beside.connection.transaction(), beside.cursor() as cursor:
            cursor.execute("select set_config(%s, %s, true)", [SETTING, str(takeout.workspace_id)])
            cursor.execute(
                f"update {table} set state = 'writing', tables_done = %s, tables_total = %s where id = %s",  # noqa: S608 - ours
                [done, of, takeout.pk],
            )

    with closing(beside):
        yield tell
